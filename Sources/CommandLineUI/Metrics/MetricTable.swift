import FoundationEssentials
import RecoveryModel

/// One figure for Prometheus: a family of the table, and how it is read from a cluster.
struct Metric: Sendable {
  /// One line: labels besides the cluster's own, and the value.
  struct Sample: Sendable {
    var labels: [(String, String)] = []
    var value: Double

    init(_ value: Double, _ labels: [(String, String)] = []) {
      self.labels = labels
      self.value = value
    }
  }

  var name: String
  var help: String
  /// What is unknown has no sample: a missing answer is never a number.
  var samples: @Sendable (ClusterSnapshot, Date) -> [Sample]

  init(
    _ name: String, _ help: String,
    _ samples: @escaping @Sendable (ClusterSnapshot, Date) -> [Sample]
  ) {
    self.name = name
    self.help = help
    self.samples = samples
  }

  /// A figure with at most one sample.
  init(
    _ name: String, _ help: String,
    value: @escaping @Sendable (ClusterSnapshot, Date) -> Double?
  ) {
    self.init(name, help) { cluster, now in value(cluster, now).map { [Sample($0)] } ?? [] }
  }
}

/// Every metric of a cluster; all are gauges, times are Unix seconds, ages and durations seconds, sizes bytes.
enum MetricTable {
  static let all =
    verdict + standings + archive + exposure + backups + recovery + drills + recoveries + contents
    + store + parts

  private static let verdict: [Metric] = [
    Metric("pgvigil_cluster_verdict", "1 for the verdict that holds, 0 for the others.") {
      cluster, _ in
      Verdict.allCases.map {
        .init($0 == cluster.verdict ? 1 : 0, [("verdict", label($0.rawValue))])
      }
    },
    Metric("pgvigil_findings", "Findings that hold now, by severity.") { cluster, _ in
      Severity.allCases.map { severity in
        .init(
          Double(cluster.findings.count { $0.severity == severity }),
          [("severity", severity.rawValue)])
      }
    },
  ]

  private static let standings: [Metric] = [
    Metric(
      "pgvigil_standing",
      "How a figure stands against its target: 0 as it should, 1 a remark, 2 warning, 3 critical."
    ) { cluster, now in
      let targets = cluster.declaration.targets
      let figures: [(String, Severity??)] = [
        ("rpo", cluster.loss(at: now).changes.map(targets.standing(of:))),
        ("rto", cluster.recoveryTime.map(targets.standing(of:))),
        (
          "backup",
          age(cluster.lastGoodBackup?.finishedAt, now).map(targets.lateness(ofBackupAged:))
        ),
        (
          "drill",
          age(cluster.drills.lastPassed?.finishedAt, now).map(targets.lateness(ofDrillAged:))
        ),
      ]
      return figures.compactMap { name, standing in
        standing.map { Metric.Sample(Double($0?.number ?? 0), [("figure", name)]) }
      }
    }
  ]

  private static let archive: [Metric] = [
    Metric(
      "pgvigil_archive_last_archived_timestamp_seconds", "When the last WAL segment was archived.",
      value: { cluster, _ in unix(archive(cluster)?.lastStored?.at) }),
    Metric(
      "pgvigil_archive_waiting_segments", "Closed WAL segments that are not archived yet.",
      value: { cluster, _ in archive(cluster)?.waitingSegments.map(Double.init) }),
    Metric(
      "pgvigil_archive_failing", "1 when the last attempt to archive failed.",
      value: { cluster, _ in archive(cluster).map { $0.failing ? 1 : 0 } }),
  ]

  private static let exposure: [Metric] = [
    Metric(
      "pgvigil_rpo_exposed_bytes",
      "WAL that a disaster would cost now, where that is not everything.",
      value: { cluster, _ in cluster.loss.changes?.bytes.map(Double.init) }),
    Metric(
      "pgvigil_rpo_exposed_seconds",
      "Seconds of writes that a disaster would cost now; `+Inf` where nothing can be restored.",
      value: { cluster, _ in cluster.loss.seconds }),
    Metric(
      "pgvigil_rpo_target_seconds", "How much may be lost.",
      value: { cluster, _ in cluster.declaration.targets.rpo }),
  ]

