/// Commands within a sentence, which somebody copies.
package enum PrintedCommand {
  package enum Piece: Sendable, Equatable {
    case words(String)
    case command(String)
  }

  private static let programs = [
    "pgvigil ", "kubectl ", "runuser ", "psql ", "aws s3 ", "rm -rf ", "systemctl ", "patronictl ",
    "pg_autoctl ", "pgbackrest --",
  ]
  /// Where one of these follows, the sentence tells of a command and is none.
  private static let verbs: Set<Substring> = [
    "answered", "answers", "asks", "cannot", "comes", "could", "does", "ended", "finds", "gives",
    "has", "is", "knows", "lists", "makes", "names", "needs", "opens", "prints", "reads",
    "removes", "says", "shows", "tells", "wants", "was",
  ]
  /// What stands before a command in a sentence.
  private static let announcements = [": ", "; ", "? "]
  /// What ends one in a sentence; none of them stands in a command of ours outside of quotes.
  private static let ends = ["; ", ", ", ". ", " ("]
  /// Of private use, and as wide as a blank.
  private static let glue: Character = "\u{E000}"

  /// The text in its order; put together again it is the same.
  package static func pieces(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    var words = text.startIndex
    var place = text.startIndex
    while place < text.endIndex {
      let end = isBegin(text[place...]) ? end(of: text[place...]) : place
      guard end > place, !verbs.contains(where: text[place..<end].split(separator: " ").contains)
      else {
        guard let next = behindAnnouncement(text[place...]) else { break }
        place = next
        continue
      }
      if words < place { pieces.append(.words(String(text[words..<place]))) }
      pieces.append(.command(String(text[place..<end])))
      (words, place) = (end, end)
    }
    if words < text.endIndex { pieces.append(.words(String(text[words...]))) }
    return pieces
  }

  /// The text with blanks that no line breaks at within its commands.
  package static func glued(_ text: String) -> String {
    pieces(text).map { piece in
      switch piece {
      case .words(let words): words
      case .command(let command): String(command.map { $0 == " " ? glue : $0 })
      }
    }.joined()
  }

  package static func unglued(_ line: String) -> String {
    String(line.map { $0 == glue ? " " : $0 })
  }

  private static func behindAnnouncement(_ text: Substring) -> Substring.Index? {
    announcements.compactMap { text.firstRange(of: $0)?.upperBound }.min()
  }

  /// Also a program that is named with its directory.
  private static func isBegin(_ text: Substring) -> Bool {
    if programs.contains(where: text.hasPrefix) { return true }
    let word = text.prefix { $0 != " " }
    return word.hasPrefix("/") && word.contains("/bin/") && word.endIndex < text.endIndex
  }

  private static func end(of command: Substring) -> Substring.Index {
    var reading = ShellReading()
    for index in command.indices {
      if reading.isPlain, ends.contains(where: command[index...].hasPrefix) { return index }
      reading.take(command[index])
    }
    return command.endIndex
  }
}
