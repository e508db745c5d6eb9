import FoundationEssentials

/// A part of a scrub that ended: one line of the cluster's record of contents that were read. Append-only; later lines
/// count more.
package struct ScrubRecord: Sendable, Equatable, Codable {
  /// Segments without a gap between them, each of which was read and is good.
  package struct Run: Sendable, Equatable, Codable {
    /// Name of the first.
    package var first: String
    package var count: Int
    package var depth: ScrubDepth

    package init(first: String, count: Int, depth: ScrubDepth) {
      self.first = first
      self.count = count
      self.depth = depth
    }
  }

  /// What could not be read, and why.
  package struct Unread: Sendable, Equatable, Codable {
    package var reason: String
    package var objects: Int
    package var bytes: Int64

    package init(reason: String, objects: Int, bytes: Int64) {
      self.reason = reason
      self.objects = objects
      self.bytes = bytes
    }
  }

  /// Of the scrub; several parts share it.
  package var id: String
  package var startedAt: Date
  package var finishedAt: Date
  package var segmentSize: Int
  /// What was written to the store later than this was not read, by the store's clock; nil = it tells no times.
  package var newest: Date?
  /// Read from the store.
  package var bytes: Int64
  package var segments: [Run]
  /// Good ones, as the store calls them.
  package var backups: [String]
  package var faults: [ScrubFault]
  package var unread: [Unread]
  package var host: String
  package var user: String
  package var version: String

  package init(
    id: String, startedAt: Date, finishedAt: Date, segmentSize: Int, newest: Date?,
    bytes: Int64 = 0, segments: [Run] = [], backups: [String] = [], faults: [ScrubFault] = [],
    unread: [Unread] = [], host: String = "", user: String = "", version: String = ""
  ) {
    self.id = id
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.segmentSize = segmentSize
    self.newest = newest
    self.bytes = bytes
    self.segments = segments
    self.backups = backups
    self.faults = faults
    self.unread = unread
    self.host = host
    self.user = user
    self.version = version
  }
}

/// An object whose contents are not what they should be.
package struct ScrubFault: Sendable, Equatable, Codable {
  /// Where it lies.
  package var object: String
  /// As stored.
  package var bytes: Int64
  package var modifiedAt: Date?
  /// Name of the segment, or nil.
  package var segment: String?
  /// The base backup, as the store calls it, or nil.
  package var backup: String?
  /// What is wrong, in words.
  package var what: String
  package var at: Date

  package init(_ item: ScrubItem, segmentSize: Int, what: String, at: Date) {
    object = item.object
    bytes = item.bytes
    modifiedAt = item.modifiedAt
    self.what = what
    self.at = at
    switch item.subject {
    case .segment(let segment): self.segment = segment.name(segmentSize: segmentSize)
    case .backup(let id): backup = id
    }
  }
}