  private static let backups: [Metric] = [
    Metric(
      "pgvigil_backups", "Base backups that can bring back what runs now.",
      value: { cluster, _ in catalog(cluster) == nil ? nil : cluster.goodBackups.map(Double.init) }),
    Metric(
      "pgvigil_backup_last_finished_timestamp_seconds", "When the newest good base backup ended.",
      value: { cluster, _ in unix(cluster.lastGoodBackup?.finishedAt) }),
    Metric(
      "pgvigil_backup_last_age_seconds", "Age of the newest good base backup.",
      value: { cluster, now in age(cluster.lastGoodBackup?.finishedAt, now) }),
    Metric(
      "pgvigil_backup_interval_target_seconds", "How often a base backup is expected.",
      value: { cluster, _ in cluster.declaration.targets.backupInterval }),
    Metric(
      "pgvigil_recovery_window_first_timestamp_seconds", "The first moment that can be restored.",
      value: { cluster, _ in unix(cluster.window?.first) }),
    Metric(
      "pgvigil_recovery_window_last_timestamp_seconds", "The last moment that can be restored.",
      value: { cluster, _ in unix(cluster.window?.last) }),
    Metric(
      "pgvigil_recovery_window_holes", "Gaps in the recovery window, where the archive was listed.",
      value: { cluster, _ in
        cluster.window.flatMap { $0.basis == .audited ? Double($0.holes.count) : nil }
      }),
  ]

  private static let recovery: [Metric] = [
    Metric(
      "pgvigil_rto_projected_seconds", "How long a recovery would take now.",
      value: { cluster, _ in cluster.recoveryTime?.total.expected }),
    Metric(
      "pgvigil_rto_projected_low_seconds", "The lower end of the projection's range.",
      value: { cluster, _ in cluster.recoveryTime?.total.low }),
    Metric(
      "pgvigil_rto_projected_high_seconds", "The upper end of the projection's range.",
      value: { cluster, _ in cluster.recoveryTime?.total.high }),
    Metric(
      "pgvigil_rto_projected_fixed_seconds",
      "What of the projection the engine costs whatever the size.",
      value: { cluster, _ in
        cluster.recoveryTime.flatMap { $0.fixed > 0 ? $0.fixed : nil }
      }),
    Metric(
      "pgvigil_rto_projection_drills", "Drills that the projection rests on; 0 = assumed.",
      value: { cluster, _ in cluster.recoveryTime.map { Double($0.drills) } }),
    Metric(
      "pgvigil_rto_target_seconds", "How long a recovery may take.",
      value: { cluster, _ in cluster.declaration.targets.rto }),
  ]

  private static let drills: [Metric] = [
    Metric("pgvigil_drill_last_outcome", "1 for how the newest drill ended, 0 for the others.") {
      cluster, _ in
      guard let last = cluster.drills.ofNow.last else { return [] }
      return DrillOutcome.allCases.map {
        .init($0 == last.outcome ? 1 : 0, [("outcome", $0.rawValue)])
      }
    },
    Metric(
      "pgvigil_drill_last_finished_timestamp_seconds", "When the newest drill ended, however.",
      value: { cluster, _ in unix(cluster.drills.ofNow.last?.finishedAt) }),
    Metric(
      "pgvigil_drill_last_passed_timestamp_seconds", "When the newest drill that passed ended.",
      value: { cluster, _ in unix(cluster.drills.lastPassed?.finishedAt) }),
    Metric(
      "pgvigil_drill_last_passed_age_seconds", "Age of the newest drill that passed.",
      value: { cluster, now in age(cluster.drills.lastPassed?.finishedAt, now) }),
    Metric(
      "pgvigil_drill_last_measured_rto_seconds", "What the newest drill that passed took.",
      value: { cluster, _ in cluster.drills.lastPassed?.measuredRTO }),
    Metric(
      "pgvigil_drill_ready", "1 when the next drill could run, by the last who asked.",
      value: { cluster, _ in cluster.readiness.map { $0.obstacle == nil ? 1 : 0 } }),
    Metric(
      "pgvigil_drill_ready_checked_timestamp_seconds", "When somebody last asked that.",
      value: { cluster, _ in unix(cluster.readiness?.checkedAt) }),
    Metric(
      "pgvigil_drill_interval_target_seconds", "How often a drill is due.",
      value: { cluster, _ in cluster.declaration.targets.drillInterval }),
  ]

