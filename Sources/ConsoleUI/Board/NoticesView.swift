import FoundationEssentials
import RecoveryModel
import TextScreen

/// What is to be known of the fleet as a whole: a line that stays while it holds, and all of it with
/// remedies.
enum NoticesView {
  /// The gravest, and how many more there are.
  static func drawLine(_ state: AppState, in rect: Rect, frame: inout Frame) {
    guard !rect.isEmpty, let first = sorted(state).first else { return }
    let more = (state.fleet?.notices.count ?? 0) - 1
    let count = more > 0 ? "\(more) more: " : ""
    let since = first.since.map { ", since \(Moment.clock($0))" } ?? ""
    // Glyph, key and the spaces between.
    let around = first.subject.count + since.count + count.count + 8
    let text = TextLimit(rows: 1, glyphs: state.glyphs)
      .reason(first.text, width: rect.width - around)
    let left = [
      Span(" \(first.severity.glyph(state.glyphs)) ", first.severity.role),
      Span("\(first.subject): ", .strong), Span(text, first.severity.role), Span(since, .dim),
    ]
    frame.write(
      Line(left, right: [Span(count, .dim), Span("n ", .key)]), in: rect, glyphs: state.glyphs)
  }

  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Notices"
    let notices = sorted(state)
    if notices.isEmpty { builder.paragraph("nothing to report", .good) }
    for (index, notice) in notices.enumerated() {
      builder.item(
        "\(index)",
        .line(
          Line(
            [
              Span(" \(notice.severity.glyph(state.glyphs)) ", notice.severity.role),
              Span(notice.subject, .strong),
            ], right: [Span(notice.since.map { "since \(Moment.full($0)) " } ?? "", .dim)])),
        text: "\(notice.subject) \(notice.text) \(notice.remedy)",
        more: rows(notice, width: builder.width, glyphs: state.glyphs) + [.blank])
    }
  }

  /// What it says and what to do, under its subject.
  static func rows(_ notice: FleetNotice, width: Int, glyphs: GlyphSet) -> [Row] {
    var rows = Row.paragraph(notice.text, width: width, indent: 3)
    if !notice.remedy.isEmpty {
      rows += Row.paragraph(
        "\(glyphs.arrowRight) \(notice.remedy)", .notice, width: width, indent: 3)
    }
    return rows
  }

  /// The gravest first.
  static func sorted(_ state: AppState) -> [FleetNotice] {
    let notices = state.fleet?.notices ?? []
    return notices.enumerated().sorted {
      ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset)
    }.map(\.element)
  }
}
