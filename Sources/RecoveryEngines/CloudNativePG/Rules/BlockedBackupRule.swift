import FoundationEssentials
import RecoveryModel

/// A Backup that neither ends nor runs holds up every later one: the queue is strict.
enum BlockedBackupRule {
  /// Seconds after which waiting without anything under way is not waiting any more.
  private static let pendingLimit = 1800.0
  private static let runningLimit = 21_600.0
  /// The operator gives a new Backup a phase within its next round, seconds later.
  private static let pickupLimit = 120.0

  static let rule = CloudNativePGRule("cnpg.backup.blocked") { facts, now in
    let open = open(facts)
    guard let (stuck, why) = stuck(among: open, facts, now) else { return queue(open, facts) }
    let behind = open.filter { $0 != stuck && since($0) >= since(stuck) }
    let name = facts.shown(stuck.name)
    let blocks =
      behind.isEmpty ? "and blocks every later one" : "and blocks \(behind.count) behind it"
    return [
      Finding(
        id: "cnpg.backup.blocked", severity: .critical,
        headline:
          "Backup \(name) \(why) since \(Format.age(CloudNativePGRules.age(since(stuck), now))) "
          + blocks,
        evidence: [
          facts.evidence(
            "phase \(stuck.status?.phase ?? "(none)")\(stuck.errorText.map { ": \($0)" } ?? "")",
            "Backup \(stuck.name)", at: since(stuck))
        ] + behind.prefix(4).map { facts.evidence($0, "waits behind it") },
        remedy: "Deal with the reason, then clear it (the object goes, no stored backup does): "
          + facts.kubectl("delete backup \(facts.quoted(name))"),
        ceiling: .atRisk)
    ]
  }

  /// The one that holds up all later ones; nil when none does.
  static func blocking(_ facts: CloudNativePGFacts, now: Date) -> BlockingBackup? {
    stuck(among: open(facts), facts, now).map { backup, why in
      BlockingBackup(
        name: backup.name, since: backup.createdAt,
        reason: why + (backup.errorText.map { ": \(Sanitizer.clean($0, limit: 160))" } ?? ""))
    }
  }

  /// Not done, in the order that they are dealt with.
  private static func open(_ facts: CloudNativePGFacts) -> [CNPGBackup] {
    (facts.ownBackups ?? []).filter { !$0.phase.isDone }
      .sorted { (since($0), $0.name) < (since($1), $1.name) }
  }

  private static func stuck(
    among open: [CNPGBackup], _ facts: CloudNativePGFacts, _ now: Date
  ) -> (backup: CNPGBackup, why: String)? {
    let running = open.contains { $0.phase.isUnderWay }
    for backup in open {
      if let why = reason(backup, running: running, facts, now) { return (backup, why) }
    }
    return nil
  }

  /// Why it will not go on by itself; nil when it may.
  private static func reason(
    _ backup: CNPGBackup, running: Bool, _ facts: CloudNativePGFacts, _ now: Date
  ) -> String? {
    let age = CloudNativePGRules.age(since(backup), now)
    switch backup.phase {
    case .walArchivingFailing: return "is stuck: WAL archiving failed"
    case .invalid: return "is stuck: its definition is invalid"
    case .new where !running && age > pickupLimit:
      return "was not picked up (does the operator run?)"
    case .new, .pending:
      return !running && age > pendingLimit ? "has been waiting" : nil
    case .started, .running, .finalizing:
      if let pod = backup.status?.instanceID?.podName, let pods = facts.pods.value,
        !pods.contains(where: { $0.name == pod })
      {
        return "is stuck: its pod \(facts.shown(pod)) is gone"
      }
      return age > runningLimit ? "has been running" : nil
    case .other: return age > runningLimit ? "is in an unknown phase" : nil
    case .completed, .failed: return nil
    }
  }

  private static func queue(_ open: [CNPGBackup], _ facts: CloudNativePGFacts) -> [Finding] {
    let waiting = open.filter { !$0.phase.isUnderWay }
    guard let running = open.first(where: { $0.phase.isUnderWay }), !waiting.isEmpty else {
      return []
    }
    return [
      Finding(
        id: "cnpg.backup.queue", severity: .info,
        headline: (waiting.count == 1 ? "A backup waits" : "\(waiting.count) backups wait")
          + " for \(facts.shown(running.name)) to end",
        evidence: waiting.prefix(5).map { facts.evidence($0, "pending") },
        remedy: "Nothing to do: one backup runs at a time, in order of creation.",
        ceiling: .proven)
    ]
  }

  private static func since(_ backup: CNPGBackup) -> Date { backup.createdAt ?? .distantPast }
}