  private static let recoveries: [Metric] = [
    Metric(
      "pgvigil_recovery_done_ratio", "How far a recovery that is under way is in its stage."
    ) { cluster, _ in
      cluster.recoveries.compactMap { recovery in
        recovery.fraction.map { Metric.Sample($0, labels(of: recovery)) }
      }
    },
    Metric(
      "pgvigil_recovery_remaining_seconds", "How long a recovery that is under way still takes."
    ) { cluster, _ in
      cluster.recoveries.compactMap { recovery in
        recovery.remaining.map { Metric.Sample($0.expected, labels(of: recovery)) }
      }
    },
    Metric(
      "pgvigil_recovery_still_seconds",
      "How long a recovery that is under way has stood still; 0 = it gets on, or nobody can tell."
    ) { cluster, _ in
      cluster.recoveries.map { Metric.Sample($0.still ?? 0, labels(of: $0)) }
    },
    Metric(
      "pgvigil_recovery_kept_timestamp_seconds",
      "When a recovery was made that was kept and has not been removed."
    ) { cluster, _ in
      cluster.report.kept.map {
        Metric.Sample($0.since.timeIntervalSince1970, [("place", $0.place)])
      }
    },
  ]

  private static func labels(of recovery: RecoveryForecast) -> [(String, String)] {
    [("place", recovery.recovery.place), ("stage", recovery.recovery.stage.rawValue)]
  }

  private static let contents: [Metric] = [
    Metric(
      "pgvigil_contents_bytes", "What lies in the archive, where somebody has read of it.",
      value: { cluster, _ in cluster.scrub.map { Double($0.totalBytes) } }),
    Metric(
      "pgvigil_contents_read_bytes", "What of it was read as it lies there now.",
      value: { cluster, _ in cluster.scrub.map { Double($0.readBytes) } }),
    Metric(
      "pgvigil_contents_damaged_objects", "Objects in it that are damaged.",
      value: { cluster, _ in cluster.scrub.map { Double($0.faults.count) } }),
    Metric(
      "pgvigil_contents_last_read_timestamp_seconds", "When a scrub last read something.",
      value: { cluster, _ in unix(cluster.scrub?.lastAt) }),
  ]

  private static let store: [Metric] = [
    Metric(
      "pgvigil_store_requests",
      "Requests to the object store within the last day, or as long as it is read.",
      value: { cluster, _ in cluster.report.traffic.map { Double($0.requests) } }),
    Metric(
      "pgvigil_store_read_bytes",
      "Bytes read from the object store within the last day, or as long as it is read.",
      value: { cluster, _ in cluster.report.traffic.map { Double($0.bytes) } }),
    Metric(
      "pgvigil_store_requests_limit", "How many requests to the object store a day may have.",
      value: { cluster, _ in cluster.report.traffic?.limit.requests.map(Double.init) }),
    Metric(
      "pgvigil_store_read_bytes_limit", "How many bytes a day may be read from the object store.",
      value: { cluster, _ in cluster.report.traffic?.limit.bytes.map(Double.init) }),
    Metric(
      "pgvigil_store_limit_reached", "1 while the object store is not asked for the day's limit.",
      value: { cluster, _ in
        cluster.report.traffic.flatMap {
          $0.limit.isSet ? ($0.pausedUntil == nil ? 0 : 1) : nil
        }
      }),
  ]

  private static let parts: [Metric] = [
    Metric("pgvigil_instances", "Instances by role and state.") { cluster, _ in
      guard let instances = instances(cluster) else { return [] }
      let groups = Dictionary(grouping: instances) { [$0.role.rawValue, $0.state.word] }
      return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, group in
        .init(Double(group.count), [("role", key[0]), ("state", key[1])])
      }
    },
    Metric(
      "pgvigil_unavailable_parts", "Parts of the truth that could not be had.",
      value: { cluster, _ in Double(cluster.report.unavailable.count) }),
  ]

  /// An old answer is not shown as today's.
  private static func isFresh(_ part: ReportPart, _ cluster: ClusterSnapshot) -> Bool {
    cluster.staleAge(of: part, at: cluster.takenAt) == nil
  }

  private static func archive(_ cluster: ClusterSnapshot) -> ArchiveStatus? {
    isFresh(.archive, cluster) ? cluster.report.archive.value : nil
  }

  private static func catalog(_ cluster: ClusterSnapshot) -> BackupCatalog? {
    isFresh(.backups, cluster) ? cluster.report.backups.value : nil
  }

  private static func instances(_ cluster: ClusterSnapshot) -> [Instance]? {
    isFresh(.instances, cluster) ? cluster.report.instances.value : nil
  }

  private static func unix(_ date: Date?) -> Double? { date?.timeIntervalSince1970.rounded(.down) }

  private static func age(_ date: Date?, _ now: Date) -> Double? {
    // What lies in the future has no age.
    date.flatMap { date in
      let age = now.timeIntervalSince(date)
      return age < -RuleContext.clockTolerance ? nil : max(0, age).rounded(.down)
    }
  }

  /// `NOT RECOVERABLE` as `not_recoverable`.
  static func label(_ words: String) -> String { words.lowercased().replacing(" ", with: "_") }
}
