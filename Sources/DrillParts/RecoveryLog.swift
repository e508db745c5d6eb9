import FoundationEssentials
import RecoveryModel
import Transports

/// What a recovering server has said so far; folds the lines of its log (with `lc_messages` = C) and of the
/// archive-get processes that write beside it.
package struct RecoveryLog: Sendable, Equatable {
  /// The server got past reading its configuration.
  package var sawDatabase = false
  package var redoStart: LSN?
  var consistentAt: LSN?
  package var redoDone: LSN?
  package var lastTransactionAt: Date?
  var newTimeline: UInt32?
  /// Where it stopped of its target: `before commit of transaction 748, time ...`.
  package private(set) var stop: String?
  /// Recovery is over and the server takes connections.
  package var isReady = false
  /// Names of segments fetched, each once, in order.
  package private(set) var restored: [String] = []
  private var seen: Set<String> = []
  /// Names of segments asked for that the archive did not have, in order.
  package private(set) var notFound: [String] = []
  /// FATAL and PANIC messages, without those that answered a connection.
  package private(set) var fatals: [String] = []
  /// From `redo in progress` lines (PostgreSQL 15 and later).
  package private(set) var reported: LSN?
  /// Errors of the archive-get processes since the last file that came, by pgBackRest's number, in order.
  package private(set) var complaints: [Complaint] = []
  /// What the machine ran short of, last.
  package private(set) var shortage: MachineFault?
  /// Signals that ended processes of the server, in order.
  package private(set) var deaths: [Int32] = []
  /// Somebody asked the server to end.
  package private(set) var isStopped = false

  /// What PostgreSQL could not read within a segment that it had, in its words; nil once it got on.
  private(set) var unreadable: Unreadable?

  struct Unreadable: Sendable, Equatable {
    var at: LSN
    var said: String
  }

  /// An error of an archive-get.
  package struct Complaint: Sendable, Equatable {
    package var number: Int32
    package var text: String
  }

  package init(
    sawDatabase: Bool = false, redoStart: LSN? = nil, consistentAt: LSN? = nil,
    redoDone: LSN? = nil, lastTransactionAt: Date? = nil, newTimeline: UInt32? = nil,
    isReady: Bool = false, restored: [String] = [], notFound: [String] = [], fatals: [String] = [],
    reported: LSN? = nil
  ) {
    self.sawDatabase = sawDatabase
    self.redoStart = redoStart
    self.consistentAt = consistentAt
    self.redoDone = redoDone
    self.lastTransactionAt = lastTransactionAt
    self.newTimeline = newTimeline
    self.isReady = isReady
    self.restored = restored
    self.notFound = notFound
    self.fatals = fatals
    self.reported = reported
  }

  /// The message that PostgreSQL dies with when the log ends before the target.
  package static let endedEarly = "recovery ended before configured recovery target was reached"

  /// Takes one line in; true when it changed how far replay is known to be.
  @discardableResult
  package mutating func read(_ line: String) -> Bool {
    if let fault = MachineFault(said: line) { shortage = fault }
    if let number = line.between("ERROR: [", and: "]: ").flatMap({ Int32($0) }) {
      complaints.append(Complaint(number: number, text: line.after("]: ") ?? ""))
      return false
    }
    if let name = line.between("restored log file \"", and: "\"") {
      if Self.isSegment(name), seen.insert(name).inserted {
        restored.append(name)
        unreadable = nil
      }
      // It got over them.
      complaints = []
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
  package mutating func isNotThere(_ name: String) {
    if Self.isSegment(name) { notFound.append(name) }
  }

  private mutating func readLog(_ message: String) -> Bool {
    if let number = message.after("was terminated by signal ") {
      deaths += [Int32(number.prefix { $0.isNumber })].compactMap { $0 }
      return false
    }
    if message.hasPrefix("received ") && message.hasSuffix(" shutdown request") {
      isStopped = true
      return false
    }
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
    } else if let text = message.after("recovery stopping ") {
      stop = Sanitizer.clean(text, limit: 200)
    } else if let text = message.after("last completed transaction was at log time ") {
      lastTransactionAt = Self.time(text)
    } else if let text = message.after("selected new timeline ID: ") {
      newTimeline = UInt32(text)
    } else if message == "database system is ready to accept connections" {
      isReady = true
    } else {
      if let found = Self.unreadable(message) { unreadable = found }
      return false
    }
    return true
  }

  /// xlogreader.c's words for a record or page that is not what should stand there, with its place.
  private static func unreadable(_ message: String) -> Unreadable? {
    let marks = [
      "incorrect resource manager data checksum", "incorrect prev-link", "invalid magic number",
      "invalid resource manager ID", "invalid record length", "invalid record offset",
      "invalid contrecord", "invalid info bits", "unexpected pageaddr",
      "there is no contrecord flag",
      "WAL file is from different database system", "out-of-sequence timeline ID",
      "record with invalid length", "invalid block",
    ]
    guard marks.contains(where: message.contains) else { return nil }
    let place = message.after("LSN ") ?? message.after(" at ") ?? message.after("pageaddr ")
    let text = place?.prefix { $0.isHexDigit || $0 == "/" } ?? ""
    return LSN(text: String(text)).map { Unreadable(at: $0, said: message) }
  }

  /// Why replay ended before its target: `segment N is missing from the archive or unreadable`, or that a segment which
  /// came is damaged. `planned` is what the plan knew to be missing.
  package func obstacle(segmentSize: Int, planned: String? = nil) -> String {
    if planned == nil, let unreadable,
      let last = restored.last.flatMap({ WALSegment(name: $0, segmentSize: segmentSize) })
    {
      let found = WALSegment(
        containing: unreadable.at, timeline: last.timeline, segmentSize: segmentSize)
      // A record that goes on in the next segment is told at its beginning, and what lacks is that one.
      if found.number == last.number, !notFound.contains(where: { follows(last, $0, segmentSize) })
      {
        return "segment \(last.name(segmentSize: segmentSize)) is damaged "
          + "(\(Sanitizer.clean(unreadable.said, limit: 120)))"
      }
    }
    let name = planned ?? missingSegment(segmentSize: segmentSize)
    return "segment \(name ?? "unknown") is missing from the archive or unreadable"
  }

  private func follows(_ segment: WALSegment, _ name: String, _ segmentSize: Int) -> Bool {
    segment.next.name(segmentSize: segmentSize).suffix(16) == name.suffix(16)
  }

  /// How far replay is known to have come.
  package func position(segmentSize: Int) -> LSN? {
    if let redoDone { return redoDone }
    // The newest segment fetched is being replayed, or is the one after: its start is a safe figure.
    let fetched = restored.last.flatMap { WALSegment(name: $0, segmentSize: segmentSize) }
      .map { $0.start(segmentSize: segmentSize) }
    return [fetched, reported, redoStart].compactMap { $0 }.max()
  }

  /// The segment for want of which recovery ended early.
  package func missingSegment(segmentSize: Int) -> String? {
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
  package static func time(_ text: String) -> Date? {
    text.hasSuffix("+00") ? TimestampText.parse(text) : nil
  }
}
