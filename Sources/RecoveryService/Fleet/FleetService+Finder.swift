import FoundationEssentials
import RecoveryModel

extension FleetService {
  /// Looks through a stretch of a cluster's archived WAL for what was destroyed. Throws `RecoveryError`.
  package func findActs(
    _ name: String, _ order: ActSearchOrder,
    progress: @escaping @Sendable (ActSearchProgress) -> Void = { _ in }
  ) async throws -> ActSearch {
    guard let state = clusters[name] else {
      throw RecoveryError(.invalid, "no cluster named \(name)")
    }
    guard order.from < order.to else {
      throw RecoveryError(.invalid, "the stretch ends before it begins")
    }
    var order = order
    order.known = Self.known(before: order.from, of: state)
    let search = try await state.watched.engine.findActs(
      order, report: state.report, progress: progress)
    if clusters[name]?.epoch == state.epoch {
      clusters[name]?.search = search
      clusters[name]?.ledger.notes.note(
        search.acts.map { NotedAct($0, of: state.report.system, timeline: search.timeline) })
      await keepNotes(of: name, sharing: beat.isRunning && isDriller(name))
    }
    return search
  }

  /// Where the WAL was last seen to stand before a time, by any clock. What a later look contradicts was of another life of the
  /// database.
  private static func known(before time: Date, of state: ClusterState) -> WALSighting? {
    let looks = state.ledger.notes.looks
    let system = state.report.system
    let isSame = looks.system == nil || system == nil || looks.system == system
    let all = (isSame ? looks.all : []) + state.clock.sightings
    let latest = time.addingTimeInterval(-ActSearchOrder.clockError)
    let known = all.filter { $0.timeline != nil && $0.at <= latest }.max { $0.at < $1.at }
    return known.flatMap { known in
      all.contains { $0.at > known.at && $0.lsn < known.lsn } ? nil : known
    }
  }
}
