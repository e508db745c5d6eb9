/// Durations as people write them: `30s`, `5m`, `25h`, `7d`, `2w`, `1h30m`, or a plain number of seconds.
package enum DurationText {
  /// What a duration looks like, for error messages.
  package static let expected = "a duration such as 30s, 5m, 25h or 7d"

  /// Seconds; nil when it is no duration.
  package static func seconds(_ text: String) -> Double? {
    let text = text.filter { $0 != " " }
    if let plain = number(text[...]) { return plain }
    var total = 0.0
    var digits = ""
    for character in text {
      if character == "." || character.isASCIIDigit {
        digits.append(character)
      } else {
        guard let value = number(digits[...]), let unit = units[character] else { return nil }
        total += value * unit
        digits = ""
      }
    }
    return digits.isEmpty && !text.isEmpty ? total : nil
  }

  private static let units: [Character: Double] = [
    "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800,
  ]

  /// Digits with at most one point; `Double.init` alone would take `inf`, `0x1p3` and `-1`.
  private static func number(_ text: Substring) -> Double? {
    guard !text.isEmpty, text.count <= 12, text.allSatisfy({ $0 == "." || $0.isASCIIDigit })
    else { return nil }
    return Double(text)
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
