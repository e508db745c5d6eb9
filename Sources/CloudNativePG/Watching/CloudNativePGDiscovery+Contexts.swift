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

extension CloudNativePGDiscovery {
  /// Why nothing can be found with what is asked for, of each context that the kubeconfig does have; asks no server.
  package static func obstacles(_ options: DiscoveryOptions) -> [RecoveryError] {
    let access = ContextAccess(
      kubeconfig: options.kubeconfig, variables: options.environment, seams: CloudNativePGSeams())
    do {
      let found = try access.access()
      guard !found.kubeconfig.contexts.isEmpty else { throw none(in: found) }
      let wanted = options.contexts.isEmpty ? [nil] : options.contexts.map(Optional.some)
      return wanted.filter { $0.map { found.kubeconfig.contexts[$0] != nil } ?? true }
        .compactMap { obstacle(to: $0, access) }
    } catch {
      return [error as? RecoveryError ?? RecoveryError(.invalid, "\(error)")]
    }
  }

  /// What of a declared cluster's own kubeconfig does not fit. Of the common one that is said once for all.
  static func faults(
    of declaration: ClusterDeclaration,
    variables: [String: String] = ContextAccess.processVariables
  ) -> [DeclarationFault] {
    guard let settings = try? CloudNativePGSettings(declaration: declaration),
      let kubeconfig = settings.kubeconfig
    else { return [] }
    let access = ContextAccess(
      kubeconfig: kubeconfig, variables: variables, seams: CloudNativePGSeams())
    return [obstacle(to: settings.context, access)].compactMap { $0 }.map { error in
      let isRead = (try? access.access()) != nil
      return DeclarationFault(
        key: isRead && settings.context != nil ? "context" : "kubeconfig",
        expected: "a context that can be connected to", found: error.message,
        advice: error.remedy)
    }
  }

  private static func obstacle(to context: String?, _ access: ContextAccess) -> RecoveryError? {
    do {
      _ = try access.connect(context)
      return nil
    } catch {
      return error as? RecoveryError ?? RecoveryError(.invalid, "\(error)")
    }
  }

  static func none(in access: KubernetesAccess) -> RecoveryError {
    RecoveryError(
      .invalid,
      access.hasFile
        ? "no contexts in \(access.origin)" : "no kubeconfig: looked at \(access.origin)",
      remedy: "set KUBECONFIG, pass --kubeconfig, or log in with your provider's command")
  }
}
