import FoundationEssentials

/// What is kept as lines of an append-only file, in a format of a version of its own.
package protocol LineRecord: Codable {
  /// The newest format that is read.
  static var lineVersion: Int { get }
  /// The oldest format whose readers do not take this record for something else.
  var formatVersion: Int { get }
}

extension LineRecord {
  package var formatVersion: Int { Self.lineVersion }
}

extension DrillRecord: LineRecord {
  package static let lineVersion = 2
  /// Who knows of no moments would take a proof of the past for one of now.
  package var formatVersion: Int { isOfPast ? 2 : 1 }
}

extension ScrubRecord: LineRecord {
  package static let lineVersion = 1
}

/// A record as a line: its own keys and the format's version beside them.
package struct RecordLine<Record: LineRecord>: Codable {
  package var record: Record

  package init(_ record: Record) { self.record = record }

  private enum Key: String, CodingKey { case schemaVersion }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let version = try container.decode(Int.self, forKey: .schemaVersion)
    guard version <= Record.lineVersion else {
      throw DecodingError.dataCorruptedError(
        forKey: .schemaVersion, in: container, debugDescription: "format \(version)")
    }
    record = try Record(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(record.formatVersion, forKey: .schemaVersion)
    try record.encode(to: encoder)
  }
}

/// The format of a line that may not be readable otherwise.
package struct RecordLineVersion: Decodable { package var schemaVersion: Int }
