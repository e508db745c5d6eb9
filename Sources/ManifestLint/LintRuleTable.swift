import RecoveryModel

/// Every rule of `pgvigil lint`, one row each.
package enum LintRuleTable {
  static let all: [LintRule] = [
    ClusterLint.noBackup, ClusterLint.noRetention, ClusterLint.noSchedule, ClusterLint.inTree,
    ClusterLint.oversized, ClusterLint.archivingOff, ClusterLint.archiveCheckOff,
    ClusterLint.twoArchivers,
    StoreLint.missing, StoreLint.noRetention, StoreLint.serverSideEncryption,
    StoreLint.serverNameReuse, CompletenessLint.otherStore, CompletenessLint.snapshotClass,
    ScheduleLint.fiveFields, ScheduleLint.invalid, ScheduleLint.unknownCluster,
    ScheduleLint.suspended, ScheduleLint.rare, MethodLint.mismatch, MethodLint.idlePlugin,
    RecoveryLint.archives, RecoveryLint.productionNamespace, RecoveryLint.productionName,
    RecoveryLint.noTarget, RecoveryLint.noOwner, RecoveryLint.noServerName,
    SecretLint.plainText, SecretLint.partlyEncrypted,
    SchemaLint.unknownKind, SchemaLint.unknownKey, SchemaLint.wrongValue, SchemaLint.missingKey,
  ]

  /// The README's table, in Markdown.
  package static var table: String {
    (["| Rule | Severity | Finds |", "|---|---|---|"]
      + all.map { "| `\($0.id)` | \($0.severity.rawValue) | \($0.title) |" })
      .joined(separator: "\n")
  }
}
