import FoundationEssentials
import RecoveryModel

/// A Backup that neither ends nor runs holds up every later one: the queue is strict.
enum BlockedBackupRule {
  static let rule = CloudNativePGRule("cnpg.backup.blocked") { facts, now in
    let queue = facts.queue
    guard let (stuck, why) = queue.stuck(pods: facts.podNames, now: now) else {
      return waiting(queue.open, facts)
    }
    let behind = queue.behind(stuck.name)
    let name = facts.shown(stuck.name)
    let blocks =
      behind.isEmpty ? "and blocks every later one" : "and blocks \(behind.count) behind it"
    return [
      Finding(
        id: "cnpg.backup.blocked", severity: .critical,
        headline:
          "Backup \(name) \(why.predicate) since \(Format.age(CloudNativePGRules.age(since(stuck), now))) "
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
    facts.queue.stuck(pods: facts.podNames, now: now).map { backup, why in
      BlockingBackup(
        name: backup.name, since: backup.createdAt,
        reason: why.predicate
          + (backup.errorText.map { ": \(Sanitizer.clean($0, limit: 160))" } ?? ""))
    }
  }

  private static func waiting(_ open: [CNPGBackup], _ facts: CloudNativePGFacts) -> [Finding] {
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
