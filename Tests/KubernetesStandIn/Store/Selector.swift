/// A label selector: equality, sets, existence.
struct LabelSelector: Sendable {
  private enum Requirement: Sendable {
    case isIn(String, [String])
    case notIn(String, [String])
    case exists(String)
    case absent(String)
  }
  private var requirements: [Requirement] = []

  var isEmpty: Bool { requirements.isEmpty }

  /// Throws `APIError` 400 for what the API server refuses.
  init(_ text: String) throws {
    for part in Self.split(text) where !part.isEmpty {
      requirements.append(try Self.requirement(part))
    }
  }

  func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { requirement in
      switch requirement {
      case .isIn(let key, let values): labels[key].map { values.contains($0) } ?? false
      case .notIn(let key, let values): labels[key].map { !values.contains($0) } ?? true
      case .exists(let key): labels[key] != nil
      case .absent(let key): labels[key] == nil
      }
    }
  }

  /// At commas outside parentheses.
  private static func split(_ text: String) -> [String] {
    var parts = [""]
    var depth = 0
    for character in text {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.map(trimmed)
  }

  private static func requirement(_ part: String) throws -> Requirement {
    if part.hasSuffix(")"), let open = part.firstIndex(of: "(") {
      let words = part[..<open].split(separator: " ").map(String.init)
      let values = part[part.index(after: open)...].dropLast().split(
        separator: ",", omittingEmptySubsequences: false
      ).map { trimmed(String($0)) }
      switch words.count == 2 ? words[1] : "" {
      case "in": return .isIn(try checked(words[0]), values)
      case "notin": return .notIn(try checked(words[0]), values)
      default: throw unparsable(part)
      }
    }
    for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
      guard let range = part.firstRange(of: sign) else { continue }
      let key = try checked(trimmed(String(part[..<range.lowerBound])))
      let value = trimmed(String(part[range.upperBound...]))
      return isEqual ? .isIn(key, [value]) : .notIn(key, [value])
    }
    if part.hasPrefix("!") { return .absent(try checked(trimmed(String(part.dropFirst())))) }
    return .exists(try checked(part))
  }

  private static func checked(_ key: String) throws -> String {
    let allowed = key.allSatisfy { $0.isLetter || $0.isNumber || "-_./".contains($0) }
    guard allowed, !key.isEmpty else { throw unparsable(key) }
    return key
  }

  private static func unparsable(_ part: String) -> APIError {
    APIError.badRequest("unable to parse requirement: found '\(part)', expected: identifier")
  }

  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// A field selector: the name and the namespace, and what a kind of the server's own lets one ask for.
struct FieldSelector: Sendable {
  private var terms: [(path: [String], value: String, isEqual: Bool)] = []

  var isEmpty: Bool { terms.isEmpty }
  /// The one name that it lets through.
  var name: String? {
    terms.first { $0.path == ["metadata", "name"] && $0.isEqual }?.value
  }

  /// Throws `APIError` 400 for a field that the kind does not index.
  init(_ text: String, kind: Kind) throws {
    for part in text.split(separator: ",") {
      let sign = ["!=", "==", "="].first { part.firstRange(of: $0) != nil }
      guard let sign, let range = part.firstRange(of: sign) else {
        throw APIError.badRequest("invalid selector: '\(text)'; can't understand '\(part)'")
      }
      let field = String(part[..<range.lowerBound])
      guard
        ["metadata.name", "metadata.namespace"].contains(field)
          || kind.selectableFields.contains(field)
      else { throw APIError.badRequest("field label not supported: \(field)") }
      terms.append(
        (
          field.split(separator: ".").map(String.init), String(part[range.upperBound...]),
          sign != "!="
        ))
    }
  }

  func matches(_ object: StoredObject) -> Bool {
    terms.allSatisfy { term in
      let value: String =
        switch term.path {
        case ["metadata", "name"]: object.name
        case ["metadata", "namespace"]: object.namespace
        default: object.tree.at(term.path[...])?.string ?? ""
        }
      return (value == term.value) == term.isEqual
    }
  }
}
