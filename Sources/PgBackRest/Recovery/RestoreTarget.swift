import RecoveryModel

/// A moment as `pgbackrest restore` is asked for it. The base backup is always named: left to itself the tool takes the
/// newest one where none fits, and for transactions, restore points and the end of the archive in any case.
struct RestoreTarget: Sendable, Equatable {
  var backup: String
  var target: PostgresTarget
  var timeline: UInt32?
  var repository: Int

  /// nil where there is none to restore.
  init?(_ order: RecoveryOrder, repository: Int) {
    guard let base = order.base else { return nil }
    backup = base.id
    target = order.target
    timeline = order.timeline
    self.repository = repository
  }

  var arguments: [String] {
    ["--repo=\(repository)", "--set=\(backup)"] + target.restoreArguments(timeline: timeline)
  }
}

extension PostgresTarget {
  /// Options of `pgbackrest restore`; `timeline` nil = the newest that follows.
  func restoreArguments(timeline: UInt32?) -> [String] {
    var arguments: [String]
    switch kind {
    case .latest: arguments = ["--type=default"]
    case .immediate: arguments = ["--type=immediate"]
    case .time, .lsn, .xid, .name:
      arguments = ["--type=\(kind.rawValue)", "--target=\(value)"]
    }
    if isExclusive { arguments.append("--target-exclusive") }
    // The tool refuses a timeline for the end of a backup, and an action where there is no target.
    if kind != .immediate, let timeline { arguments.append("--target-timeline=\(timeline)") }
    if kind != .latest { arguments.append("--target-action=promote") }
    return arguments
  }
}
