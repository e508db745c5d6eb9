import FoundationEssentials
import RecoveryModel

extension FleetService {
  /// Says exactly what going back to a moment takes; changes nothing. Throws `RecoveryError`.
  package func recovery(
    _ question: RecoveryQuestion, cluster name: String
  ) async throws -> RecoveryPlan {
    guard clusters[name] != nil else {
      throw RecoveryError(.invalid, "no cluster named \(Sanitizer.clean(name, limit: 80))")
    }
    await freshen(name)
    guard let state = clusters[name] else { throw RecoveryError(.invalid, "no cluster \(name)") }
    let seen = state.assessed.recalled?.cluster ?? state.assessed
    let order = try RecoveryChart(seen, now: environment.engine.now(), search: state.search)
      .order(question)
    return try await state.watched.engine.recovery(order, report: seen.report)
  }
}
