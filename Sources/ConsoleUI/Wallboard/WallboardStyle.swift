import RecoveryModel
import TextScreen

/// How all tiles of one wallboard are set: the same letters for the same rank, as large as the
/// smallest tile allows, and what rows are left spent in the order of what they tell.
struct WallboardStyle: Equatable {
  /// Parts of a tile from above.
  enum Part: CaseIterable {
    case title, name, verdict, shortReason, reason, figures, gauge, gaugeLabel, window, windowLabel
  }

  /// Of verdicts; nil = as text.
  var large: BigText.Size?
  /// Of figures, names and short reasons; nil = as text.
  var small: BigText.Size?
  /// Rows of each part; what is not in here is left out.
  var rows: [Part: Int] = [:]
  /// Blank rows above a part.
  var gaps: [Part: Int] = [:]
  /// Figures side by side.
  var across = 4
  /// Whether the name stands at the verdict's right, in small letters.
  var namesBesideVerdicts = false
  /// How many parts of a name, from its end, are set in small letters; the same on all tiles.
  var nameParts = 1

  /// From so many columns on a line holds all figures, and bars have captions; from how many a line
  /// below a bar holds what it stands for.
  static let roomy = 36
  static let labelled = 60

  var height: Int { rows.values.reduce(0, +) + gaps.values.reduce(0, +) }

  /// `rooms` are the tiles' insides, in the same order. Where nothing fits, all of it is text.
  init(_ tiles: [WallboardTile], rooms: [Rect], hasTitle: Bool, glyphs: GlyphSet) {
    let fittings = zip(tiles, rooms).map { WallboardFitting($0, in: $1) }
    let height = rooms.map(\.height).min() ?? 0
    let ladder = Self.ladder(BigText.Size.all(glyphs))
    let style = ladder.lazy.compactMap { step in
      Self(step, fittings, hasTitle: hasTitle, height: height)
    }.first
    self = style ?? Self(fittings, hasTitle: hasTitle)
    spend(height - self.height, fittings)
  }

  private struct Step {
    var large: BigText.Size
    var small: BigText.Size?
    var across = 4
    /// Name and reason must fit in small letters too.
    var withWords = false
  }

  /// Verdicts in one size and everything else up to four sizes below it, the largest first, and
  /// rather smaller than with figures on two lines: while letters are five rows high or more with
  /// words, then without; then big verdicts alone.
  private static func ladder(_ sizes: [BigText.Size]) -> [Step] {
    let steps = sizes.indices.flatMap { index in
      let below = sizes[(index + 1)...].prefix(4)
      let small = below.isEmpty ? sizes[index...] : below
      return [4, 2].flatMap { across in
        small.map { Step(large: sizes[index], small: $0, across: across) }
      }
    }
    let withWords = steps.filter { $0.large.height >= 5 }.map { step in
      var step = step
      step.withWords = true
      return step
    }
    return withWords + steps + sizes.suffix(3).map { Step(large: $0) }
  }

  /// nil where it does not fit.
  private init?(
    _ step: Step, _ fittings: [WallboardFitting], hasTitle: Bool, height: Int
  ) {
    large = step.large
    small = step.small
    across = step.across
    rows = [.title: hasTitle ? 1 : 0, .reason: 1, .gauge: 1, .window: 1]
    var verdictRows = 0
    for fitting in fittings {
      guard let extent = fitting.verdict.extent(at: step.large, width: fitting.width) else {
        return nil
      }
      verdictRows = max(verdictRows, extent.rows)
    }
    rows[.verdict] = verdictRows
    if let small {
      guard fittings.allSatisfy({ $0.holds(small, across: step.across) }) else { return nil }
      rows[.figures] = 4 / across * (1 + small.height)
    } else {
      rows[.figures] = Self.plainRows(fittings)
    }
    if step.withWords, !addWords(fittings) { return nil }
    guard self.height <= height else { return nil }
  }

  /// Name and reason in small letters; false where one of them is too wide.
  private mutating func addWords(_ fittings: [WallboardFitting]) -> Bool {
    guard let small, fittings.allSatisfy({ $0.holdsShortReason(small) }), addName(fittings) else {
      return false
    }
    rows[.shortReason] = small.height
    return true
  }

