import RecoveryEngines
import RecoveryModel
import RecoveryService

extension Discoverer {
  /// Over the clusters that a kubeconfig leads to; `environment` is the process's own.
  static func cloudNativePG(environment: [String: String]) -> Discoverer {
    Discoverer(engine: CloudNativePGEngine.descriptor.id) { request, engine in
      try CloudNativePGDiscovery(
        options: DiscoveryOptions(
          kubeconfig: request.kubeconfig, contexts: request.contexts,
          namespaces: request.namespaces, declared: request.declared, defaults: request.defaults,
          environment: environment),
        environment: engine)
    }
  }
}
