import FoundationEssentials

/// JSON as our files and ConfigMaps hold it: snake_case keys in a fixed order, times RFC 3339 in UTC to the millisecond.
package enum RecordCoding {
  package static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(date.formatted(fractional))
    }
    return Array(try encoder.encode(value))
  }

  /// Reads what earlier versions wrote into ConfigMaps too: keys as Swift spells them, times as seconds since 2001.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8]
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in
      AnyKey(camelCase(path.last?.stringValue ?? ""))
    }
    decoder.dateDecodingStrategy = .custom { decoder in
      let container = try decoder.singleValueContainer()
      guard let text = try? container.decode(String.self) else {
        return Date(timeIntervalSinceReferenceDate: try container.decode(Double.self))
      }
      if let date = try? fractional.parse(text) { return date }
      if let date = try? whole.parse(text) { return date }
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not an RFC 3339 time: \(text)")
    }
    return try decoder.decode(type, from: Data(bytes))
  }

  private static let whole = Date.ISO8601FormatStyle()
  private static let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// The way back from `convertToSnakeCase`, which forgets that an acronym was one.
  private static func camelCase(_ key: String) -> String {
    let words = key.split(separator: "_")
    guard words.count > 1, let first = words.first else { return key }
    return words.dropFirst().reduce(into: String(first)) { name, word in
      let isAcronym = word == "lsn" || word == "rto" || word == "pid"
      name += isAcronym ? word.uppercased() : word.prefix(1).uppercased() + word.dropFirst()
    }
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ key: String) { stringValue = key }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
