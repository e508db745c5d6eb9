import FoundationEssentials
import RecoveryModel
import Transports

extension String {
  /// Without white space at both ends.
  package var trimmed: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text.drop(while: \.isWhitespace))
  }

  /// The last line that says something.
  var lastLine: String {
    split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }.map { String($0).trimmed } ?? ""
  }
}
