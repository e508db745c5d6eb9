/// What stood between the newest drill and its answer.
enum DrillReachRules {
  /// The store turned the drill away, and would turn a recovery away: nothing is proven of the backup, and nobody could
  /// use it.
  static let credentials = Rule("drill.credentials", .critical, "store refuses", needs: []) {
    context in
    guard let drill = context.lastTriedDrill, drill.outcome == .couldNotRun,
      drill.cause == .credentials
    else { return [] }
    let reason = Sanitizer.clean(drill.reason ?? "no reason recorded", limit: 240)
    return [
      Finding(
        id: "drill.credentials", severity: .critical,
        headline: "A recovery would be refused: the last verify drill, "
          + "\(Format.age(context.age(drill.finishedAt))) ago, could not read the object store with the "
          + "credentials that a recovery uses",
        evidence: [context.evidence(drill, reason)],
        remedy:
          "Mend the credentials in the Secret that the object store is read with (or the store's "
          + "policy for them); then drill again: pgvigil drill \(context.declaration.typed)",
        ceiling: .atRisk)
    ]
  }

  /// It came back and reached its target; what is in it nobody has asked. That takes nothing from an earlier proof.
  static let notTested = Rule("drill.not-tested", .warning, "drill untested") { context in
    guard let drill = context.lastTriedDrill, drill.outcome == .notTested else { return [] }
    let reason = Sanitizer.clean(drill.reason ?? "no reason recorded", limit: 240)
    let reached = drill.reachedLSN.map { " and replayed it to \($0)" } ?? ""
    let tally = drill.tally
    let partly = tally.notRun < tally.count
    let gap =
      partly
      ? "but not every test could be put to the copy (\(drill.testWords ?? "none run"))"
      : "but the copy could not be asked what is in it"
    return [
      Finding(
        id: "drill.not-tested", severity: .warning,
        headline: "Restored, not tested\(partly ? " in full" : ""): the last verify drill restored "
          + "\(Sanitizer.clean(drill.backup ?? "the backup", limit: 60))\(reached), \(gap)",
        evidence: [context.evidence(drill, reason)], remedy: context.drillRemedy,
        ceiling: context.drills.lastConclusive == nil ? .likely : .proven)
    ]
  }

  /// That the moment itself did not come, or what was in it did not satisfy; what speaks of every recovery is told as that.
  static let momentMissed = Rule("drill.moment", .info, "moment unproven", needs: []) { context in
    guard let drill = context.allDrills.lastOfPast, !drill.speaksOfNow, let moment = drill.moment,
      [.failed, .couldNotRun, .notTested].contains(drill.outcome)
    else { return [] }
    let reason = Sanitizer.clean(drill.reason ?? "no reason recorded", limit: 240)
    let asked = Sanitizer.clean(moment.asked, limit: 100)
    return [
      Finding(
        id: "drill.moment", severity: .info,
        headline: "The drill to \(asked), \(Format.age(context.age(drill.finishedAt))) ago, proved "
          + "nothing of that moment (\(drill.outcome.words)): \(reason)",
        evidence: [context.evidence(drill, reason)],
        remedy: "Look what can be reached: pgvigil plan recovery \(context.declaration.typed) "
          + "--at '\(asked)'",
        ceiling: .proven)
    ]
  }
}

extension RuleContext {
  /// The newest drill that nobody called off.
  var lastTriedDrill: DrillRecord? { drills.last { $0.outcome != .cancelled } }
}
