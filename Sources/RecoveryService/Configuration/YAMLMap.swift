import RecoveryModel
import YAMLReading

/// A YAML mapping that is being read key by key. It collects problems instead of throwing, so that the user
/// sees all of them at once; every key must be asked for before `finish` or it counts as unknown.
struct YAMLMap {
  let file: String
  /// Path of the mapping itself, as `clusters[0].targets`; empty at the top.
  let path: String
  let line: Int?
  private let entries: [YAMLNode.Entry]
  private var known: [String] = []
  private(set) var problems: [ConfigurationProblem] = []

  init(_ entries: [YAMLNode.Entry], file: String, path: String, line: Int?) {
    self.entries = entries
    self.file = file
    self.path = path
    self.line = line
  }

  /// The node under `key`; nil where it is absent or empty.
  mutating func node(_ key: String) -> YAMLNode? {
    known.append(key)
    return entry(key).flatMap { $0.value.isNull ? nil : $0.value }
  }

  /// The same of a key that is there to have a value: one without is no way to ask for the default.
  mutating func value(_ key: String) -> YAMLNode? {
    if let node = node(key) { return node }
    if has(key) {
      report("a value", of: key, found: "nothing", advice: "leave the key out for its default")
    }
    return nil
  }

  mutating func text(_ key: String) -> String? {
    guard let node = value(key) else { return nil }
    guard let scalar = node.scalar, !scalar.text.isEmpty else {
      expected("some text", of: key, found: node)
      return nil
    }
    return scalar.text
  }

  /// Seconds.
  mutating func duration(_ key: String, allowsZero: Bool = false) -> Double? {
    guard let node = value(key) else { return nil }
    guard let seconds = node.scalar.flatMap({ DurationText.seconds($0.text) }),
      seconds > 0 || allowsZero
    else {
      expected(
        DurationText.expected + (allowsZero ? "" : ", more than 0"), of: key, found: node,
        advice: node.scalar.flatMap { DurationText.advice(for: $0.text) } ?? "")
      return nil
    }
    return seconds
  }

  /// A size of memory as PostgreSQL spells it, with its unit: to a server a bare number means blocks.
  mutating func memory(_ key: String) -> String? {
    guard let node = value(key) else { return nil }
    let text = node.scalar?.text.filter { $0 != " " } ?? ""
    let digits = text.prefix { ("0"..."9").contains($0) }
    let unit = text.dropFirst(digits.count)
    guard !digits.isEmpty, ["kB", "MB", "GB", "TB"].contains(unit) else {
      let advice = "a number has a unit: write \(digits)MB or \(digits)GB"
      expected(
        "a size such as 128MB or 2GB", of: key, found: node,
        advice: !digits.isEmpty && unit.isEmpty ? advice : "")
      return nil
    }
    return text
  }

  /// A plain number, 0 to 1000, such as a price.
  mutating func amount(_ key: String) -> Double? {
    guard let node = value(key) else { return nil }
    guard let value = node.scalar.flatMap({ Double($0.text) }), (0...1000).contains(value) else {
      expected("a number from 0 to 1000, as 0.005", of: key, found: node)
      return nil
    }
    return value
  }

  mutating func flag(_ key: String) -> Bool? {
    guard let node = value(key) else { return nil }
    guard let value = node.scalar?.bool else {
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

  mutating func list(_ key: String, of what: String) -> [YAMLNode]? {
    guard let node = node(key) else { return nil }
    guard let sequence = node.sequence else {
      expected("a list of \(what)", of: key, found: node)
      return nil
    }
    return sequence
  }

  /// Takes over what a part of this mapping complained about.
  mutating func absorb(_ part: YAMLMap) { problems += part.problems }
  mutating func absorb(_ found: [ConfigurationProblem]) { problems += found }

  mutating func expected(
    _ expected: String, of key: String, found node: YAMLNode, advice: String = ""
  ) {
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
    for entry in entries {
      let line = entry.key.mark.line
      guard let key = entry.key.scalar?.text else {
        problems.append(
          ConfigurationProblem(
            file: file, line: line, key: path, expected: "plain text as a key",
            found: "a list or a map"))
        continue
      }
      guard !known.contains(key) else { continue }
      let nearest = Suggestion.nearest(to: key, among: known)
      problems.append(
        ConfigurationProblem(
          file: file, line: line, key: full(key), expected: "a known key",
          found: "`\(Sanitizer.clean(key, limit: 60))`",
          advice: nearest.map { "did you mean `\($0)`?" }
            ?? "known here: \(known.sorted().joined(separator: ", "))"))
    }
  }

  /// Of its keys and of all below them, as `drill.place` and `instances[0].conninfo`.
  var keyLines: [String: Int] {
    var lines: [String: Int] = [:]
    Self.note(entries, under: "", in: &lines)
    return lines
  }

  private static func note(
    _ entries: [YAMLNode.Entry], under path: String, in lines: inout [String: Int]
  ) {
    for entry in entries {
      guard let key = entry.key.scalar?.text else { continue }
      lines[path + key] = entry.key.mark.line
      note(entry.value, at: path + key, in: &lines)
    }
  }

  private static func note(_ node: YAMLNode, at path: String, in lines: inout [String: Int]) {
    note(node.mapping ?? [], under: path + ".", in: &lines)
    for (index, below) in (node.sequence ?? []).enumerated() {
      lines["\(path)[\(index)]"] = below.mark.line
      note(below, at: "\(path)[\(index)]", in: &lines)
    }
  }

  func has(_ key: String) -> Bool { entry(key) != nil }

  func full(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

  func line(of key: String) -> Int? { entry(key)?.key.mark.line ?? line }

  private func entry(_ key: String) -> YAMLNode.Entry? {
    entries.first { $0.key.scalar?.text == key }
  }
}

/// What stands there, short and safe to print; values that may hold a password are not shown.
func describe(_ node: YAMLNode, key: String) -> String {
  switch node.content {
  case .mapping: return "keys and values"
  case .sequence: return "a list"
  case .scalar(let scalar):
    if key == "conninfo" || key.contains("password") { return "a value that is not shown" }
    return scalar.text.isEmpty ? "nothing" : "`\(Sanitizer.clean(scalar.text, limit: 60))`"
  }
}
