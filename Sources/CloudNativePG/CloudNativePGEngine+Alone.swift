import FoundationEssentials
import Glibc
import Kubernetes
import PostgresServers
import RecoveryModel
import Transports

extension CloudNativePGEngine {
  /// A declared cluster by itself, with watches of its own. Reads and reaches nothing before it is asked something.
  package static func alone(
    declaration: ClusterDeclaration, environment: EngineEnvironment,
    variables: [String: String]? = nil, seams: CloudNativePGSeams = CloudNativePGSeams()
  ) throws -> CloudNativePGEngine {
    let settings = try CloudNativePGSettings(declaration: declaration)
    let access = ContextAccess(
      kubeconfig: settings.kubeconfig, variables: variables ?? ContextAccess.processVariables,
      seams: seams)
    let namespace =
      settings.namespace ?? declaration.place?.namespace
      ?? access.namespace(of: settings.context) ?? "default"
    let context = ClusterContext(
      wanted: settings.context,
      wishes: NamespaceWishes(only: [namespace]),
      notes: .ledgers(in: [settings.drillNamespace]), clock: seams.clock,
      connect: { try access.connect(settings.context) })
    let observatory = ClusterObservatory(
      key: ObjectKey(namespace: namespace, name: settings.cluster), context: context,
      archives: ArchivePlaces(), settings: settings, now: environment.now, openSQL: seams.openSQL,
      store: seams.store)
    return CloudNativePGEngine(
      declaration: declaration, settings: settings, observatory: observatory, fleet: 1,
      now: environment.now, lifetime: Lifetime(context),
      makeOperations: { seams.makeOperations($0, environment) })
  }
}
