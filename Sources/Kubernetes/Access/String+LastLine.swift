import RecoveryModel

extension String {
  /// The last line that says something.
  var lastLine: String {
    split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }.map { $0.trimmed } ?? ""
  }
}
