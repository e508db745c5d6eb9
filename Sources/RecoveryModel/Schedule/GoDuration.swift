/// A duration as Go's `time.ParseDuration` reads it: `1h30m`, `1.5h`, `90s`, `250ms`.
enum GoDuration {
  private static let units: [(name: String, nanoseconds: Double)] = [
    ("ns", 1), ("us", 1e3), ("\u{B5}s", 1e3), ("\u{3BC}s", 1e3), ("ms", 1e6), ("s", 1e9),
    ("m", 60e9), ("h", 3600e9),
  ]

  /// Seconds. Throws with Go's own words.
  static func seconds(_ text: String) throws(CronError) -> Double {
    var rest = Substring(text)
    var sign = 1.0
    if let first = rest.first, first == "-" || first == "+" {
      sign = first == "-" ? -1 : 1
      rest = rest.dropFirst()
    }
    if rest == "0" { return 0 }
    guard !rest.isEmpty else { throw invalid(text) }
    var total = 0.0
    while !rest.isEmpty {
      let value = try number(&rest, in: text)
      let unit = rest.prefix { $0 != "." && !isDigit($0) }
      guard !unit.isEmpty else {
        throw CronError("time: missing unit in duration \(CronError.quoted(text))")
      }
      guard let known = units.first(where: { $0.name == unit }) else {
        throw CronError(
          "time: unknown unit \(CronError.quoted(String(unit))) in duration "
            + CronError.quoted(text))
      }
      total += value * known.nanoseconds
      rest = rest.dropFirst(unit.count)
    }
    // Go counts in 64-bit nanoseconds.
    guard total <= 9.223_372_036_854_775e18 else { throw invalid(text) }
    return sign * total / 1e9
  }

  private static func number(
    _ rest: inout Substring, in text: String
  ) throws(CronError) -> Double {
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    var fraction: Substring = ""
    if rest.first == "." {
      rest = rest.dropFirst()
      fraction = rest.prefix(while: isDigit)
      rest = rest.dropFirst(fraction.count)
    }
    guard !whole.isEmpty || !fraction.isEmpty,
      let value = Double("\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)")
    else { throw invalid(text) }
    return value
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isNumber
  }

  private static func invalid(_ text: String) -> CronError {
    CronError("time: invalid duration \(CronError.quoted(text))")
  }
}
