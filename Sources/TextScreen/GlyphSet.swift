/// The pictures that widgets draw with. Every glyph is one column wide, in every set.
public struct GlyphSet: Sendable, Equatable {
  public var horizontal: String
  public var vertical: String
  public var topLeft: String
  public var topRight: String
  public var bottomLeft: String
  public var bottomRight: String

  /// Nine fillings of a cell from the left, empty to full.
  public var bars: [String]
  /// Eight heights of a column, low to full.
  public var levels: [String]

  public var check: String
  public var cross: String
  public var warning: String
  public var question: String
  public var bullet: String
  public var arrowUp: String
  public var arrowDown: String
  public var arrowRight: String
  public var ellipsis: String

  public var gaugeEmpty: String
  /// The part of a gauge between its low and high estimates.
  public var gaugeRange: String
  public var target: String

  /// Time that can be restored to.
  public var timelineSpan: String
  /// Time outside of what is covered, before the first and after the last moment.
  public var timelineEmpty: String
  public var timelineMark: String
  public var hole: String
  /// One solid pixel of `BigText`.
  public var block: String
  /// A cell by which of its halves are solid: upper 1, lower 2; empty where there are no such.
  public var halves: [String]
  /// A cell by which of its quarters are solid: upper left 1, upper right 2, lower left 4, lower
  /// right 8; empty where there are no such.
  public var quarters: [String]
  /// Between pieces of one line.
  public var separator: String
}

extension GlyphSet {
  public static let unicode = GlyphSet(
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

  public static let ascii = GlyphSet(
    horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
    bottomRight: "+",
    bars: [" ", " ", ".", ".", ":", ":", "=", "=", "#"],
    levels: ["_", ".", ",", "-", "=", "+", "*", "#"],
    check: "+", cross: "x", warning: "!", question: "?", bullet: "*", arrowUp: "^",
    arrowDown: "v", arrowRight: ">", ellipsis: "~", gaugeEmpty: ".", gaugeRange: "%",
    target: "|", timelineSpan: "=", timelineEmpty: ".", timelineMark: "o", hole: "X", block: "#",
    halves: [], quarters: [], separator: "|")

  /// What the 256 glyphs of the Linux text console hold (code page 437): no eighths, no ticks.
  public static let linuxConsole: GlyphSet = {
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
