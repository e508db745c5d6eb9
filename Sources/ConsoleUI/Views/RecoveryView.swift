import FoundationEssentials
import RecoveryModel
import TextScreen

/// The moment under the recovery window's cursor, above all else that is known of the window.
enum RecoveryView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    guard let cluster = state.cluster, let context = PanelContext(state) else { return }
    let recalled = cluster.recalled
    let shown = recalled?.cluster ?? cluster
    guard let window = shown.window, let first = window.first, let last = window.last,
      let outlook = state.recoveryOutlook
    else { return }
    if let recalled {
      builder.paragraph(
        "AS SEEN \(Format.age(state.now.timeIntervalSince(recalled.asOf))) AGO: it is not told now",
        .critical)
    }
    var figure = WindowPanel.figure(window, PanelContext(shown, like: context))
    figure.cursor = outlook.at?.timeIntervalSinceReferenceDate
    builder.add(.timeline(figure))
    builder.add(
      .line(
        Line(
          [
            Span(" " + Moment.short(window.points.first ?? first)),
            Span(hints(builder.width), .dim),
          ],
          right: [Span(Moment.short(last) + " ")])))
    builder.facts(outlook.lines(zone: state.zone, segmentSize: context.segmentSize))
    builder.section("Window")
  }

  private static func hints(_ width: Int) -> String {
    let more = "H L: hour  @: type it  v: drill  F: find  p: plan"
    return width >= 100 ? "  Left Right: minute  " + more : "  " + more
  }
}

extension ContentBuilder {
  /// Columns of a label on the pages of a recovery.
  static let factWidth = 12

  mutating func facts(_ lines: [FactLine]) {
    for line in lines {
      add(
        Row.facts(
          line.label, line.text, line.tone.role, width: width, labelWidth: Self.factWidth,
          limit: limit))
    }
  }
}

extension FactLine.Tone {
  var role: Role {
    switch self {
    case .text: .text
    case .strong: .strong
    case .dim: .dim
    case .good: .good
    case .notice: .notice
    case .warning: .warning
    case .critical: .critical
    case .unknown: .unknown
    }
  }
}

extension PanelContext {
  /// Another picture on the same clock.
  init(_ cluster: ClusterSnapshot, like context: PanelContext) {
    self.init(cluster: cluster, now: context.now, glyphs: context.glyphs)
  }
}
