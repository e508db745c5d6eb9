import Foundation
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

/// An area for tiles, and how many clusters want one.
struct GridCase: Sendable, CustomStringConvertible {
  var width: Int
  var height: Int
  var count: Int

  var description: String { "\(count) in \(width)x\(height)" }
  var grid: WallboardGrid {
    WallboardGrid(count: count, in: Rect(x: 3, y: 1, width: width, height: height))
  }

  static let all = [
    (200, 58), (200, 57), (132, 41), (132, 40), (80, 22), (80, 21), (73, 11), (40, 8), (500, 198),
    (41, 120), (240, 8),
  ].flatMap { size in
    (1...40).map { GridCase(width: size.0, height: size.1, count: $0) }
  }
}

@Suite("Wallboard: where tiles stand")
struct WallboardGridTests {
  @Test("tiles and counts cover the area, each cell once", arguments: GridCase.all)
  func covers(_ `case`: GridCase) {
    let grid = `case`.grid
    var covered = Array(repeating: 0, count: `case`.width * `case`.height)
    for rect in grid.tiles + [grid.counts] where !rect.isEmpty {
      for y in rect.y..<rect.bottom {
        for x in rect.x..<rect.right { covered[(y - 1) * `case`.width + x - 3] += 1 }
      }
    }
    #expect(covered.allSatisfy { $0 == 1 })
  }

  @Test("no tile is smaller than what its facts take", arguments: GridCase.all)
  func minimum(_ `case`: GridCase) {
    for tile in `case`.grid.tiles {
      #expect(tile.width >= WallboardGrid.minimum.width)
      #expect(tile.height >= WallboardGrid.minimum.height)
    }
  }

  @Test("the worst have the most room", arguments: GridCase.all)
  func worstFirst(_ `case`: GridCase) {
    let tiles = `case`.grid.tiles
    for (tile, next) in zip(tiles, tiles.dropFirst()) {
      #expect(tile.y <= next.y)
      // Where the length does not divide, later ones are a cell larger.
      #expect(tile.width + 1 >= next.width && tile.height + 1 >= next.height)
    }
  }

  @Test(
    "a dozen clusters all have a tile, also at 80x24 below a notice",
    arguments: [(200, 57), (132, 40), (80, 21)], 1...12)
  func dozen(size: (Int, Int), count: Int) {
    let grid = GridCase(width: size.0, height: size.1, count: count).grid
    #expect(grid.tiles.count == count && grid.counts.isEmpty)
  }

  @Test(
    "of more than a dozen the worst have one, and the others are counted",
    arguments: [(200, 57, 9), (132, 40, 9), (80, 21, 8), (40, 8, 2)], [13, 14, 40, 1000])
  func more(size: (Int, Int, Int), count: Int) {
    let grid = GridCase(width: size.0, height: size.1, count: count).grid
    #expect(grid.tiles.count == size.2)
    #expect(!grid.counts.isEmpty)
  }

  @Test("two share the screen", arguments: [(200, 57), (132, 40), (80, 21)])
  func two(size: (Int, Int)) {
    let tiles = GridCase(width: size.0, height: size.1, count: 2).grid.tiles
    #expect(tiles.map(\.width) == [size.0, size.0])
    #expect(tiles[0].height + tiles[1].height == size.1)
  }

  @Test("where there is hardly any room there is one tile, and never a crash")
  func hardlyAnyRoom() {
    for width in 0..<25 {
      for height in 0..<9 {
        for count in [0, 1, 2, 13] {
          let grid = GridCase(width: width, height: height, count: count).grid
          #expect(grid.tiles.count <= 1)
        }
      }
    }
  }
}

@Suite("Wallboard: what tiles tell")
struct WallboardTileTests {
  static let sizes = [(200, 60), (132, 43), (80, 24)]
  static let sets: [GlyphSet] = [.unicode, .ascii, .linuxConsole]

  private static func state(
    _ fleet: FleetSnapshot, _ size: (Int, Int), _ glyphs: GlyphSet = .unicode
  ) -> AppState {
    var state = AppState(columns: size.0, rows: size.1, now: Fixture.date, glyphs: glyphs)
    FrameScenarios.show(fleet, in: &state)
    FrameScenarios.press("w", in: &state)
    return state
  }

  /// The tiles of the page, with their places and the letters they are set in.
  private static func page(
    _ state: AppState
  ) -> (tiles: [WallboardTile], places: [Rect], style: WallboardStyle) {
    let count = state.clusterCount
    let area = Rect(x: 0, y: 1, width: state.columns, height: state.rows - 2)
    let places = WallboardGrid(count: count, in: area).tiles
    let tiles = state.board.worst.prefix(places.count).compactMap { index in
      state.fleet.map { WallboardTile($0.clusters[index], state) }
    }
    let style = WallboardStyle(
      tiles, rooms: places.map { WallboardTileView.room($0) }, hasTitle: true,
      glyphs: state.glyphs)
    return (tiles, places, style)
  }

