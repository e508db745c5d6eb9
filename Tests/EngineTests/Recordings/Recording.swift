import FoundationEssentials
import LocalFiles
import RecoveryModel

@testable import Kubernetes

/// What a real API server and a real operator said, moment by moment, and what the pods of the time printed.
struct Recording: Sendable {
  struct Event: Sendable {
    var at: Date
    var kind: String
    var isDeletion: Bool
    /// JSON.
    var object: String
  }

  var name: String
  var events: [Event]

  /// What happened elsewhere at the time comes in beside it.
  func beside(_ other: Recording) -> Recording {
    var both = self
    both.events = (events + other.events).sorted { $0.at < $1.at }
    return both
  }

  init(_ name: String) throws {
    struct Head: Decodable { var at, kind, type: String }
    self.name = name
    let lines = try Self.lines("\(name)/stream.jsonl")
    events = try lines.map { line in
      guard let mark = line.firstRange(of: "\"object\":") else {
        throw RecoveryError(.invalid, "\(name): a line without an object")
      }
      let head = try JSONDecoder().decode(
        Head.self, from: Data((line[..<mark.lowerBound] + "\"object\":null}").utf8))
      return Event(
        at: kubernetesDate(head.at) ?? .distantPast, kind: head.kind,
        isDeletion: head.type == "D", object: String(line[mark.upperBound...].dropLast()))
    }
  }

  /// What a pod has printed by then; nil where nothing was kept of it.
  func log(of pod: String, until now: Date, since: Date?) -> [String]? {
    guard let lines = try? Self.lines("\(name)/\(pod).log") else { return nil }
    return lines.filter { line in
      guard let at = LogEntry(line: line)?.at.flatMap(kubernetesDate) else { return true }
      return at <= now && at >= since ?? .distantPast
    }
  }

  static var directory: String {
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    return here.joined(separator: "/") + "/Fixtures/recordings"
  }

  static func lines(_ path: String) throws -> [String] {
    guard let text = LocalFile.text("\(directory)/\(path)") else {
      throw RecoveryError(.failed, "no recording \(path)")
    }
    return text.split(separator: "\n").map(String.init)
  }
}
