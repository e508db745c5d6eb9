import RecoveryModel

/// `${NAME}` and `$NAME`, as Flux and envsubst put values in before anything is applied.
package enum ManifestVariable {
  /// The text with the default of each variable that has one in its place: `${A:=x}`, `${A:-x}`, `${A=x}`, `${A-x}`.
  package static func expanded(_ text: String) -> String {
    guard text.contains("${") else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "$") {
      result += rest[..<start]
      rest = rest[start...]
      guard let variable = Variable(rest), let value = variable.fallback else {
        // `$${` stands for `${` itself.
        let isEscape = rest.hasPrefix("$${")
        let length = isEscape ? 3 : Variable(rest)?.length ?? 1
        result += rest.prefix(length)
        rest = rest.dropFirst(length)
        continue
      }
      result += expanded(String(value))
      rest = rest.dropFirst(variable.length)
    }
    return result + rest
  }

  /// Something in it is known only to whoever applies it.
  package static func isOpen(_ text: String) -> Bool { name(in: text) != nil }

  /// The first variable in it, as it is written; nil where there is none.
  static func name(in text: String) -> String? {
    var rest = text[...]
    while let start = rest.firstIndex(of: "$") {
      rest = rest[start...]
      if rest.hasPrefix("$$") {
        rest = rest.dropFirst(2)
      } else if let variable = Variable(rest) {
        return String(rest.prefix(variable.length))
      } else {
        rest = rest.dropFirst()
      }
    }
    return nil
  }

  /// One at the beginning of a text.
  private struct Variable {
    /// Characters, from the dollar to the brace.
    var length: Int
    /// nil = it has none.
    var fallback: Substring?

    init?(_ text: Substring) {
      let isBraced = text.hasPrefix("${")
      let rest = text.dropFirst(isBraced ? 2 : 1)
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      guard let first = name.first, !first.isNumber else { return nil }
      guard isBraced else {
        // A dollar before a small letter is rather a part of some text, as in a password.
        guard name.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" }) else { return nil }
        length = 1 + name.count
        return
      }
      guard let inside = Self.inside(rest) else { return nil }
      length = 3 + inside.count
      let operation = inside.dropFirst(name.count)
      for sign in [":=", ":-", "=", "-"] where operation.hasPrefix(sign) {
        fallback = operation.dropFirst(sign.count)
        return
      }
    }

    /// Up to the brace that closes it.
    private static func inside(_ text: Substring) -> Substring? {
      var depth = 1
      for index in text.indices {
        switch text[index] {
        case "{": depth += 1
        case "}": depth -= 1
        default: break
        }
        if depth == 0 { return text[..<index] }
      }
      return nil
    }
  }
}

extension ManifestNode {
  /// A scalar with a variable that has no default.
  var hasVariable: Bool { text.map(ManifestVariable.isOpen) ?? false }
}
