/// A JSON document as a tree, written with sorted keys.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package static let empty = JSONValue.object([:])

  /// A member of an object; nil for absent ones and for what is no object. Setting nil removes it; setting on what is
  /// no object makes it one.
  package subscript(_ key: String) -> JSONValue? {
    get {
      guard case .object(let members) = self else { return nil }
      return members[key]
    }
    set {
      guard case .object(var members) = self else {
        if let newValue { self = .object([key: newValue]) }
        return
      }
      // Taken out first: otherwise the dictionary is copied.
      self = .null
      members[key] = newValue
      self = .object(members)
    }
  }

  /// What stands at the end of a path of member names.
  package subscript(path keys: String...) -> JSONValue? { at(keys[...]) }

  package func at(_ keys: ArraySlice<String>) -> JSONValue? {
    guard let first = keys.first else { return self }
    return self[first]?.at(keys.dropFirst())
  }

  /// Sets what stands at the end of a path, making the objects on the way.
  package mutating func set(_ value: JSONValue?, at keys: String...) { set(value, at: keys[...]) }

  private mutating func set(_ value: JSONValue?, at keys: ArraySlice<String>) {
    guard let first = keys.first else {
      self = value ?? .null
      return
    }
    guard keys.count > 1 else {
      self[first] = value
      return
    }
    var inner = self[first] ?? .empty
    inner.set(value, at: keys.dropFirst())
    self[first] = inner
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var array: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
  package var object: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }
  package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  package var integer: Int? {
    switch self {
    case .integer(let number): number
    case .number(let number): Int(exactly: number)
    default: nil
    }
  }
  package var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
  /// An object whose values are all text; nil for anything else.
  package var strings: [String: String]? {
    guard let object else { return nil }
    var strings: [String: String] = [:]
    for (key, value) in object {
      guard let text = value.string else { return nil }
      strings[key] = text
    }
    return strings
  }

  /// The JSON type's name as schemas write it.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// Merges `patch` as RFC 7386 says: null removes, objects merge, all else replaces.
  func merged(with patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members = object ?? [:]
    for (key, change) in changes {
      if case .null = change {
        members[key] = nil
      } else {
        members[key] = (members[key] ?? .null).merged(with: change)
      }
    }
    return .object(members)
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByStringInterpolation
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }

  package init(_ strings: [String: String]) { self = .object(strings.mapValues { .string($0) }) }
}
