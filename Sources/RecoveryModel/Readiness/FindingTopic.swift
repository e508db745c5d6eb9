/// What an engine's own finding is about, by the second part of its id: `schedule` in
/// `cnpg.schedule.overdue:nightly`.
package enum FindingTopic: String, Sendable, CaseIterable {
  case activity, archive, backup, certificate, deletion, drill, encryption, phase, recovery
  case repository, retention, schedule, volume, wal, window
  case inTree = "in-tree"
  case objectStore = "object-store"
  case systemID = "system-id"
  /// None that is known here; shown all the same.
  case other

  package init(findingID: String) {
    let parts = findingID.split { $0 == "." || $0 == ":" }
    self = parts.dropFirst().first.flatMap { FindingTopic(rawValue: String($0)) } ?? .other
  }
}
