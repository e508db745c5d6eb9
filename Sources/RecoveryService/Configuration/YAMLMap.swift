import RecoveryModel
import Yams

/// A YAML mapping that is being read key by key. It collects problems instead of throwing, so that the user
/// sees all of them at once; every key must be asked for before `finish` or it counts as unknown.
struct YAMLMap {
  let file: String
  /// Path of the mapping itself, as `clusters[0].targets`; empty at the top.
  let path: String
  let line: Int?
  private let mapping: Node.Mapping
  private var known: [String] = []
  private(set) var problems: [ConfigurationProblem] = []

  init(_ mapping: Node.Mapping, file: String, path: String, line: Int?) {
    self.mapping = mapping
    self.file = file
    self.path = path
    self.line = line
  }

  /// The node under `key`; nil where it is absent or empty.
  mutating func node(_ key: String) -> Node? {
    known.append(key)
    guard let node = mapping[Node(key)], node.null == nil || node.isQuoted else { return nil }
    return node
  }

  mutating func text(_ key: String) -> String? {
    guard let node = node(key) else { return nil }
    guard let scalar = node.scalar, !scalar.string.isEmpty else {
      expected("some text", of: key, found: node)
      return nil
    }
    return scalar.string
  }

  /// Seconds.
  mutating func duration(_ key: String, allowsZero: Bool = false) -> Double? {
    guard let node = node(key) else { return nil }
    guard let seconds = node.scalar.flatMap({ DurationText.seconds($0.string) }),
      seconds > 0 || allowsZero
    else {
      expected(DurationText.expected + (allowsZero ? "" : ", more than 0"), of: key, found: node)
      return nil
    }
    return seconds
  }

  /// A plain number, 0 to 1000, such as a price.
  mutating func amount(_ key: String) -> Double? {
    guard let node = node(key) else { return nil }
    guard let value = node.scalar.flatMap({ Double($0.string) }), (0...1000).contains(value) else {
      expected("a number from 0 to 1000, as 0.005", of: key, found: node)
      return nil
    }
    return value
  }

  mutating func flag(_ key: String) -> Bool? {
    guard let node = node(key) else { return nil }
    guard let value = node.bool else {
      expected("true or false", of: key, found: node)
      return nil
    }
    return value
  }

  /// The mapping under `key`, to be handed to `absorb` when it has been read.
  mutating func map(_ key: String) -> YAMLMap? {
    guard let node = node(key) else { return nil }
    guard let mapping = node.mapping else {
      expected("keys and values below it", of: key, found: node)
      return nil
    }
    return YAMLMap(mapping, file: file, path: full(key), line: self.line(of: key))
  }

  mutating func list(_ key: String, of what: String) -> [Node]? {
    guard let node = node(key) else { return nil }
    guard let sequence = node.sequence else {
      expected("a list of \(what)", of: key, found: node)
      return nil
    }
    return Array(sequence)
  }

  /// Takes over what a part of this mapping complained about.
  mutating func absorb(_ part: YAMLMap) { problems += part.problems }
  mutating func absorb(_ found: [ConfigurationProblem]) { problems += found }

  mutating func expected(_ expected: String, of key: String, found node: Node, advice: String = "")
  {
    report(expected, of: key, found: describe(node, key: key), advice: advice)
  }

  mutating func report(
    _ expected: String, of key: String, found: String, advice: String = ""
  ) {
    problems.append(
      ConfigurationProblem(
        file: file, line: line(of: key), key: full(key), expected: expected, found: found,
        advice: advice))
  }

  mutating func missing(_ key: String, expected: String) {
    problems.append(
      ConfigurationProblem(
        file: file, line: line, key: full(key), expected: expected, found: "nothing"))
  }

  /// Complains about every key that nobody asked for.
  mutating func finish() {
    for (node, _) in mapping {
      guard let key = node.scalar?.string else {
        problems.append(
          ConfigurationProblem(
            file: file, line: node.mark?.line, key: path, expected: "plain text as a key",
            found: "a list or a map"))
        continue
      }
      guard !known.contains(key) else { continue }
      let nearest = Suggestion.nearest(to: key, among: known)
      problems.append(
        ConfigurationProblem(
          file: file, line: node.mark?.line, key: full(key), expected: "a known key",
          found: "`\(Sanitizer.clean(key, limit: 60))`",
          advice: nearest.map { "did you mean `\($0)`?" }
            ?? "known here: \(known.sorted().joined(separator: ", "))"))
    }
  }

  func has(_ key: String) -> Bool { mapping[Node(key)] != nil }

  func full(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

  func line(of key: String) -> Int? {
    mapping.first { $0.key.scalar?.string == key }?.key.mark?.line ?? line
  }
}

/// What stands there, short and safe to print; values that may hold a password are not shown.
func describe(_ node: Node, key: String) -> String {
  switch node {
  case .mapping: return "keys and values"
  case .sequence: return "a list"
  case .alias: return "an alias"
  case .scalar(let scalar):
    if key == "conninfo" || key.contains("password") { return "a value that is not shown" }
    return scalar.string.isEmpty ? "nothing" : "`\(Sanitizer.clean(scalar.string, limit: 60))`"
  }
}

extension Node {
  /// `""` and `"~"` are text, not an absent value.
  fileprivate var isQuoted: Bool {
    guard let style = scalar?.style else { return false }
    return style == .singleQuoted || style == .doubleQuoted
  }
}
