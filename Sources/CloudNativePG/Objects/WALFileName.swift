import RecoveryModel

/// The name of a WAL segment's file, in the memory of three numbers: a fleet's backups name tens of thousands.
package struct WALFileName: Sendable, Equatable {
  private let timeline: UInt32
  private let log: UInt32
  private let index: UInt32

  /// nil = it is none: history, partial and backup files are not.
  package init?(_ text: String) {
    // Of the least size there is nothing that a name could not tell.
    guard text.utf8.count == 24, let segment = WALSegment(name: text, segmentSize: 1) else {
      return nil
    }
    timeline = segment.timeline
    log = UInt32(truncatingIfNeeded: segment.number >> 32)
    index = UInt32(truncatingIfNeeded: segment.number)
  }

  package var text: String {
    WALSegment(timeline: timeline, number: UInt64(log) << 32 | UInt64(index)).name(segmentSize: 1)
  }

  /// nil where there is no such segment of that size, in bytes.
  package func segment(size: Int) -> WALSegment? {
    WALSegment(timeline: timeline, log: log, index: index, segmentSize: size)
  }
}
