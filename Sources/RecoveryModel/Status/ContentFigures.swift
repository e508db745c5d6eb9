import FoundationEssentials

/// How much of what lies in the archive was read, and what of it is damaged.
package struct ContentFigures: Codable, Sendable, Equatable {
  package struct Damaged: Codable, Sendable, Equatable {
    package var object: String
    package var what: String
    package var at: String
  }
  package var readBytes: Int64
  package var totalBytes: Int64
  package var since: String?
  package var lastReadAt: String?
  package var damaged: [Damaged]
  /// Reasons why something could not be read in the last scrub.
  package var unread: [String]

  enum CodingKeys: String, CodingKey {
    case readBytes = "read_bytes"
    case totalBytes = "total_bytes"
    case lastReadAt = "last_read_at"
    case since, damaged, unread
  }

  package init(_ standing: ScrubStanding) {
    readBytes = standing.readBytes
    totalBytes = standing.totalBytes
    since = standing.since.map { Format.timestamp($0) }
    lastReadAt = standing.lastAt.map { Format.timestamp($0) }
    damaged = standing.faults.map {
      Damaged(
        object: Sanitizer.clean($0.object), what: Sanitizer.clean($0.what),
        at: Format.timestamp($0.at))
    }
    unread = standing.unread.map { Sanitizer.clean($0.reason) }
  }
}
