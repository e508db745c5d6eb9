import RecoveryModel

/// Names in commands that somebody copies.
package enum ShellWord {
  /// As it is where it is a name of Kubernetes, else in quotes.
  package static func quoted(_ text: String) -> String {
    let name = Sanitizer.clean(text, limit: 80)
    let isName = name.utf8.allSatisfy {
      (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46
    }
    return isName && !name.isEmpty ? name : "'" + name.replacing("'", with: "") + "'"
  }
}
