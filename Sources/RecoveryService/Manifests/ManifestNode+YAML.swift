import ManifestLint
import RecoveryModel
import YAMLReading

/// Why a text holds no manifests.
enum ManifestFault: Error {
  case yaml(YAMLError)
  /// A list or a map in the place of a key, in that line; the YAML parser lets it pass, and kubectl does not.
  case key(line: Int)
}

extension ManifestNode {
  /// A value as lint reads it: with the defaults of its variables put in.
  init(_ node: YAMLNode) throws(ManifestFault) {
    let line = node.mark.line
    switch node.content {
    case .scalar(let scalar):
      self = .scalar(ManifestVariable.expanded(scalar.text), isQuoted: scalar.isText, line: line)
    case .sequence(let nodes):
      var items: [ManifestNode] = []
      for node in nodes { items.append(try ManifestNode(node)) }
      self = .list(items, line: line)
    case .mapping(let pairs):
      var entries: [Entry] = []
      for pair in pairs {
        let line = pair.key.mark.line
        guard let key = pair.key.scalar?.text else { throw .key(line: line) }
        let value = try ManifestNode(pair.value)
        entries.append(Entry(key: ManifestVariable.expanded(key), line: line, value: value))
      }
      self = .map(entries, line: line)
    }
  }
}
