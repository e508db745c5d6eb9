import FoundationEssentials

/// PostgreSQL's `timestamp` and `timestamptz` text forms (DateStyle ISO), and RFC 3339.
package enum TimestampText {
  /// `2026-11-22 10:04:43.5+00`, `2026-11-22T10:04:43Z`; without a zone it is taken as UTC. Nil for anything else.
  package static func parse(_ text: String) -> Date? {
    var text = text
    return text.withUTF8 { parse($0) }
  }

  /// What a text may mean: one moment, or for a date alone its day (UTC). Nil for anything else.
  package static func moment(_ text: String) -> ClosedRange<Date>? {
    if let time = parse(text) { return time...time }
    guard text.utf8.count == 10, let day = parse(text + " 00:00:00") else { return nil }
    return day...day.addingTimeInterval(86_400)
  }

  /// Without a formatter, and without a copy: a fleet has tens of thousands of times.
  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Date? {
    guard bytes.count >= 19, bytes.count <= 40, bytes[10] == UInt8(ascii: " ") || bytes[10] == 84,
      bytes[4] == 45, bytes[7] == 45, bytes[13] == 58, bytes[16] == 58,
      let year = digits(bytes[0..<4]), let month = digits(bytes[5..<7]),
      let day = digits(bytes[8..<10]), let hour = digits(bytes[11..<13]),
      let minute = digits(bytes[14..<16]), let second = digits(bytes[17..<19]),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var rest = bytes[19...]
    var fraction = 0.0
    if rest.first == UInt8(ascii: ".") {
      let decimals = rest.dropFirst().prefix { (48...57).contains($0) }
      guard !decimals.isEmpty, decimals.count <= 9, let value = digits(decimals) else { return nil }
      fraction = Double(value) / decimals.reduce(1.0) { scale, _ in scale * 10 }
      rest = rest.dropFirst(decimals.count + 1)
    }
    guard let offset = zoneOffset(rest) else { return nil }
    let seconds = CivilDay(year: year, month: month, day: day).number * 86_400
    let clock = hour * 3600 + minute * 60 + second - offset
    return Date(timeIntervalSince1970: Double(seconds + clock) + fraction)
  }

  /// Seconds east of UTC from ``, `Z`, `+02`, `-0330` or `+05:30`.
  private static func zoneOffset(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard let sign = bytes.first else { return 0 }
    if bytes.elementsEqual("Z".utf8) { return 0 }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    let numbers = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
    guard numbers.count == 2 || numbers.count == 4, let hours = digits(numbers[0..<2]),
      let minutes = numbers.count == 4 ? digits(numbers[2..<4]) : 0
    else { return nil }
    return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private static func digits(_ bytes: some Sequence<UInt8>) -> Int? {
    var value = 0
    for byte in bytes {
      guard (48...57).contains(byte) else { return nil }
      value = value * 10 + Int(byte - 48)
    }
    return value
  }
}
