import ConsoleUI
import Foundation
import Testing
import TextScreen

/// Compares what is drawn with what was recorded: glyphs on the first plane, role letters on the
/// second.
///
/// A missing recording is made, and fails; `RECORD_FRAMES=1` records all of them anew.
enum FrameGolden {
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Frames")

  static func expect(
    _ name: String, _ state: AppState, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let file = "\(name).\(state.columns)x\(state.rows).txt"
    #expect(
      FrameScenarios.fileNames.contains(file), "\(file) is no scenario's: see FrameScenarios",
      sourceLocation: sourceLocation)
    let url = directory.appendingPathComponent(file)
    let drawn = text(of: frame(state))
    let isRecording = ProcessInfo.processInfo.environment["RECORD_FRAMES"] == "1"
    guard let recorded = try? String(contentsOf: url, encoding: .utf8), !isRecording else {
      #expect(throws: Never.self, sourceLocation: sourceLocation) {
        try drawn.write(to: url, atomically: true, encoding: .utf8)
      }
      #expect(isRecording, "\(file) was missing; recorded it now", sourceLocation: sourceLocation)
      return
    }
    #expect(
      drawn == recorded, "\(file) differs:\n\(difference(recorded, drawn))",
      sourceLocation: sourceLocation)
  }

  static func frame(_ state: AppState) -> Frame {
    var frame = Frame(width: state.columns, height: state.rows)
    draw(state, into: &frame)
    return frame
  }

  static func text(of frame: Frame) -> String {
    let rows = 0..<frame.height
    let columns = 0..<frame.width
    let glyphs = rows.map { y in columns.map { frame[$0, y].glyph.text }.joined() + "\n" }
    let roles = rows.map { y in String(columns.map { frame[$0, y].role.letter }) + "\n" }
    return glyphs.joined() + "\n" + roles.joined()
  }

  private static func difference(_ recorded: String, _ drawn: String) -> String {
    let old = recorded.split(separator: "\n", omittingEmptySubsequences: false)
    let new = drawn.split(separator: "\n", omittingEmptySubsequences: false)
    return (0..<max(old.count, new.count)).compactMap { index in
      let before = index < old.count ? String(old[index]) : "(none)"
      let after = index < new.count ? String(new[index]) : "(none)"
      return before == after ? nil : "\(index + 1): - \(before)\n\(index + 1): + \(after)"
    }.joined(separator: "\n")
  }
}
