/// A value of a YAML document, with the place where it stands. Aliases and merge keys are already resolved: what came
/// through one keeps the place where it was written.
package struct YAMLNode: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  package struct Entry: Sendable, Equatable {
    package var key: YAMLNode
    package var value: YAMLNode
  }

  package var content: Content
  package var mark: YAMLMark

  package var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  package var sequence: [YAMLNode]? {
    if case .sequence(let nodes) = content { nodes } else { nil }
  }

  package var mapping: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The entry under a key of plain or quoted text; nil where this is no mapping or the key is absent.
  package func entry(_ key: String) -> Entry? {
    mapping?.first { $0.key.scalar?.text == key }
  }

  package subscript(_ key: String) -> YAMLNode? { entry(key)?.value }

  package var isNull: Bool { scalar?.isNull ?? false }
}

/// A place in a text, both counted from 1.
package struct YAMLMark: Sendable, Equatable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// Text, and what a reader of YAML 1.1 (as Kubernetes' tools are) takes it for.
package struct YAMLScalar: Sendable, Equatable {
  package var text: String
  /// Written in quotes, as a block, or tagged as a string: text, whatever it looks like.
  package var isText: Bool

  package init(_ text: String, isText: Bool = false) {
    self.text = text
    self.isText = isText
  }

  package var isNull: Bool { !isText && ["", "~", "null", "Null", "NULL"].contains(text) }

  /// nil for everything that is no boolean of YAML 1.1, quoted words included.
  package var bool: Bool? {
    guard !isText else { return nil }
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: return nil
    }
  }
}
