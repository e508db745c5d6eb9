/// How a cluster's base backups and WAL reach the object store.
package enum ManifestMethod: String, Sendable, CaseIterable {
  /// The Barman Cloud plugin and its ObjectStore.
  case plugin
  /// `spec.backup.barmanObjectStore`, deprecated since CloudNativePG 1.26.
  case inTree = "in-tree"

  /// What the plugin is called in a Cluster's `spec.plugins`.
  package static let pluginName = "barman-cloud.cloudnative-pg.io"
}

/// What a service account is for; each has rights of its own.
package enum ManifestRole: String, Sendable, CaseIterable {
  case watch, backup, drill
  /// Beside `watch`: reading the Secrets of stores, which nobody gets without asking for it.
  case store
  /// Reading contents every night: watches, reads the Secrets of stores, and shares what it has read.
  case scrub
  /// Recovering into a new Cluster beside the old one, and taking that back.
  case recover

  package static let usual: [ManifestRole] = [.watch, .backup, .drill]
}

/// What the printed documents are filled in with. The defaults name the cluster of the examples.
package struct ManifestOptions: Sendable, Equatable {
  /// Where the cluster lives.
  package var namespace = "auth"
  package var cluster = "auth-db"
  /// Where throw-away copies are made; never the cluster's own.
  package var drillNamespace = "pgvigil-drills"
  /// The object's own name; nil = named after its purpose.
  package var name: String?
  package var image = "pgvigil:0.1.0"
  /// nil = the purpose's own: six fields for a ScheduledBackup, five for a CronJob.
  package var schedule: String?
  package var bucket = "REPLACE-WITH-YOUR-BUCKET"
  /// nil = the provider's own.
  package var endpoint: String?
  package var region: String?
  package var retention = "30d"
  package var method = ManifestMethod.plugin
  /// The Secrets that the object store is read with, the bucket's credentials first; empty =
  /// `<cluster>-backup-credentials`.
  package var secrets: [String] = []
  /// The ObjectStore; nil = `<cluster>-store`.
  package var store: String?
  /// The name that backups carry in the bucket; nil = the cluster's.
  package var serverName: String?
  /// Roles to print, in this order.
  package var roles = ManifestRole.usual
  /// People, as the API server knows them, who get the rights of the printed roles beside the service accounts.
  package var users: [String] = []
  package var groups: [String] = []
  /// Drills may run psql in their copies, where no tunnel is to be had.
  package var allowsExec = false
  /// Whoever watches or backs up may read the logs of pods too.
  package var podLogs = false
  /// Watching every namespace instead of one.
  package var clusterWide = false
  /// A ConfigMap with `config.yaml` for the drill's pod; nil = none.
  package var configMap: String?
  /// Labels for the PrometheusRule, where Prometheus selects by them.
  package var labels: [String: String] = [:]
  /// What a policy is for, as `s3://bucket/prefix`.
  package var address = ""

  package init() {}

  package var secretName: String { secrets.first ?? cluster + "-backup-credentials" }
  package var secretNames: [String] { secrets.isEmpty ? [secretName] : secrets }
  package var storeName: String { store ?? cluster + "-store" }
  package var server: String { serverName ?? cluster }
  package var destination: String {
    bucket.contains("://") ? bucket : "s3://\(bucket)/\(cluster)-backups/"
  }
}
