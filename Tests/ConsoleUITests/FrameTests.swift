import ConsoleUI
import Foundation
import TestSupport
import Testing
import TextScreen

@Suite("Frames")
struct FrameTests {
  @Test("every scenario looks as recorded", arguments: FrameScenarios.all)
  func looksAsRecorded(_ scenario: FrameScenario) {
    for size in scenario.sizes { FrameGolden.expect(scenario.name, scenario.state(size)) }
  }

  @Test("every recording belongs to a scenario")
  func noOrphans() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: FrameGolden.directory.path)
      .filter { !$0.hasPrefix(".") }
    #expect(Set(files).subtracting(FrameScenarios.fileNames).sorted() == [])
  }

  @Test("no scenario can crash any terminal", arguments: FrameScenarios.all)
  func survivesEverySize(_ scenario: FrameScenario) {
    let sizes = [(0, 0), (1, 1), (2, 40), (40, 2), (40, 10), (41, 11), (73, 13), (500, 200)]
    for (columns, rows) in sizes {
      let frame = FrameGolden.frame(scenario.state(.init(columns: columns, rows: rows)))
      #expect(frame.width == columns)
      for cell in frame.cells {
        #expect(cell.glyph.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
      }
    }
  }

  @Test("each role has a letter of its own")
  func lettersAreDistinct() {
    #expect(Set(Role.allCases.map(\.letter)).count == Role.allCases.count)
  }
}
