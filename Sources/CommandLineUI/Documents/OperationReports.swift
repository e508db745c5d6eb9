import FoundationEssentials
import RecoveryModel

/// Version of every JSON document; changes within it only add.
let schemaVersion = 1

/// What would be done.
struct PlanReport: Report {
  struct Need: Encodable {
    var what: String
    /// nil = could not be told.
    var satisfied: Bool?
    var detail: String
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var operation: String
  var cluster: String
  var kind: OperationKind
  var title: String
  var steps: [String]
  /// What has to be known before it is agreed to.
  var warnings: [String]
  var notes: [String]
  var requirements: [Need]
  var expectedSeconds: Double?
  var lowSeconds: Double?
  var highSeconds: Double?
  var canRun: Bool
  /// What must be typed before it runs.
  var typedConfirmation: String?

  init(plan: OperationPlan) {
    operation = plan.id
    cluster = plan.cluster
    kind = plan.request.kind
    title = plan.title
    steps = plan.steps.map(\.text)
    warnings = plan.warnings
    notes = plan.remarks
    requirements = plan.requirements.map {
      Need(what: $0.what, satisfied: $0.satisfied, detail: $0.detail)
    }
    expectedSeconds = plan.expected?.expected
    lowSeconds = plan.expected?.low
    highSeconds = plan.expected?.high
    canRun = plan.unmet.isEmpty
    typedConfirmation = plan.typedConfirmation
  }

  func text(_ style: TextStyle) -> String {
    var lines = [Sanitizer.clean(title)]
    for warning in warnings {
      lines.append(
        TextLayout.labelled("CAREFUL", Sanitizer.clean(warning, limit: 2000), column: 10))
    }
    for (index, step) in steps.enumerated() {
      lines.append(
        TextLayout.wrapped(
          Sanitizer.clean(step, limit: 4000), first: "  \(index + 1). ", rest: "     "))
    }
    for need in requirements {
      let mark = need.satisfied.map { $0 ? "met" : "NOT MET" } ?? "unknown"
      let detail = need.detail.isEmpty ? "" : ": " + need.detail
      lines.append(
        TextLayout.labelled("needs", Sanitizer.clean("\(mark) \(need.what)\(detail)"), column: 10))
    }
    for note in notes {
      lines.append(TextLayout.labelled("note", Sanitizer.clean(note), column: 10))
    }
    if let expectedSeconds, let lowSeconds, let highSeconds {
      let range = "\(Format.duration(lowSeconds)) to \(Format.duration(highSeconds))"
      lines.append(
        TextLayout.labelled(
          "takes", "about \(Format.duration(expectedSeconds)) (\(range))", column: 10))
    }
    lines.append("Nothing has been changed.")
    return lines.joined(separator: "\n")
  }
}

/// How operations ended.
struct OutcomeReport: Report {
  struct Entry: Encodable {
    var operation: String
    var cluster: String
    var kind: OperationKind
    var outcome: OperationOutcome.Status
    var startedAt: Date
    var finishedAt: Date
    var seconds: Double
    var summary: String
    var drill: DrillEntry?
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var operations: [Entry]

  init(outcomes: [OperationOutcome]) {
    operations = outcomes.map {
      Entry(
        operation: $0.operation, cluster: $0.cluster, kind: $0.kind, outcome: $0.status,
        startedAt: $0.startedAt, finishedAt: $0.finishedAt,
        seconds: $0.finishedAt.timeIntervalSince($0.startedAt), summary: $0.summary,
        drill: $0.drill.map(DrillEntry.init))
    }
  }

  func text(_ style: TextStyle) -> String {
    guard !operations.isEmpty else { return "nothing is due" }
    return operations.map { entry in
      let head = "\(entry.cluster) \(entry.kind.rawValue): \(entry.outcome.words)"
      let summary = entry.summary.isEmpty ? "" : ", " + entry.summary
      let first = TextLayout.wrapped(
        // A command that stands at its end is worth nothing cut.
        Sanitizer.clean("\(head) after \(Format.duration(entry.seconds))\(summary)", limit: 4000),
        first: "", rest: "  ")
      return ([first] + (entry.drill?.lines(after: entry.summary) ?? [])).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}

/// What was started in the background.
struct StartedReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var operation: String
  var cluster: String
  var kind: OperationKind
  var pid: Int32
  var log: String

  func text(_ style: TextStyle) -> String {
    let follow = kind == .drill ? "pgvigil drills \(cluster)" : "pgvigil status \(cluster)"
    return """
      \(Sanitizer.clean(cluster)) \(kind.rawValue) \(operation) runs in the background (process \(pid)).
        follow   \(Sanitizer.clean(follow)), or the console
        log      \(Sanitizer.clean(log))
        cancel   kill \(pid)
      """
  }
}

/// What `reap` removed and what it could not.
struct ReapReport: Report {
  struct Entry: Encodable {
    var drill: String
    var removed: [String]
    var remaining: [String]
  }

