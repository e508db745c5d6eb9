/// Commands within a sentence, which somebody copies: no line breaks stand in them.
enum PrintedCommand {
  private static let programs = ["pgvigil ", "kubectl ", "runuser ", "psql ", "aws s3 "]
  /// What ends one in a sentence; none of them stands in a command of ours.
  private static let ends = ["; ", ", ", ". ", " ("]
  /// Of private use, and as wide as a blank.
  private static let glue: Character = "\u{E000}"

  /// The text with blanks that no line breaks at within its commands.
  static func glued(_ text: String) -> String {
    var glued = ""
    var rest = text[...]
    while let start = programs.compactMap({ begin(of: $0, in: rest) }).min() {
      glued += rest[..<start]
      rest = rest[start...]
      let end = ends.compactMap { rest.firstRange(of: $0)?.lowerBound }.min() ?? rest.endIndex
      glued += rest[..<end].map { $0 == " " ? glue : $0 }
      rest = rest[end...]
    }
    return glued + rest
  }

  static func unglued(_ line: String) -> String { String(line.map { $0 == glue ? " " : $0 }) }

  /// Where a program's name stands as a command's first word: at the text's beginning, or behind what announces it.
  private static func begin(of program: String, in text: Substring) -> String.Index? {
    if text.hasPrefix(program) { return text.startIndex }
    return [": ", "; ", "? "].compactMap { announcement in
      text.firstRange(of: announcement + program).map {
        text.index($0.lowerBound, offsetBy: announcement.count)
      }
    }.min()
  }
}
