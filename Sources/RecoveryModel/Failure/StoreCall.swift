/// An object store's refusal as botocore words it: `An error occurred (CODE) when calling the OP operation: TEXT`.
struct StoreCall {
  var code: String
  var operation: String
  var said: String

  init?(_ text: String) {
    guard let begin = text.firstRange(of: "An error occurred (") else { return nil }
    let rest = text[begin.upperBound...]
    guard let end = rest.firstRange(of: ") when calling the "),
      let named = rest[end.upperBound...].firstRange(of: " operation")
    else { return nil }
    code = String(rest[..<end.lowerBound])
    operation = String(rest[end.upperBound..<named.lowerBound])
    var tail = rest[named.upperBound...]
    guard !code.isEmpty, code.count <= 80, operation.count <= 80 else { return nil }
    if tail.hasPrefix(" (") { tail = tail.drop { $0 != ")" }.dropFirst() }
    tail = tail.hasPrefix(": ") ? tail.dropFirst(2) : tail.drop { ": ".contains($0) }
    // Where the whole stands in parentheses the last one is not its own.
    let isInner = text[..<begin.lowerBound].last == "("
    if isInner, let last = tail.lastIndex(of: ")") { tail = tail[..<last] }
    said = tail.trimmed
  }

  /// `SignatureDoesNotMatch (PutObject)`, with what the store says where it says anything.
  var words: String {
    let call = "\(code) (\(operation))"
    return ["", "None", "Unknown", code].contains(said) ? call : "\(call): \(said)"
  }

  /// The same out of an S3 error document: `CODE: MESSAGE`.
  static func answer(_ text: String) -> String? {
    guard let code = element("Code", text), !code.contains(" ") else { return nil }
    guard let message = element("Message", text), message != code else { return code }
    return "\(code): \(message)"
  }

  private static func element(_ name: String, _ text: String) -> String? {
    guard let open = text.firstRange(of: "<\(name)>"),
      let close = text[open.upperBound...].firstRange(of: "</\(name)>")
    else { return nil }
    let inner = text[open.upperBound..<close.lowerBound]
    return inner.isEmpty ? nil : String(inner)
  }
}

/// Pages that a proxy answers with instead of an error.
enum MarkupText {
  private static let marks = ["<html", "<HTML", "<!DOCTYPE", "<!doctype", "<body", "<title", "<h1"]

  /// The words of a page without its tags; any other text as it is, an S3 document among them.
  static func plain(_ text: String) -> String {
    guard marks.contains(where: text.contains) else { return text }
    var plain = ""
    var isTag = false
    for character in text {
      switch character {
      case "<":
        isTag = true
        plain.append(" ")
      case ">" where isTag: isTag = false
      default: if !isTag { plain.append(character) }
      }
    }
    return plain
  }
}