  private static func roles(_ frame: Frame, _ rect: Rect) -> Set<Role> {
    Set((rect.y..<rect.bottom).flatMap { y in (rect.x..<rect.right).map { frame[$0, y].role } })
  }

  private static func text(_ frame: Frame, _ rect: Rect) -> String {
    (rect.y..<rect.bottom).map { y in (rect.x..<rect.right).map { frame[$0, y].glyph.text }.joined()
    }
    .joined(separator: "\n")
  }

  @Test(
    "nothing of a tile is cut off, and verdicts are never the smaller letters", arguments: 2...40)
  func fits(count: Int) {
    for size in Self.sizes {
      for glyphs in Self.sets {
        let page = Self.page(Self.state(FleetScene.mixed(count), size, glyphs))
        let smallest = page.places.map(\.height).min() ?? 0
        #expect(page.style.height <= smallest, "\(size)")
        if let small = page.style.small {
          #expect(page.style.large.map { $0 >= small } == true, "\(size)")
        }
      }
    }
  }

  @Test("every fact stands on every tile, whatever the glyphs", arguments: 2...12)
  func facts(count: Int) {
    for size in Self.sizes {
      for glyphs in Self.sets {
        let state = Self.state(FleetScene.mixed(count), size, glyphs)
        let page = Self.page(state)
        let frame = FrameGolden.frame(state)
        #expect(page.tiles.count == count)
        for (tile, place) in zip(page.tiles, page.places) {
          let text = Self.text(frame, place)
          let name = tile.row.cluster.id.suffix(7)
          for fact in [String(name), "RPO", "RTO", "base", "proof"] {
            #expect(text.contains(fact), "\(fact) at \(size):\n\(text)")
          }
          #expect(page.style.large != nil || text.contains(tile.row.verdict.rawValue), "\(text)")
          let bars = [glyphs.timelineSpan, glyphs.gaugeRange]
          let isDrawn =
            Self.roles(frame, place).contains(.timeline)
            || tile.isStale && bars.contains { text.contains($0) }
          #expect(isDrawn || text.contains("window"), "\(text)")
          let hasGauge = [glyphs.gaugeEmpty, glyphs.target].contains { text.contains($0) }
          #expect(hasGauge, "\(text)")
        }
      }
    }
  }

  @Test("the reason has the verdict's colour", arguments: [1, 2, 5, 12, 13, 40])
  func reasonRole(count: Int) {
    for size in Self.sizes {
      let state = Self.state(FleetScene.mixed(count), size)
      let frame = FrameGolden.frame(state)
      let lines = (0..<frame.height).map { y in
        (0..<frame.width).map { frame[$0, y].glyph.text }.joined()
      }
      let found = lines.indices.compactMap { y -> Role? in
        guard let range = lines[y].range(of: "rchiving ") else { return nil }
        return frame[lines[y].distance(from: lines[y].startIndex, to: range.lowerBound), y].role
      }
      #expect(!found.isEmpty && Set(found) == [.warning], "\(size)")
    }
  }

  @Test("an old picture has no colour left, and says that it is old")
  func stale() {
    for size in Self.sizes {
      let state = Self.state(FleetScene.mixed(5), size)
      let page = Self.page(state)
      let frame = FrameGolden.frame(state)
      for (tile, place) in zip(page.tiles, page.places) where tile.isStale {
        let room = WallboardTileView.room(place)
        #expect(Self.roles(frame, room) == [.unknown])
        #expect(Self.text(frame, place).contains("no news"))
      }
      #expect(page.tiles.filter(\.isStale).count == 1)
    }
  }

  @Test("a part without news is no figure, no bar and no window")
  func stalePart() {
    var cluster = Scene.proven
    cluster.report.backups = .value(
      Fixture.catalog(Scene.backups), source: "pgbackrest info", at: Fixture.ago(4000))
    cluster.report.walArchive = .value(
      Fixture.walArchive(), source: "pgbackrest info", at: Fixture.ago(4000))
    let fleet = Fixture.fleet([cluster, FleetScene.mixed(1).clusters[0]])
    let state = Self.state(fleet, (200, 60))
    let page = Self.page(state)
    let place = page.places[1]
    let text = Self.text(FrameGolden.frame(state), place)
    #expect(page.tiles[1].rto.entry.text == "?")
    #expect(text.contains("RTO not known"))
    #expect(text.contains("window unknown") && !text.contains(GlyphSet.unicode.timelineSpan))
  }

