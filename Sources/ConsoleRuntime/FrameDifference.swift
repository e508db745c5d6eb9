import TextScreen

/// Cells next to each other on a row that look alike and must be written.
struct FrameRun: Equatable {
  var x: Int
  var y: Int
  var role: Role
  var text: String
}

/// What to write so that a terminal that shows one frame shows another.
enum FrameDifference {
  /// Runs in reading order; none when the frames' cells are equal. nil or another size for `old` = everything.
  static func runs(
    from old: Frame?, to new: Frame, encode: (String) -> String = { $0 }
  ) -> [FrameRun] {
    let known = old?.width == new.width && old?.height == new.height ? old : nil
    var runs: [FrameRun] = []
    for y in 0..<new.height {
      if let known, new.row(y, isAsIn: known) { continue }
      appendRuns(from: known, to: new, y: y, encode: encode, runs: &runs)
    }
    return runs
  }

  private static func appendRuns(
    from old: Frame?, to new: Frame, y: Int, encode: (String) -> String, runs: inout [FrameRun]
  ) {
    var current: FrameRun?
    var end = 0
    for x in 0..<new.width {
      let cell = new.cells[y * new.width + x]
      // The right half of a wide glyph goes with the left.
      if cell.glyph.isContinuation {
        if end == x { end = x + 1 }
        continue
      }
      let isSame = old.map { $0.cells[y * new.width + x] == cell } ?? false
      if isSame, !wasUncovered(old, new, x: x, y: y) { continue }
      if let run = current, run.role == cell.role, end == x {
        current?.text += encode(cell.glyph.text)
      } else {
        if let run = current { runs.append(run) }
        current = FrameRun(x: x, y: y, role: cell.role, text: encode(cell.glyph.text))
      }
      end = x + 1
    }
    if let run = current { runs.append(run) }
  }

  /// Beside a wide glyph that appeared or went, a terminal may have blanked the neighbour's half.
  private static func wasUncovered(_ old: Frame?, _ new: Frame, x: Int, y: Int) -> Bool {
    guard let old else { return false }
    func isWide(_ frame: Frame, _ x: Int) -> Bool {
      x + 1 < frame.width && frame.cells[y * frame.width + x + 1].glyph.isContinuation
    }
    guard x > 0 else { return false }
    let left = y * new.width + x - 1
    return old.cells[left] != new.cells[left]
      && (isWide(old, x - 1) || old.cells[left].glyph.isContinuation)
  }
}
