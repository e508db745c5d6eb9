import FoundationEssentials
import RecoveryModel
import TextScreen

/// The page with the plan of a recovery.
extension AppState {
  /// Of the moment under the cursor; on the page for an incident of the one that it advises.
  mutating func planRecovery() -> [Effect] {
    guard let cluster else { return [] }
    if screen == .recovery {
      back()
      return []
    }
    var moment = recoveryMoment
    // What the page says is what its key plans.
    if screen == .incident {
      moment =
        IncidentPage(
          cluster, acts: nil, search: finding?.search, chosen: recoveryMoment, now: now
        ).advised ?? .latest
    }
    var question = RecoveryQuestion(moment)
    question.lost =
      finding?.search?.acts.filter { $0.moment == moment }.flatMap(\.lostTables) ?? []
    recoveryPlan = RecoveryPlanReading(
      cluster: cluster.id, question: question, answer: .asking(since: now))
    lists[.recovery] = nil
    open(.recovery)
    return [.planRecovery(question, cluster: cluster.id)]
  }

  /// Takes an answer if it is still waited for.
  mutating func receive(_ answer: RecoveryPlanReading.Answer, of cluster: String) -> [Effect] {
    guard var reading = recoveryPlan, reading.cluster == cluster, case .asking = reading.answer
    else { return [] }
    reading.answer = answer
    recoveryPlan = reading
    clampList()
    return []
  }

  /// What is on the screen, beside production; the plan of doing it is looked at anew.
  mutating func carryOutPlan() -> [Effect] {
    guard let reading = shownPlan, let base = reading.plan?.order.base.id else { return [] }
    var question = reading.question
    question.backup = base
    return plan(.recover(question), cluster: reading.cluster)
  }

  /// Terminals cut off or drop what is longer, and say nothing.
  private static let longestCopy = 74_994

  mutating func copyPlan() -> [Effect] {
    guard let artefact = shownPlan?.plan?.artefact else { return [] }
    let size = artefact.text.utf8.count
    guard size <= Self.longestCopy else {
      notify(
        "\(Format.bytes(Int64(size))) is too long for a terminal's clipboard; S saves it",
        .warning, seconds: 15)
      return []
    }
    notify(
      "sent to the terminal's clipboard (OSC 52); not every one takes it, S saves it",
      .notice, seconds: 10)
    return [.copy(artefact.text)]
  }

  mutating func savePlan(to path: String) -> [Effect] {
    guard let artefact = shownPlan?.plan?.artefact, path.contains(where: { $0 != " " }) else {
      return []
    }
    return [.save(artefact.text, path: path)]
  }

  mutating func saved(_ path: String) -> [Effect] {
    notify("saved to \(path)", .good, seconds: 12)
    return []
  }

  mutating func saveFailed(_ error: RecoveryError) -> [Effect] {
    notify(
      error.message + (error.remedy.isEmpty ? "" : "; \(error.remedy)"), .warning, seconds: 15)
    return []
  }
}
