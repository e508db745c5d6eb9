import FoundationEssentials
import RecoveryModel
import TextScreen

/// The answer of `incident`.
struct IncidentReport: Report {
  var page: IncidentPage
  var zone: LocalZone
  var isMarkdown = false

  func encode(to encoder: any Encoder) throws { try IncidentDocument(page).encode(to: encoder) }

  func text(_ style: TextStyle) -> String {
    guard !isMarkdown else { return markdown }
    let head =
      "\(Sanitizer.clean(page.cluster)): \(style.verdict(page.verdict))"
      + style.dim("  (\(page.engineTitle), \(Format.timestamp(page.now)))")
    let facts = FactText(style: style)
    return ([head] + page.lines(zone: zone).map(facts.line)).joined(separator: "\n")
  }

  /// The same lines, and more of who did what.
  private var markdown: String {
    let head =
      "# \(Self.plain(page.cluster)): \(page.verdict.rawValue)\n\n"
      + "\(Self.plain(page.engineTitle)), \(zone.told(page.now))\n"
    let lines = page.lines(zone: zone, room: .whole).map { line in
      // A command is never cut.
      "- **\(line.label)**: \(Self.marked(Sanitizer.clean(line.text, limit: 8000)))"
    }
    return ([head] + lines).joined(separator: "\n")
  }

  /// With its commands as ones that can be copied.
  private static func marked(_ text: String) -> String {
    PrintedCommand.pieces(text).map { piece in
      switch piece {
      case .words(let words): escaped(words)
      case .command(let command): "`\(command.replacing("`", with: ""))`"
      }
    }.joined()
  }

  /// Text from outside as Markdown shows it: without a meaning of its own.
  private static func plain(_ text: String) -> String {
    escaped(Sanitizer.clean(text, limit: 600))
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { plain, character in
      if "\\`*_[]<>|#".contains(character) { plain.append("\\") }
      plain.append(character)
    }
  }
}

/// The page in JSON.
struct IncidentDocument: Encodable {
  struct Answer: Encodable {
    var what: String
    var state: String
    var lastAt: Date?
    var reason: String
  }

  struct Sign: Encodable {
    var what: String
    var at: Date
  }

  struct Choice: Encodable {
    var kind: String
    var why: String
    var outlook: OutlookDocument?
  }

  struct OtherAct: Encodable {
    var at: String
    var what: String
    var recoverTo: OutlookDocument.Moment
    /// How many follow each other closely; absent = it begins no series.
    var series: Int?
    var reachable: Bool
    /// Where it lies recovered already.
    var recoveredIn: String?
  }

  struct Act: Encodable {
    var at: Date
    var who: String
    var what: String
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var generatedAt: Date
  var cluster: String
  var engine: String
  var verdict: String
  var asOf: Date?
  var answers: [Answer]
  var lastSign: Sign?
  var loss: OutlookDocument.Loss
  var choices: [Choice]
  var otherActs: [OtherAct]
  var running: [String]
  var keptRecoveries: [KeptFigures]
  var audit: [Act]?
  var steps: [String]

  init(_ page: IncidentPage) {
    generatedAt = page.now
    cluster = Sanitizer.clean(page.cluster)
    engine = page.engineTitle
    verdict = page.verdict.rawValue
    asOf = page.asOf
    answers = page.answers.map {
      Answer(what: $0.what, state: $0.state.rawValue, lastAt: $0.last, reason: $0.reason)
    }
    lastSign = page.lastSign.map { Sign(what: $0.what, at: $0.at) }
    loss = OutlookDocument.Loss(page.loss)
    choices = page.choices.map { choice in
      Choice(
        kind: choice.kind.rawValue, why: choice.why,
        outlook: choice.outlook.map { OutlookDocument($0, segmentSize: page.segmentSize) })
    }
    otherActs = page.others.map {
      OtherAct(
        at: RecoveryMoment.exact($0.act.at), what: $0.act.what,
        recoverTo: OutlookDocument.Moment($0.act.moment), series: $0.series > 1 ? $0.series : nil,
        reachable: $0.isReachable, recoveredIn: $0.copy.map { Sanitizer.clean($0) })
    }
    running = page.running
    keptRecoveries = page.kept.map(KeptFigures.init)
    audit = page.acts?.map {
      Act(at: $0.at, who: Sanitizer.clean($0.who), what: Sanitizer.clean($0.what))
    }
    steps = page.steps
  }
}
