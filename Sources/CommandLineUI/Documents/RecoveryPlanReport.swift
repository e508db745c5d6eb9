import FoundationEssentials
import RecoveryModel

/// The answer of `plan recovery`: the outlook of the moment first, then what it takes.
struct RecoveryPlanReport: Report {
  var outlook: RecoveryOutlook
  var zone: LocalZone
  var segmentSize: Int?
  /// What it takes, or why nobody can say.
  var plan: Result<RecoveryPlan, RecoveryError>
  /// The file that it was saved to; nil = it was not asked for.
  var savedTo: String?
  /// What carries it out beside production; nil = nothing does.
  var command: String?

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, cluster, generatedAt, outlook, plan, refused, savedTo
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(CommandLineUI.schemaVersion, forKey: .schemaVersion)
    try container.encode(Sanitizer.clean(outlook.cluster), forKey: .cluster)
    try container.encode(outlook.now, forKey: .generatedAt)
    try container.encode(OutlookDocument(outlook, segmentSize: segmentSize), forKey: .outlook)
    switch plan {
    case .success(let plan): try container.encode(RecoveryPlanDocument(plan), forKey: .plan)
    case .failure(let error):
      try container.encode(RecoveryRefusalDocument(error), forKey: .refused)
    }
    try container.encodeIfPresent(savedTo, forKey: .savedTo)
  }

  func text(_ style: TextStyle) -> String {
    let head = "Recovery of \(Sanitizer.clean(outlook.cluster))"
    let facts = FactText(style: style)
    var lines = [head] + outlook.lines(zone: zone, segmentSize: segmentSize).map(facts.line)
    switch plan {
    case .success(let plan):
      lines += plan.lines.map { style.plan($0, manifest: plan.manifest?.name, savedTo: savedTo) }
    case .failure(let error):
      let remedy = error.remedy.isEmpty ? "" : " (\(error.remedy))"
      lines.append(
        TextLayout.labelled(
          "no plan", Sanitizer.clean(error.message + remedy, limit: 600), column: 13))
    }
    if let savedTo { lines.append("Saved to \(Sanitizer.clean(savedTo, limit: 400)).") }
    if (try? plan.get())?.kept == nil, let command {
      lines += ["Beside production pgvigil carries it out:", "      \(command)"]
    }
    return (lines + ["Nothing has been changed."]).joined(separator: "\n")
  }
}

/// What a recovery takes, in JSON; `satisfied` absent = nobody could tell.
struct RecoveryPlanDocument: Encodable {
  struct Check: Encodable {
    var what: String
    var satisfied: Bool?
    var detail: String
  }
  struct Step: Encodable {
    var what: String
    var commands: [String]
    var changes: String
    var undo: String
  }
  struct Road: Encodable {
    var kind: String
    var title: String
    var steps: [Step]
  }
  struct Manifest: Encodable {
    var name: String
    var text: String
  }

  var engine: String
  var place: String
  /// Absent = it is gone, and what lies recovered needs none.
  var backup: String?
  var target: OutlookDocument.Moment
  var timeline: UInt32?
  var checks: [Check]
  var roads: [Road]
  /// What is to be applied as it stands.
  var manifest: Manifest?
  /// The id of a recovery that stays already, which the steps go on from.
  var stays: String?
  var notes: [String]

  init(_ plan: RecoveryPlan) {
    engine = plan.engineTitle
    place = Sanitizer.clean(plan.place)
    backup = plan.order.base.map { Sanitizer.clean($0.id) }
    target = OutlookDocument.Moment(plan.order.moment)
    timeline = plan.order.timeline
    checks = plan.checks.map {
      Check(what: $0.what, satisfied: $0.satisfied, detail: Sanitizer.clean($0.detail, limit: 2000))
    }
    roads = plan.roads.map { road in
      Road(
        kind: road.kind.rawValue, title: road.title,
        steps: road.steps.map {
          Step(what: $0.what, commands: $0.commands, changes: $0.changes, undo: $0.undo)
        })
    }
    manifest = plan.manifest.map { Manifest(name: $0.name, text: $0.text) }
    stays = plan.kept.map { Sanitizer.clean($0.id) }
    notes = plan.notes
  }
}

/// Why there is no plan.
struct RecoveryRefusalDocument: Encodable {
  var reason: String
  var remedy: String

  init(_ error: RecoveryError) {
    reason = Sanitizer.clean(error.message, limit: 600)
    remedy = Sanitizer.clean(error.remedy, limit: 600)
  }
}

extension TextStyle {
  /// A line of a plan in 80 columns; what is to be copied stands uncut on a line of its own.
  fileprivate func plan(_ line: PlanLine, manifest: String?, savedTo: String?) -> String {
    switch line.kind {
    // Often a command.
    case .remark("undo"): return dim("    undo: \(Sanitizer.clean(line.text, limit: 2000))")
    case .blank: return ""
    case .heading: return Sanitizer.clean(line.text, limit: 600)
    case .fact(let fact): return FactText(style: self).line(fact)
    case .step(let number):
      return TextLayout.wrapped(
        Sanitizer.clean(line.text, limit: 2000), first: "\(number < 10 ? " " : "")\(number). ",
        rest: "    ")
    case .remark(let label):
      return dim(
        TextLayout.wrapped(
          Sanitizer.clean("\(label): \(line.text)", limit: 2000), first: "    ", rest: "    "))
    case .verbatim:
      guard let manifest, let savedTo else { return line.text.isEmpty ? "" : "      " + line.text }
      let saved = ShellWord.quoted(savedTo)
      return "      " + line.text.replacing("-f \(manifest)", with: "-f \(saved)")
    case .manifest: return line.text
    }
  }
}

/// Labelled facts in 80 columns.
struct FactText {
  var style: TextStyle

  func line(_ fact: FactLine) -> String {
    let line = TextLayout.labelled(fact.label, Sanitizer.clean(fact.text, limit: 2000), column: 13)
    return fact.tone == .dim ? style.dim(line) : line
  }
}
