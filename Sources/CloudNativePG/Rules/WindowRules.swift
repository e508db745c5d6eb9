import FoundationEssentials
import Kubernetes
import RecoveryModel

/// The first recoverability point is empty although backups completed, or the window is older than they are.
enum RecoverabilityPointRule {
  /// Seconds by which the sidecar's refresh (every 1800) may lag behind a backup.
  private static let lag = 7200.0

  static let rule = CloudNativePGRule("cnpg.window", .window, "window is stale") { facts, now in
    let completed = (facts.ownBackups ?? []).filter {
      $0.phase == .completed && $0.method != "volumeSnapshot"
    }
    guard let newest = completed.lastToEnd else { return [] }
    // One that was sent elsewhere is counted elsewhere, and told of as that.
    if let place = facts.place(of: newest), let wal = facts.walPlace, place != wal,
      newest.isSent(apartFrom: facts.cluster.walArchiver)
    {
      return []
    }
    // A store that may not be read is a part that is missing, not an empty claim.
    if facts.cluster.objectStoreName != nil, facts.objectStore == nil { return [] }
    guard let claim = facts.claim, claim.first != nil else { return [empty(newest, facts, now)] }
    guard let stopped = newest.stoppedAt, let last = claim.lastBackupAt,
      stopped.timeIntervalSince(last) > lag
    else { return [] }
    return [
      Finding(
        id: "cnpg.window.stale", severity: .warning,
        headline: "The recovery window is stale: it ends before the backup "
          + facts.shown(newest.name),
        evidence: [
          facts.evidence(
            "last successful backup \(Format.timestamp(last))", claim.claimant, at: last),
          facts.evidence(newest, "completed"),
        ],
        remedy: sidecar(facts, now), ceiling: .likely)
    ]
  }

  private static func empty(
    _ newest: CNPGBackup, _ facts: CloudNativePGFacts, _ now: Date
  ) -> Finding {
    let place =
      facts.objectStore.map {
        "ObjectStore \(facts.shown($0.name)) for server \(facts.shown(facts.cluster.serverName))"
      } ?? "the Cluster's status"
    // The plugin looks into its store every half hour: when it counts nothing of this server there, one of the two is wrong.
    let isDenied =
      facts.objectStore != nil && facts.claim == nil && facts.storedBackups == nil
      && newest.stoppedAt.map { CloudNativePGRules.age($0, now) > lag } ?? false
    return Finding(
      id: "cnpg.window.empty", severity: .warning,
      headline: "No first recoverability point in \(place), though backups completed",
      evidence: [
        facts.clusterEvidence("no first recoverability point in \(place)"),
        facts.evidence(newest, "completed"),
      ],
      remedy: sidecar(facts, now), ceiling: isDenied ? .unknown : .likely,
      words: "window is empty")
  }

  private static func sidecar(_ facts: CloudNativePGFacts, _ now: Date) -> String {
    let drill = facts.afterDrillObstacle(
      "Prove the backup with a verify drill: pgvigil drill \(facts.typed)", now: now)
    guard facts.objectStore != nil else { return drill }
    return "Look at the log of the primary's container plugin-barman-cloud (retention that fails "
      + "stops the window), and that serverName is right. \(drill)"
  }
}

/// No retention: nothing expires, the bucket grows for ever.
enum RetentionUnsetRule {
  static let rule = CloudNativePGRule("cnpg.retention.unset", .repository, "no retention") {
    facts, _ in
    guard facts.storeConfiguration != nil, facts.retentionText == nil else { return [] }
    let place = facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)"
    return [
      Finding(
        id: "cnpg.retention.unset", severity: .info,
        headline: "No retentionPolicy is set: no backup ever expires",
        evidence: [facts.evidence("no retentionPolicy", place)],
        remedy: facts.objectStore == nil
          ? "Set spec.backup.retentionPolicy, as \"30d\"."
          : "Set spec.retentionPolicy of the ObjectStore, as \"30d\".",
        ceiling: .proven)
    ]
  }
}

/// Backups that should have expired are still there: the first recoverability point lies before the window by more than
/// the one backup that is kept for it.
enum RetentionUnenforcedRule {
  static let rule = CloudNativePGRule("cnpg.retention.unenforced", .repository, "nothing expires") {
    facts, now in
    guard let text = facts.retentionText,
      let period = CloudNativePGReport.retentionSeconds(text),
      let claim = facts.claim, let first = first(facts) ?? claim.first
    else { return [] }
    let spacing = longestSpacing(facts, now)
    let age = CloudNativePGRules.age(first, now)
    // The newest backup before the window stays, and a run of the clean-up may be due.
    guard age > period + spacing + 86_400 else { return [] }
    let inWindow = (facts.ownBackups ?? []).contains {
      $0.phase == .completed
        && CloudNativePGRules.age($0.stoppedAt ?? .distantPast, now) < period
    }
    // Without a later backup the oldest is the last one needed.
    guard inWindow || claim.lastBackupAt.map({ $0 > first }) == true else { return [] }
    return [
      Finding(
        id: "cnpg.retention.unenforced", severity: .warning,
        headline: "The retention of \(facts.shown(text)) is not enforced: backups are kept since "
          + Format.age(age),
        evidence: [
          facts.evidence(
            "first recoverability point \(Format.timestamp(first))", claim.claimant, at: first),
          facts.evidence("retentionPolicy: \(text)", claim.claimant),
        ],
        remedy: facts.objectStore == nil
          ? "It runs after each backup: look at the log of the instance that took the last one. "
            + "S3-compatible stores may need AWS_REQUEST_CHECKSUM_CALCULATION=when_required."
          : "Look at the primary's container plugin-barman-cloud and for the event "
            + "RetentionPolicyFailed.",
        ceiling: .proven)
    ]
  }

  /// Retention is Barman's; the points of other methods do not count where they are told apart.
  private static func first(_ facts: CloudNativePGFacts) -> Date? {
    guard facts.objectStore == nil else { return nil }
    let points = facts.cluster.status?.firstRecoverabilityPointByMethod
    return kubernetesDate(points?["barmanObjectStore"])
  }

  private static func longestSpacing(_ facts: CloudNativePGFacts, _ now: Date) -> Double {
    let crons = (facts.ownSchedules ?? []).compactMap { try? CronSchedule($0.spec.schedule ?? "") }
    return crons.compactMap {
      $0.spacing(from: now, utcOffset: facts.operatorUTCOffset)?.longest
    }.max() ?? 7 * 86_400
  }
}

extension CNPGBackup {
  /// It was asked for by another way than WAL goes, or to a place of its own.
  fileprivate func isSent(apartFrom archiver: WALArchiver) -> Bool {
    if case .plugin = archiver {
      return method != "plugin" || spec.pluginConfiguration?.parameters?.isEmpty == false
    }
    return method != "barmanObjectStore"
  }
}
