import TextScreen

/// Where the tiles of a wallboard stand. Knows nothing of what is in them.
///
/// Tiles and counts together cover the area, each cell once.
struct WallboardGrid: Equatable {
  /// One for each of the worst clusters, the worst first.
  var tiles: [Rect]
  /// For how many clusters of which verdict have no tile; empty where all have one.
  var counts: Rect

  /// Up to so many clusters all have a tile, where there is room.
  static let most = 12
  /// With more than that the worst have one: three rows of three leave room for the counts.
  static let worst = 9
  /// The least in which every fact of a cluster can be read.
  static let minimum = (width: 20, height: 7)
  /// Columns for each row of a tile that is as wide as its letters and bars want it.
  private static let aspect = 4.7

  /// `count` clusters in `area`. Below the minimum, the one tile there is takes what is there.
  init(count: Int, in area: Rect) {
    counts = Rect(x: area.x, y: area.bottom, width: area.width, height: 0)
    guard count > 0, !area.isEmpty else {
      tiles = []
      return
    }
    let fitting = Self.capacity(area)
    if count <= min(Self.most, max(1, fitting)) {
      tiles = Self.tiles(count, in: area)
      return
    }
    let parts = Split.rows(area, [.flexible(), .fixed(Self.countsHeight(area.height))])
    tiles = Self.tiles(min(Self.worst, max(1, Self.capacity(parts[0]))), in: parts[0])
    counts = parts[1]
  }

  /// Tiles of the smallest size that an area holds.
  static func capacity(_ area: Rect) -> Int {
    (area.width / minimum.width) * (area.height / minimum.height)
  }

  /// Big figures where a row of tiles stays beside them, else a line.
  private static func countsHeight(_ height: Int) -> Int {
    height >= 2 * minimum.height ? min(max(minimum.height, height / 5), 9) : 1
  }

  /// As many rows as bring the smallest tile nearest to its best shape; where a row has fewer, it is
  /// the first: the worst get the most room.
  private static func tiles(_ count: Int, in area: Rect) -> [Rect] {
    let shapes = (1...count).map { Self.shape(count, rows: $0) }
    let fitting = shapes.filter { shape in
      area.width / (shape.max() ?? 1) >= minimum.width
        && area.height / shape.count >= minimum.height
    }
    let best = fitting.min { distance($0, area) < distance($1, area) } ?? [count]
    let rows = Split.rows(area, Array(repeating: .flexible(), count: best.count))
    return zip(rows, best).flatMap { row, columns in
      Split.columns(row, Array(repeating: .flexible(), count: columns))
    }
  }

  /// How many tiles stand in each row.
  private static func shape(_ count: Int, rows: Int) -> [Int] {
    let (fewest, more) = count.quotientAndRemainder(dividingBy: rows)
    return (0..<rows).map { $0 < rows - more ? fewest : fewest + 1 }
  }

  /// How far a shape's smallest tile is from the best aspect, as a ratio from 1.
  private static func distance(_ shape: [Int], _ area: Rect) -> Double {
    let width = Double(area.width) / Double(shape.max() ?? 1)
    let found = width / (Double(area.height) / Double(shape.count))
    return max(found / aspect, aspect / found)
  }
}
