import FoundationEssentials

extension String {
  /// What follows the first `marker`; nil without it.
  package func after(_ marker: String) -> String? {
    guard let range = firstRange(of: marker) else { return nil }
    return String(self[range.upperBound...])
  }

  /// What stands between the first of these marks; nil without them.
  package func between(_ start: String, and end: String) -> String? {
    guard let rest = after(start), let range = rest.firstRange(of: end) else { return nil }
    return String(rest[..<range.lowerBound])
  }

  package var firstWord: Substring { prefix { !$0.isWhitespace } }
}
