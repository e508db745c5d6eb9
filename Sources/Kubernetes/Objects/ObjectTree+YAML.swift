import RecoveryModel

extension ObjectTree {
  /// As people write manifests: what an object is comes first, the rest in the order of its names. Ends with a newline.
  package var yaml: String { lines(indent: 0).joined(separator: "\n") + "\n" }

  private static let first = ["apiVersion", "kind", "metadata", "name", "namespace"]

  private static func isBefore(_ one: String, _ other: String) -> Bool {
    let places = [one, other].map { first.firstIndex(of: $0) ?? first.count }
    return (places[0], one) < (places[1], other)
  }

  private func lines(indent: Int) -> [String] {
    let space = String(repeating: " ", count: indent)
    switch self {
    case .map(let map) where !map.isEmpty:
      return map.keys.sorted(by: Self.isBefore).flatMap { key -> [String] in
        let head = "\(space)\(YAMLText.scalar(key)):"
        guard let value = map[key], !value.isNull else { return [] }
        return value.isBlock
          ? [head] + value.lines(indent: indent + 2) : ["\(head) \(value.scalar)"]
      }
    case .list(let values) where !values.isEmpty:
      return values.flatMap { value -> [String] in
        guard value.isBlock else { return ["\(space)- \(value.scalar)"] }
        var lines = value.lines(indent: indent + 2)
        guard let head = lines.first else { return [] }
        lines[0] = "\(space)- \(head.dropFirst(indent + 2))"
        return lines
      }
    default: return [space + scalar]
    }
  }

  private var isNull: Bool { if case .null = self { true } else { false } }

  private var isBlock: Bool {
    switch self {
    case .map(let map): map.contains { !$0.value.isNull }
    case .list(let values): !values.isEmpty
    default: false
    }
  }

  private var scalar: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): YAMLText.scalar(text)
    case .list: "[]"
    case .map: "{}"
    }
  }
}
