/// A structural schema of a CustomResourceDefinition, compiled: every keyword is obeyed or refused here.
final class Schema: Sendable {
  enum Additional: Sendable {
    case none
    case any
    case values(Schema)
  }

  let type: String?
  let properties: [String: Schema]
  let additional: Additional
  let items: Schema?
  let required: [String]
  let choices: [JSONValue]
  let pattern: Pattern?
  let minimum: Double?
  let maximum: Double?
  let minimumLength: Int?
  let maximumLength: Int?
  let format: String?
  let isIntOrString: Bool
  let preservesUnknown: Bool
  let isNullable: Bool
  let listMapKeys: [String]
  let defaultValue: JSONValue?
  let rules: [SchemaRule]

  /// Keywords that say nothing about what is valid.
  private static let silent: Set<String> = [
    "description", "x-kubernetes-list-type", "x-kubernetes-map-type", "title", "example",
  ]
  private static let obeyed: Set<String> = [
    "type", "properties", "additionalProperties", "items", "required", "enum", "pattern",
    "minimum", "maximum", "minLength", "maxLength", "format", "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields", "nullable", "default", "anyOf",
    "x-kubernetes-validations", "x-kubernetes-list-map-keys",
  ]

  /// Throws for a keyword that is not obeyed, and for a rule whose text is not known.
  init(_ source: JSONValue) throws {
    let unknown = Set((source.object ?? [:]).keys).subtracting(Self.silent).subtracting(Self.obeyed)
    guard unknown.isEmpty else {
      throw StandInError("schema keywords that the stand-in does not obey: \(unknown.sorted())")
    }
    isIntOrString = source["x-kubernetes-int-or-string"]?.bool ?? false
    if source["anyOf"] != nil, !isIntOrString {
      throw StandInError("anyOf outside x-kubernetes-int-or-string")
    }
    type = source["type"]?.string
    properties = try (source["properties"]?.object ?? [:]).mapValues { try Schema($0) }
    switch source["additionalProperties"] {
    case nil, .bool(false): additional = .none
    case .bool(true): additional = .any
    case .some(let values): additional = .values(try Schema(values))
    }
    items = try source["items"].map { try Schema($0) }
    required = (source["required"]?.array ?? []).compactMap(\.string)
    choices = source["enum"]?.array ?? []
    pattern = try source["pattern"]?.string.map { try Pattern($0) }
    minimum = source["minimum"]?.double
    maximum = source["maximum"]?.double
    minimumLength = source["minLength"]?.integer
    maximumLength = source["maxLength"]?.integer
    format = source["format"]?.string
    preservesUnknown = source["x-kubernetes-preserve-unknown-fields"]?.bool ?? false
    isNullable = source["nullable"]?.bool ?? false
    listMapKeys = (source["x-kubernetes-list-map-keys"]?.array ?? []).compactMap(\.string)
    defaultValue = source["default"]
    rules = try (source["x-kubernetes-validations"]?.array ?? []).map { try SchemaRule($0) }
  }

  // MARK: Pruning and defaults

  /// Takes out what the schema does not know; the paths of it. `metadata` of the root is not ours to judge.
  func prune(_ document: inout JSONValue) -> [String] {
    var pruned: [String] = []
    guard var members = document.object else { return [] }
    for (key, value) in members where !["apiVersion", "kind", "metadata"].contains(key) {
      guard let schema = properties[key] else {
        members[key] = nil
        pruned.append(key)
        continue
      }
      members[key] = schema.pruned(value, path: key, &pruned)
    }
    document = .object(members)
    return pruned.sorted()
  }

  private func pruned(_ value: JSONValue, path: String, _ found: inout [String]) -> JSONValue {
    switch value {
    case .array(let elements):
      guard let items else { return value }
      var kept: [JSONValue] = []
      for (index, element) in elements.enumerated() {
        kept.append(items.pruned(element, path: "\(path)[\(index)]", &found))
      }
      return .array(kept)
    case .object(var members):
      for (key, member) in members {
        if let schema = properties[key] {
          // A null that the schema does not allow counts as absent.
          members[key] =
            member == .null && !schema.isNullable
            ? nil : schema.pruned(member, path: "\(path).\(key)", &found)
          continue
        }
        switch additional {
        case .values(let schema):
          members[key] = schema.pruned(member, path: "\(path).\(key)", &found)
        case .any: break
        case .none where preservesUnknown || type == nil: break
        case .none:
          members[key] = nil
          found.append("\(path).\(key)")
        }
      }
      return .object(members)
    default: return value
    }
  }

  /// Fills in what is absent and has a default, also inside of what is there.
  func applyDefaults(_ value: inout JSONValue) {
    switch value {
    case .object(var members):
      value = .null
      for (key, schema) in properties {
        if members[key] == nil, let given = schema.defaultValue { members[key] = given }
        if var member = members[key] {
          schema.applyDefaults(&member)
          members[key] = member
        }
      }
      if case .values(let schema) = additional {
        for (key, var member) in members where properties[key] == nil {
          schema.applyDefaults(&member)
          members[key] = member
        }
      }
      value = .object(members)
    case .array(var elements):
      guard let items else { return }
      value = .null
      for index in elements.indices { items.applyDefaults(&elements[index]) }
      value = .array(elements)
    default: break
    }
  }
}
