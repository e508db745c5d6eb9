import Glibc

/// A `pattern` of a schema, as a POSIX extended expression: what the CRDs use is the same in both languages.
/// Unchecked: a compiled expression is only read, and glibc's regexec may be called from several threads.
final class Pattern: @unchecked Sendable {
  let text: String
  private let expression = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)

  /// Throws for what glibc does not read, and for escapes that mean something else to it.
  init(_ text: String) throws {
    self.text = text
    for (escape, next) in zip(text, text.dropFirst()) where escape == "\\" {
      guard !next.isLetter && !next.isNumber else {
        throw StandInError("the pattern \(text) has an escape that is not known here")
      }
    }
    guard regcomp(expression, text, REG_EXTENDED | REG_NOSUB) == 0 else {
      throw StandInError("the pattern \(text) does not compile")
    }
  }

  deinit {
    regfree(expression)
    expression.deallocate()
  }

  func matches(_ value: String) -> Bool { regexec(expression, value, 0, nil, 0) == 0 }
}
