/// As much of an xterm as ncurses uses, so that a test can read the screen that a user would see.
///
/// Feed it what a program writes to its terminal; read `lines`. Colours are dropped, `reverse` and the
/// like too: frame goldens check roles, this checks that the bytes paint the right picture.
package struct TerminalEmulator: Sendable {
  public private(set) var columns: Int
  public private(set) var rows: Int
  private var cells: [[Character]]
  private var x = 0
  private var y = 0
  private var top = 0
  private var bottom: Int
  private var pending: [UInt8] = []
  private var last: Character = " "
  /// The cursor stands behind the last column; the next glyph wraps (terminfo `xenl`).
  private var wrapPending = false
  /// The program is on the alternate screen, as a full-screen program should be until it leaves.
  public private(set) var usesAlternateScreen = false
  public private(set) var cursorIsVisible = true

  package init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Self.blank(columns: columns, rows: rows)
    bottom = rows - 1
  }

  /// Each row without trailing blanks.
  package var lines: [String] {
    cells.map { row in
      var text = String(row.filter { $0 != Self.continuation })
      while text.last == " " { text.removeLast() }
      return text
    }
  }

  package var text: String { lines.joined(separator: "\n") }

  /// The user made the window another size; the content stays where it fits.
  package mutating func resize(columns: Int, rows: Int) {
    var resized = Self.blank(columns: columns, rows: rows)
    for row in 0..<min(rows, self.rows) {
      for column in 0..<min(columns, self.columns) { resized[row][column] = cells[row][column] }
    }
    cells = resized
    self.columns = columns
    self.rows = rows
    top = 0
    bottom = rows - 1
    move(toX: x, y: y)
  }

  package mutating func feed(_ bytes: some Sequence<UInt8>) {
    pending.append(contentsOf: bytes)
    var index = 0
    while index < pending.count, let used = consume(from: index) { index += used }
    pending.removeFirst(min(index, pending.count))
  }

  // MARK: Parsing

  /// Interprets what starts at `index`; returns its length, or nil when more bytes are needed.
  private mutating func consume(from index: Int) -> Int? {
    let byte = pending[index]
    switch byte {
    case 0x1B: return consumeEscape(from: index)
    case 0x08: move(toX: x - 1, y: y)
    case 0x09: move(toX: min(columns - 1, (x / 8 + 1) * 8), y: y)
    case 0x0A, 0x0B, 0x0C: lineFeed()
    case 0x0D: move(toX: 0, y: y)
    case 0..<0x20, 0x7F: break
    default: return consumeGlyph(from: index)
    }
    return 1
  }

  private mutating func consumeGlyph(from index: Int) -> Int? {
    let byte = pending[index]
    let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    guard index + length <= pending.count else { return nil }
    let text = String(decoding: pending[index..<(index + length)], as: UTF8.self)
    for character in text { put(character) }
    return length
  }

  private mutating func consumeEscape(from index: Int) -> Int? {
    guard index + 1 < pending.count else { return nil }
    switch pending[index + 1] {
    case UInt8(ascii: "["):
      guard
        let end = pending[(index + 2)...].firstIndex(where: { (0x40...0x7E).contains($0) })
      else { return nil }
      let body = String(decoding: pending[(index + 2)..<end], as: UTF8.self)
      control(body, final: Character(UnicodeScalar(pending[end])))
      return end - index + 1
    case UInt8(ascii: "]"):
      guard let end = pending[(index + 2)...].firstIndex(of: 0x07) else { return nil }
      return end - index + 1
    case UInt8(ascii: "("), UInt8(ascii: ")"): return index + 2 < pending.count ? 3 : nil
    case UInt8(ascii: "M"): reverseLineFeed()
    default: break
    }
    return 2
  }

  private mutating func control(_ body: String, final: Character) {
    if body.hasPrefix("?") { return setMode(String(body.dropFirst()), on: final == "h") }
    let numbers = body.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    let first = numbers.first ?? 0
    let count = max(1, first)
    switch final {
    case "H", "f":
      move(toX: (numbers.count > 1 ? max(1, numbers[1]) : 1) - 1, y: max(1, first) - 1)
    case "A": move(toX: x, y: y - count)
    case "B", "e": move(toX: x, y: y + count)
    case "C", "a": move(toX: x + count, y: y)
    case "D": move(toX: x - count, y: y)
    case "E": move(toX: 0, y: y + count)
    case "F": move(toX: 0, y: y - count)
    case "G", "`": move(toX: count - 1, y: y)
    case "d": move(toX: x, y: count - 1)
    case "Z": move(toX: max(0, (x - 1) / 8 * 8), y: y)
    case "r":
      top = max(1, first) - 1
      bottom = (numbers.count > 1 && numbers[1] > 0 ? min(numbers[1], rows) : rows) - 1
      move(toX: 0, y: 0)
    default: edit(final, count: count, selector: first)
    }
  }

  private mutating func edit(_ final: Character, count: Int, selector: Int) {
    wrapPending = false
    switch final {
    case "K": erase(selector == 0 ? x..<columns : selector == 1 ? 0..<(x + 1) : 0..<columns, row: y)
    case "J":
      if selector == 0 { erase(x..<columns, row: y) }
      if selector == 1 { erase(0..<(x + 1), row: y) }
      let rowsToErase = selector == 0 ? (y + 1)..<rows : selector == 1 ? 0..<y : 0..<rows
      for row in rowsToErase { erase(0..<columns, row: row) }
    case "X": erase(x..<min(columns, x + count), row: y)
    case "b": for _ in 0..<count { put(last) }
    case "@":
      cells[y].insert(contentsOf: Array(repeating: " ", count: count), at: x)
      cells[y].removeLast(cells[y].count - columns)
    case "P":
      cells[y].removeSubrange(x..<min(columns, x + count))
      cells[y].append(contentsOf: Array(repeating: " ", count: columns - cells[y].count))
    case "L": for _ in 0..<count where y <= bottom { scrollDown(from: y) }
    case "M": for _ in 0..<count where y <= bottom { scrollUp(from: y) }
    case "S": for _ in 0..<count { scrollUp(from: top) }
    case "T": for _ in 0..<count { scrollDown(from: top) }
    default: break
    }
  }

  private mutating func setMode(_ modes: String, on: Bool) {
    for mode in modes.split(separator: ";") {
      if mode == "1049" || mode == "47" { usesAlternateScreen = on }
      if mode == "25" { cursorIsVisible = on }
    }
  }

  // MARK: The screen

  private mutating func put(_ character: Character) {
    let scalar = character.unicodeScalars.first
    if scalar?.properties.generalCategory == .nonspacingMark { return combine(character) }
    if wrapPending {
      wrapPending = false
      x = 0
      lineFeed()
    }
    cells[y][x] = character
    last = character
    let width = scalar.map(Self.width) ?? 1
    if width == 2, x + 1 < columns { cells[y][x + 1] = Self.continuation }
    if x + width >= columns {
      x = columns - 1
      wrapPending = true
    } else {
      x += width
    }
  }

  private mutating func combine(_ mark: Character) {
    let column = wrapPending ? x : x - 1
    guard column >= 0 else { return }
    let joined = String(cells[y][column]) + String(mark)
    if joined.count == 1, let character = joined.first { cells[y][column] = character }
  }

  private mutating func move(toX newX: Int, y newY: Int) {
    wrapPending = false
    x = min(max(0, newX), columns - 1)
    y = min(max(0, newY), rows - 1)
  }

  private mutating func lineFeed() {
    if y == bottom { scrollUp(from: top) } else { y = min(rows - 1, y + 1) }
  }

  private mutating func reverseLineFeed() {
    if y == top { scrollDown(from: top) } else { y = max(0, y - 1) }
  }

  private mutating func scrollUp(from row: Int) {
    cells.remove(at: row)
    cells.insert(Array(repeating: " ", count: columns), at: bottom)
  }

  private mutating func scrollDown(from row: Int) {
    cells.remove(at: bottom)
    cells.insert(Array(repeating: " ", count: columns), at: row)
  }

  private mutating func erase(_ range: Range<Int>, row: Int) {
    for column in range where column < columns { cells[row][column] = " " }
  }

  /// Marks the right half of a wide glyph.
  private static let continuation: Character = "\u{0}"

  private static func blank(columns: Int, rows: Int) -> [[Character]] {
    Array(repeating: Array(repeating: " ", count: columns), count: rows)
  }

  private static func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}
