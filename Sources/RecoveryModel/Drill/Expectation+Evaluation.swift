import FoundationEssentials

extension Expectation {
  /// Whether the copy's answer satisfies this. `passed` is nil when it could not be judged, never a silent pass:
  /// no answer is a failure of the copy, a missing answer of production is not the copy's fault.
  ///
  /// `answer` and `production` are the single values as PostgreSQL prints them; `referenceTime` is the moment the
  /// copy was recovered to, against which `newer than` is measured.
  public func evaluate(
    answer: String?, production: String?, referenceTime: Date
  ) -> (passed: Bool?, detail: String) {
    guard let given = answer.map(Self.trimmed), !given.isEmpty else {
      return (false, "no answer, expected \(self)")
    }
    switch self {
    case .atLeast(let minimum):
      guard let value = Self.number(given) else { return Self.notANumber(given) }
      return (value >= minimum, "\(given), expected \(self)")
    case .equals(let value):
      let same =
        if let left = Self.number(given), let right = Self.number(value) { left == right } else {
          given == value
        }
      return (same, "\(Self.quoted(given)), expected \(Self.quoted(value))")
    case .withinOfProduction(let percent):
      return Self.compare(given, production: production, percent: percent)
    case .newerThan(let seconds):
      return Self.compare(given, newerThan: seconds, before: referenceTime)
    }
  }

  private static func compare(
    _ given: String, production: String?, percent: Double
  ) -> (passed: Bool?, detail: String) {
    guard let value = number(given) else { return notANumber(given) }
    guard let production = production.map(trimmed), !production.isEmpty else {
      return (nil, "\(given), but production gave no answer to compare with")
    }
    guard let reference = number(production) else {
      return (nil, "production answered \(quoted(production)), which is not a number")
    }
    let difference = abs(value - reference)
    let within = difference <= abs(reference) * percent / 100
    let share = reference == 0 ? (difference == 0 ? 0 : 100) : difference / abs(reference) * 100
    let rounded = text((share * 10).rounded() / 10)
    return (within, "\(given), production has \(production) (\(rounded)% apart)")
  }

  private static func compare(
    _ given: String, newerThan seconds: Double, before reference: Date
  ) -> (passed: Bool?, detail: String) {
    guard let time = TimestampText.parse(given) else {
      return (false, "\(quoted(given)) is not a timestamp")
    }
    let age = reference.timeIntervalSince(time)
    let limit = durationLimit(seconds)
    guard age >= 0 else {
      return (true, "\(Format.duration(-age)) after the recovery target, \(limit)")
    }
    return (age <= seconds, "\(Format.duration(age)) before the recovery target, \(limit)")
  }

  private static func durationLimit(_ seconds: Double) -> String {
    "limit \(Format.duration(seconds))"
  }

  private static func notANumber(_ text: String) -> (passed: Bool?, detail: String) {
    (false, "\(quoted(text)) is not a number")
  }

  private static func quoted(_ text: String) -> String {
    "\"\(Sanitizer.clean(text, limit: 80))\""
  }
}

/// PostgreSQL's `timestamp` and `timestamptz` text forms (DateStyle ISO), and RFC 3339.
enum TimestampText {
  /// `2026-11-22 10:04:43.5+00`, `2026-11-22T10:04:43Z`; without a zone it is taken as UTC. Nil for anything else.
  static func parse(_ text: String) -> Date? {
    let bytes = Array(text.utf8)
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
      fraction = (0..<decimals.count).reduce(Double(value)) { result, _ in result / 10 }
      rest = rest.dropFirst(decimals.count + 1)
    }
    guard let offset = zoneOffset(rest) else { return nil }
    let seconds = days(year: year, month: month, day: day) * 86_400
    let clock = hour * 3600 + minute * 60 + second - offset
    return Date(timeIntervalSince1970: Double(seconds + clock) + fraction)
  }

  /// Seconds east of UTC from ``, `Z`, `+02`, `-0330` or `+05:30`.
  private static func zoneOffset(_ bytes: ArraySlice<UInt8>) -> Int? {
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

  /// Days from 1970-01-01 in the Gregorian calendar.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
