import FoundationEssentials
import Glibc
import RecoveryModel

/// What an engine and a discovery reach the world through, so that tests hold it.
struct CloudNativePGSeams: Sendable {
  var http: @Sendable () -> HTTPClient = { .live() }
  var processes = ProcessRunner.live
  var read: @Sendable (String) throws -> [UInt8] = { try KubeconfigFiles.shared.bytes($0) }
  var clock = CacheClock.live
  var openSQL: @Sendable (ServerAddress) -> SQLClient = {
    SQLClient.live(conninfo: $0.conninfo, password: $0.password)
  }
  var makeOperations: @Sendable (ClusterSite, EngineEnvironment) -> any ClusterOperations = {
    CloudNativePGOperations(site: $0, environment: $1)
  }
}

extension CloudNativePGEngine {
  /// A declared cluster by itself, with watches of its own. Reads and reaches nothing before it is asked something.
  static func alone(
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
      archives: ArchivePlaces(), settings: settings, now: environment.now, openSQL: seams.openSQL)
    return CloudNativePGEngine(
      declaration: declaration, settings: settings, observatory: observatory, fleet: 1,
      now: environment.now, lifetime: Lifetime(context),
      makeOperations: { seams.makeOperations($0, environment) })
  }
}

/// Reads the kubeconfig whenever somebody wants to connect: it may have been written meanwhile.
public struct ContextAccess: Sendable {
  var kubeconfig: String?
  /// As the process has them: KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, ….
  var variables: [String: String]
  var seams: CloudNativePGSeams

  func access() throws -> KubernetesAccess {
    try KubernetesAccess(path: kubeconfig, environment: variables, read: seams.read)
  }

  /// nil = the current one. Throws `RecoveryError` (invalid).
  func connect(_ context: String?) throws -> KubernetesAccess.Connection {
    try access().connect(
      context: context, http: seams.http(), processes: seams.processes, read: seams.read,
      now: seams.clock.now)
  }

  /// The context's namespace; nil where it names none, or cannot be read.
  func namespace(of context: String?) -> String? {
    guard let kubeconfig = try? access().kubeconfig,
      let name = context ?? kubeconfig.currentContext
    else { return nil }
    return kubeconfig.contexts[name]?.namespace.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Those of this process.
  public static var processVariables: [String: String] {
    let names = ["KUBECONFIG", "HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"]
    return names.reduce(into: [:]) { found, name in
      if let value = getenv(name) { found[name] = String(cString: value) }
    }
  }
}
