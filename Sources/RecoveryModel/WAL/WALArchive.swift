import FoundationEssentials

/// A segment as it lies in the repository.
public struct ArchivedSegment: Hashable, Sendable {
  public var segment: WALSegment
  /// Bytes stored (compressed), a measure of how much real change the segment holds.
  public var storedBytes: Int64
  /// When the repository received it; nil where the store does not say.
  public var archivedAt: Date?

  public init(segment: WALSegment, storedBytes: Int64, archivedAt: Date?) {
    self.segment = segment
    self.storedBytes = storedBytes
    self.archivedAt = archivedAt
  }
}

/// Where a timeline left its parent (one line of a `.history` file).
public struct TimelineSwitch: Hashable, Sendable {
  public var timeline: UInt32
  public var parent: UInt32
  public var switchedAt: LSN

  public init(timeline: UInt32, parent: UInt32, switchedAt: LSN) {
    self.timeline = timeline
    self.parent = parent
    self.switchedAt = switchedAt
  }
}

/// Everything the archive holds, segment by segment; sorted by timeline and number.
public struct WALArchive: Sendable, Equatable {
  /// Bytes per segment.
  public var segmentSize: Int
  public var segments: [ArchivedSegment]
  public var switches: [TimelineSwitch]

  public init(segmentSize: Int, segments: [ArchivedSegment], switches: [TimelineSwitch] = []) {
    self.segmentSize = segmentSize
    self.segments = segments
    self.switches = switches
  }
}

/// Segments that should be in the archive and are not.
public struct WALHole: Hashable, Sendable {
  public var first: WALSegment
  public var missing: Int
  /// Archive times of the neighbours: what lies between cannot be restored.
  public var from: Date?
  public var to: Date?

  public init(first: WALSegment, missing: Int, from: Date?, to: Date?) {
    self.first = first
    self.missing = missing
    self.from = from
    self.to = to
  }
}
