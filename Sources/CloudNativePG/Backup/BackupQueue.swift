import FoundationEssentials
import Kubernetes
import RecoveryModel

/// The Backups of one cluster that are not done, in the order in which the operator takes them: by creation, then name.
/// Whatever is neither done nor under way counts as waiting and holds up all that come after it.
package struct BackupQueue: Sendable, Equatable {
  /// Seconds after which a backup that nothing holds up should have begun, and one that runs should have ended.
  static let pendingLimit = 1800.0
  static let runningLimit = 21_600.0
  /// The operator gives a new Backup a phase within its next round, seconds later.
  private static let pickupLimit = 120.0

  package var open: [CNPGBackup]
  /// In-tree backups of other clusters that keep the operator's one worker, the oldest first.
  package var elsewhere: [CNPGBackup] = []

  init(_ backups: [CNPGBackup], cluster: String, elsewhere: [CNPGBackup] = []) {
    self.elsewhere = elsewhere
    open = backups.filter { $0.clusterName == cluster && !$0.phase.isDone }.sorted {
      ($0.createdAt ?? .distantPast, $0.name) < ($1.createdAt ?? .distantPast, $1.name)
    }
  }

  /// Those that come before this one; all of them when it is not there yet.
  package func ahead(of name: String) -> [CNPGBackup] {
    Array(open.prefix { $0.name != name })
  }

  package func behind(_ name: String) -> [CNPGBackup] {
    Array(open.drop { $0.name != name }.dropFirst())
  }

  /// Why it will not go on by itself; nil when it may. `pods`: names of the cluster's pods, where they are known.
  package func obstacle(_ backup: CNPGBackup, pods: Set<String>?, now: Date) -> Obstacle? {
    let age = now.timeIntervalSince(backup.createdAt ?? now)
    let waits = !elsewhere.isEmpty || open.contains { $0.phase.isUnderWay }
    switch backup.phase {
    case .walArchivingFailing: return .archivingFailed
    case .invalid: return .invalid
    case .new where !waits && age > Self.pickupLimit: return .notPickedUp(age)
    case .new, .pending: return !waits && age > Self.pendingLimit ? .waits(age) : nil
    case .started, .running, .finalizing:
      if let pod = backup.status?.instanceID?.podName, let pods, !pods.contains(pod) {
        return .podGone(pod)
      }
      return age > Self.runningLimit ? .runs(age) : nil
    case .other(let phase): return age > Self.runningLimit ? .unknownPhase(phase, age) : nil
    case .completed, .failed: return nil
    }
  }

  /// What one that has not begun waits for, in words that follow `waits for`; nil = nothing that can be seen.
  package func cause(of backup: CNPGBackup, pods: Set<String>?, now: Date) -> String? {
    guard !backup.phase.isUnderWay else { return nil }
    if let stuck = stuck(pods: pods, now: now), stuck.backup.name != backup.name,
      ahead(of: backup.name).contains(where: { $0.name == stuck.backup.name })
    {
      return "\(stuck.backup.shownName), which is stuck: \(stuck.why.sentence)"
    }
    if let first = open.first(where: \.phase.isUnderWay) ?? ahead(of: backup.name).first {
      return first.queueWords
    }
    return elsewhere.first?.elsewhereWords
  }

  /// The first that is stuck.
  package func stuck(pods: Set<String>?, now: Date) -> (backup: CNPGBackup, why: Obstacle)? {
    for backup in open {
      if let why = obstacle(backup, pods: pods, now: now) { return (backup, why) }
    }
    return nil
  }

  /// What keeps a backup from ending. Ages in seconds, since its creation.
  package enum Obstacle: Sendable, Equatable {
    case archivingFailed, invalid
    case notPickedUp(Double)
    case waits(Double)
    case podGone(String)
    case runs(Double)
    case unknownPhase(String, Double)

    /// To delete the object takes it out of the way of the others; a worker that is not there comes to none of them.
    var isClearedByDeletion: Bool {
      if case .notPickedUp = self { return false }
      return true
    }

    /// After the backup's name, before `since`.
    var predicate: String {
      switch self {
      case .archivingFailed: "is stuck: WAL archiving failed"
      case .invalid: "is stuck: its definition is invalid"
      case .notPickedUp: "was not picked up (does the operator run?)"
      case .waits: "has been waiting"
      case .podGone(let pod): "is stuck: its pod \(Sanitizer.clean(pod, limit: 80)) is gone"
      case .runs: "has been running"
      case .unknownPhase: "is in an unknown phase"
      }
    }

    /// By itself.
    var sentence: String {
      switch self {
      case .archivingFailed: "WAL archiving failed during it, and nothing starts it again"
      case .invalid: "its definition is invalid"
      case .notPickedUp(let age):
        "it was not picked up for \(Format.age(age)) (does the operator run?)"
      case .waits(let age):
        "it has been waiting for \(Format.age(age)) while no other backup runs"
      case .podGone(let pod): "its pod \(Sanitizer.clean(pod, limit: 80)) is gone"
      case .runs(let age): "it has been running for \(Format.age(age))"
      case .unknownPhase(let phase, let age):
        "it is in phase \(Sanitizer.clean(phase, limit: 60)) for \(Format.age(age))"
      }
    }
  }
}

extension CNPGBackup {
  var shownName: String { Sanitizer.clean(name, limit: 80) }

  /// `nightly-20260821 (running since 2026-08-21T03:00:00Z)`.
  var queueWords: String {
    let phase = status?.phase.map { Sanitizer.clean($0, limit: 40) } ?? ""
    let since = createdAt.map { " since \(Format.timestamp($0))" } ?? ""
    return "\(shownName) (\(phase.isEmpty ? "new" : phase)\(since))"
  }
}

extension CNPGBackup {
  /// `auth/auth-db's in-tree backup nightly (running since …)`.
  var elsewhereWords: String {
    let cluster = Sanitizer.clean("\(owner.namespace)/\(owner.name)", limit: 120)
    return "\(cluster)'s in-tree backup \(queueWords)"
  }
}

extension CloudNativePGFacts {
  package var queue: BackupQueue {
    BackupQueue(ownBackups ?? [], cluster: name, elsewhere: elsewhere)
  }
  var podNames: Set<String>? { pods.value.map { Set($0.map(\.name)) } }
}
