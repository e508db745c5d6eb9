import RecoveryModel

/// What to offer for a cluster's name that is not known.
enum NearestName {
  /// Longest list of names in a sentence.
  private static let listed = 10

  /// The names in a row; of very many the first ones and how many more there are.
  static func list(_ names: [String]) -> String {
    let shown = names.prefix(listed).map { Sanitizer.clean($0) }.joined(separator: ", ")
    return names.count > listed ? "\(shown) and \(names.count - listed) more" : shown
  }

  /// `did you mean auth-db?`, or the list of what there is.
  static func hint(for name: String, among known: [String]) -> String {
    guard !known.isEmpty else { return "there is no cluster at all" }
    if let nearest = Suggestion.nearest(to: name, among: known) {
      return "did you mean \(Sanitizer.clean(nearest))?"
    }
    return "known: \(list(known))"
  }
}
