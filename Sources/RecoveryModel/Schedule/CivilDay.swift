import FoundationEssentials

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01, and its parts.
package struct CivilDay: Sendable, Equatable {
  /// Days since 1970-01-01.
  package var number: Int

  var weekday: Int { Self.modulo(number + 4, 7) }

  /// Year, month 1...12 and day 1...31.
  var parts: (year: Int, month: Int, day: Int) {
    // Years that begin in March put the leap day last, so that months have one formula.
    let shifted = number + 719_468
    let era = Self.floor(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
  }

  init(number: Int) { self.number = number }

  /// `month` 1...12.
  package init(year: Int, month: Int, day: Int) {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = Self.floor(shiftedYear, 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    number = era * 146_097 + dayOfEra - 719_468
  }

  /// Rounds towards minus infinity.
  static func floor(_ value: Int, _ divisor: Int) -> Int {
    value >= 0 ? value / divisor : (value - divisor + 1) / divisor
  }

  static func modulo(_ value: Int, _ divisor: Int) -> Int {
    value - floor(value, divisor) * divisor
  }
}
