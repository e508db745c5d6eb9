import FoundationEssentials
import RecoveryModel
import TextScreen

/// What a wallboard says of one cluster, before it knows in how much room.
struct WallboardTile {
  /// A caption and a value, each with a short form.
  struct Figure {
    var caption: String
    var shortCaption: String
    var entry: Table.Entry
  }

  let row: BoardRow
  /// Context, namespace and name, as far as it has them.
  private let nameParts: [Substring]
  /// What made the verdict: the headline, and a few words.
  let reason: String
  let shortReason: String
  /// What would be lost, how long a recovery takes, the ages of base backup and proof.
  let figures: [Figure]
  /// What runs on it, else for how long it has had its verdict.
  let note: Span?

  init(_ cluster: ClusterSnapshot, _ state: AppState) {
    let row = BoardRow(cluster, now: state.now, glyphs: state.glyphs)
    self.row = row
    nameParts = CellText.clean(cluster.id).split(separator: "/")
    let (reason, shortReason) = Self.reason(row)
    self.reason = CellText.clean(reason)
    self.shortReason = CellText.clean(shortReason)
    figures = Self.figures(row)
    if let operation = cluster.operation {
      let share = operation.fraction.map { " \(Format.percent($0))" } ?? ""
      note = Span(operation.plan.request.words + share, .notice)
    } else {
      note = state.spells[cluster.id]?.words(now: row.context.coarseNow)
        .map { Span("for \($0)", row.verdict.role) }
    }
  }

  var context: PanelContext { row.context }
  var isStale: Bool { row.staleAge != nil }
  /// RTO alone, which has a gauge of its own.
  var rto: Figure { figures[1] }
  /// All but the RTO.
  var others: [Figure] { [figures[0], figures[2], figures[3]] }

  var mostNameParts: Int { max(1, nameParts.count) }

  /// The last parts of the name: without the context, without the namespace.
  func name(parts: Int) -> String { nameParts.suffix(parts).joined(separator: "/") }

  private static func reason(_ row: BoardRow) -> (String, String) {
    let cluster = row.cluster
    if let age = row.staleAge {
      return ("no news for \(Format.age(age)); it was \(cluster.verdict.rawValue)", "no news")
    }
    // A remark is for whoever sits near enough to read it.
    let finding = cluster.reason(for: row.verdict)
    if let recovery = cluster.recoveries.first {
      return ("recovering: \(recovery.sentence)", "recovering \(recovery.brief)")
    }
    // What is being done on purpose explains more than a remark would.
    if finding?.severity ?? .info == .info, let activity = cluster.report.activities.first {
      return ("\(activity.kind.words): \(activity.sentence)", activity.kind.words)
    }
    if let finding { return (finding.headline, finding.shortForm) }
    let nothing = row.verdict == .unknown ? "no answer yet" : "nothing to report"
    return (nothing, nothing)
  }

  private static func figures(_ row: BoardRow) -> [Figure] {
    let targets = row.context.targets
    return [
      Figure(
        caption: "RPO, target \(Format.span(targets.rpo))", shortCaption: "RPO",
        entry: row.entry(.rpo, width: 6)),
      Figure(
        caption: "RTO, target \(Format.span(targets.rto))", shortCaption: "RTO",
        entry: recovery(row)),
      Figure(
        caption: "base backup", shortCaption: "base", entry: row.entry(.backup, width: 7)),
      Figure(caption: "proof", shortCaption: "proof", entry: row.entry(.proof, width: 7)),
    ]
  }

  /// In whole minutes from ten on: nobody reads seconds of it across a room.
  private static func recovery(_ row: BoardRow) -> Table.Entry {
    var entry = row.entry(.rto, width: 8)
    guard let seconds = row.cluster.recoveryTime?.total.expected, seconds >= 600,
      entry.text.first?.isNumber == true
    else { return entry }
    let warning = row.context.glyphs.warning
    let mark = entry.text.hasSuffix(warning) ? warning : ""
    entry.text = Format.age(seconds).split(separator: " ").joined() + mark
    return entry
  }
}
