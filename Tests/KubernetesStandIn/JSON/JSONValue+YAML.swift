import Yams

extension JSONValue {
  /// Every document of a YAML stream. Throws Yams's own errors.
  package static func documents(yaml: String) throws -> [JSONValue] {
    try Array(Yams.compose_all(yaml: yaml)).map { JSONValue($0) }.filter { $0 != .null }
  }

  /// A node as sigs.k8s.io/yaml reads it: times stay text.
  init(_ node: Node) {
    switch node {
    case .mapping(let mapping):
      var members: [String: JSONValue] = [:]
      for (key, value) in mapping { members[key.string ?? ""] = JSONValue(value) }
      self = .object(members)
    case .sequence(let sequence): self = .array(sequence.map { JSONValue($0) })
    case .scalar(let scalar): self = JSONValue(scalar, of: node)
    case .alias: self = .null
    }
  }

  private init(_ scalar: Node.Scalar, of node: Node) {
    switch node.tag {
    case Tag(.null): self = .null
    case Tag(.bool): self = node.bool.map { .bool($0) } ?? .string(scalar.string)
    case Tag(.int): self = node.int.map { .integer($0) } ?? .string(scalar.string)
    case Tag(.float): self = node.float.map { .number($0) } ?? .string(scalar.string)
    default: self = .string(scalar.string)
    }
  }
}
