import FoundationEssentials

/// A drill as a line: its own keys and the format's version beside them.
package struct LedgerLine: Codable {
  package static let version = 1
  package var drill: DrillRecord

  package init(drill: DrillRecord) { self.drill = drill }

  private enum Key: String, CodingKey { case schemaVersion }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let version = try container.decode(Int.self, forKey: .schemaVersion)
    guard version <= LedgerLine.version else {
      throw DecodingError.dataCorruptedError(
        forKey: .schemaVersion, in: container, debugDescription: "format \(version)")
    }
    drill = try DrillRecord(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(LedgerLine.version, forKey: .schemaVersion)
    try drill.encode(to: encoder)
  }
}

/// The format of a line that may not be readable otherwise.
package struct LedgerVersion: Decodable { package var schemaVersion: Int }
