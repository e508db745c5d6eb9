import FoundationEssentials
import Kubernetes
import RecoveryModel

/// A Backup that neither ends nor runs holds up every later one: the queue is strict.
enum BlockedBackupRule {
  static let rule = CloudNativePGRule("cnpg.backup.blocked", .backups, "backups blocked") {
    facts, now in
    let queue = facts.queue
    guard let (stuck, why) = queue.stuck(pods: facts.podNames, now: now) else {
      return waiting(queue, facts, now) + foreseen(queue.open, facts, now)
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
        remedy: why.isClearedByDeletion
          ? "Deal with the reason, then clear it (the object goes, no stored backup does): "
            + facts.kubectl("delete backup \(facts.quoted(name))")
          : operatorRemedy(facts),
        ceiling: .atRisk)
    ]
  }

  /// Nothing that can be seen keeps the operator from it.
  private static func operatorRemedy(_ facts: CloudNativePGFacts) -> String {
    let narrow =
      facts.isScopeNarrow
      ? "An in-tree backup of a cluster that cannot be seen from here may keep the operator: it takes "
        + "one at a time. Else look" : "Look"
    return narrow + " whether the operator runs and watches this namespace: kubectl get pods -A -l "
      + "app.kubernetes.io/name=cloudnative-pg. To delete the Backup helps nothing."
  }

  /// The one that holds up all later ones and is to be taken out of their way; nil when none is.
  static func blocking(_ facts: CloudNativePGFacts, now: Date) -> BlockingBackup? {
    facts.queue.stuck(pods: facts.podNames, now: now).flatMap { backup, why in
      guard why.isClearedByDeletion else { return nil }
      return BlockingBackup(
        name: backup.name, since: backup.createdAt,
        reason: why.predicate
          + (backup.errorText.map { ": \(Sanitizer.clean($0, limit: 160))" } ?? ""))
    }
  }

  /// Seconds of waiting for somebody else's backup from which a person should look why that one does not end.
  private static let longWait = 300.0

  private static func waiting(
    _ queue: BackupQueue, _ facts: CloudNativePGFacts, _ now: Date
  ) -> [Finding] {
    let waiting = queue.open.filter { !$0.phase.isUnderWay }
    guard let first = waiting.first else { return [] }
    let cause = queue.cause(of: first, pods: facts.podNames, now: now)
    guard let cause else { return [] }
    let other = queue.open.contains { $0.phase.isUnderWay } ? nil : queue.elsewhere.first
    let age = CloudNativePGRules.age(since(first), now)
    let isLong = other != nil && age > longWait
    let who =
      waiting.count == 1
      ? "Backup \(facts.shown(first.name)) waits" : "\(waiting.count) backups wait"
    return [
      Finding(
        id: "cnpg.backup.queue", severity: isLong ? .warning : .info,
        headline: "\(who) since \(Format.age(age)) for \(cause)",
        evidence: waiting.prefix(5).map { facts.evidence($0, words($0)) }
          + (other.map {
            [facts.evidence($0.status?.phase ?? "new", "Backup \($0.owner.namespace)/\($0.name)")]
          } ?? []),
        remedy: other.map(remedy)
          ?? "Nothing to do: one backup runs at a time, in order of creation.",
        ceiling: isLong ? .likely : .proven, words: "backups queue")
    ]
  }

  private static func words(_ backup: CNPGBackup) -> String {
    let phase = backup.status?.phase ?? ""
    return phase.isEmpty ? "not begun" : phase
  }

  private static func remedy(_ other: CNPGBackup) -> String {
    let place = "kubectl -n \(ShellWord.quoted(other.owner.namespace))"
    return "It begins by itself once that one ends: the operator takes one in-tree backup of all "
      + "clusters at a time, and waits up to 9m for WAL that is not archived. If it takes long, look at "
      + "the archiving of that cluster: \(place) describe backup \(ShellWord.quoted(other.name))"
  }

  /// One that runs while its cluster's archiving fails cannot end well: the operator waits nine minutes for it.
  private static func foreseen(
    _ open: [CNPGBackup], _ facts: CloudNativePGFacts, _ now: Date
  ) -> [Finding] {
    guard let running = open.first(where: { $0.concernsOthers }), facts.isArchiverFailing else {
      return []
    }
    let name = facts.shown(running.name)
    return [
      Finding(
        id: "cnpg.backup.doomed", severity: .warning,
        headline:
          "Backup \(name) runs since \(Format.age(CloudNativePGRules.age(since(running), now))) "
          + "and waits for WAL archiving, which fails: it will be stuck after 9m",
        evidence: [
          facts.evidence(running, words(running)), facts.statusEvidence("archiving fails"),
        ],
        remedy:
          "Repair archiving. Until then it keeps the operator from the backups of all clusters; "
          + "to free it: " + facts.kubectl("delete backup \(facts.quoted(name))"),
        ceiling: .likely, words: "doomed backup")
    ]
  }

  private static func since(_ backup: CNPGBackup) -> Date { backup.createdAt ?? .distantPast }
}
