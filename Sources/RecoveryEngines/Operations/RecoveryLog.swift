import FoundationEssentials
import RecoveryModel

/// What a recovering server has said so far; folds the lines of its log (with `lc_messages` = C) and of the
/// archive-get processes that write beside it.
struct RecoveryLog: Sendable, Equatable {
  /// The server got past reading its configuration.
  var sawDatabase = false
  var redoStart: LSN?
  var consistentAt: LSN?
  var redoDone: LSN?
  var lastTransactionAt: Date?
  var newTimeline: UInt32?
  /// Recovery is over and the server takes connections.
  var isReady = false
  /// Names of segments fetched, each once, in order.
  private(set) var restored: [String] = []
  private var seen: Set<String> = []
  /// Names of segments asked for that the archive did not have, in order.
  private(set) var notFound: [String] = []
  /// FATAL and PANIC messages, without those that answered a connection.
  private(set) var fatals: [String] = []
  /// From `redo in progress` lines (PostgreSQL 15 and later).
  private(set) var reported: LSN?

  /// The message that PostgreSQL dies with when the log ends before the target.
  static let endedEarly = "recovery ended before configured recovery target was reached"

  /// Takes one line in; true when it changed how far replay is known to be.
  @discardableResult
  mutating func read(_ line: String) -> Bool {
    if let name = line.between("restored log file \"", and: "\"") {
      if Self.isSegment(name), seen.insert(name).inserted { restored.append(name) }
      return true
    }
    if let name = line.between("unable to find ", and: " in the archive") {
      isNotThere(name)
      return false
    }
    if let message = line.after("FATAL:  ") ?? line.after("PANIC:  ") {
      if !message.hasPrefix("the database system is ") { fatals.append(message) }
      return false
    }
    guard let message = line.after("LOG:  ") else { return false }
    return readLog(message)
  }

  /// The archive was asked for a file that it does not have.
  mutating func isNotThere(_ name: String) {
    if Self.isSegment(name) { notFound.append(name) }
  }

  private mutating func readLog(_ message: String) -> Bool {
    if message.hasPrefix("database system was ") {
      sawDatabase = true
    } else if let text = message.after("redo starts at ") {
      redoStart = LSN(text: text)
    } else if let text = message.after("current LSN: ") {
      reported = LSN(text: text.firstWord)
    } else if let text = message.after("consistent recovery state reached at ") {
      consistentAt = LSN(text: text)
    } else if let text = message.after("redo done at ") {
      redoDone = LSN(text: text.firstWord)
    } else if let text = message.after("last completed transaction was at log time ") {
      lastTransactionAt = Self.time(text)
    } else if let text = message.after("selected new timeline ID: ") {
      newTimeline = UInt32(text)
    } else if message == "database system is ready to accept connections" {
      isReady = true
    } else {
      return false
    }
    return true
  }

  /// How far replay is known to have come.
  func position(segmentSize: Int) -> LSN? {
    if let redoDone { return redoDone }
    // The newest segment fetched is being replayed, or is the one after: its start is a safe figure.
    let fetched = restored.last.flatMap { WALSegment(name: $0, segmentSize: segmentSize) }
      .map { $0.start(segmentSize: segmentSize) }
    return [fetched, reported, redoStart].compactMap { $0 }.max()
  }

  /// The segment for want of which recovery ended early.
  func missingSegment(segmentSize: Int) -> String? {
    let next = restored.last.flatMap { WALSegment(name: $0, segmentSize: segmentSize) }?.next
      .name(segmentSize: segmentSize)
    if let next, notFound.contains(where: { $0.suffix(16) == next.suffix(16) }) { return next }
    return notFound.last ?? next
  }

  private static func isSegment(_ name: String) -> Bool {
    name.utf8.count == 24
      && name.utf8.allSatisfy { (48...57).contains($0) || (65...70).contains($0) }
  }

  /// PostgreSQL's ISO form in UTC, `2026-11-22 10:09:13.123456+00`.
  static func time(_ text: String) -> Date? {
    let numbers = text.split(whereSeparator: { !"0123456789".contains($0) }).map(String.init)
    guard numbers.count >= 6, text.hasSuffix("+00"),
      let date = try? Date(
        "\(numbers[0])-\(numbers[1])-\(numbers[2])T\(numbers[3]):\(numbers[4]):\(numbers[5])Z",
        strategy: .iso8601)
    else { return nil }
    let fraction = numbers.count > 7 ? Double("0." + numbers[6]) ?? 0 : 0
    return date.addingTimeInterval(fraction)
  }
}

extension String {
  /// What follows the first `marker`; nil without it.
  func after(_ marker: String) -> String? {
    guard let range = firstRange(of: marker) else { return nil }
    return String(self[range.upperBound...])
  }

  /// What stands between the first of these marks; nil without them.
  func between(_ start: String, and end: String) -> String? {
    guard let rest = after(start), let range = rest.firstRange(of: end) else { return nil }
    return String(rest[..<range.lowerBound])
  }

  var firstWord: Substring { prefix { !$0.isWhitespace } }
}
