/// What a cell means; a theme turns it into colours. Code never names a colour.
package enum Role: String, CaseIterable, Sendable, Hashable {
  // The page
  case text, dim, strong, title, border, focus, selection, header, footer, key
  // Verdicts and states
  case good, notice, warning, critical, unknown
  // Figures
  case gaugeFill, gaugeEmpty, gaugeRange, target, sparkline, timeline, hole
  // Dialogs
  case dialog, danger, disabled

  /// One letter per role for the second plane of a frame golden; distinct.
  package var letter: Character {
    switch self {
    case .text: "."
    case .dim: "d"
    case .strong: "s"
    case .title: "t"
    case .border: "b"
    case .focus: "F"
    case .selection: "S"
    case .header: "h"
    case .footer: "f"
    case .key: "k"
    case .good: "g"
    case .notice: "n"
    case .warning: "w"
    case .critical: "c"
    case .unknown: "u"
    case .gaugeFill: "#"
    case .gaugeEmpty: "_"
    case .gaugeRange: "~"
    case .target: "|"
    case .sparkline: "^"
    case .timeline: "="
    case .hole: "x"
    case .dialog: "D"
    case .danger: "!"
    case .disabled: "-"
    }
  }
}
