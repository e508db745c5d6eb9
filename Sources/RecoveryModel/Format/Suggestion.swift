/// "Did you mean": the known name that a mistyped one was probably meant to be.
package enum Suggestion {
  /// The candidate with the fewest edits away, upper and lower case alike; nil when none is near enough (a third of
  /// the longer name, at least one edit). Ties go to the first.
  package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    // Nobody mistypes so much; the comparison is quadratic.
    guard !name.isEmpty, name.count <= 100 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate.count <= 100 {
      let distance = edits(name, candidate)
      let allowed = max(1, max(name.count, candidate.count) / 3)
      if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// All candidates, the fewest edits away first, then in the order of the alphabet.
  package static func nearestFirst(
    to name: String, among candidates: some Sequence<String>
  )
    -> [String]
  {
    let wanted = Array(name.lowercased().prefix(100))
    return candidates.map { ($0, edits(wanted, Array($0.lowercased().prefix(100)))) }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
  }

  /// Insertions, deletions, replacements and swaps of neighbours, upper and lower case alike.
  package static func edits(_ left: String, _ right: String) -> Int {
    edits(Array(left.lowercased()), Array(right.lowercased()))
  }

  static func edits(_ left: [Character], _ right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, leftCharacter) in left.enumerated() {
      var current = [row + 1]
      for (column, rightCharacter) in right.enumerated() {
        var cost = min(
          last[column] + (leftCharacter == rightCharacter ? 0 : 1), last[column + 1] + 1,
          current[column] + 1)
        if row > 0, column > 0, leftCharacter == right[column - 1], left[row - 1] == rightCharacter
        {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
