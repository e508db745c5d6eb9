import RecoveryModel

/// One alert on our metrics.
struct AlertRule: Sendable {
  var name: String
  var expression: String
  /// How long it must hold.
  var after: String
  var severity: String
  var summary: String
  var action: String
}

/// A PrometheusRule on the metrics of `pgvigil metrics`.
enum AlertsManifest {
  static let rules: [AlertRule] = [
    AlertRule(
      name: "PostgresNotRecoverable",
      expression: "pgvigil_cluster_verdict{verdict=\"not_recoverable\"} == 1", after: "5m",
      severity: "critical",
      summary: "{{ $labels.cluster }} would be lost if its primary vanished now",
      action: "open pgvigil; the first finding says what to do"),
    AlertRule(
      name: "PostgresRecoveryAtRisk",
      expression: "pgvigil_cluster_verdict{verdict=\"at_risk\"} == 1", after: "30m",
      severity: "warning",
      summary: "{{ $labels.cluster }} can be recovered, but something needs a person",
      action: "open pgvigil; the first finding says what to do"),
    AlertRule(
      name: "PostgresRecoveryUnknown",
      expression: "pgvigil_cluster_verdict{verdict=\"unknown\"} == 1", after: "30m",
      severity: "warning",
      summary: "{{ $labels.cluster }}: nobody can tell whether it could be recovered",
      action: "see what pgvigil status lists as unavailable"),
    AlertRule(
      name: "PostgresNoBaseBackup", expression: "pgvigil_backups == 0", after: "15m",
      severity: "critical",
      summary: "{{ $labels.cluster }} has no base backup: its WAL alone restores nothing",
      action: "take one now: pgvigil backup"),
    AlertRule(
      name: "PostgresBaseBackupLate",
      expression: overdue("backup_last_finished", "backup_interval", RecoveryTargets.late),
      after: "15m", severity: "warning",
      summary: "{{ $labels.cluster }} has not had its base backup in time",
      action: "look at its schedule and its last backup"),
    AlertRule(
      name: "PostgresBaseBackupOverdue",
      expression: overdue("backup_last_finished", "backup_interval", RecoveryTargets.veryLate),
      after: "15m", severity: "critical",
      summary: "{{ $labels.cluster }} has gone without a base backup for far too long",
      action: "take one now: pgvigil backup; then look at its schedule"),
    AlertRule(
      name: "PostgresArchivingFails", expression: "pgvigil_archive_failing == 1", after: "10m",
      severity: "critical", summary: "{{ $labels.cluster }} cannot archive its WAL",
      action: "look at the archiver's log; the WAL volume fills meanwhile"),
    AlertRule(
      name: "PostgresExposureAboveTarget", expression: standing("rpo", .warning), after: "5m",
      severity: "warning",
      summary: "{{ $labels.cluster }} may lose more than its RPO target allows",
      action: "look at the archive's backlog"),
    AlertRule(
      name: "PostgresExposureFarAboveTarget", expression: standing("rpo", .critical), after: "5m",
      severity: "critical",
      summary: "{{ $labels.cluster }} would lose far more than its RPO target allows",
      action: "look at the archive's backlog"),
    AlertRule(
      name: "PostgresRecoveryMayBeTooSlow", expression: standing("rto", .warning), after: "30m",
      severity: "warning",
      summary: "{{ $labels.cluster }} may take longer to recover than its RTO target allows",
      action: "take a base backup, or take them more often"),
    AlertRule(
      name: "PostgresRecoveryTooSlow", expression: standing("rto", .critical), after: "30m",
      severity: "critical",
      summary: "{{ $labels.cluster }} would take longer to recover than its RTO target allows",
      action: "take a base backup, or take them more often"),
    AlertRule(
      name: "PostgresDrillFailed",
      expression: "pgvigil_drill_last_outcome{outcome=\"failed\"} == 1", after: "1m",
      severity: "critical", summary: "{{ $labels.cluster }} failed its last verify drill",
      action: "pgvigil drills shows in which phase and why"),
    AlertRule(
      name: "PostgresDrillOverdue",
      expression: overdue("drill_last_passed", "drill_interval", 1),
      after: "1h", severity: "warning",
      summary: "{{ $labels.cluster }} has not been proven for too long",
      action: "see why the drill's CronJob does not run or does not pass"),
    AlertRule(
      name: "PostgresDrillBlocked", expression: "pgvigil_drill_ready == 0", after: "1h",
      severity: "warning",
      summary: "the next verify drill of {{ $labels.cluster }} cannot run",
      action: "pgvigil status says what is in its way; pgvigil plan drill asks anew"),
    AlertRule(
      name: "PostgresNeverProven",
      expression:
        "pgvigil_drill_interval_target_seconds "
        + "unless on (cluster, engine) pgvigil_drill_last_passed_timestamp_seconds",
      after: "1d", severity: "warning",
      summary: "{{ $labels.cluster }} has never passed a verify drill",
      action: "run pgvigil drill"),
    AlertRule(
      name: "PostgresContextDown", expression: "pgvigil_context_up == 0", after: "10m",
      severity: "warning",
      summary: "context {{ $labels.context }} does not answer: nobody can tell of its clusters",
      action: "see what pgvigil status says of the context; its clusters may be well"),
    AlertRule(
      name: "PgvigilStale", expression: "time() - pgvigil_snapshot_timestamp_seconds > 900",
      after: "15m", severity: "warning",
      summary: "pgvigil on {{ $labels.instance }} has had nothing new for a quarter of an hour: "
        + "its figures are old",
      action:
        "see whether pgvigil metrics still runs there: its cron job, its textfile, its sources"),
    AlertRule(
      name: "PgvigilFails", expression: "pgvigil_up == 0", after: "15m", severity: "warning",
      summary: "pgvigil metrics on {{ $labels.instance }} cannot run: nobody watches the backups",
      action: "run it by hand there: it says why"),
    AlertRule(
      name: "PgvigilAbsent", expression: "absent(pgvigil_build_info)", after: "15m",
      severity: "warning", summary: "pgvigil does not answer: nobody watches the backups",
      action: "start pgvigil metrics, or look at its scrape"),
  ]

