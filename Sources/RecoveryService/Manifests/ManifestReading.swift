import RecoveryModel
import Yams

/// Turns the nodes of one file into manifest values: aliases unfolded, `<<` merged, defaults of variables put in.
struct ManifestReading {
  /// What the YAML parser lets pass and kubectl does not.
  struct Fault: Error {
    var line: Int?
    var reason: String
    /// It may be a template that happens to be YAML.
    var isTemplate = false
  }

  /// Aliases repeat what they point to; a file may not unfold into more values than this.
  static let maximumNodes = 200_000
  /// The tag of a merge key; quoted it is a key like others.
  private static let merge = "<<"

  private var count = 0
  /// Where the document that is being read begins: what stands before it belongs to another one.
  private var begin = 0
  /// The last line that was seen, of whatever document.
  private var last = 0

  /// nil for an empty document. Throws `Fault`.
  mutating func document(_ root: Node) throws -> ManifestNode? {
    let line = root.mark?.line ?? 1
    // A document that is an alias and nothing else has the place of what it points to.
    guard line >= last else {
      throw Fault(line: nil, reason: "a document is an alias into another document")
    }
    begin = line
    return try node(root, at: line)
  }

  /// `line` is where it is mentioned: that of its key.
  private mutating func node(_ node: Node, at line: Int) throws -> ManifestNode {
    count += 1
    guard count <= Self.maximumNodes else { throw Fault(line: nil, reason: "too many values") }
    let own = node.mark?.line ?? line
    guard own >= begin else {
      throw Fault(
        line: line, reason: "an alias into another document, which kubectl does not know there")
    }
    last = max(last, own)
    switch node {
    case .scalar(let scalar):
      let plain = scalar.style == .plain || scalar.style == .any
      return .scalar(ManifestVariable.expanded(scalar.string), isQuoted: !plain, line: own)
    case .sequence(let sequence):
      return .list(try sequence.map { try self.node($0, at: $0.mark?.line ?? own) }, line: own)
    case .mapping(let mapping): return .map(try entries(of: mapping, at: own), line: own)
    case .alias: throw Fault(line: line, reason: "an alias that could not be followed")
    }
  }

  /// Own keys count before merged ones, wherever the merge stands; of several merges the first one that has a key.
  private mutating func entries(
    of mapping: Node.Mapping, at line: Int
  ) throws -> [ManifestNode.Entry] {
    var own: [ManifestNode.Entry] = []
    var merged: [ManifestNode.Entry] = []
    for (key, value) in mapping {
      let place = key.mark?.line ?? line
      guard case .scalar(let name) = key else {
        throw Fault(line: place, reason: "a key that is no text", isTemplate: true)
      }
      let read = try node(value, at: place)
      if name.string == Self.merge, name.style == .plain || name.style == .any {
        merged += try parts(of: read, at: place)
      } else {
        last = max(last, place)
        own.append(.init(key: ManifestVariable.expanded(name.string), line: place, value: read))
      }
    }
    for entry in merged where !own.contains(where: { $0.key == entry.key }) { own.append(entry) }
    return own
  }

  private func parts(of node: ManifestNode, at line: Int) throws -> [ManifestNode.Entry] {
    switch node {
    case .map(let entries, _): return entries
    case .list(let items, _) where items.allSatisfy({ if case .map = $0 { true } else { false } }):
      return try items.flatMap { try parts(of: $0, at: line) }
    default: throw Fault(line: line, reason: "`<<` merges keys and values, or a list of such")
    }
  }
}

/// Aliases and collections in the place of a key: comparing such keys would unfold them without end.
enum AliasKeys {
  /// The first line with one; nil where there is none.
  static func line(in text: String) -> Int? {
    guard text.contains("*") else { return nil }
    let pattern =
      #/
      (?: ^ | [\s{,\[] ) \? \s+ [-*&\[{]
      | (?: ^ | [\s{,\[?] ) \* [^\s,\[\]{}]+ \s+ : (?: \s | $ )
      | (?: ^ | [\s{,] ) [\[{] [^\]}"']* \* [^\]}"']* [\]}] \s* : (?: \s | $ )
      /#
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      guard line.contains("*"), !line.drop(while: { $0 == " " }).hasPrefix("#") else { continue }
      if line.contains(pattern) { return number }
    }
    return nil
  }
}
