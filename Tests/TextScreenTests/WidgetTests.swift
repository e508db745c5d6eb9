import Testing
import TextScreen

@Suite struct BoxTests {
  @Test func fullBorderWithRightText() {
    var frame = canvas(24, 3)
    let inner = Box.draw(
      title: "instances", right: "2 s", in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines[0] == "┌ instances ────── 2 s ┐")
    #expect(frame.lines[1] == "│~~~~~~~~~~~~~~~~~~~~~~│")
    #expect(frame.lines[2] == "└──────────────────────┘")
    #expect(inner == Rect(x: 1, y: 1, width: 22, height: 1))
    #expect(frame.roles[0] == "bttttttttttt" + "bbbbbb" + "dddddb")
  }

  @Test func titleOnlyKeepsEveryRowForContent() {
    var frame = canvas(14, 3)
    let inner = Box.draw(
      title: "archive", in: frame.bounds, focused: true, border: .titleOnly, frame: &frame,
      glyphs: .ascii)
    #expect(frame.lines == ["- archive ----", "~~~~~~~~~~~~~~", "~~~~~~~~~~~~~~"])
    #expect(frame.roles[0].allSatisfy { $0 == "F" })
    #expect(inner == Rect(x: 0, y: 1, width: 14, height: 2))
  }

  @Test func theRightTextGivesWayAndTheTitleIsCut() {
    var frame = canvas(12, 2)
    Box.draw(title: "instances", right: "now", in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines[0] == "┌ instanc… ┐")
  }

  @Test(arguments: 0..<6, 0..<5)
  func staysWithinAnyRectangle(width: Int, height: Int) {
    var frame = canvas(8, 6)
    let rect = Rect(x: 1, y: 1, width: width, height: height)
    let inner = Box.draw(
      title: "日本", right: "x", in: rect, frame: &frame, glyphs: .unicode)
    #expect(staysInside(rect, frame))
    #expect(inner.width >= 0 && inner.height >= 0)
  }
}

@Suite struct TableTests {
  private let columns = [
    Table.Column("name"), Table.Column("lag", width: .fixed(4), alignment: .right),
  ]
  private let rows = [
    [Table.Entry("primary"), Table.Entry("-")],
    [Table.Entry("日本語のサーバ"), Table.Entry("12345", .warning)],
    [Table.Entry("c")],
  ]

  @Test func headerRowsAndAlignment() {
    var frame = canvas(14, 4)
    Table.draw(columns: columns, rows: rows, in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines[0] == "name~~~~~~~lag")
    #expect(frame.lines[1] == "primary~~~~~~-")
    #expect(frame.lines[2] == "日本語の…~123…")
    #expect(frame.lines[3] == "c~~~~~~~~~~~~~")
    #expect(frame.roles[0].hasPrefix("hhhh") && frame.roles[2].hasSuffix("wwww"))
  }

  @Test func selectionCoversItsRowAndArrowsTellOfMore() {
    var frame = canvas(14, 2)
    Table.draw(
      columns: columns, rows: rows, selected: 1, first: 1, header: false,
      in: Rect(x: 0, y: 0, width: 14, height: 1), frame: &frame, glyphs: .ascii)
    #expect(frame.roles[0].dropLast().allSatisfy { $0 == "S" })
    #expect(frame.lines[0].hasSuffix("v"))
    #expect(frame.lines[1] == String(repeating: "~", count: 14))
  }

  @Test(arguments: [-3, 0, 2, 99])
  func anyFirstRowIsTaken(first: Int) {
    var frame = canvas(14, 3)
    Table.draw(
      columns: columns, rows: rows, first: first, in: frame.bounds, frame: &frame, glyphs: .ascii)
    #expect(frame.lines[1] != String(repeating: "~", count: 14))
  }

  @Test(arguments: 0..<9, 0..<4)
  func staysWithinAnyRectangle(width: Int, height: Int) {
    var frame = canvas(10, 6)
    let rect = Rect(x: 1, y: 1, width: width, height: height)
    Table.draw(
      columns: columns, rows: rows, selected: 0, in: rect, frame: &frame, glyphs: .unicode)
    #expect(staysInside(rect, frame))
  }

  @Test func noRowsAndNoColumns() {
    var frame = canvas(8, 2)
    Table.draw(columns: [], rows: rows, in: frame.bounds, frame: &frame, glyphs: .ascii)
    #expect(frame == canvas(8, 2))
    Table.draw(columns: columns, rows: [], in: frame.bounds, frame: &frame, glyphs: .ascii)
    #expect(frame.lines[1] == "~~~~~~~~")
  }
}

@Suite struct GaugeTests {
  private func line(
    _ reading: Gauge.Reading, width: Int = 10, _ glyphs: GlyphSet = .ascii
  ) -> String {
    var frame = canvas(width, 1)
    Gauge.draw(reading, in: frame.bounds, frame: &frame, glyphs: glyphs)
    return frame.lines[0]
  }

  @Test func valueRangeAndTarget() {
    let reading = Gauge.Reading(value: 3, low: 2, high: 5, target: 8, scale: 10)
    var frame = canvas(10, 1)
    Gauge.draw(reading, in: frame.bounds, frame: &frame, glyphs: .ascii)
    #expect(frame.lines == ["###%%...|."])
    #expect(frame.roles == ["##~~~___|_"])
  }

