import FoundationEssentials

extension Expectation: CustomStringConvertible {
  static let grammar =
    "one of: >= N, equals X, within P% of production, newer than DURATION (as 90s, 15m, 1h, 2d)"

  /// Reads the text form of the configuration file; throws what was expected instead.
  package init(text: String) throws(RecoveryError) {
    let trimmed = text.trimmed
    let words = trimmed.split(separator: " ").map { $0.lowercased() }
    if trimmed.hasPrefix(">=") {
      guard let minimum = Self.number(trimmed.dropFirst(2).trimmed) else {
        throw Self.misread(text, "a number after >=")
      }
      self = .atLeast(minimum)
    } else if words.first == "equals" {
      let value = trimmed.dropFirst("equals".count).trimmed
      guard !value.isEmpty else { throw Self.misread(text, "a value after equals") }
      self = .equals(value)
    } else if words.first == "within" {
      self = .withinOfProduction(percent: try Self.percent(words, text: text))
    } else if words.starts(with: ["newer", "than"]) {
      guard let seconds = Self.seconds(words.dropFirst(2).joined()) else {
        throw Self.misread(text, "a duration as 90s, 15m, 1h or 2d after newer than")
      }
      self = .newerThan(seconds: seconds)
    } else {
      throw Self.misread(text, Self.grammar)
    }
  }

  /// The text form; `Expectation(text:)` reads it back.
  package var description: String {
    switch self {
    case .atLeast(let minimum): ">= \(minimum)"
    case .equals(let value): "equals \(value)"
    case .withinOfProduction(let percent): "within \(Self.text(percent))% of production"
    case .newerThan(let seconds): "newer than \(Self.durationText(seconds))"
    }
  }

  private static func misread(_ text: String, _ expected: String) -> RecoveryError {
    RecoveryError(
      .invalid,
      "\"\(Sanitizer.clean(text, limit: 80))\" is not an expectation: expected \(expected)",
      remedy: "Write \(grammar).")
  }

  /// `within 5% of production`, `within 5 % of production`.
  private static func percent(
    _ words: [String], text: String
  ) throws(RecoveryError) -> Double {
    let joined = words.dropFirst().joined()
    guard joined.hasSuffix("%ofproduction"),
      let percent = number(joined.dropLast("%ofproduction".count)), percent >= 0
    else { throw misread(text, "within P% of production") }
    // An empty table is 100 % away from a full one.
    guard percent < 100, let percent = Double(percent.description) else {
      throw misread(text, "less than 100%, which an empty table passes too")
    }
    return percent
  }

  private static func seconds(_ text: String) -> Double? {
    // A number alone says no unit, and here a person means minutes as often as seconds.
    guard text.last?.isLetter == true, let seconds = DurationText.seconds(text), seconds > 0
    else { return nil }
    return seconds
  }

  private static func durationText(_ seconds: Double) -> String {
    for (unit, size) in [("d", 86_400.0), ("h", 3600), ("m", 60)]
    where seconds >= size && seconds.truncatingRemainder(dividingBy: size) == 0 {
      return text(seconds / size) + unit
    }
    return text(seconds) + "s"
  }

  /// `5`, not `5.0`.
  static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  /// A finite decimal number, exact to 38 digits; nil for `nan`, `inf`, hexadecimal and anything with other
  /// characters in it.
  static func number(_ text: some StringProtocol) -> Decimal? {
    guard !text.isEmpty, text.utf8.count <= 400,
      text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }),
      Double(String(text)) != nil, let value = Decimal(string: String(text)), value.isFinite
    else { return nil }
    return value
  }
}
