/// How a cluster's base backups and WAL reach the object store.
public enum ManifestMethod: String, Sendable, CaseIterable {
  /// The Barman Cloud plugin and its ObjectStore.
  case plugin
  /// `spec.backup.barmanObjectStore`, deprecated since CloudNativePG 1.26.
  case inTree = "in-tree"
}

/// What a service account is for; each has rights of its own.
public enum ManifestRole: String, Sendable, CaseIterable { case watch, backup, drill }

/// What the printed documents are filled in with. The defaults name the cluster of the examples.
public struct ManifestOptions: Sendable, Equatable {
  /// Where the cluster lives.
  public var namespace = "auth"
  public var cluster = "auth-db"
  /// Where throw-away copies are made; never the cluster's own.
  public var drillNamespace = "pgvigil-drills"
  /// The object's own name; nil = named after its purpose.
  public var name: String?
  public var image = "pgvigil:0.1.0"
  /// nil = the purpose's own: six fields for a ScheduledBackup, five for a CronJob.
  public var schedule: String?
  public var bucket = "REPLACE-WITH-YOUR-BUCKET"
  /// nil = the provider's own.
  public var endpoint: String?
  public var region: String?
  public var retention = "30d"
  public var method = ManifestMethod.plugin
  /// The Secrets that the object store is read with, the bucket's credentials first; empty =
  /// `<cluster>-backup-credentials`.
  public var secrets: [String] = []
  /// The ObjectStore; nil = `<cluster>-store`.
  public var store: String?
  /// The name that backups carry in the bucket; nil = the cluster's.
  public var serverName: String?
  /// Roles to print, in this order.
  public var roles = ManifestRole.allCases
  /// People, as the API server knows them, who get the rights of the printed roles beside the service accounts.
  public var users: [String] = []
  public var groups: [String] = []
  /// Drills may run psql in their copies, where no tunnel is to be had.
  public var allowsExec = false
  /// Whoever watches or backs up may read the logs of pods too.
  public var podLogs = false
  /// Watching every namespace instead of one.
  public var clusterWide = false
  /// A ConfigMap with `config.yaml` for the drill's pod; nil = none.
  public var configMap: String?
  /// Labels for the PrometheusRule, where Prometheus selects by them.
  public var labels: [String: String] = [:]

  public init() {}

  var secretName: String { secrets.first ?? cluster + "-backup-credentials" }
  var secretNames: [String] { secrets.isEmpty ? [secretName] : secrets }
  var storeName: String { store ?? cluster + "-store" }
  var server: String { serverName ?? cluster }
  var destination: String { bucket.contains("://") ? bucket : "s3://\(bucket)/\(cluster)-backups/" }
}
