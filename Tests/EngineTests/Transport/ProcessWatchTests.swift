import Foundation
import Testing

@testable import Transports

/// Processes of a host that is made of files, at one second after the other.
@Suite("Processes looked for again and again") struct ProcessWatchTests {
  private let root = NSTemporaryDirectory() + "processes-\(UUID().uuidString)"
  private let watch = ProcessWatch(["restore"], isOfUse: { $0.arguments != ["idle"] })

  init() throws {
    try write("stat", "cpu 1 2\nbtime 1000\n")
  }

  private func write(_ path: String, _ text: String) throws {
    let file = URL(filePath: "\(root)/\(path)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// `started`: seconds after boot.
  private func process(
    _ pid: Int, _ name: String, started: Int, _ arguments: [String] = [], state: String = "S"
  ) throws {
    let fields = [state, "1"] + Array(repeating: "0", count: 17) + ["\(started * 100)", "0"]
    try write("\(pid)/stat", "\(pid) (\(name)) " + fields.joined(separator: " "))
    try write("\(pid)/cmdline", arguments.map { $0 + "\0" }.joined())
  }

  private func seen(at second: Double) -> [Int32] {
    watch.look(root: root, at: Date(timeIntervalSince1970: second)).map(\.pid).sorted()
  }

  @Test func aNewProcessIsSeenAtOnceAndOneThatWentIsNot() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try process(5, "restore", started: 1, ["restore", "x"])
    try process(6, "restore", started: 1, state: "Z")
    try process(7, "a ) b", started: 1)
    #expect(seen(at: 1100) == [5])
    try process(8, "restore", started: 101)
    #expect(seen(at: 1102) == [5, 8])
    try FileManager.default.removeItem(atPath: "\(root)/5")
    #expect(seen(at: 1104) == [8])
  }

  @Test("a shell that has just begun becomes what it was started for")
  func young() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try process(5, "sh", started: 99)
    try process(6, "restore", started: 99, ["idle"])
    #expect(seen(at: 1100) == [])
    try process(5, "restore", started: 99)
    try process(6, "restore", started: 99, ["busy"])
    #expect(seen(at: 1102) == [5, 6])
  }

  @Test("what has been another for long is read again later, or when the clock went back")
  func old() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try process(5, "sh", started: 1)
    #expect(seen(at: 1100) == [])
    try process(5, "restore", started: 1)
    #expect(seen(at: 1129) == [])
    #expect(seen(at: 1130) == [5])
    try process(5, "sh", started: 1)
    #expect(seen(at: 1131) == [])
    try process(5, "restore", started: 1)
    #expect(seen(at: 1132) == [])
    #expect(seen(at: 1099) == [5])
  }
}
