import Testing
import TextScreen

@testable import ConsoleRuntime

@Suite struct FrameDifferenceTests {
  @Test func equalFramesNeedNothing() {
    var frame = Frame(width: 20, height: 3)
    frame.put("日本 text", x: 2, y: 1, role: .good)
    #expect(FrameDifference.runs(from: frame, to: frame).isEmpty)
  }

  @Test func onlyWhatChangedIsWritten() {
    let old = Frame(width: 20, height: 3)
    var new = old
    new.put("abc", x: 4, y: 1, role: .good)
    new.put("de", x: 7, y: 1, role: .critical)
    let runs = FrameDifference.runs(from: old, to: new)
    #expect(
      runs == [
        FrameRun(x: 4, y: 1, role: .good, text: "abc"),
        FrameRun(x: 7, y: 1, role: .critical, text: "de"),
      ])
  }

  @Test func anotherSizeMeansEverything() {
    let runs = FrameDifference.runs(
      from: Frame(width: 4, height: 2), to: Frame(width: 5, height: 2))
    #expect(runs.map(\.text) == ["     ", "     "])
  }

  /// A terminal that is told only the differences shows what a fresh one would.
  @Test func differencesAddUp() {
    var generator = Generator(state: 7)
    let pieces = ["a", "日", "é", " ", "bb", "本語", "─"]
    var shown = Frame(width: 17, height: 4)
    var terminal = shown
    for _ in 0..<500 {
      var next = shown
      for _ in 0..<Int.random(in: 0..<5, using: &generator) {
        next.put(
          pieces.randomElement(using: &generator) ?? "", x: .random(in: -1..<18, using: &generator),
          y: .random(in: 0..<4, using: &generator),
          role: Bool.random(using: &generator) ? .text : .good)
      }
      for run in FrameDifference.runs(from: shown, to: next) {
        terminal.put(run.text, x: run.x, y: run.y, role: run.role)
      }
      #expect(terminal.cells == next.cells)
      shown = next
    }
  }

  /// The same numbers in every run (a linear congruential generator, Knuth's constants).
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 33)
    }
  }
}
