import KubernetesStandIn
import RecoveryEngines
import TestSupport
import Testing

/// A real `kubectl port-forward` to port 5432 of a pod of the stand-in's.
struct Forwarding {
  let request: ProcessRequest

  init(_ standIn: StandIn, namespace: String, pod: String, user: String = "admin") throws {
    request = ProcessRequest(
      try #require(Binary.kubectl),
      [
        "--kubeconfig", try standIn.kubeconfigFile(user: user), "--cache-dir", standIn.directory,
        "-n", namespace, "port-forward", "--address", "127.0.0.1", "pod/" + pod, ":5432",
      ], deadline: 60)
  }

  /// How kubectl ended by itself.
  struct Ended: Error {
    var status: Int32
    var errors: String
  }

  /// Runs `body` with the local port and then ends kubectl. Throws `Ended` when it opens none.
  func run<Value>(_ body: (UInt16) async throws -> Value) async throws -> Value {
    var errors = ""
    for try await event in ProcessRunner.live.stream(request) {
      switch event {
      case .started: break
      case .outputLine(let line):
        if let port = Self.port(line) { return try await body(port) }
      case .errorLine(let line): errors += line + "\n"
      case .exited(let status): throw Ended(status: status, errors: errors)
      }
    }
    throw Ended(status: -1, errors: errors)
  }

  /// Knocks once at the local port, and waits for kubectl to end by itself.
  func knock() async throws -> Ended {
    var errors = ""
    for try await event in ProcessRunner.live.stream(request) {
      switch event {
      case .started: break
      case .outputLine(let line):
        guard let port = Self.port(line) else { break }
        _ = try await ProcessRunner.live.run(
          ProcessRequest(
            "bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); cat <&3"], deadline: 30))
      case .errorLine(let line): errors += line + "\n"
      case .exited(let status): return Ended(status: status, errors: errors)
      }
    }
    throw Ended(status: -1, errors: errors)
  }

  private static func port(_ line: String) -> UInt16? {
    line.split(separator: " ").first { $0.hasPrefix("127.0.0.1:") }
      .flatMap { UInt16($0.dropFirst("127.0.0.1:".count)) }
  }
}
