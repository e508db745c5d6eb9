extension StringProtocol {
  /// The text if it fits, else its beginning and the ellipsis, in at most `columns` columns.
  package func truncated(toColumns columns: Int, ellipsis: String) -> String {
    guard GlyphWidth.columns(of: self) > columns else { return String(self) }
    let room = columns - GlyphWidth.columns(of: ellipsis)
    guard room >= 0 else { return "" }
    if GlyphWidth.isPlain(self) {
      return String(self[..<utf8.index(startIndex, offsetBy: room)]) + ellipsis
    }
    var kept = ""
    var used = 0
    for character in self {
      let width = GlyphWidth.columns(of: character)
      guard used + width <= room else { break }
      kept.append(character)
      used += width
    }
    return kept + ellipsis
  }
}

/// Where a text stands in the room it is given.
package enum Alignment: Sendable, Equatable {
  case left, center, right

  /// Columns to leave free before a text of `length` in `room`; never negative.
  func offset(of length: Int, in room: Int) -> Int {
    switch self {
    case .left: 0
    case .center: max(0, (room - length) / 2)
    case .right: max(0, room - length)
    }
  }
}