  /// A place of which nobody knows what was left there.
  struct Unavailable: Encodable {
    var cluster: String
    var reason: String
  }

  struct Living: Encodable {
    var drill: String
    var cluster: String
    var owner: String
    var expires: Date

    var line: String {
      TextLayout.labelled(
        "under way",
        Sanitizer.clean(
          "drill \(drill) of \(cluster), by \(owner): stays; expires "
            + Format.timestamp(expires)), column: 12)
    }
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var reaped: [Entry]
  var unavailable: [Unavailable]
  /// Drills under way, which stay.
  var living: [Living]
  /// Why more may have been left behind than was found.
  var unknown: [String]

  /// Everything that could hold leftovers was looked at.
  var isKnown: Bool { unavailable.isEmpty && unknown.isEmpty }

  private enum CodingKeys: CodingKey { case schemaVersion, reaped, unavailable, living, unknown }

  init(_ reaping: Reaping, living: LivingDrills, picture: FleetSnapshot) {
    reaped = reaping.drills.map {
      Entry(drill: $0.id, removed: $0.removed, remaining: $0.remaining)
    }
    unavailable = reaping.failures.map {
      Unavailable(cluster: $0.cluster, reason: Sanitizer.clean("\($0.error)"))
    }
    self.living = living.drills.map {
      Living(drill: $0.id, cluster: $0.cluster, owner: $0.owner, expires: $0.expires)
    }
    // A place that refuses to be listed says so twice.
    unknown = picture.unanswered + (reaping.failures.isEmpty ? living.unknown : [])
  }

  func text(_ style: TextStyle) -> String {
    var lines = unavailable.map { place in
      TextLayout.labelled(
        "NOT LOOKED AT", "where drills of \(Sanitizer.clean(place.cluster)) go: \(place.reason)",
        column: 17)
    }
    for entry in reaped {
      lines.append("drill \(Sanitizer.clean(entry.drill))")
      lines += entry.removed.map {
        TextLayout.labelled("removed", Sanitizer.clean($0), column: 12)
      }
      lines += entry.remaining.map {
        TextLayout.labelled("STILL THERE", Sanitizer.clean($0), column: 15)
      }
    }
    lines += living.map(\.line)
    if !unknown.isEmpty {
      let why = Sanitizer.clean(unknown.joined(separator: "; "))
      lines.append("whether anything was left behind is not known: \(why)")
    } else if reaped.isEmpty, unavailable.isEmpty {
      lines.insert("nothing was left behind", at: 0)
    }
    return lines.joined(separator: "\n")
  }
}

/// The audit log.
struct AuditReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var lines: [AuditLine]

  func text(_ style: TextStyle) -> String {
    guard !lines.isEmpty else { return "no operation has been recorded" }
    let rows = lines.map { line in
      [
        Format.timestamp(line.at), line.user + "@" + line.host,
        line.cluster + (line.sandbox == true ? " (sandbox)" : ""), line.kind.rawValue,
        line.abandoned == true ? "killed" : line.outcome?.words ?? line.event, line.summary,
          // Commands that stand at its end are worth nothing cut.
      ].map { Sanitizer.clean($0, limit: 1000) }
    }
    return TextLayout.table([["WHEN", "WHO", "CLUSTER", "WHAT", "OUTCOME", "DETAIL"]] + rows)
  }
}

/// Why there is no answer.
struct ErrorReport: Report {
  struct Failure: Encodable {
    var code: String
    var message: String
    var remedy: String
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var error: Failure

  init(_ error: RecoveryError) {
    self.error = Failure(
      code: error.code.rawValue, message: error.message, remedy: error.remedy)
  }

  func text(_ style: TextStyle) -> String {
    Sanitizer.clean(error.message + (error.remedy.isEmpty ? "" : " (\(error.remedy))"))
  }
}
