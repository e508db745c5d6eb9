/// Durations as people write them: `30s`, `5m`, `25h`, `7d`, `2w`, `1h30m`, or a plain number of seconds.
package enum DurationText {
  /// What a duration looks like, for error messages.
  package static let expected = "a duration such as 90s, 15m, 1h30m or 7d"

  /// Seconds; nil when it is no duration. A number has its unit, or nobody knows what was meant; 0 is 0 in each.
  package static func seconds(_ text: String) -> Double? {
    let text = text.filter { $0 != " " }
    if let plain = number(text[...]) { return plain == 0 ? 0 : nil }
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

  /// What to write in place of a number without a unit: `write 30d, 30h, 30m or 30s`; nil where it is none.
  package static func advice(for text: String) -> String? {
    let text = text.filter { $0 != " " }
    guard let value = number(text[...]), value > 0 else { return nil }
    return "a number has a unit: write \(text)s, \(text)m, \(text)h or \(text)d"
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
