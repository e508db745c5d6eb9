import Glibc
import TestSupport
import Testing
import Transports

/// The stand-in as a program of its own.
@Suite("Stand-in server") struct StandInServerTests {
  @Test(.timeLimit(.minutes(30))) func aCommandIsAnsweredWithoutWaitingForTheNext() async throws {
    let kubeconfig = "/tmp/pgvigil-standin-\(getpid())-\(UInt64.random(in: .min ... .max))"
    defer { for ending in ["", ".1", ".2", ".3"] { unlink(kubeconfig + ending) } }
    // The next command comes only when we have seen the answer to the one before; then its input ends.
    let script = """
      for turn in 1 2 3; do echo forget; until [ -e "$1.$turn" ]; do sleep 0.1; done; done |
        "$0" --kubeconfig "$1"
      """
    let request = ProcessRequest(
      "sh", ["-c", script, Binary.built("StandInServer"), kubeconfig],
      environment: Binary.sanitizerOptions, deadline: 1800)
    var lines: [String] = []
    for try await event in ProcessRunner.live.stream(request) {
      if case .exited(let status) = event { #expect(status == 0) }
      guard case .outputLine(let line) = event else { continue }
      if line.hasPrefix("forget ") {
        close(open("\(kubeconfig).\(lines.count)", O_WRONLY | O_CREAT, 0o600))
      }
      lines.append(line)
    }
    #expect(lines.count == 4)
    #expect(lines.first?.hasPrefix("https://127.0.0.1:") == true)
  }
}
