import FoundationEssentials

extension Expectation {
  /// Whether the copy's answer satisfies this. `passed` is nil when it could not be judged, never a silent pass:
  /// no answer is a failure of the copy, a missing answer of production is not the copy's fault.
  ///
  /// `answer` and `production` are the single values as PostgreSQL prints them; `referenceTime` is the moment the
  /// copy was recovered to, against which `newer than` is measured.
  package func evaluate(
    answer: String?, production: String?, referenceTime: Date
  ) -> (passed: Bool?, detail: String) {
    guard let given = answer.map(\.trimmed), !given.isEmpty else {
      return (false, "no answer, expected \(self)")
    }
    switch self {
    case .atLeast(let minimum):
      guard let value = Self.number(given) else { return Self.notANumber(given) }
      return (value >= minimum, "\(given), expected \(self)")
    case .equals(let value):
      return (
        Self.areEqual(given, value), "\(Self.quoted(given)), expected \(Self.quoted(value))"
      )
    case .withinOfProduction(let percent):
      return Self.compare(given, production: production, percent: percent)
    case .newerThan(let seconds):
      return Self.compare(given, newerThan: seconds, before: referenceTime)
    }
  }

  /// Numbers as numbers, `true` as PostgreSQL prints it (`t`), all else as text.
  private static func areEqual(_ given: String, _ expected: String) -> Bool {
    if let left = number(given), let right = number(expected) { return left == right }
    if given == "t" || given == "f" {
      switch expected.lowercased() {
      case "true": return given == "t"
      case "false": return given == "f"
      default: break
      }
    }
    return given == expected
  }

  private static func compare(
    _ given: String, production: String?, percent: Double
  ) -> (passed: Bool?, detail: String) {
    guard let value = number(given) else { return notANumber(given) }
    guard let production = production.map(\.trimmed), !production.isEmpty else {
      return (nil, "\(given), but production gave no answer to compare with")
    }
    guard let reference = number(production) else {
      return (nil, "production answered \(quoted(production)), which is not a number")
    }
    let difference = abs(value - reference)
    let within = difference * 100 <= abs(reference) * Decimal(percent)
    let share = difference.isZero ? 0 : reference.isZero ? 100 : difference / abs(reference) * 100
    return (within, "\(given), production has \(production) (\(tenths(share))% apart)")
  }

  private static func tenths(_ share: Decimal) -> String {
    let value = (Double(share.description) ?? 100) * 10
    return text(value.rounded() / 10)
  }

  private static func compare(
    _ given: String, newerThan seconds: Double, before reference: Date
  ) -> (passed: Bool?, detail: String) {
    let limit = "limit \(Format.duration(seconds))"
    guard let moment = TimestampText.moment(given) else {
      return notComparable(given, "is not a timestamp", isData: given.hasSuffix("infinity"))
    }
    let age = reference.timeIntervalSince(moment.upperBound)
    if age > seconds {
      return (false, "\(Format.duration(age)) before the recovery target, \(limit)")
    }
    let oldest = reference.timeIntervalSince(moment.lowerBound)
    guard oldest <= seconds else {
      return (nil, "\(quoted(given)) is a whole day, which does not tell: \(limit)")
    }
    guard oldest >= -max(seconds, Self.aheadTolerance) else {
      return (
        nil,
        "\(Format.duration(-oldest)) after the recovery target: no time at which a row of it was "
          + "written (without a time zone it is read as UTC)"
      )
    }
    return (
      true,
      oldest < 0
        ? "\(Format.duration(-oldest)) after the recovery target, \(limit)"
        : "\(Format.duration(oldest)) before the recovery target, \(limit)"
    )
  }

  /// Seconds by which the clocks of those who write rows may be ahead of the server's.
  private static let aheadTolerance = 300.0

  private static func notANumber(_ text: String) -> (passed: Bool?, detail: String) {
    notComparable(
      text, "is not a number",
      isData: ["nan", "infinity", "-infinity"].contains(text.lowercased()))
  }

  /// An answer of another kind is the statement's doing, not the data's, but for the values of its kind that compare
  /// with nothing.
  private static func notComparable(
    _ text: String, _ fault: String, isData: Bool
  ) -> (passed: Bool?, detail: String) {
    isData
      ? (false, "\(quoted(text)) \(fault)")
      : (nil, "\(quoted(text)) \(fault): the test's own text is at fault")
  }

  private static func quoted(_ text: String) -> String {
    "\"\(Sanitizer.clean(text, limit: 80))\""
  }
}