  @Test("what has no tile is counted by its verdict", arguments: [13, 40])
  func counts(count: Int) {
    let state = Self.state(FleetScene.mixed(count), (40, 10))
    let frame = FrameGolden.frame(state)
    let line = Self.text(frame, Rect(x: 0, y: 8, width: 40, height: 1))
    #expect(line.contains("and \(count - 2) more:"))
    let wide = Self.state(FleetScene.mixed(count), (200, 60))
    #expect(Self.text(FrameGolden.frame(wide), wide.size).contains("and \(count - 9) more"))
  }

  @Test("letters shrink with the number of clusters, and never with what one of them says")
  func sizesFall() {
    var last = BigText.Size.all(.unicode).first
    for count in [2, 4, 8, 12] {
      let style = Self.page(Self.state(FleetScene.mixed(count), (200, 60))).style
      if let large = style.large, let before = last { #expect(large <= before, "\(count)") }
      last = style.large
    }
    for seconds in [11.0, 28, 60, 1265] {
      var later = FleetScene.mixed(12)
      for index in later.clusters.indices {
        later.clusters[index].exposure?.seconds = seconds
        later.clusters[index].projection = Fixture.projection(expected: seconds * 3)
      }
      let now = Self.page(Self.state(later, (200, 60))).style
      #expect(now.large == last && now.small != nil, "\(seconds)")
    }
    var talkative = FleetScene.mixed(4)
    talkative.clusters[0].findings[0].headline = String(repeating: "and so on ", count: 80)
    let quiet = Self.page(Self.state(FleetScene.mixed(4), (200, 60))).style
    let loud = Self.page(Self.state(talkative, (200, 60))).style
    #expect(quiet.large == loud.large && quiet.small == loud.small)
  }

  @Test(
    "an error of ten lines takes two in a panel, and all of its words on Enter", arguments: sizes)
  func longErrors(size: (Int, Int)) {
    let error = (1...10).map { "line \($0) of what kubectl port-forward said before it ended" }
      .joined(separator: "\n")
    var drilled = Scene.proven
    drilled.drills.append(
      Fixture.drill(
        "d9", outcome: .couldNotRun, finished: Fixture.ago(60), failedIn: .smokeTesting,
        reason: error))
    var silent = Scene.proven
    silent.report.archive = Fixture.unavailable("archive", reason: error, remedy: "ask again")
    for (cluster, panel, fact) in [(drilled, "5", "next "), (silent, "2", "ask again")] {
      var state = AppState(columns: size.0, rows: size.1, now: Fixture.date)
      FrameScenarios.show(cluster, in: &state)
      let board = Self.text(FrameGolden.frame(state), state.size)
      #expect(board.contains(fact), "\(board)")
      #expect(board.contains("line 1 of") && !board.contains("line 9 of"), "\(board)")
      #expect(board.contains("…"))
      FrameScenarios.press(panel + panel, in: &state)
      let detail = ScreenContent.make(state).rows.compactMap { row -> String? in
        if case .line(let line) = row { line.text } else { nil }
      }.joined(separator: " ")
      let words = detail.split(separator: " ").joined(separator: " ")
      for number in 1...10 { #expect(words.contains("line \(number) of"), "\(words)") }
    }
  }
}

@Suite("Wallboard: what it says in big letters")
struct WallboardReasonTests {
  private func tile(_ verdict: Verdict, _ findings: [Finding]) -> WallboardTile {
    WallboardTile(
      Fixture.cluster(verdict: verdict, findings: findings),
      AppState(columns: 200, rows: 58, now: Fixture.date))
  }

  private let remark = Finding(
    id: "repository.encryption", severity: .info, headline: "Backups are not encrypted",
    evidence: [], remedy: "", ceiling: .proven, words: "not encrypted")

  @Test("a remark is not")
  func remarks() {
    for verdict in [Verdict.proven, .likely] {
      #expect(tile(verdict, [remark]).shortReason == "nothing to report")
    }
  }

  @Test("what decides the verdict is, whatever is graver by itself")
  func deciding() {
    let late = Fixture.finding(
      "backup.late", severity: .critical, headline: "late", ceiling: .likely)
    let hole = Fixture.finding(
      "chain.hole", severity: .warning, headline: "a hole", ceiling: .atRisk)
    #expect(tile(.atRisk, [late, hole, remark]).reason == "a hole")
    #expect(tile(.proven, [hole, remark]).reason == "a hole")
  }
}
