import TextScreen

/// A frame whose every cell is `~`, so that whatever is drawn, also blanks, shows.
func canvas(_ width: Int, _ height: Int) -> Frame {
  var frame = Frame(width: width, height: height)
  frame.fill(frame.bounds, glyph: "~", role: .text)
  return frame
}

extension Frame {
  var lines: [String] {
    (0..<height).map { y in (0..<width).map { self[$0, y].glyph.text }.joined() }
  }

  /// The second plane: a letter per role.
  var roles: [String] {
    (0..<height).map { y in String((0..<width).map { self[$0, y].role.letter }) }
  }
}

/// True when nothing outside of `rect` differs from an untouched canvas.
func staysInside(_ rect: Rect, _ frame: Frame) -> Bool {
  let blank = canvas(frame.width, frame.height)
  return (0..<frame.height).allSatisfy { y in
    (0..<frame.width).allSatisfy { x in
      let isInside = (rect.x..<rect.right).contains(x) && (rect.y..<rect.bottom).contains(y)
      return isInside || frame[x, y] == blank[x, y]
    }
  }
}
