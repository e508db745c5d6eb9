/// Takes out what must not be shown: passwords, keys, signatures. Logs of failing requests are full of them.
package enum Redaction {
  private static let mark = "***"

  /// Names whose value is a secret, in lower case without `-` and `_`.
  private static let secretNames: Set<String> = [
    "password", "passwd", "pgpassword", "passphrase", "secret", "secretkey", "secretaccesskey",
    "awssecretaccesskey", "accesskey", "accesskeyid", "awsaccesskeyid", "sessiontoken",
    "awssessiontoken", "token", "xamzsignature", "xamzcredential", "xamzsecuritytoken",
    "signature", "sig", "accountkey", "sharedaccesskey", "sharedaccesssignature", "apikey",
    "authorization", "bearer", "stringtosign", "stringtosignbytes", "canonicalrequest",
  ]

  package static func apply(to text: String) -> String {
    guard text.contains(where: { "=:>".contains($0) }) || text.contains("AKIA") else { return text }
    var result = ""
    result.reserveCapacity(text.count)
    var rest = Substring(text)
    while let cut = rest.firstIndex(where: { "=:>@".contains($0) }) {
      let end = rest.index(after: cut)
      let before = rest[..<cut]
      result += before
      result.append(rest[cut])
      rest = rest[end...]
      switch text[cut] {
      case "@":
        result = withoutLogin(result)
      case let separator where isSecret(name(before), separator, rest): rest = skip(rest, &result)
      default: break
      }
    }
    result += rest
    return withoutKeyIDs(result)
  }

  /// The word right before the separator, as names are compared.
  private static func name(_ before: Substring) -> String {
    let trimmed = before.reversed().drop { "\"' ".contains($0) }
    let word = trimmed.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
    return String(word.reversed()).lowercased().filter { $0 != "-" && $0 != "_" }
  }

  private static func isSecret(
    _ name: String, _ separator: Character, _ rest: Substring
  ) -> Bool {
    guard secretNames.contains(name) else { return false }
    // `token: expected…` is prose; a value follows without a sentence.
    let value = rest.drop { "\"' ".contains($0) }.prefix { !" \"'&<>,;)".contains($0) }
    guard !value.isEmpty, !value.hasPrefix("/") else { return false }
    return separator != ":" || value.count >= 6 || rest.first == "\""
  }

  private static func skip(_ rest: Substring, _ result: inout String) -> Substring {
    let lead = rest.prefix { "\"' ".contains($0) }
    result += lead + mark
    var tail = rest.dropFirst(lead.count)
    if tail.lowercased().hasPrefix("bearer ") || tail.lowercased().hasPrefix("basic ") {
      tail = tail.drop { $0 != " " }.drop { $0 == " " }
    }
    return tail.drop { !" \"'&<>,;)".contains($0) }
  }

  /// `scheme://user:password@` becomes `scheme://***@`.
  private static func withoutLogin(_ text: String) -> String {
    guard let scheme = text.ranges(of: "://").last else { return text }
    let login = text[scheme.upperBound...].dropLast()
    guard login.contains(":"), !login.contains(where: { " /\"'".contains($0) }) else { return text }
    return text[..<scheme.upperBound] + mark + "@"
  }

  /// Access key ids of AWS: twenty capitals.
  private static func withoutKeyIDs(_ text: String) -> String {
    guard text.contains("AKIA") || text.contains("ASIA") else { return text }
    return text.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
      for prefix in ["AKIA", "ASIA"] {
        guard let range = word.firstRange(of: prefix) else { continue }
        let id = word[range.lowerBound...].prefix { $0.isUppercase || $0.isNumber }
        if id.count >= 16 { return String(word).replacing(String(id), with: prefix + mark) }
      }
      return String(word)
    }.joined(separator: " ")
  }
}
