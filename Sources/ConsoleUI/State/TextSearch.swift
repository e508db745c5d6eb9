/// A filter as typed: a text that must be contained, or after a `!` must not.
struct TextFilter {
  private let search: TextSearch
  private let isInverse: Bool

  init(_ filter: String) {
    // A lone ! is the beginning of something, and hides nothing yet.
    isInverse = filter.hasPrefix("!") && filter != "!"
    search = TextSearch(filter.hasPrefix("!") ? String(filter.dropFirst()) : filter)
  }

  /// `letters` as `TextSearch.letters` gives them.
  func admits(_ letters: [UInt8]) -> Bool { search.isFound(in: letters) != isInverse }
}

/// A text looked for in others whatever their letter case, byte by byte: a thousand of them at every
/// keystroke of a filter.
struct TextSearch {
  private let wanted: [UInt8]

  init(_ text: String) { wanted = Self.letters(text) }

  /// The text in small letters.
  static func letters(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

  func isFound(in text: String) -> Bool { isFound(in: Self.letters(text)) }

  func isFound(in letters: [UInt8]) -> Bool {
    guard let first = wanted.first else { return true }
    guard letters.count >= wanted.count else { return false }
    return (0...letters.count - wanted.count).contains { start in
      letters[start] == first
        && letters[start..<start + wanted.count].elementsEqual(wanted)
    }
  }
}
