import RecoveryModel

/// What to do, with the keys that do it here: others name commands alone.
enum Remedy {
  /// `Take a base backup: pgvigil backup db` as `Take a base backup: press b, or run: pgvigil backup db`.
  static func withKeys(_ text: String) -> String {
    CommandTable.rows.reduce(text) { text, row in
      guard let subcommand = row.subcommand, let key = row.keys.first else { return text }
      let command = "pgvigil \(subcommand)"
      guard let place = text.firstRange(of: command),
        place.upperBound == text.endIndex || !text[place.upperBound].isLetter
      else { return text }
      return text[..<place.lowerBound] + "press \(key.name), or run: " + text[place.lowerBound...]
    }
  }
}
