import FoundationEssentials

extension CronSchedule {
  /// Seconds between two runs, over the five years after a moment.
  package struct Spacing: Sendable, Equatable {
    package var shortest: Double
    package var longest: Double

    package init(shortest: Double, longest: Double) {
      self.shortest = shortest
      self.longest = longest
    }
  }

  /// The first run strictly after `date`, to the second; nil when there is none until the end of the fifth year after
  /// it. `utcOffset`: seconds east of UTC of the clock that the operator runs on.
  package func next(after date: Date, utcOffset: Int = 0) -> Date? {
    let seconds = Int(date.timeIntervalSince1970.rounded(.down))
    guard case .fields(let fields) = kind else {
      guard case .every(let delay) = kind else { return nil }
      return Date(timeIntervalSince1970: Double(seconds) + delay)
    }
    guard fields.canEverMatch else { return nil }
    let local = seconds + 1 + utcOffset
    var day = CivilDay(number: CivilDay.floor(local, 86_400))
    let limit = CivilDay(year: day.parts.year + 6, month: 1, day: 1)
    var time: Int? = local - day.number * 86_400
    while day.number < limit.number {
      if fields.matches(day), let found = fields.time(from: time ?? 0) {
        return Date(timeIntervalSince1970: Double(day.number * 86_400 + found - utcOffset))
      }
      time = nil
      day.number += 1
    }
    return nil
  }

  /// How often it really runs, seen from a moment on; nil when it hardly ever does.
  package func spacing(from date: Date, utcOffset: Int = 0) -> Spacing? {
    switch kind {
    case .every(let delay): return Spacing(shortest: delay, longest: delay)
    case .fields(let fields):
      guard let first = next(after: date, utcOffset: utcOffset), let times = fields.times else {
        return nil
      }
      let start = Int(first.timeIntervalSince1970) + utcOffset
      let days = fields.dayGaps(from: CivilDay(number: CivilDay.floor(start, 86_400)))
      let overnight = Double(times.first - times.last)
      let gaps =
        times.gaps.map(Double.init) + days.map { Double($0) * 86_400 + overnight }
      guard let shortest = gaps.min(), let longest = gaps.max() else { return nil }
      return Spacing(shortest: shortest, longest: longest)
    }
  }
}

extension CronFields {
  var canEverMatch: Bool {
    let needed = [second.bits, minute.bits, hour.bits, month.bits]
    return needed.allSatisfy { $0 != 0 } && (day.bits != 0 || weekday.bits != 0)
  }

  /// The first matching second of the day at or after `seconds`.
  func time(from seconds: Int) -> Int? {
    for hour in seconds / 3600..<24 where self.hour.contains(hour) {
      let sameHour = hour == seconds / 3600
      for minute in (sameHour ? seconds / 60 % 60 : 0)..<60 where self.minute.contains(minute) {
        let sameMinute = sameHour && minute == seconds / 60 % 60
        let from = sameMinute ? seconds % 60 : 0
        if let second = (from..<60).first(where: second.contains) {
          return hour * 3600 + minute * 60 + second
        }
      }
    }
    return nil
  }

  /// The first and the last run of a day and the gaps between its runs, each kind of gap once.
  var times: (first: Int, last: Int, gaps: [Int])? {
    guard let firstSecond = second.first, let lastSecond = second.last,
      let firstMinute = minute.first, let lastMinute = minute.last, let firstHour = hour.first,
      let lastHour = hour.last
    else { return nil }
    let intoMinute = firstSecond - lastSecond
    let intoHour = (firstMinute - lastMinute) * 60 + intoMinute
    let gaps =
      Self.differences(second.values)
      + Self.differences(minute.values).map { $0 * 60 + intoMinute }
      + Self.differences(hour.values).map { $0 * 3600 + intoHour }
    return (
      firstHour * 3600 + firstMinute * 60 + firstSecond,
      lastHour * 3600 + lastMinute * 60 + lastSecond, gaps
    )
  }

  /// Days between matching days over five years, each difference as often as it comes.
  func dayGaps(from first: CivilDay) -> [Int] {
    var gaps: [Int] = []
    var previous: Int?
    for number in first.number..<first.number + 5 * 366 where matches(CivilDay(number: number)) {
      if let previous { gaps.append(number - previous) }
      previous = number
    }
    return gaps
  }

  private static func differences(_ values: [Int]) -> [Int] {
    zip(values, values.dropFirst()).map { $1 - $0 }
  }
}
