import FoundationEssentials

/// The clock on the user's wall: its offsets from UTC and when they change. A value, so that what is typed means the same
/// in every test.
package struct LocalZone: Sendable, Equatable {
  /// From a moment on, until the next one's.
  package struct Period: Sendable, Equatable {
    package var since: Date
    /// Seconds east of UTC.
    package var offset: Int
    /// As `CET`.
    package var abbreviation: String

    package init(since: Date, offset: Int, abbreviation: String) {
      self.since = since
      self.offset = offset
      self.abbreviation = abbreviation
    }
  }

  /// As `Europe/Berlin`, or the abbreviation where it has no name.
  package var name: String
  /// Oldest first, never empty; the first holds for all time before it too.
  package private(set) var periods: [Period]

  package init(name: String, periods: [Period]) {
    self.name = name
    self.periods =
      periods.isEmpty
      ? [Period(since: .distantPast, offset: 0, abbreviation: "UTC")]
      : periods.sorted { $0.since < $1.since }
  }

  package static let utc = LocalZone(name: "UTC", periods: [])

  /// It never differs from UTC, so that one form of a time is enough.
  package var isUTC: Bool { periods.allSatisfy { $0.offset == 0 } }

  package func period(at date: Date) -> Period {
    periods.last { $0.since <= date } ?? periods[0]
  }

  /// `2026-11-29 15:03:00 CET`.
  package func text(_ date: Date) -> String {
    let period = period(at: date)
    let shifted = Format.timestamp(date.addingTimeInterval(Double(period.offset)))
    return "\(shifted.prefix(10)) \(shifted.dropFirst(11).prefix(8)) \(period.abbreviation)"
  }

  /// The day on which `date` falls here.
  func day(of date: Date) -> CivilDay {
    let local = date.timeIntervalSince1970 + Double(period(at: date).offset)
    return CivilDay(number: CivilDay.floor(Int(local.rounded(.down)), 86_400))
  }

  /// The moments at which the clock here shows so many seconds since 1970-01-01 00:00: none where it jumps over them,
  /// two where it goes back.
  func moments(showing local: Double) -> [Date] {
    let offsets = Set(periods.map(\.offset))
    return offsets.map { Date(timeIntervalSince1970: local - Double($0)) }
      .filter { Double(period(at: $0).offset) == local - $0.timeIntervalSince1970 }
      .sorted()
  }

  /// The change that jumps over what `moments(showing:)` has none for: from and to what the clock went.
  func jump(over local: Double) -> (at: Date, from: Period, to: Period)? {
    for (before, after) in zip(periods, periods.dropFirst()) {
      let at = after.since.timeIntervalSince1970
      if local >= at + Double(before.offset), local < at + Double(after.offset) {
        return (after.since, before, after)
      }
    }
    return nil
  }
}
