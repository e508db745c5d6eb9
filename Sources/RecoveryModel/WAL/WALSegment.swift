/// One piece of the log: a timeline and a number counted in segments from LSN 0.
///
/// File names depend on the segment size: 24 hex digits, 8 for the timeline, 8 for the "log" (4 GiB) and
/// 8 for the segment within it (PostgreSQL, `XLogFileName` in xlog_internal.h).
package struct WALSegment: Hashable, Comparable, Sendable {
  package var timeline: UInt32
  package var number: UInt64

  package init(timeline: UInt32, number: UInt64) {
    self.timeline = timeline
    self.number = number
  }

  /// Of a file of the archive: a whole segment, or a backup's label, which follows one. What a promotion leaves, a
  /// `.partial` and a `.history`, is neither.
  package static func isWhole(fileName name: String) -> Bool {
    !name.hasSuffix(".partial") && !name.hasSuffix(".history")
  }

  /// The timeline that the name of a segment, of a history file or of what follows a segment begins with; nil = it is no such
  /// name.
  package static func timeline(ofFile name: some StringProtocol) -> UInt32? {
    name.utf8.count >= 8 ? UInt32(name.prefix(8), radix: 16) : nil
  }

  /// Reads the first 24 characters of a segment's file name (suffixes as `.partial` are ignored);
  /// nil for history files and anything else. `segmentSize` in bytes.
  package init?(name: some StringProtocol, segmentSize: Int) {
    guard segmentSize > 0 else { return nil }
    var parts: (UInt64, UInt64, UInt64) = (0, 0, 0)
    var count = 0
    // Digit by digit: a fleet's backups name tens of thousands of segments.
    for byte in name.utf8.prefix(24) {
      let digit: UInt8
      switch byte {
      case 48...57: digit = byte - 48
      case 65...70: digit = byte - 55
      default: return nil
      }
      switch count {
      case 0..<8: parts.0 = parts.0 << 4 | UInt64(digit)
      case 8..<16: parts.1 = parts.1 << 4 | UInt64(digit)
      default: parts.2 = parts.2 << 4 | UInt64(digit)
      }
      count += 1
    }
    guard count == 24, let timeline = UInt32(exactly: parts.0),
      let log = UInt32(exactly: parts.1), let index = UInt32(exactly: parts.2)
    else { return nil }
    self.init(timeline: timeline, log: log, index: index, segmentSize: segmentSize)
  }

  /// The three numbers of a name; nil where the last is too great for the size. `segmentSize` in bytes.
  package init?(timeline: UInt32, log: UInt32, index: UInt32, segmentSize: Int) {
    guard segmentSize > 0 else { return nil }
    let perLog = 0x1_0000_0000 / UInt64(segmentSize)
    guard UInt64(index) < perLog else { return nil }
    self.init(timeline: timeline, number: UInt64(log) * perLog + UInt64(index))
  }

  package init(containing lsn: LSN, timeline: UInt32, segmentSize: Int) {
    self.init(timeline: timeline, number: lsn.rawValue / UInt64(segmentSize))
  }

  package static func < (left: WALSegment, right: WALSegment) -> Bool {
    (left.timeline, left.number) < (right.timeline, right.number)
  }

  package func name(segmentSize: Int) -> String {
    let perLog = 0x1_0000_0000 / UInt64(segmentSize)
    return hex(UInt64(timeline)) + hex(number / perLog) + hex(number % perLog)
  }

  package func start(segmentSize: Int) -> LSN { LSN(number * UInt64(segmentSize)) }
  /// The last segment of all ends where positions do.
  package func end(segmentSize: Int) -> LSN {
    let (end, isBeyond) = (number + 1).multipliedReportingOverflow(by: UInt64(segmentSize))
    return LSN(isBeyond ? .max : end)
  }
  package var next: WALSegment { WALSegment(timeline: timeline, number: number + 1) }

  private func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}

extension WALSegment {
  /// Everything up to and including `other` is archived once this one is: the archiver goes by name, and a later
  /// timeline goes on where an earlier one was left.
  package func covers(_ other: WALSegment) -> Bool {
    timeline >= other.timeline && number >= other.number
  }
}
