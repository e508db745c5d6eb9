import CYAML

/// Builds a document's tree event by event; merge keys and aliases are resolved on the way.
struct YAMLTree {
  /// A value with its size: aliases repeat it unseen.
  struct Part {
    var node: YAMLNode
    /// Values in it, itself included.
    var weight: Int
    /// Levels below the one that it stands on.
    var height: Int
  }

  private let limits: YAMLDocuments.Limits
  private var open: [Collection] = []
  /// What aliases of this document stand for.
  private var anchors: [String: Part] = [:]
  private var root: YAMLNode?
  private var count = 0

  init(limits: YAMLDocuments.Limits) { self.limits = limits }

  /// The document's root when the event ends one.
  mutating func take(_ event: yaml_event_t) throws(YAMLError) -> YAMLNode? {
    let mark = YAMLMark(event.start_mark)
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      anchors = [:]
      root = nil
    case YAML_DOCUMENT_END_EVENT: return root
    case YAML_ALIAS_EVENT:
      guard let part = anchors[text(event.data.alias.anchor) ?? ""] else {
        throw YAMLError(reason: .unknownAlias, mark: mark)
      }
      try add(part, new: part.weight, at: mark)
    case YAML_SCALAR_EVENT:
      let node = YAMLNode(content: .scalar(YAMLScalar(event)), mark: mark)
      try add(Part(node: node, weight: 1, height: 0), anchor: text(event.data.scalar.anchor))
    case YAML_SEQUENCE_START_EVENT:
      try begin(.sequence, anchor: text(event.data.sequence_start.anchor), mark)
    case YAML_MAPPING_START_EVENT:
      try begin(.mapping, anchor: text(event.data.mapping_start.anchor), mark)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      guard let closed = open.popLast() else { break }
      try add(closed.part(), anchor: closed.anchor)
    default: break
    }
    return nil
  }

  private mutating func begin(
    _ shape: Collection.Shape, anchor: String?, _ mark: YAMLMark
  ) throws(YAMLError) {
    guard open.count < limits.depth else {
      throw YAMLError(reason: .tooDeep(limit: limits.depth), mark: mark)
    }
    open.append(Collection(shape: shape, anchor: anchor, mark: mark))
  }

  /// Puts a complete value where it belongs. `new`: how many of its values are not counted yet; those inside a collection
  /// were as they came.
  private mutating func add(
    _ part: Part, new: Int = 1, anchor: String? = nil, at mark: YAMLMark? = nil
  ) throws(YAMLError) {
    let mark = mark ?? part.node.mark
    count += new
    guard count <= limits.nodes else {
      throw YAMLError(reason: .tooManyNodes(limit: limits.nodes), mark: mark)
    }
    guard open.count + part.height <= limits.depth else {
      throw YAMLError(reason: .tooDeep(limit: limits.depth), mark: mark)
    }
    if let anchor { anchors[anchor] = part }
    if open.isEmpty { root = part.node } else { try open[open.count - 1].append(part) }
  }

  private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    bytes.map { String(cString: $0) }
  }
}

/// A sequence or mapping whose end has not come yet.
private struct Collection {
  enum Shape { case sequence, mapping }

  let shape: Shape
  let anchor: String?
  let mark: YAMLMark
  private var weight = 1
  private var height = 1
  private var nodes: [YAMLNode] = []
  private var entries: [YAMLNode.Entry] = []
  private var keys: Set<String> = []
  /// A key that waits for its value.
  private var key: YAMLNode?
  /// What `<<` brought; nil where there is none.
  private var merged: [YAMLNode.Entry]?

  init(shape: Shape, anchor: String?, mark: YAMLMark) {
    self.shape = shape
    self.anchor = anchor
    self.mark = mark
  }

  mutating func append(_ part: YAMLTree.Part) throws(YAMLError) {
    weight += part.weight
    height = max(height, part.height + 1)
    guard shape == .mapping else {
      nodes.append(part.node)
      return
    }
    guard let key else {
      key = part.node
      return
    }
    self.key = nil
    let name = key.scalar?.text
    if key.scalar == YAMLScalar("<<") {
      guard merged == nil else { throw YAMLError(reason: .duplicateKey("<<"), mark: key.mark) }
      try merge(part.node, at: key.mark)
    } else if let name, !keys.insert(name).inserted {
      throw YAMLError(reason: .duplicateKey(name), mark: key.mark)
    } else {
      entries.append(YAMLNode.Entry(key: key, value: part.node))
    }
  }

  private mutating func merge(_ node: YAMLNode, at mark: YAMLMark) throws(YAMLError) {
    var all: [YAMLNode.Entry] = []
    for source in node.sequence ?? [node] {
      guard let entries = source.mapping else {
        throw YAMLError(reason: .mergeOfNoMapping, mark: mark)
      }
      all += entries
    }
    merged = all
  }

  /// Own keys count before merged ones, wherever the merge stands; of several merged mappings the first that has a key.
  func part() -> YAMLTree.Part {
    guard shape == .mapping else { return part(.sequence(nodes)) }
    var all = entries
    var names = keys
    for entry in merged ?? [] {
      if let name = entry.key.scalar?.text, !names.insert(name).inserted { continue }
      all.append(entry)
    }
    return part(.mapping(all))
  }

  private func part(_ content: YAMLNode.Content) -> YAMLTree.Part {
    YAMLTree.Part(
      node: YAMLNode(content: content, mark: mark), weight: weight, height: height)
  }
}

extension YAMLScalar {
  fileprivate init(_ event: yaml_event_t) {
    let scalar = event.data.scalar
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    let tag = scalar.tag.map { String(cString: $0) }
    self.init(
      String(decoding: bytes, as: UTF8.self),
      isText: scalar.style != YAML_PLAIN_SCALAR_STYLE || tag == YAML_STR_TAG)
  }
}
