import RecoveryModel

/// What an API server would drop or refuse of an object, by its kind's schema.
struct SchemaCheck {
  enum Problem: Equatable {
    /// Dropped without a word, or refused where the client asks for that; the keys that there are.
    case unknownKey(path: [String], line: Int, known: [String])
    /// Refused; in words.
    case wrongValue(path: [String], line: Int, String)
    /// Refused.
    case missingKey(path: [String], line: Int)
  }

  private(set) var problems: [Problem] = []

  static func problems(of root: ManifestNode, _ schema: SchemaNode) -> [Problem] {
    var check = SchemaCheck()
    check.look(at: root, schema, path: [], line: root.line)
    return check.problems
  }

  /// `line` is that of the key, which a person looks for.
  private mutating func look(
    at node: ManifestNode, _ schema: SchemaNode, path: [String], line: Int
  ) {
    // An empty key is as good as none: the server drops nulls.
    guard !node.isNull, !node.hasVariable else { return }
    switch (schema, node) {
    case (.any, _): break
    case (.object(let fields), .map(let entries, _)):
      look(at: entries, fields, path: path, line: line)
    case (.map(let value), .map(let entries, _)):
      for entry in entries {
        look(at: entry.value, value, path: path + [entry.key], line: entry.line)
      }
    case (.list(let element), .list(let items, _)):
      for (index, item) in items.enumerated() {
        look(at: item, element, path: path + ["[\(index)]"], line: item.line)
      }
    default:
      if let words = node.fault(of: schema) {
        problems.append(.wrongValue(path: path, line: line, words))
      }
    }
  }

  private mutating func look(
    at entries: [ManifestNode.Entry], _ fields: [SchemaNode.Field], path: [String], line: Int
  ) {
    for entry in entries {
      if let field = fields.first(where: { $0.name == entry.key }) {
        look(at: entry.value, field.value, path: path + [entry.key], line: entry.line)
      } else if !ManifestVariable.isOpen(entry.key) {
        problems.append(
          .unknownKey(path: path + [entry.key], line: entry.line, known: fields.map(\.name)))
      }
    }
    for field in fields where field.isRequired {
      guard entries.first(where: { $0.key == field.name })?.value.isNull ?? true else { continue }
      problems.append(.missingKey(path: path + [field.name], line: line))
    }
  }
}

extension ManifestNode {
  /// Why the server would refuse it as that, in words; nil = it would not.
  fileprivate func fault(of schema: SchemaNode) -> String? {
    guard case .scalar(let text, _, _) = self else {
      let found = if case .list = self { "a list" } else { "keys and values" }
      return "\(found), and must be \(schema.words)"
    }
    let shown = "`\(Sanitizer.clean(text, limit: 60))`"
    switch (schema, scalarType) {
    case (.text(let words, let pattern, let isFilled), .text):
      if !words.isEmpty, !words.contains(text) {
        let nearest = Suggestion.nearest(to: text, among: words).map { "; did you mean \($0)?" }
        return "\(shown), and must be one of \(words.joined(separator: ", "))\(nearest ?? "")"
      }
      if isFilled, text.isEmpty { return "empty, and must not be" }
      guard let pattern, let regex = try? Regex(pattern), text.firstMatch(of: regex) == nil else {
        return nil
      }
      return "\(shown), and must be like \(pattern)"
    case (.text, let type): return "\(type.words) (\(shown)), and must be text: quote it"
    case (.integer(let least, let most), .integer):
      guard let value = Int(text.filter { $0 != "_" }) else { return nil }
      if let least, value < least { return "\(shown), and must be at least \(least)" }
      if let most, value > most { return "\(shown), and must be at most \(most)" }
      return nil
    case (.boolean, .boolean), (.number, .integer), (.number, .number), (.integerOrText, .integer),
      (.integerOrText, .text):
      return nil
    case (.integer, .number):
      // JSON knows one kind of number: 3.0 is 3.
      return Double(text).map { $0 == $0.rounded() } ?? false
        ? nil : "\(shown), and must be \(schema.words)"
    case (.integerOrText, .number): return "\(shown), and must be a whole number or text: quote it"
    default:
      let unquoted = scalarType == .text ? isQuotedScalar ? ", without quotes" : "" : ""
      return "\(shown), and must be \(schema.words)\(unquoted)"
    }
  }
}

extension SchemaNode {
  fileprivate var words: String {
    switch self {
    case .any: "anything"
    case .text: "text"
    case .integer: "a whole number"
    case .number: "a number"
    case .boolean: "true or false"
    case .integerOrText: "a whole number or text"
    case .list: "a list"
    case .map, .object: "keys and values"
    }
  }
}
