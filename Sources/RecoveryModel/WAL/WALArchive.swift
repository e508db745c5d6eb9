import FoundationEssentials

/// A segment as it lies in the repository.
package struct ArchivedSegment: Hashable, Sendable {
  package var segment: WALSegment
  /// Bytes stored (compressed), a measure of how much real change the segment holds.
  package var storedBytes: Int64
  /// When the repository received it; nil where the store does not say.
  package var archivedAt: Date?

  package init(segment: WALSegment, storedBytes: Int64, archivedAt: Date?) {
    self.segment = segment
    self.storedBytes = storedBytes
    self.archivedAt = archivedAt
  }
}

/// Where a timeline left its parent (one line of a `.history` file).
package struct TimelineSwitch: Hashable, Sendable {
  package var timeline: UInt32
  package var parent: UInt32
  package var switchedAt: LSN

  package init(timeline: UInt32, parent: UInt32, switchedAt: LSN) {
    self.timeline = timeline
    self.parent = parent
    self.switchedAt = switchedAt
  }
}

extension TimelineSwitch {
  /// A history file, `parent ⇥ switch LSN ⇥ reason` per line, oldest first: all switches that lead to `timeline`. Lines
  /// that are not of this form are left out.
  package static func switches(timeline: UInt32, text: String) -> [TimelineSwitch] {
    let steps = text.split(whereSeparator: \.isNewline).compactMap {
      line -> (parent: UInt32, at: LSN)? in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count >= 2, let parent = UInt32(fields[0]), let at = LSN(text: fields[1])
      else { return nil }
      return (parent, at)
    }
    return steps.enumerated().map { index, step in
      let child = index + 1 < steps.count ? steps[index + 1].parent : timeline
      return TimelineSwitch(timeline: child, parent: step.parent, switchedAt: step.at)
    }
  }
}

/// Everything the archive holds, segment by segment; sorted by timeline and number.
package struct WALArchive: Sendable, Equatable {
  /// Bytes per segment.
  package var segmentSize: Int
  package var segments: SegmentList
  package var switches: [TimelineSwitch]
  /// Names of segments behind which there is no one good file; such a segment may stand in `segments` all the same.
  package var spoiled: [SpoiledSegment] = []
  /// Timelines whose history file lies there; nil = nobody looked.
  package var histories: Set<UInt32>?

  package init(
    segmentSize: Int, segments: some Sequence<ArchivedSegment>, switches: [TimelineSwitch] = []
  ) {
    self.segmentSize = segmentSize
    self.segments = SegmentList(segments)
    self.switches = switches
  }
}

/// A segment's name in the archive that does not lead to the segment.
package struct SpoiledSegment: Hashable, Sendable {
  package enum Fault: Hashable, Sendable {
    /// Several whole files; nil = whether they hold the same is not known.
    case duplicate(same: Bool?)
    /// A temporary or partial file alone.
    case halfWritten
    /// Its size cannot be that of a segment; bytes as stored.
    case wrongSize(Int64)
    /// The name is not what the tool writes: another suffix, no or another checksum.
    case foreignName
    /// Somebody read it: what is wrong with its contents.
    case damaged(String)
  }

  package var segment: WALSegment
  package var fault: Fault
  /// Names of the files as they lie there.
  package var files: [String]
  package var at: Date?

  package init(segment: WALSegment, fault: Fault, files: [String], at: Date? = nil) {
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
    case .damaged(let what): "damaged, \(Sanitizer.clean(what, limit: 160))"
    }
  }
}

/// Segments that should be in the archive and are not.
package struct WALHole: Hashable, Sendable {
  package var first: WALSegment
  package var missing: Int
  /// Archive times of the neighbours: what lies between cannot be restored.
  package var from: Date?
  package var to: Date?
  /// What lies there instead of its first segment; nil = nothing does.
  package var spoiled: SpoiledSegment?

  package init(
    first: WALSegment, missing: Int, from: Date?, to: Date?, spoiled: SpoiledSegment? = nil
  ) {
    self.spoiled = spoiled
    self.first = first
    self.missing = missing
    self.from = from
    self.to = to
  }
}
