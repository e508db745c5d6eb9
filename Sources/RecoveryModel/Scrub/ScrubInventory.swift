import FoundationEssentials

/// How far the contents of an object were looked at.
package enum ScrubDepth: String, Sendable, Codable {
  /// The header of every page, of WAL.
  case pages
  /// Every record, of WAL.
  case records
  /// All of a base backup's files to their ends.
  case files
}

/// What a damaged or read object is of.
package enum ScrubSubject: Hashable, Sendable {
  case segment(WALSegment)
  /// As the store calls it.
  case backup(String)
}

/// Something that a scrub reads in one go: a segment, or all data of a base backup.
package struct ScrubItem: Sendable, Equatable {
  package var subject: ScrubSubject
  /// Where it lies, as `wals/0000000100000000/00000001000000000000000C.gz`.
  package var object: String
  /// As stored.
  package var bytes: Int64
  /// By the store's clock.
  package var modifiedAt: Date?

  package init(subject: ScrubSubject, object: String, bytes: Int64, modifiedAt: Date?) {
    self.subject = subject
    self.object = object
    self.bytes = bytes
    self.modifiedAt = modifiedAt
  }
}

/// What came of reading one item.
package enum ScrubReading: Sendable, Equatable {
  case good(ScrubDepth)
  /// It was read whole, twice, and is not what it should be: what is wrong.
  case faulty(String)
  /// Nothing can be said of it, and why.
  case unread(String)
}

/// All that a scrub could read of a cluster now, and how.
package struct ScrubInventory: Sendable {
  package var items: [ScrubItem]
  /// Bytes.
  package var segmentSize: Int
  /// Called for each piece that came from the store, with its bytes; waits as long as the next one has to.
  package typealias Pace = @Sendable (Int64) async -> Void
  package var read: @Sendable (ScrubItem, @escaping Pace) async -> ScrubReading
  /// Where timelines left each other.
  package var switches: [TimelineSwitch]
  /// What a segment holds, decrypted and decompressed; one that turns out to be too long is cut off. Throws
  /// `RecoveryError`.
  package var plain: @Sendable (ScrubItem, @escaping Pace) async throws -> [UInt8]

  package init(
    items: [ScrubItem], segmentSize: Int, switches: [TimelineSwitch] = [],
    plain: @escaping @Sendable (ScrubItem, @escaping Pace) async throws -> [UInt8] = { _, _ in
      throw RecoveryError(.refused, "nobody reads segments here")
    },
    read: @escaping @Sendable (ScrubItem, @escaping Pace) async -> ScrubReading
  ) {
    self.items = items
    self.segmentSize = segmentSize
    self.switches = switches
    self.plain = plain
    self.read = read
  }
}

/// How much a scrub reads, and how fast.
package struct ScrubLimits: Sendable, Equatable {
  /// Of all bytes; 1 = all of them.
  package var share = 1.0
  /// Bytes per second; nil = as fast as it goes.
  package var rate: Double?
  /// Bytes in any 24 hours, those of earlier scrubs with them; nil = any number.
  package var daily: Int64?

  package init() {}

  /// `all`, `1/30`, either with a rate behind it: `1/30 at 20MiB/s`; nil for what is neither.
  package init?(text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard let first = words.first, words.count == 1 || words.count == 3,
      let share = first == "all" ? 1 : Self.share(first)
    else { return nil }
    self.share = share
    guard words.count == 3 else { return }
    guard words[1] == "at", let rate = Self.bytes(words[2]) else { return nil }
    self.rate = rate
  }

  /// `1/30`; nil for what is no share.
  package static func share(_ text: String) -> Double? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let part = parts[0], let whole = parts[1], part > 0, whole >= part
    else { return nil }
    return Double(part) / Double(whole)
  }

  /// `20MiB/s`, `10GiB`, `500kB`: bytes; nil for what is none.
  package static func bytes(_ text: String) -> Double? {
    ByteSize.bytes(text.hasSuffix("/s") ? String(text.dropLast(2)) : text)
  }
}