  @Test func eighthsOfACell() {
    #expect(line(.init(value: 2.5, scale: 10), .unicode) == "██▌░░░░░░░")
  }

  @Test func beyondTheScaleIsAnArrow() {
    #expect(line(.init(value: 12, scale: 10)) == "#########>")
    #expect(line(.init(value: 5, high: 12, scale: 10)) == "#####%%%%>")
    #expect(line(.init(value: 5, target: 99, scale: 10)) == "#####....|")
  }

  @Test func unknownIsNeverEmptyOrFull() {
    #expect(line(.init(value: nil, target: 5, scale: 10)) == "?....|....")
    #expect(line(.init(value: .nan, scale: 10)) == "?.........")
    #expect(line(.init(value: 1, scale: 0)) == "?.........")
  }

  @Test func oddFiguresDoNotTrap() {
    for value in [-1, .infinity, 1e300, -.infinity] {
      _ = line(.init(value: value, low: -5, high: .infinity, target: -1, scale: 10))
      _ = line(.init(value: 2, low: value, high: value, target: value, scale: 10))
    }
    #expect(line(.init(value: 9, low: 8, high: 2, scale: 10)).count == 10)
  }

  @Test(arguments: 0..<5, 0..<3)
  func staysWithinAnyRectangle(width: Int, height: Int) {
    var frame = canvas(6, 5)
    let rect = Rect(x: 1, y: 1, width: width, height: height)
    let reading = Gauge.Reading(value: 20, low: 3, high: 30, target: 9, scale: 10)
    Gauge.draw(reading, in: rect, frame: &frame, glyphs: .unicode)
    #expect(staysInside(rect, frame))
  }
}

@Suite struct SparklineTests {
  @Test func newestAtTheRightAndGapsUnlikeZero() {
    var frame = canvas(6, 1)
    Sparkline.draw(
      [9, 0, nil, 4, 8], maximum: 8, in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines == ["~█▁~▄█"])
  }

  @Test func onlyWhatFits() {
    var frame = canvas(2, 1)
    Sparkline.draw([1, 2, 3, 4], in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines == ["▆█"])
  }

  @Test func moreRowsMoreLevels() {
    var frame = canvas(2, 2)
    Sparkline.draw([4, 8], in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines == ["~█", "██"])
  }

  @Test func nothingAndZeroesAndNonsense() {
    var frame = canvas(3, 1)
    Sparkline.draw([], in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame == canvas(3, 1))
    Sparkline.draw([0, -.infinity, .nan], in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines == ["▁▁~"])
  }

  @Test(arguments: 0..<4, 0..<3)
  func staysWithinAnyRectangle(width: Int, height: Int) {
    var frame = canvas(6, 5)
    let rect = Rect(x: 1, y: 1, width: width, height: height)
    Sparkline.draw([1, 5, 3, 9, 2], in: rect, frame: &frame, glyphs: .unicode)
    #expect(staysInside(rect, frame))
  }
}

@Suite struct TimelineTests {
  private func line(
    spans: [(Double, Double)], holes: [(Double, Double)] = [], marks: [Double] = [], width: Int = 10
  ) -> String {
    var frame = canvas(width, 1)
    Timeline.draw(
      from: 0, to: 100, spans: spans.map { .init(from: $0.0, to: $0.1) },
      holes: holes.map { .init(from: $0.0, to: $0.1) }, marks: marks.map { .init(at: $0) },
      in: frame.bounds, frame: &frame, glyphs: .ascii)
    return frame.lines[0]
  }

  @Test func spansHolesAndMarks() {
    #expect(line(spans: [(20, 80)], holes: [(40, 60)], marks: [20, 79]) == "..o=XX=o..")
  }

  @Test func aHoleNeverVanishesAndNothingCoversIt() {
    #expect(line(spans: [(0, 100)], holes: [(55, 55.001)], marks: [55]) == "=====X====")
  }

  @Test func onSeveralRowsItIsABar() {
    var frame = canvas(5, 2)
    Timeline.draw(
      from: 0, to: 100, spans: [.init(from: 20, to: 100)], holes: [.init(from: 60, to: 80)],
      marks: [.init(at: 20)], in: frame.bounds, frame: &frame, glyphs: .ascii)
    #expect(frame.lines == [".#%X%", ".#%X%"])
  }

  @Test func whatLiesOutsideIsLeftOut() {
    #expect(line(spans: [(-50, 20), (150, 160)], marks: [-1, 101, 100]) == "==.......o")
    #expect(line(spans: [(60, 40), (.nan, 3), (-.infinity, .infinity)]) == "..........")
  }

  @Test func aMomentIsAllOfTheLine() {
    var frame = canvas(3, 1)
    Timeline.draw(
      from: 5, to: 5, spans: [.init(from: 5, to: 5)], in: frame.bounds, frame: &frame,
      glyphs: .ascii)
    #expect(frame.lines == ["==="])
  }

  @Test(arguments: 0..<4, 0..<3)
  func staysWithinAnyRectangle(width: Int, height: Int) {
    var frame = canvas(6, 5)
    let rect = Rect(x: 1, y: 1, width: width, height: height)
    Timeline.draw(
      from: 0, to: 9, spans: [.init(from: -3, to: 30)], holes: [.init(from: 9, to: 9)],
      marks: [.init(at: 0)], in: rect, frame: &frame, glyphs: .unicode)
    #expect(staysInside(rect, frame))
  }
}
