import RecoveryModel

/// A YAML value with the line it stands on; what lint rules read.
package indirect enum ManifestNode: Sendable, Equatable {
  /// `isQuoted`: text whatever it looks like; a plain one may be a number, a boolean or a null.
  case scalar(String, isQuoted: Bool, line: Int)
  case list([ManifestNode], line: Int)
  case map([Entry], line: Int)

  package struct Entry: Sendable, Equatable {
    package var key: String
    /// The key's own line.
    package var line: Int
    package var value: ManifestNode

    package init(key: String, line: Int, value: ManifestNode) {
      self.key = key
      self.line = line
      self.value = value
    }
  }

  package var line: Int {
    switch self {
    case .scalar(_, _, let line), .list(_, let line), .map(_, let line): line
    }
  }

  package var text: String? {
    if case .scalar(let text, _, _) = self { text } else { nil }
  }

  var list: [ManifestNode] {
    if case .list(let items, _) = self { items } else { [] }
  }

  var entries: [Entry] {
    if case .map(let entries, _) = self { entries } else { [] }
  }

  func entry(_ key: String) -> Entry? { entries.first { $0.key == key } }

  /// What stands at the end of the keys; nil where one is absent or null.
  package subscript(_ path: String...) -> ManifestNode? { self[path] }

  package subscript(_ path: [String]) -> ManifestNode? {
    var node = self
    for key in path {
      guard let next = node.entry(key)?.value, !next.isNull else { return nil }
      node = next
    }
    return node
  }

  /// The line of the deepest key of the path that is there.
  func line(of path: String...) -> Int {
    var node = self
    var line = node.line
    for key in path {
      guard let entry = node.entry(key) else { return line }
      line = entry.line
      node = entry.value
    }
    return line
  }

  var isTrue: Bool { text.map { ["true", "yes", "on"].contains($0.lowercased()) } ?? false }

  /// True, or whatever a variable will make of it.
  var mayBeTrue: Bool { isTrue || hasVariable }

  var isNull: Bool { scalarType == .null }
}

/// One object of a file.
package struct Manifest: Sendable, Equatable {
  package var file: String
  package var root: ManifestNode

  package init(file: String, root: ManifestNode) {
    self.file = file
    self.root = root
  }

  var apiVersion: String { root["apiVersion"]?.text ?? "" }
  package var kind: String { root["kind"]?.text ?? "" }
  var name: String { root["metadata", "name"]?.text ?? "" }
  /// nil = whatever the one who applies it is in.
  var namespace: String? { root["metadata", "namespace"]?.text }

  /// The API group is ours to read.
  func isA(_ kind: String, of group: String) -> Bool {
    self.kind == kind && apiVersion.prefix { $0 != "/" } == group
  }

  /// The two can be the same place: equal, or one of them does not say, or says it by a variable.
  func mayShareNamespace(with other: String?) -> Bool {
    guard let namespace, let other else { return true }
    return namespace == other || ManifestVariable.isOpen(namespace)
      || ManifestVariable.isOpen(other)
  }
}
