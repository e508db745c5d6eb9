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
      // A floating-point number does not tell large integers apart.
      let same =
        if let left = Int64(given), let right = Int64(value) {
          left == right
        } else if let left = Self.number(given), let right = Self.number(value) {
          left == right
        } else {
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
    guard let production = production.map(\.trimmed), !production.isEmpty else {
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
