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
    var moment = chosenAct?.moment ?? recoveryMoment
    // What the page says is what its key plans.
    if screen == .incident {
      moment =
        IncidentPage(
          cluster, acts: nil, search: finding?.search, chosen: recoveryMoment, now: now
        ).advised ?? .latest
    }
    var question = RecoveryQuestion(moment)
    question.lost = finding?.search?.lost(before: moment) ?? []
    let effects = ask(question, of: cluster.id)
    open(.recovery)
    return effects
  }

  private mutating func ask(
    _ question: RecoveryQuestion, of cluster: String, isForTable: Bool = false
  ) -> [Effect] {
    recoveryPlan = RecoveryPlanReading(
      cluster: cluster, question: question, answer: .asking(since: now), isForTable: isForTable)
    lists[.recovery] = nil
    return [.planRecovery(question, cluster: cluster)]
  }

  /// What was recovered by it, or removed, makes another plan of the one that stands there.
  mutating func renewPlan(after outcome: OperationOutcome) -> [Effect] {
    guard let reading = recoveryPlan, reading.cluster == outcome.cluster else { return [] }
    var question = reading.question
    if let kept = outcome.kept, kept.moment == question.moment.text {
      question.place = kept.place
    } else if outcome.kind == .remove, outcome.status == .done, reading.plan?.kept != nil {
      question.place = nil
    } else {
      return []
    }
    return ask(question, of: reading.cluster)
  }

  // MARK: What is to be given back

  /// Asks for the table that rows are missing of, beginning with what was found just behind the moment.
  mutating func askForTable() {
    guard let question = shownPlan?.question else { return }
    let acts = finding?.search?.acts.filter { $0.moment == question.moment } ?? []
    let found = acts.flatMap(\.lostTables)
    let tables = question.lost.isEmpty ? found : question.lost
    let names = tables.filter { $0.database == tables.first?.database }.map(\.name)
    let text =
      tables.first.map { "\($0.database) \(names.joined(separator: ", "))" }
      ?? acts.first?.databaseName.map { "\($0) " } ?? ""
    prompt = Prompt(.table, text: text)
  }

  /// `keycloak public.user_entity`, and more of that database behind commas.
  mutating func giveBack(_ text: String) -> [Effect] {
    guard let reading = shownPlan else { return [] }
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    let names = (words.count > 1 ? words[1] : "").split(separator: ",").map { name in
      let parts = name.split(separator: " ").map(String.init)
      // The prompt begins with the database, and whoever types may name it again.
      let isRepeated = parts.count > 1 && parts[0] == words[0]
      return parts.dropFirst(isRepeated ? 1 : 0).joined(separator: " ")
    }
    let known = reading.question.lost + (finding?.search?.acts.flatMap(\.lostTables) ?? [])
    // The name of a database alone is all of one that is gone.
    let whole = names.isEmpty ? known.first { $0.isDatabase && $0.database == words.first } : nil
    let tables =
      [whole].compactMap { $0 }
      + names.compactMap { name in
        known.first { $0.database == words[0] && $0.name == name }
          ?? LostTable(database: words[0], name: name)
      }
    guard !tables.isEmpty, tables.count == max(1, names.count) else {
      let read = names.isEmpty ? "no table" : "\"\(names.joined(separator: ", "))\""
      let database = words.first.map { " in the database \"\($0)\"" } ?? ""
      notify(
        "no name of a table: read \(read)\(database); type DATABASE SCHEMA.TABLE, as SQL has it",
        .warning, seconds: 15)
      return []
    }
    var question = reading.question
    question.lost = tables
    return ask(question, of: reading.cluster, isForTable: true)
  }

  /// Takes an answer if it is still waited for.
  mutating func receive(_ answer: RecoveryPlanReading.Answer, of cluster: String) -> [Effect] {
    guard var reading = recoveryPlan, reading.cluster == cluster, case .asking = reading.answer
    else { return [] }
    reading.answer = answer
    recoveryPlan = reading
    if reading.isForTable, let row = RecoveryPlanView.giveBackRow(self) {
      lists[.recovery, default: ListState()].offset = row
    }
    clampList()
    return []
  }

  /// What is on the screen, beside production; the plan of doing it is looked at anew.
  mutating func carryOutPlan() -> [Effect] {
    guard let reading = shownPlan, let shown = reading.plan, shown.kept == nil else { return [] }
    var question = reading.question
    question.backup = shown.order.base?.id
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
    notifyUntilKey(
      "sent to the terminal's clipboard (OSC 52); not every one takes it, S saves it", seconds: 10)
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
