/// One row with pieces at its left and right ends.
package enum StatusLine {
  package struct Piece: Sendable, Equatable {
    package var text: String
    package var role: Role

    package init(_ text: String, _ role: Role = .text) {
      self.text = text
      self.role = role
    }
  }

  /// Fills the first row of `rect` with `role`, then draws the pieces one blank apart.
  ///
  /// Where both do not fit, right-hand pieces are dropped from the first on; then the left is truncated.
  package static func draw(
    left: [Piece], right: [Piece] = [], in rect: Rect, role: Role = .footer, frame: inout Frame,
    glyphs: GlyphSet
  ) {
    guard !rect.isEmpty else { return }
    let line = Rect(x: rect.x, y: rect.y, width: rect.width, height: 1)
    frame.fill(line, role: role)
    let wanted = length(of: left)
    var kept = right[...]
    while !kept.isEmpty, length(of: kept) + (wanted > 0 ? wanted + 1 : 0) > line.width {
      kept.removeFirst()
    }
    let rightLength = length(of: kept)
    draw(kept, x: line.right - rightLength, clip: line, frame: &frame)

    var x = line.x
    let end = line.right - (kept.isEmpty ? 0 : rightLength + 1)
    for piece in left where !piece.text.isEmpty {
      let room = end - x
      guard room > 0 else { return }
      let text = piece.text.truncated(toColumns: room, ellipsis: glyphs.ellipsis)
      x += frame.put(text, x: x, y: line.y, role: piece.role, clip: line) + 1
    }
  }

  /// Columns that the pieces take, with the blanks between them.
  package static func length(of pieces: some Collection<Piece>) -> Int {
    pieces.filter { !$0.text.isEmpty }
      .reduce(-1) { $0 + 1 + GlyphWidth.columns(of: $1.text) }
      .clampedToZero
  }

  private static func draw(
    _ pieces: some Collection<Piece>, x: Int, clip: Rect, frame: inout Frame
  ) {
    var x = x
    for piece in pieces where !piece.text.isEmpty {
      x += frame.put(piece.text, x: x, y: clip.y, role: piece.role, clip: clip) + 1
    }
  }
}

extension Int {
  fileprivate var clampedToZero: Int { Swift.max(0, self) }
}
