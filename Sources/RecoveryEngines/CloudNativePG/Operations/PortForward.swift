import Glibc
import RecoveryModel
import Synchronization

/// A `kubectl port-forward` child: a port of this host that leads to a pod's PostgreSQL. Dies with its holder.
final class PortForward: Sendable {
  let port: String
  private let reader: Task<Void, Never>

  private init(port: String, reader: Task<Void, Never>) {
    self.port = port
    self.reader = reader
  }

  deinit { reader.cancel() }

  /// Waits for kubectl to say which port it took. Throws `RecoveryError` with kubectl's own words.
  static func open(
    pod: String, site: ClusterSite, namespace: String, kubectl: String, processes: ProcessRunner,
    deadline: Double, lifetime: Double
  ) async throws -> PortForward {
    var environment: [String: String] = [:]
    // A child inherits little; kubectl is to find what we found.
    let inherited = getenv("KUBECONFIG").map { String(cString: $0) }
    if let kubeconfig = site.kubeconfig ?? inherited { environment["KUBECONFIG"] = kubeconfig }
    let request = ProcessRequest(
      kubectl,
      [
        "--context", site.context, "--namespace", namespace, "port-forward", "--address",
        "127.0.0.1", "pod/\(pod)", ":5432",
      ], environment: environment, deadline: lifetime)
    let (ports, found) = AsyncStream.makeStream(of: Result<String, RecoveryError>.self)
    let reader = Task {
      var last = "it said nothing"
      do {
        for try await event in processes.stream(request) {
          switch event {
          case .started: break
          case .outputLine(let line):
            if let port = Self.port(line) { found.yield(.success(port)) }
          case .errorLine(let line): last = Sanitizer.clean(line, limit: 300)
          case .exited(let status):
            found.yield(
              .failure(
                RecoveryError(
                  .unreachable, "kubectl port-forward ended with status \(status): \(last)",
                  remedy: "it needs get and create on pods/portforward")))
          }
        }
      } catch {
        found.yield(.failure(error as? RecoveryError ?? RecoveryError(.failed, "\(error)")))
      }
      found.finish()
    }
    let timer = Task {
      try await Task.sleep(for: .seconds(deadline))
      found.yield(
        .failure(
          RecoveryError(
            .timedOut, "kubectl port-forward opened no port within \(Format.duration(deadline))")))
    }
    defer { timer.cancel() }
    for await result in ports {
      switch result {
      case .success(let port): return PortForward(port: port, reader: reader)
      case .failure(let error):
        reader.cancel()
        throw error
      }
    }
    reader.cancel()
    throw RecoveryError(.cancelled, "kubectl port-forward was cancelled")
  }

  /// `Forwarding from 127.0.0.1:41234 -> 5432`.
  static func port(_ line: String) -> String? {
    guard let port = line.between("Forwarding from 127.0.0.1:", and: " ->"),
      UInt16(port) != nil
    else { return nil }
    return port
  }

  /// Ends the child and waits for it.
  func end() async {
    reader.cancel()
    await reader.value
  }
}
