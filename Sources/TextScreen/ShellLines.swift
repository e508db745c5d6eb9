/// How a POSIX shell reads a command, character by character.
struct ShellReading {
  private enum Place { case plain, single, double }

  /// Innermost last; `$(` opens a place of its own wherever it stands.
  private var places: [Place] = [.plain]
  private var isEscaped = false
  private var last: Character = " "

  /// Outside of quotes, where a blank parts words.
  var isPlain: Bool { places.last == .plain && !isEscaped }
  var isInSingleQuotes: Bool { places.last == .single }
  /// A line may be broken here: what stands before and behind it are no pair.
  var mayBreak: Bool { !isEscaped && last != "$" }

  mutating func take(_ character: Character) {
    defer { last = character }
    guard !isEscaped else {
      isEscaped = false
      return
    }
    switch (places.last, character) {
    case (.single, "'"), (.double, "\""): places.removeLast()
    case (.single, _): break
    case (_, "\\"): isEscaped = true
    case (.plain, "'"): places.append(.single)
    case (.plain, "\""): places.append(.double)
    case (_, "(") where last == "$": places.append(.plain)
    case (.plain, ")") where places.count > 1: places.removeLast()
    default: break
    }
  }
}

/// A command over several lines, each but the last ending in a backslash: pasted they are the same command.
package enum ShellLines {
  /// Lines of at most `width` columns, with `indent` blanks before them. Broken between words; within one that is longer
  /// than a line, whose rest begins in the first column, because blanks there would become part of it.
  package static func lines(_ command: String, width: Int, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    guard indent + GlyphWidth.columns(of: command) > width else { return [margin + command] }
    if command.hasPrefix("#") { return comment(command, width: width, margin: margin) }
    let words = words(command)
    var lines: [String] = []
    var line = margin
    for (index, word) in words.enumerated() {
      let tail = index == words.count - 1 ? 0 : 2
      let isFirst = line == margin
      let needed = GlyphWidth.columns(of: line) + (isFirst ? 0 : 1) + GlyphWidth.columns(of: word)
      if needed + tail <= width {
        line += (isFirst ? "" : " ") + word
        continue
      }
      if !isFirst {
        lines.append(line + " \\")
        line = margin
      }
      let pieces = pieces(word, first: width - indent - 2, rest: width - 2)
      lines += pieces.dropLast().enumerated().map { $0 == 0 ? margin + $1 : $1 }
      line = (pieces.count > 1 ? "" : margin) + (pieces.last ?? "")
    }
    return lines + [line]
  }

  /// What a shell takes for words, as they stand.
  private static func words(_ command: String) -> [String] {
    var reading = ShellReading()
    var words: [String] = []
    var word = ""
    for character in command {
      if character == " ", reading.isPlain {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
      reading.take(character)
    }
    return word.isEmpty ? words : words + [word]
  }

  /// Pieces of a word, each but the last with what makes the shell go on in the next line; behind a blank where there is one.
  private static func pieces(_ word: String, first: Int, rest: Int) -> [String] {
    var pieces: [String] = []
    var piece = ""
    var reading = ShellReading()
    /// The last blank of this piece: how much of it stands before the break.
    var blank: Int?
    for character in word {
      let room = max(4, pieces.isEmpty ? first : rest)
      if GlyphWidth.columns(of: piece) + GlyphWidth.columns(of: String(character)) >= room - 1,
        reading.mayBreak
      {
        let kept = blank.map { String(piece.prefix($0)) } ?? piece
        let left = String(piece.dropFirst(kept.count))
        // Within single quotes a backslash is one: they are closed and opened again.
        let quote = reading.isInSingleQuotes ? "'" : ""
        pieces.append(kept + quote + "\\")
        piece = quote + left
        blank = nil
      }
      piece.append(character)
      reading.take(character)
      if character == " ", piece.count > room / 2 { blank = piece.count }
    }
    return pieces + [piece]
  }

  /// Every line of a comment is one.
  private static func comment(_ text: String, width: Int, margin: String) -> [String] {
    let room = max(1, width - margin.count)
    return Wrap.lines(text, width: room - 2, first: room).enumerated().map { index, line in
      margin + (index == 0 ? "" : "# ") + line
    }
  }
}

extension Wrap {
  /// Lines of a text with `indent` blanks before them, of at most `width` columns with these. Where it takes more than one, a
  /// command within it stands on lines of its own that can be copied.
  package static func copyable(_ text: String, width: Int, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let room = max(1, width - indent)
    let pieces = PrintedCommand.pieces(text)
    let plain = lines(text, width: room)
    let hasCommand = pieces.contains { if case .command = $0 { true } else { false } }
    guard plain.count > 1, hasCommand else { return plain.map { margin + $0 } }
    return pieces.flatMap { piece -> [String] in
      switch piece {
      case .command(let command): return ShellLines.lines(command, width: width, indent: indent)
      case .words(let words):
        // What parted it from the command has no place at the beginning of a line.
        let told = words.drop { ";,. ".contains($0) }
        return told.isEmpty ? [] : lines(String(told), width: room).map { margin + $0 }
      }
    }
  }
}