  /// As many parts of the name as fit on every tile: beside the verdict, else on a line of its own.
  private mutating func addName(_ fittings: [WallboardFitting]) -> Bool {
    guard let large, let small else { return false }
    let most = fittings.map(\.nameParts).max() ?? 1
    for isBeside in [true, false] {
      for parts in (1...most).reversed()
      where fittings.allSatisfy({ $0.holdsName(parts, small, beside: isBeside ? large : nil) }) {
        nameParts = parts
        namesBesideVerdicts = isBeside
        if !isBeside { rows[.name] = small.height }
        return true
      }
    }
    return false
  }

  /// Everything as text.
  private init(_ fittings: [WallboardFitting], hasTitle: Bool) {
    rows = [
      .title: hasTitle ? 1 : 0, .verdict: 1, .reason: 1, .figures: Self.plainRows(fittings),
      .gauge: 1, .window: 1,
    ]
  }

  private static func plainRows(_ fittings: [WallboardFitting]) -> Int {
    fittings.allSatisfy { $0.width >= roomy } ? 1 : 2
  }

  // MARK: Rows left over

  private mutating func spend(_ spare: Int, _ fittings: [WallboardFitting]) {
    var left = max(0, spare)
    func take(_ part: Part, _ count: Int, if isWanted: Bool, _ style: inout Self) {
      guard isWanted, count <= left else { return }
      style.rows[part, default: 0] += count
      left -= count
    }
    take(.reason, 1, if: fittings.contains { $0.reasonRows > 1 }, &self)
    if let small, rows[.shortReason] == nil {
      var named = self
      if named.addName(fittings), named.height - self.height <= left {
        left -= named.height - self.height
        self = named
      }
      take(
        .shortReason, small.height, if: fittings.allSatisfy { $0.holdsShortReason(small) }, &self)
    }
    let isLabelled = fittings.allSatisfy { $0.width >= Self.labelled }
    take(.gaugeLabel, 1, if: isLabelled, &self)
    take(.windowLabel, 1, if: isLabelled, &self)
    let apart: [Part] = [.figures, .gauge, .window, .verdict, .shortReason, .reason]
    for round in 1...6 {
      for part in apart where left > 0 && isBelowAnother(part) {
        gaps[part, default: 0] += 1
        left -= 1
      }
      take(.gauge, 1, if: round <= 3, &self)
      take(.window, 1, if: round <= 2, &self)
    }
  }

  /// Whether it is there, and not the first.
  private func isBelowAnother(_ part: Part) -> Bool {
    guard rows[part, default: 0] > 0 else { return false }
    return Part.allCases.prefix { $0 != part }.contains { rows[$0, default: 0] > 0 }
  }
}

/// A tile's texts, measured.
struct WallboardFitting {
  let width: Int
  let verdict: BigWords
  let reasonRows: Int
  /// By how many parts of it.
  private let names: [BigWords]
  private let figures: [BigWords]
  private let shortReason: BigWords

  init(_ tile: WallboardTile, in room: Rect) {
    width = room.width
    verdict = BigWords(tile.row.verdict.rawValue)
    names = (1...tile.mostNameParts).map { BigWords(tile.name(parts: $0)) }
    figures = tile.figures.map { BigWords(Self.widest($0.entry.text)) } + [BigWords("0h00m!")]
    shortReason = BigWords(tile.shortReason)
    reasonRows = Wrap.lines(tile.reason, width: max(1, room.width)).count
  }

  /// With digits that are all as wide as the widest: letters must not change their size while seconds
  /// pass.
  private static func widest(_ figure: String) -> String {
    String(figure.map { $0.isNumber ? "0" : $0 })
  }

  /// Columns of each of so many figures side by side.
  static func column(_ width: Int, across: Int, _ size: BigText.Size) -> Int {
    max(0, (width - (across - 1) * size.gap) / across)
  }

  func holds(_ size: BigText.Size, across: Int) -> Bool {
    let column = Self.column(width, across: across, size)
    return figures.allSatisfy { $0.width(at: size) <= column }
  }

  func holdsShortReason(_ size: BigText.Size) -> Bool { shortReason.width(at: size) <= width }

  var nameParts: Int { names.count }

  /// Whether so many parts of the name fit, at the right of the verdict or on a line of their own.
  func holdsName(_ parts: Int, _ size: BigText.Size, beside large: BigText.Size?) -> Bool {
    let taken = large.flatMap { verdict.extent(at: $0, width: width)?.columns }.map {
      $0 + size.gap
    }
    return names[min(parts, names.count) - 1].width(at: size) <= width - (taken ?? 0)
  }
}
