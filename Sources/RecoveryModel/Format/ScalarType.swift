/// What a scalar is to an API server, after the YAML that kubectl reads (1.1).
package enum ScalarType: Sendable {
  case text, integer, number, boolean, null

  package var words: String {
    switch self {
    case .text: "text"
    case .integer, .number: "a number"
    case .boolean: "true or false"
    case .null: "nothing"
    }
  }

  /// Of a plain scalar: a quoted one is text.
  package init(plain text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE", "false", "False", "FALSE", "yes", "Yes", "YES", "no", "No", "NO",
      "on", "On", "ON", "off", "Off", "OFF":
      self = .boolean
    default: self = Self.number(text)
    }
  }

  private static func number(_ text: String) -> ScalarType {
    let digits = text.drop { $0 == "-" || $0 == "+" }
    guard text.count - digits.count <= 1, let first = digits.first else { return .text }
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(digits)) { return .number }
    guard first == "." || first.isASCII && first.isNumber else { return .text }
    let plain = digits.filter { $0 != "_" }
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where plain.hasPrefix(prefix) {
      return UInt64(plain.dropFirst(2), radix: radix) == nil ? .text : .integer
    }
    if plain.allSatisfy({ $0.isASCII && $0.isNumber }) { return .integer }
    // Swift reads hexadecimal floats too, which YAML does not.
    guard plain.allSatisfy({ $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }),
      Double(plain) != nil
        || plain.hasSuffix(".") && Double(plain.dropLast()) != nil
    else { return .text }
    return .number
  }
}
