@testable import ManifestLint
@testable import RecoveryModel

/// Writes schemas as `SchemaText`: what stands more than once becomes a definition.
struct SchemaWriter {
  private(set) var patterns: [String] = []
  private(set) var definitions: [String] = []
  private var uses: [String: Int] = [:]
  private var numbers: [String: Int] = [:]

  /// Shorter objects are not worth a definition.
  private static let worthwhile = 24

  init(_ schemas: [SchemaNode]) {
    for schema in schemas { count(schema) }
  }

  mutating func text(_ node: SchemaNode) -> String {
    let plain = Self.plain(node)
    if case .object = node, let uses = uses[plain], uses > 1, plain.count > Self.worthwhile {
      if let number = numbers[plain] { return "@\(number)" }
      let body = body(node)
      definitions.append(body)
      numbers[plain] = definitions.count
      return "@\(definitions.count)"
    }
    return body(node)
  }

  private mutating func body(_ node: SchemaNode) -> String {
    switch node {
    case .list(let element): return "[\(text(element))]"
    case .map(let element): return "<\(text(element))>"
    case .text(let words, .some(let pattern), let isFilled):
      return Self.plain(.text(words: words, pattern: nil, isFilled: isFilled))
        + "~\(number(pattern))"
    case .object(let fields):
      let parts = fields.map { "\($0.name)\($0.isRequired ? "!" : ""):\(text($0.value))" }
      return "{\(parts.joined(separator: " "))}"
    default: return Self.plain(node)
    }
  }

  private mutating func number(_ pattern: String) -> Int {
    if let index = patterns.firstIndex(of: pattern) { return index + 1 }
    patterns.append(pattern)
    return patterns.count
  }

  private mutating func count(_ node: SchemaNode) {
    switch node {
    case .list(let element), .map(let element): count(element)
    case .object(let fields):
      let plain = Self.plain(node)
      uses[plain, default: 0] += 1
      // What is inside of something that is written once counts once.
      if uses[plain] == 1 { for field in fields { count(field.value) } }
    default: break
    }
  }

  /// Without definitions.
  private static func plain(_ node: SchemaNode) -> String {
    switch node {
    case .any: "*"
    case .number: "n"
    case .boolean: "b"
    case .integerOrText: "q"
    case .integer(nil, nil): "i"
    case .integer(let least, let most):
      "i\(least.map(String.init) ?? "")..\(most.map(String.init) ?? "")"
    case .text(let words, let pattern, let isFilled):
      "s" + (words.isEmpty ? "" : "(\(words.joined(separator: "|")))") + (isFilled ? "+" : "")
        + (pattern.map { "~\($0)" } ?? "")
    case .list(let element): "[\(plain(element))]"
    case .map(let element): "<\(plain(element))>"
    case .object(let fields):
      "{"
        + fields.map { "\($0.name)\($0.isRequired ? "!" : ""):\(plain($0.value))" }
        .joined(separator: " ") + "}"
    }
  }
}
