import RecoveryModel
import YAMLReading

extension JSONValue {
  /// Every document of a YAML stream that is not empty. Throws `YAMLError`.
  package static func documents(yaml: String) throws -> [JSONValue] {
    var documents = YAMLDocuments(yaml)
    var values: [JSONValue] = []
    while let root = try documents.next() { values.append(JSONValue(root)) }
    return values.filter { $0 != .null }
  }

  /// A node as sigs.k8s.io/yaml reads it: times stay text.
  init(_ node: YAMLNode) {
    switch node.content {
    case .mapping(let entries):
      var members: [String: JSONValue] = [:]
      for entry in entries { members[entry.key.scalar?.text ?? ""] = JSONValue(entry.value) }
      self = .object(members)
    case .sequence(let nodes): self = .array(nodes.map { JSONValue($0) })
    case .scalar(let scalar): self = JSONValue(scalar)
    }
  }

  private init(_ scalar: YAMLScalar) {
    let text = JSONValue.string(scalar.text)
    guard !scalar.isText else {
      self = text
      return
    }
    let digits = scalar.text.filter { $0 != "_" }
    switch ScalarType(plain: scalar.text) {
    case .null: self = .null
    case .boolean: self = scalar.bool.map { .bool($0) } ?? text
    case .integer: self = Self.integer(digits).map { .integer($0) } ?? text
    case .number: self = Double(digits).map { .number($0) } ?? text
    case .text: self = text
    }
  }

  /// Decimal, or `0x`, `0b`, `0o` and the octal `0644` of file modes.
  private static func integer(_ text: String) -> Int? {
    let sign = text.prefix { $0 == "-" || $0 == "+" }
    let digits = text.dropFirst(sign.count)
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where digits.hasPrefix(prefix) {
      return Int(sign + digits.dropFirst(2), radix: radix)
    }
    if digits.count > 1, digits.hasPrefix("0"), let mode = Int(sign + digits, radix: 8) {
      return mode
    }
    return Int(text)
  }
}
