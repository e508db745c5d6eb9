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
  /// Names of segments behind which there is no one good file; such a segment may stand in `segments` all the same.
  public var spoiled: [SpoiledSegment] = []

  public init(segmentSize: Int, segments: [ArchivedSegment], switches: [TimelineSwitch] = []) {
    self.segmentSize = segmentSize
    self.segments = segments
    self.switches = switches
  }
}

/// A segment's name in the archive that does not lead to the segment.
public struct SpoiledSegment: Hashable, Sendable {
  public enum Fault: Hashable, Sendable {
    /// Several whole files; nil = whether they hold the same is not known.
    case duplicate(same: Bool?)
    /// A temporary or partial file alone.
    case halfWritten
    /// Its size cannot be that of a segment; bytes as stored.
    case wrongSize(Int64)
    /// The name is not what the tool writes: another suffix, no or another checksum.
    case foreignName
  }

  public var segment: WALSegment
  public var fault: Fault
  /// Names of the files as they lie there.
  public var files: [String]
  public var at: Date?

  public init(segment: WALSegment, fault: Fault, files: [String], at: Date? = nil) {
    self.segment = segment
    self.fault = fault
    self.files = files
    self.at = at
  }

  /// A good file of the segment does not help: the tool takes neither.
  var spoilsGoodFile: Bool { if case .duplicate = fault { true } else { false } }

  /// `two files with different contents`.
  var words: String {
    switch fault {
    case .duplicate(let same):
      "\(files.count > 2 ? "\(files.count)" : "two") files of "
        + (same == true
          ? "the same contents" : same == nil ? "unknown contents" : "different contents")
    case .halfWritten: "a half-written file only"
    case .wrongSize(let bytes): "a file of the wrong size, \(Format.bytes(bytes))"
    case .foreignName: "a file only that the tool did not name so"
    }
  }
}

/// Segments that should be in the archive and are not.
public struct WALHole: Hashable, Sendable {
  public var first: WALSegment
  public var missing: Int
  /// Archive times of the neighbours: what lies between cannot be restored.
  public var from: Date?
  public var to: Date?
  /// What lies there instead of its first segment; nil = nothing does.
  public var spoiled: SpoiledSegment?

  public init(
    first: WALSegment, missing: Int, from: Date?, to: Date?, spoiled: SpoiledSegment? = nil
  ) {
    self.spoiled = spoiled
    self.first = first
    self.missing = missing
    self.from = from
    self.to = to
  }
}
