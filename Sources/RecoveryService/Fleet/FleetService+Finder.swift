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
    let search = try await state.watched.engine.findActs(
      order, report: state.report, progress: progress)
    if clusters[name]?.epoch == state.epoch { clusters[name]?.search = search }
    return search
  }
}
