import RecoveryModel
import TextScreen

/// The `:` and `/` lines, with the palette's suggestions above.
enum PromptView {
  /// Suggestions shown at a time.
  private static let suggestions = 8

  static func draw(_ state: AppState, layout: Layout, frame: inout Frame) {
    guard let prompt = state.prompt else { return }
    let rect = layout.message
    frame.fill(rect, role: .text)
    var x = rect.x + frame.write(prompt.kind.sign, x: rect.x, y: rect.y, role: .key, clip: rect)
    x += frame.write(prompt.text, x: x, y: rect.y, role: .strong, clip: rect)
    frame.cursor = (min(x, rect.right - 1), rect.y)
    guard prompt.kind == .command else { return }
    let found = Palette.matches(prompt.text, in: state)
    let first = max(0, min(prompt.choice - suggestions + 1, found.count - suggestions))
    let shown = found.dropFirst(first).prefix(min(suggestions, rect.y - 1))
    for (offset, entry) in shown.enumerated() {
      let line = Rect(x: 0, y: rect.y - shown.count + offset, width: state.columns, height: 1)
      draw(entry, chosen: first + offset == prompt.choice, state, in: line, frame: &frame)
    }
  }

  private static func draw(
    _ entry: Palette.Entry, chosen: Bool, _ state: AppState, in line: Rect, frame: inout Frame
  ) {
    let reason = entry.row.unavailable(state)
    let role: Role = chosen ? .selection : reason == nil ? .dialog : .disabled
    frame.fill(line, role: role)
    let key = entry.argument == nil ? entry.row.keys.first?.name ?? "" : ""
    let parts = Split.columns(line, [.fixed(1), .fixed(26), .fixed(6), .flexible()])
    frame.write(Line(entry.text, role), in: parts[1], glyphs: state.glyphs)
    frame.write(Line(key, role), in: parts[2], glyphs: state.glyphs)
    let fits = GlyphWidth.columns(of: entry.row.help) <= parts[3].width
    let help =
      entry.argument.map { "\(entry.row.title): \($0)" }
      ?? (fits ? entry.row.help : entry.row.title)
    frame.write(Line(reason ?? help, role), in: parts[3], glyphs: state.glyphs)
  }
}

extension Prompt.Kind {
  /// What stands before what is typed.
  fileprivate var sign: String {
    switch self {
    case .command: ":"
    case .filter: "/"
    case .moment: "moment: "
    case .stretch: "look from: "
    case .share: "read: "
    case .file: "save to: "
    case .table: "give back (DATABASE SCHEMA.TABLE): "
    }
  }
}
