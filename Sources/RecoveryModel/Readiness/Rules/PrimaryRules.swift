/// One primary, neither none nor two.
enum PrimaryRules {
  static let unreachable = Rule(
    "primary.unreachable", .critical, "primary is down", needs: [.instances]
  ) { context in
    guard context.primaries.isEmpty, let instances = context.report.instances.value else {
      return []
    }
    // A hibernated cluster has no server, on purpose.
    guard !context.isUnder(.hibernation), !context.isBeingMade else { return [] }
    let planned = context.isUnder(.rollingRestart, .switchover)
    let fate = PrimaryFate.missing(
      among: instances, last: context.lastAnswers.primary, amid: context.report.activities)
    if case .withheld(let missing) = fate { return [unseen(missing, instances)] }
    let starting = instances.contains { $0.state == .startingUp }
    return [
      Finding(
        id: "primary.unreachable", severity: planned ? .warning : .critical,
        headline: starting
          ? "No primary yet: a server is starting up"
          : planned
            ? "No primary for the moment: it is restarted, or another takes over"
            : "No primary can be reached",
        evidence: instances.map(evidence),
        remedy: starting
          ? "Wait for it; read its log if it takes long."
          : "\(fate.words) What comes then: pgvigil incident \(context.declaration.typed)",
        ceiling: planned ? .likely : .atRisk)
    ]
  }

  /// Nothing is known to be down: what is missing is a right, and with it the answer.
  private static func unseen(_ missing: Unavailable, _ instances: [Instance]) -> Finding {
    Finding(
      id: "primary.unseen", severity: .warning,
      headline: "Whether a primary runs cannot be seen: "
        + Sanitizer.clean(missing.reason, limit: 160),
      evidence: instances.map(evidence), remedy: Sanitizer.clean(missing.remedy, limit: 300),
      ceiling: .unknown, words: "primary unseen")
  }

  private static func evidence(_ instance: Instance) -> Evidence {
    var what = "\(Sanitizer.clean(instance.name, limit: 60)): \(instance.state.word)"
    if case .unreachable(let reason) = instance.state {
      what += ", \(FailureSentence.shorten(Sanitizer.clean(reason), limit: 160))"
    }
    return Evidence(what: what, source: "connection", at: instance.observedAt)
  }

  static let several = Rule("primary.several", .critical, "two primaries", needs: [.instances]) {
    context in
    guard context.primaries.count > 1 else { return [] }
    let names = context.primaries.map { Sanitizer.clean($0.name, limit: 60) }
      .joined(separator: ", ")
    return [
      Finding(
        id: "primary.several", severity: .critical,
        headline: "\(context.primaries.count) servers take writes as primary: \(names)",
        evidence: context.primaries.map {
          Evidence(
            what: "\(Sanitizer.clean($0.name, limit: 60)) on timeline "
              + ($0.timeline.map { "\($0)" } ?? "unknown"),
            source: "pg_is_in_recovery()", at: $0.observedAt)
        },
        remedy: "Their histories differ and only one can be kept: find out which one the "
          + "applications write to, then stop the other before anything else.",
        ceiling: .atRisk)
    ]
  }
}
