import FoundationEssentials
import Glibc
import Kubernetes
import PostgresServers
import RecoveryModel
import Transports

/// Reads the kubeconfig whenever somebody wants to connect: it may have been written meanwhile.
package struct ContextAccess: Sendable {
  package var kubeconfig: String?
  /// As the process has them: KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, ….
  package var variables: [String: String]
  var seams: CloudNativePGSeams

  package func access() throws -> KubernetesAccess {
    try KubernetesAccess(path: kubeconfig, environment: variables, read: seams.read)
  }

  /// nil = the current one. Throws `RecoveryError` (invalid).
  package func connect(_ context: String?) throws -> KubernetesAccess.Connection {
    try access().connect(
      context: context, http: seams.http(), processes: seams.processes, read: seams.read,
      now: seams.clock.now)
  }

  /// The context's namespace; nil where it names none, or cannot be read.
  package func namespace(of context: String?) -> String? {
    guard let kubeconfig = try? access().kubeconfig,
      let name = context ?? kubeconfig.currentContext
    else { return nil }
    return kubeconfig.contexts[name]?.namespace.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Those of this process.
  package static var processVariables: [String: String] {
    let names = ["KUBECONFIG", "HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"]
    return names.reduce(into: [:]) { found, name in
      if let value = getenv(name) { found[name] = String(cString: value) }
    }
  }
}
