/// Every rule of `pgvigil lint`, one row each.
public enum LintRuleTable {
  static let all: [LintRule] = [
    ClusterLint.noBackup, ClusterLint.noRetention, ClusterLint.noSchedule, ClusterLint.inTree,
    ClusterLint.oversized, ClusterLint.archivingOff, ClusterLint.archiveCheckOff,
    StoreLint.missing, StoreLint.noRetention, StoreLint.serverSideEncryption,
    StoreLint.serverNameReuse, CompletenessLint.otherStore, CompletenessLint.snapshotClass,
    ScheduleLint.fiveFields, ScheduleLint.invalid, ScheduleLint.unknownCluster,
    ScheduleLint.suspended, ScheduleLint.rare,
    RecoveryLint.archives, RecoveryLint.productionNamespace, RecoveryLint.productionName,
    RecoveryLint.noTarget, RecoveryLint.noOwner, RecoveryLint.noServerName,
    SecretLint.plainText, SecretLint.partlyEncrypted,
  ]

  /// The README's table, in Markdown.
  public static var table: String {
    (["| Rule | Severity | Finds |", "|---|---|---|"]
      + all.map { "| `\($0.id)` | \($0.severity.rawValue) | \($0.title) |" })
      .joined(separator: "\n")
  }
}
