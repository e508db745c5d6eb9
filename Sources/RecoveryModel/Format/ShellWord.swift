/// Words of commands that somebody copies.
package enum ShellWord {
  /// As it is where it is a name of Kubernetes, else in quotes; whole, since half a command does something else.
  package static func quoted(_ text: String) -> String {
    let name = Sanitizer.clean(text, limit: text.count + 1)
    let isName = name.utf8.allSatisfy {
      (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46
    }
    return isName && !name.isEmpty ? name : "'" + name.replacing("'", with: "'\\''") + "'"
  }

  /// One argument of a POSIX shell, whatever it holds: quoted only where it must be. nil for what no line can hold:
  /// control characters, and what could look like something else.
  package static func argument(_ text: String) -> String? {
    guard Sanitizer.clean(text, limit: text.count + 1) == text else { return nil }
    let isPlain = text.utf8.allSatisfy {
      (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
        || "-_./:=+,@%".utf8.contains($0)
    }
    if isPlain, !text.isEmpty { return text }
    return "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// A command of such arguments; nil where one of them cannot be written.
  package static func command(_ words: [String]) -> String? {
    var shown: [String] = []
    for word in words {
      guard let argument = argument(word) else { return nil }
      shown.append(argument)
    }
    return shown.joined(separator: " ")
  }
}
