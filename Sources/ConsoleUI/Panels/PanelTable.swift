import FoundationEssentials
import RecoveryModel
import TextScreen

/// A panel: the one place where its name, key, summary and detail stand.
struct PanelRow: Sendable {
  var id: PanelID
  var title: String
  /// Its number key.
  var key: Character
  /// One or two words for its title line: how things stand.
  var status: @Sendable (PanelContext) -> Span
  /// At most `height` rows of `width` columns, the most important first.
  var summary: @Sendable (PanelContext, _ width: Int, _ height: Int) -> [Row]
  var detail: @Sendable (PanelContext, inout ContentBuilder) -> Void
  /// One row of the detail's table, by its id.
  var item: @Sendable (PanelContext, String, inout ContentBuilder) -> Void
  /// Age in seconds of what it shows, when too old to be believed.
  var staleAge: @Sendable (PanelContext) -> Double?
}

/// The dashboard's panels in the order of their keys.
enum PanelTable {
  static let rows: [PanelRow] = [
    InstancesPanel.row, ArchivePanel.row, BackupsPanel.row, WindowPanel.row,
    VerificationPanel.row, ProjectionPanel.row,
  ]

  static func row(_ id: PanelID) -> PanelRow {
    rows.first { $0.id == id } ?? InstancesPanel.row
  }
}

/// What a panel may know.
struct PanelContext: Sendable {
  var cluster: ClusterSnapshot
  var now: Date
  var glyphs: GlyphSet
  /// Of this cluster, by this console.
  var scrub: RunningScrub?

  init(cluster: ClusterSnapshot, now: Date, glyphs: GlyphSet) {
    self.cluster = cluster
    self.now = now
    self.glyphs = glyphs
  }

  /// nil while no cluster is known.
  init?(_ state: AppState) {
    guard let cluster = state.cluster else { return nil }
    self.init(cluster: cluster, now: state.now, glyphs: state.glyphs)
    scrub = state.scrub
  }

  var report: EngineReport { cluster.report }
  var targets: RecoveryTargets { cluster.declaration.targets }

  /// The clock for ages of things that are asked all the time: an observation of the last refresh
  /// is 0s old, and stays so on the screen until the next one comes.
  var coarseNow: Date {
    cluster.staleAge(at: now) == nil ? cluster.takenAt : now
  }

  /// What a text may take up in a panel of the dashboard.
  var limit: TextLimit { .panel(glyphs) }

  func ago(_ date: Date) -> String { Moment.ago(date, now: coarseNow) }
  func age(_ date: Date) -> Double { max(0, coarseNow.timeIntervalSince(date)) }
}

/// What stands where a value should be.
enum MissingPart {
  static func status<Value>(_ part: Observed<Value>) -> Span {
    if case .pending = part { Span("waiting", .unknown) } else { Span("unknown", .unknown) }
  }

  /// `limit` is nil where all of the reason is to be read.
  static func rows<Value>(_ part: Observed<Value>, width: Int, limit: TextLimit?) -> [Row] {
    guard let failure = part.failure else {
      return [.fact("unknown", "no answer yet", .unknown)]
    }
    let reason = limit.map { $0.reason(failure.reason, width: width - Line.labelWidth) }
    var rows = Row.facts(
      "unknown", reason ?? failure.reason, .unknown, width: width, limit: limit)
    if !failure.remedy.isEmpty {
      rows += Row.facts("try", Remedy.withKeys(failure.remedy), .notice, width: width, limit: limit)
    }
    return rows
  }
}
