import ManifestLint
import RecoveryModel

/// What is no manifest yet: Helm and Jinja make one of it.
struct Template {
  /// Counted from 1.
  var line: Int
  private var isHelm: Bool

  var advice: String {
    isHelm
      ? "a Helm template: render it first (helm template | pgvigil lint -)"
      : "a template ({% … %}): render it first"
  }

  /// By its text: the first mark that stands neither in quotes nor in a comment.
  init?(in text: String) {
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      guard let isHelm = Self.mark(in: line) else { continue }
      self.line = number
      self.isHelm = isHelm
      return
    }
    return nil
  }

  /// By a value of a kind of CloudNativePG's: in quotes it is YAML, and means nothing all the same. Annotations and labels
  /// may hold anything.
  init?(in manifest: Manifest) {
    guard Linter.judges(manifest), manifest.kind != "Secret" else { return nil }
    let places = [["spec"], ["metadata", "name"], ["metadata", "namespace"]]
    guard let line = places.lazy.compactMap({ manifest.root[$0].flatMap(Self.line) }).first else {
      return nil
    }
    self.line = line
    isHelm = true
  }

  private static func line(in node: ManifestNode) -> Int? {
    switch node {
    case .scalar(let text, _, let line):
      isAction(text) ? line : nil
    case .list(let items, _): items.lazy.compactMap(line).first
    case .map(let entries, _): entries.lazy.compactMap { line(in: $0.value) }.first
    }
  }

  /// `{{ .Values.name }}`, and not a literal of nested arrays.
  private static func isAction(_ text: String) -> Bool {
    guard let start = text.firstRange(of: "{{"), let next = text[start.upperBound...].first,
      " -.$".contains(next)
    else { return false }
    return text[start.upperBound...].contains("}}")
  }

  private static func mark(in line: Substring) -> Bool? {
    var quote: Character?
    var last: Character = " "
    for character in line {
      switch (quote, character) {
      case (.some(let open), _): if character == open { quote = nil }
      case (nil, "\""), (nil, "'"): quote = character
      case (nil, "#") where last == " ": return nil
      case (nil, "{") where last == "{": return true
      case (nil, "%") where last == "{": return false
      default: break
      }
      last = character
    }
    return nil
  }
}
