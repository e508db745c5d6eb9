import Kubernetes
import RecoveryModel

extension CloudNativePGDiscovery {
  /// A name that the kubeconfig does not have, with where it was looked for and what there is, the nearest first.
  package typealias UnknownContext = (name: String, origin: String, known: [String])

  /// The contexts that are asked for and not there, each once; empty where no kubeconfig can be read.
  package static func unknownContexts(_ options: DiscoveryOptions) -> [UnknownContext] {
    let access = ContextAccess(
      kubeconfig: options.kubeconfig, variables: options.environment, seams: CloudNativePGSeams())
    var places: [String?: KubernetesAccess] = [:]
    var unknown: [UnknownContext] = []
    func look(for context: String, in kubeconfig: String?) {
      var access = access
      access.kubeconfig = kubeconfig
      guard let place = places[kubeconfig] ?? (try? access.access()) else { return }
      places[kubeconfig] = place
      let known = place.kubeconfig.contexts.keys
      guard !known.isEmpty, !known.contains(context),
        !unknown.contains(where: { $0.name == context })
      else { return }
      unknown.append(
        (context, place.origin, Suggestion.nearestFirst(to: context, among: known)))
    }
    for context in options.contexts { look(for: context, in: options.kubeconfig) }
    for declaration in options.declared {
      guard let settings = try? CloudNativePGSettings(declaration: declaration),
        let context = settings.context
      else { continue }
      look(for: context, in: settings.kubeconfig ?? options.kubeconfig)
    }
    return unknown
  }
}
