/// The pictures that widgets draw with. Every glyph is one column wide, in every set.
package struct GlyphSet: Sendable, Equatable {
  package var horizontal: String
  package var vertical: String
  package var topLeft: String
  package var topRight: String
  package var bottomLeft: String
  package var bottomRight: String

  /// Nine fillings of a cell from the left, empty to full.
  package var bars: [String]
  /// Eight heights of a column, low to full.
  package var levels: [String]

  package var check: String
  package var cross: String
  package var warning: String
  package var question: String
  package var bullet: String
  package var arrowUp: String
  package var arrowDown: String
  package var arrowRight: String
  package var ellipsis: String

  package var gaugeEmpty: String
  /// The part of a gauge between its low and high estimates.
  package var gaugeRange: String
  package var target: String

  /// Time that can be restored to.
  package var timelineSpan: String
  /// Time outside of what is covered, before the first and after the last moment.
  package var timelineEmpty: String
  package var timelineMark: String
  package var hole: String
  /// One solid pixel of `BigText`.
  package var block: String
  /// A cell by which of its halves are solid: upper 1, lower 2; empty where there are no such.
  package var halves: [String]
  /// A cell by which of its quarters are solid: upper left 1, upper right 2, lower left 4, lower
  /// right 8; empty where there are no such.
  package var quarters: [String]
  /// Between pieces of one line.
  package var separator: String
}

extension GlyphSet {
  package static let unicode = GlyphSet(
    horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└",
    bottomRight: "┘",
    bars: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    check: "✓", cross: "✗", warning: "!", question: "?", bullet: "•", arrowUp: "↑",
    arrowDown: "↓", arrowRight: "→", ellipsis: "…", gaugeEmpty: "░", gaugeRange: "▒",
    target: "┃", timelineSpan: "━", timelineEmpty: "·", timelineMark: "●", hole: "╳", block: "█",
    halves: [" ", "▀", "▄", "█"],
    quarters: [
      " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
    ], separator: "·")

  package static let ascii = GlyphSet(
    horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
    bottomRight: "+",
    bars: [" ", " ", ".", ".", ":", ":", "=", "=", "#"],
    levels: ["_", ".", ",", "-", "=", "+", "*", "#"],
    check: "+", cross: "x", warning: "!", question: "?", bullet: "*", arrowUp: "^",
    arrowDown: "v", arrowRight: ">", ellipsis: "~", gaugeEmpty: ".", gaugeRange: "%",
    target: "|", timelineSpan: "=", timelineEmpty: ".", timelineMark: "o", hole: "X", block: "#",
    halves: [], quarters: [], separator: "|")

  /// What the 256 glyphs of the Linux text console hold (code page 437): no eighths, no ticks.
  package static let linuxConsole: GlyphSet = {
    var glyphs = unicode
    glyphs.bars = [" ", " ", " ", "▌", "▌", "▌", "▌", "█", "█"]
    glyphs.levels = ["_", "_", "▄", "▄", "▄", "▄", "█", "█"]
    glyphs.check = "√"
    glyphs.cross = "x"
    glyphs.ellipsis = "~"
    glyphs.target = "│"
    glyphs.timelineSpan = "═"
    glyphs.timelineMark = "•"
    glyphs.hole = "X"
    glyphs.quarters = []
    return glyphs
  }()
}
