/// The one sentence of an error that says what went wrong: what tools print is mostly wrapping, tracebacks and exit
/// statuses around it.
package enum FailureSentence {
  /// A sentence that may be the reason, and how telling it is: the larger the more.
  package struct Candidate: Sendable, Equatable {
    package var text: String
    package var weight: Int

    /// It says what happened, not only that something did.
    package var isTelling: Bool { weight >= Weight.telling }
    /// It is an error's own words, not any prose.
    package var isReport: Bool { weight > Weight.prose }
    /// It names a cause, or ended what it tells of.
    package var isGrave: Bool { weight >= Weight.fatal }
  }

  /// How much a line says, by what kind of line it is.
  enum Weight {
    static let noise = 0, filler = 1, exitStatus = 5, consequence = 8, ordinary = 12
    static let warning = 25, prose = 30, telling = 30, exception = 60, error = 70, fatal = 85
    static let knownCause = 90, storeAnswer = 95, storeCall = 100
  }

  /// More of an error than that is not read: its beginning and its end.
  private static let longest = 65_536
  private static let longestTail = 16_384

  /// Sanitised, without secrets, at most `limit` characters, cut so that what matters stays; empty for an empty text.
  package static func find(in text: String, limit: Int = 160) -> String {
    best(in: text).map { shorten($0.text, limit: limit) } ?? ""
  }

  /// The most telling sentence; of equally telling ones the first, which is the cause of those that follow.
  package static func best(in text: String) -> Candidate? {
    var best: Candidate?
    var lines = FailureLines()
    for line in split(bounded(text)) {
      for candidate in lines.candidates(line) where candidate.weight > best?.weight ?? -1 {
        best = candidate
      }
    }
    return best
  }

  /// The whole text for who wants to read it: one line, sanitised, without secrets.
  package static func whole(_ text: String, limit: Int = 4000) -> String {
    Sanitizer.clean(Redaction.apply(to: bounded(text)), limit: limit)
  }

  /// The text for who reads a line or two of it: the sentence that matters first, then the whole as far as there is
  /// room.
  package static func lead(_ text: String, limit: Int) -> String {
    let whole = whole(text, limit: limit)
    guard let best = best(in: text), best.isTelling else { return whole }
    let sentence = shorten(best.text, limit: limit)
    guard !sentence.isEmpty, !whole.hasPrefix(sentence) else { return whole }
    let room = limit - sentence.count - said.count
    return room < 40 ? sentence : sentence + said + self.whole(text, limit: room)
  }

  private static let said = ". As it was told: "

  private static func bounded(_ text: String) -> String {
    guard text.utf8.count > longest else { return text }
    let scalars = text.unicodeScalars
    guard scalars.count > longest else { return text }
    return String(scalars.prefix(longest - longestTail)) + "\n"
      + String(scalars.suffix(longestTail))
  }

  /// A text of one line may have been several: what comes before a traceback was one.
  private static let traceback = "Traceback (most recent call last)"

  /// Lines, also where a program has written its breaks as `\n`.
  private static func split(_ text: String) -> [Substring] {
    var text = text.replacing(traceback, with: "\n" + traceback)
    if text.contains("\\n") { text = text.replacing("\\n", with: "\n") }
    if text.contains("\\t") { text = text.replacing("\\t", with: "\t") }
    return text.split(whereSeparator: \.isNewline)
  }

  // MARK: Cutting

  /// Drops what leads up to the cause before it cuts the cause itself.
  package static func shorten(_ text: String, limit: Int) -> String {
    let text = elided(text)
    guard text.count > limit else { return text }
    var rest = Substring(text)
    while rest.count > limit, let colon = rest.firstRange(of: ": ") {
      let tail = rest[colon.upperBound...]
      // What says it must not go with what leads up to it.
      guard tail.count >= 12, KnownCause.strength(String(tail)) >= KnownCause.strength(String(rest))
      else { break }
      rest = tail
    }
    if rest.count > limit, let cause = KnownCause.range(in: rest) {
      let lead = rest.distance(from: rest.startIndex, to: cause.lowerBound)
      let needed = lead + rest[cause].count
      if needed > limit - 3 {
        // All that follows the cause, and of what leads up to it as much as there is room for.
        let tail = rest.distance(from: cause.lowerBound, to: rest.endIndex)
        let before = tail <= limit - 3 ? limit - 3 - tail : limit / 4
        let from = rest.index(cause.lowerBound, offsetBy: -min(lead, max(0, before)))
        let start = rest[from...].firstIndex(of: " ") ?? from
        rest = rest[min(start, cause.lowerBound)...].drop { $0 == " " }
        return Sanitizer.clean("..." + rest, limit: limit)
      }
    }
    return Sanitizer.clean(String(rest), limit: limit)
  }

  /// Words that nobody could read, as keys and pages of one letter, shortened.
  private static func elided(_ text: String) -> String {
    let longestWord = 100
    guard text.count > longestWord else { return text }
    return text.split(separator: " ", omittingEmptySubsequences: true).map { word in
      word.count > longestWord ? word.prefix(40) + "..." + word.suffix(8) : word
    }.joined(separator: " ")
  }
}
