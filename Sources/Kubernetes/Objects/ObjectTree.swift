import FoundationEssentials

/// A JSON value of no fixed shape: objects that are written as they are read, with nothing lost that we do not know.
package indirect enum ObjectTree: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case list([ObjectTree])
  case map([String: ObjectTree])

  /// nil when the bytes are no JSON.
  package init?(json bytes: [UInt8]) {
    guard let tree = try? JSONDecoder().decode(ObjectTree.self, from: Data(bytes)) else {
      return nil
    }
    self = tree
  }

  /// JSON with its keys in order.
  package var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { Array($0) } ?? []
  }

  package var text: String { String(decoding: json, as: UTF8.self) }

  /// Decodes it as one of our object types; nil where it has not their shape.
  package func decoded<Value: Decodable>(_ type: Value.Type) -> Value? {
    try? JSONDecoder().decode(type, from: Data(json))
  }

  // MARK: Reading

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var list: [ObjectTree]? { if case .list(let values) = self { values } else { nil } }
  package var map: [String: ObjectTree]? { if case .map(let values) = self { values } else { nil } }

  /// Strings of a map of strings; other values are left out.
  package var strings: [String: String] { (map ?? [:]).compactMapValues(\.string) }

  /// The value behind the keys; nil where any of them is missing.
  package func at(_ path: String...) -> ObjectTree? {
    var tree: ObjectTree? = self
    for key in path { tree = tree?.map?[key] }
    if case .null = tree { return nil }
    return tree
  }

  /// Only the named keys of a map; nil when none of them is there.
  package func keeping(_ keys: [String]) -> ObjectTree? {
    guard let map else { return nil }
    let kept = map.filter { keys.contains($0.key) }
    return kept.isEmpty ? nil : .map(kept)
  }

  // MARK: Writing

  /// A map of what is there.
  package static func object(_ pairs: [String: ObjectTree?]) -> ObjectTree {
    .map(pairs.compactMapValues { $0 })
  }

  package static func labels(_ values: [String: String]) -> ObjectTree {
    .map(values.mapValues { .string($0) })
  }

  // MARK: Selectors of Secrets

  /// Every `{name, key}` in it: how the custom resources name a Secret's key.
  package var secretSelectors: [(name: String, key: String)] {
    switch self {
    case .list(let values): return values.flatMap(\.secretSelectors)
    case .map(let map):
      if let selector = Self.selector(map) { return [selector] }
      return map.sorted { $0.key < $1.key }.flatMap(\.value.secretSelectors)
    default: return []
    }
  }

  /// The same with other names for the Secrets.
  package func renamingSecrets(_ rename: (String) -> String) -> ObjectTree {
    switch self {
    case .list(let values): return .list(values.map { $0.renamingSecrets(rename) })
    case .map(var map):
      if let selector = Self.selector(map) {
        map["name"] = .string(rename(selector.name))
        return .map(map)
      }
      return .map(map.mapValues { $0.renamingSecrets(rename) })
    default: return self
    }
  }

  /// `optional` may stand beside the two.
  private static func selector(_ map: [String: ObjectTree]) -> (name: String, key: String)? {
    guard let name = map["name"]?.string, let key = map["key"]?.string,
      map.keys.allSatisfy({ ["name", "key", "optional"].contains($0) })
    else { return nil }
    return (name, key)
  }
}

extension ObjectTree: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([ObjectTree].self) {
      self = .list(value)
    } else {
      self = .map(try container.decode([String: ObjectTree].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .map(let map): try container.encode(map)
    }
  }
}

extension ObjectTree: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
}
