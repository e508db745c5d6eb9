import Glibc
import RecoveryEngines
import TestSupport
import Testing

/// The stand-in as a program of its own.
@Suite("Stand-in server") struct StandInServerTests {
  @Test(.timeLimit(.minutes(1))) func aCommandIsAnsweredWithoutWaitingForTheNext() async throws {
    let kubeconfig = "/tmp/pgvigil-standin-\(getpid())-\(UInt64.random(in: .min ... .max))"
    defer { unlink(kubeconfig) }
    // Its input ends when the kubeconfig is taken away.
    let script = """
      (echo forget; while sleep 0.1; do [ "$asked" = yes ] && [ ! -e "$1" ] && exit
      [ -e "$1" ] && asked=yes; done) | "$0" --kubeconfig "$1"
      """
    let request = ProcessRequest(
      "sh", ["-c", script, Binary.built("StandInServer"), kubeconfig], deadline: 50)
    var lines: [String] = []
    for try await event in ProcessRunner.live.stream(request) {
      if case .exited(let status) = event { #expect(status == 0) }
      guard case .outputLine(let line) = event else { continue }
      lines.append(line)
      if line.hasPrefix("forget ") { unlink(kubeconfig) }
    }
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("https://127.0.0.1:") == true)
  }
}
