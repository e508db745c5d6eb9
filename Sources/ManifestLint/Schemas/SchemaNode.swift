import RecoveryModel

/// What an API server knows of a value: the structural part of a CRD's schema.
indirect enum SchemaNode: Sendable, Equatable {
  /// Anything: nothing is said, or unknown fields are kept.
  case any
  /// `words`: these alone; empty = any.
  case text(words: [String], pattern: String?, isFilled: Bool)
  case integer(least: Int?, most: Int?)
  case number
  case boolean
  /// `x-kubernetes-int-or-string`, as quantities and ports.
  case integerOrText
  case list(SchemaNode)
  /// Keys are free.
  case map(SchemaNode)
  case object([Field])

  struct Field: Sendable, Equatable {
    var name: String
    /// It must be written: nothing fills it in.
    var isRequired: Bool
    var value: SchemaNode

    init(name: String, isRequired: Bool, value: SchemaNode) {
      self.name = name
      self.isRequired = isRequired
      self.value = value
    }
  }

  var fields: [Field] {
    if case .object(let fields) = self { fields } else { [] }
  }
}

/// A schema's value in a line of text, and back: what `CustomResources` is written in.
///
/// `s` text, `s(a|b)` one of these words, `s+` not empty, `s~2` of the second pattern; `i` integer, `i1..1024` its
/// bounds; `n` number; `b` boolean; `q` integer or text; `[T]` list; `<T>` map; `{name:T other!:T}` object with what is
/// required; `@2` the second definition; `*` anything.
enum SchemaText {
  /// What stands once and is referred to by its number, counted from 1.
  struct Glossary: Sendable {
    var patterns: [String]
    var definitions: [SchemaNode]

    init(patterns: [String] = [], definitions: [SchemaNode] = []) {
      self.patterns = patterns
      self.definitions = definitions
    }
  }

  /// nil where it is no such text.
  static func read(_ text: String, _ glossary: Glossary) -> SchemaNode? {
    var reader = SchemaReader(text: Array(text), glossary: glossary)
    guard let node = reader.node(), reader.isAtEnd else { return nil }
    return node
  }
}

/// Reads `SchemaText` from left to right.
private struct SchemaReader {
  let text: [Character]
  let glossary: SchemaText.Glossary
  private var position = 0

  init(text: [Character], glossary: SchemaText.Glossary) {
    self.text = text
    self.glossary = glossary
  }

  var isAtEnd: Bool { position == text.count }

  mutating func node() -> SchemaNode? {
    guard let kind = next() else { return nil }
    switch kind {
    case "*": return .any
    case "n": return .number
    case "b": return .boolean
    case "q": return .integerOrText
    case "i": return integer()
    case "s": return words()
    case "@":
      guard let index = count(), glossary.definitions.indices.contains(index - 1) else {
        return nil
      }
      return glossary.definitions[index - 1]
    case "[": return element(until: "]").map { .list($0) }
    case "<": return element(until: ">").map { .map($0) }
    case "{": return object()
    default: return nil
    }
  }

  private mutating func element(until end: Character) -> SchemaNode? {
    guard let node = node(), take(end) else { return nil }
    return node
  }

  private mutating func integer() -> SchemaNode? {
    let least = count()
    guard take(".") else { return .integer(least: nil, most: nil) }
    guard take(".") else { return nil }
    return .integer(least: least, most: count())
  }

  private mutating func words() -> SchemaNode? {
    var words: [String] = []
    if take("(") {
      words = run { $0 != ")" }.split(separator: "|").map(String.init)
      guard take(")") else { return nil }
    }
    let isFilled = take("+")
    guard take("~") else { return .text(words: words, pattern: nil, isFilled: isFilled) }
    guard let index = count(), glossary.patterns.indices.contains(index - 1) else { return nil }
    return .text(words: words, pattern: glossary.patterns[index - 1], isFilled: isFilled)
  }

  private mutating func object() -> SchemaNode? {
    var fields: [SchemaNode.Field] = []
    while true {
      _ = run { $0 == " " || $0 == "\n" }
      if take("}") { return .object(fields) }
      let name = run { $0 != ":" && $0 != "!" && $0 != "}" }
      let isRequired = take("!")
      guard !name.isEmpty, take(":"), let value = node() else { return nil }
      fields.append(.init(name: name, isRequired: isRequired, value: value))
    }
  }

  private mutating func count() -> Int? { Int(run { $0.isASCII && $0.isNumber }) }

  private mutating func run(while isPart: (Character) -> Bool) -> String {
    let start = position
    while position < text.count, isPart(text[position]) { position += 1 }
    return String(text[start..<position])
  }

  private mutating func next() -> Character? {
    guard position < text.count else { return nil }
    position += 1
    return text[position - 1]
  }

  private mutating func take(_ character: Character) -> Bool {
    guard position < text.count, text[position] == character else { return false }
    position += 1
    return true
  }
}
