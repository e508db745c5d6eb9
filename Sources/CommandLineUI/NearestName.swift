import RecoveryModel

/// What to offer for a cluster's name that is not known.
enum NearestName {
  /// `did you mean auth-db?`, or the list of what there is.
  static func hint(for name: String, among known: [String]) -> String {
    guard !known.isEmpty else { return "the configuration declares no cluster" }
    if let nearest = Suggestion.nearest(to: name, among: known) {
      return "did you mean \(Sanitizer.clean(nearest))?"
    }
    return "known: \(known.map { Sanitizer.clean($0) }.joined(separator: ", "))"
  }
}