  /// By the clock of whoever judges: an age that is written down stops growing with whoever wrote it.
  private static func overdue(_ event: String, _ interval: String, _ times: Double) -> String {
    "time() - pgvigil_\(event)_timestamp_seconds > \(times) * pgvigil_\(interval)_target_seconds"
  }

  /// As the console judges it; the metric's numbers are those of `Severity`, from 1 on.
  private static func standing(_ figure: String, _ severity: Severity) -> String {
    "pgvigil_standing{figure=\"\(figure)\"} == \(severity.number)"
  }

  static func text(_ options: ManifestOptions) -> String {
    """
    # Alerts on what `pgvigil metrics` serves. Nobody answering is an alert as well.
    apiVersion: monitoring.coreos.com/v1
    kind: PrometheusRule
    metadata:
      name: \(YAMLText.scalar(options.name ?? "pgvigil"))
      namespace: \(YAMLText.scalar(options.namespace))
    \(labels(options))spec:
      groups:
        - name: pgvigil
          rules:
    \(YAMLText.indented(rules.map(lines).joined(separator: "\n"), by: 8))

    """
  }

  private static func labels(_ options: ManifestOptions) -> String {
    guard !options.labels.isEmpty else { return "" }
    let lines = options.labels.sorted { $0.key < $1.key }.map {
      "    \(YAMLText.scalar($0.key)): \(YAMLText.scalar($0.value))\n"
    }
    return "  labels:\n" + lines.joined()
  }

  private static func lines(_ rule: AlertRule) -> String {
    """
    - alert: \(rule.name)
      expr: \(YAMLText.quoted(rule.expression))
      for: \(rule.after)
      labels: {severity: \(rule.severity)}
      annotations:
        summary: \(YAMLText.quoted(rule.summary))
        action: \(YAMLText.quoted(rule.action))
    """
  }
}
