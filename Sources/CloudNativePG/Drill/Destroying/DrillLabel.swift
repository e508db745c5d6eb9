import RecoveryModel

/// Our mark on what we make: nothing without it is ever removed.
enum DrillLabel {
  /// On Backups: the operation that made them.
  static let operation = "pgvigil.io/operation"
  /// Who made it: always `pgvigil`.
  static let owner = "pgvigil.io/owner"
  static let ownerValue = "pgvigil"

  /// Annotations: RFC 3339, `namespace/name`, and whoever runs it.
  static let expires = "pgvigil.io/expires"
  static let source = "pgvigil.io/source"
  static let host = "pgvigil.io/host"
  static let user = "pgvigil.io/user"
  static let process = "pgvigil.io/process"
  static let started = "pgvigil.io/started"

  /// Label of the operator on everything that belongs to a Cluster.
  static let cluster = "cnpg.io/cluster"
}
