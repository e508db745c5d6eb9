import RecoveryModel

/// One cluster as what acts on it sees it: where it is, how to reach it, and what is known of it.
public struct ClusterSite: Sendable {
  /// The kubeconfig's context.
  public var context: String
  public var client: KubernetesClient
  public var namespace: String
  /// The cluster's name in its namespace.
  public var name: String
  public var declaration: ClusterDeclaration
  public var settings: CloudNativePGSettings
  /// For a kubectl child, as `port-forward`; nil = where kubectl looks by itself, as we did.
  public var kubeconfig: String?
  /// What is known now, from the watched objects and the last look at the instances; nil while the Cluster is not
  /// known. Never waits for the server.
  public var facts: @Sendable () async -> CloudNativePGFacts?
  /// Asks every instance anew before it answers; ends within a few seconds.
  public var look: @Sendable () async -> CloudNativePGFacts?
  /// Something of this cluster changed: one element now, then one at every change, coalesced. Ends with its reader.
  public var changes: @Sendable () -> AsyncStream<Void>
  /// The ledgers of the drill namespace as they are watched.
  public var ledgers: ResourceCache<ConfigMap>

  public var drillNamespace: String { settings.drillNamespace }

  /// What a kubectl child gets beside what it inherits. A pipe that we have read is read by nobody else: what it gave
  /// stands in for it.
  var kubectlVariables: [String: String] {
    let inherited = ContextAccess.processVariables["KUBECONFIG"] ?? ""
    let shown = KubeconfigFiles.shared.forChild(kubeconfig ?? inherited)
    return kubeconfig == nil && shown == inherited ? [:] : ["KUBECONFIG": shown]
  }
}

/// What can be done to a cluster, beside looking at it: backups, clearing, drills and what they leave.
public protocol ClusterOperations: Sendable {
  /// Where drills are recorded for all who watch the cluster.
  var ledger: (any DrillLedger)? { get }
  /// As `BackupEngine.plan`.
  func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan
  /// As `BackupEngine.start`.
  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error>
  /// As `BackupEngine.settled`.
  func settled(_ plan: OperationPlan) async -> DrillRecord?
  /// As `BackupEngine.reap`.
  func reap() async throws -> [ReapedDrill]
  /// As `BackupEngine.living`.
  func living() async throws -> [LivingDrill]
}

/// Labels on our own objects.
public enum OwnLabel {
  /// On everything that a drill makes; its value is the drill's id.
  public static let drill = "pgvigil.io/drill"
  /// `true` on a ConfigMap that holds a ledger.
  public static let ledger = "pgvigil.io/ledger"
  /// On a ledger: namespace and name of the cluster that it is about, so that its news reach that cluster alone.
  public static let clusterNamespace = "pgvigil.io/cluster-namespace"
  public static let cluster = "pgvigil.io/cluster"
}
