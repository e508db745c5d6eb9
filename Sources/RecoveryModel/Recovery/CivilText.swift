import FoundationEssentials

/// A time as calendars and clocks show it: `14:03`, `yesterday 14:03:12.5`, `2026-11-29 14:03 CET`, RFC 3339.
struct CivilText {
  var text: String
  var now: Date
  var zone: LocalZone

  /// nil where it is nothing of the kind; throws where it is and no one moment bears it.
  func date() throws(RecoveryError) -> Date? {
    var words = Self.spaced(text).split(separator: " ").map(String.init)
    guard let first = words.first else { return nil }
    var day: Day = .nearest
    if let named = Day(word: first) {
      day = named
      words.removeFirst()
    } else if let civil = Self.civilDay(first) {
      day = .civil(civil)
      words.removeFirst()
    }
    guard let clock = words.first else {
      if day == .nearest { return nil }
      throw RecoveryError(
        .invalid, "\"\(Sanitizer.clean(text, limit: 40))\" is a day and no moment",
        remedy: "add a time, as \(first) 14:03")
    }
    guard let (seconds, rest) = Self.clock(clock) else {
      guard day != .nearest else { return nil }
      throw RecoveryError(
        .invalid, "\"\(Sanitizer.clean(clock, limit: 40))\" is no time of day",
        remedy: "write it as 14:03 or 14:03:12.5")
    }
    let suffix = ([rest].filter { !$0.isEmpty } + words.dropFirst()).joined(separator: " ")
    return try moment(day, seconds, in: try told(suffix))
  }

  private enum Day: Equatable {
    /// The last one on which that time has been.
    case nearest
    case before(Int)
    case civil(CivilDay)

    init?(word: String) {
      switch word.lowercased() {
      case "today": self = .before(0)
      case "yesterday": self = .before(1)
      default: return nil
      }
    }
  }

  /// RFC 3339's letter between day and time, taken out.
  private static func spaced(_ text: String) -> String {
    let parts = Array(text)
    guard parts.count > 10, parts[10] == "T" || parts[10] == "t",
      civilDay(String(parts[..<10])) != nil
    else { return text }
    return String(parts[..<10]) + " " + String(parts[11...])
  }

  private func moment(
    _ day: Day, _ seconds: Double, in zone: LocalZone
  ) throws(RecoveryError) -> Date {
    let today = zone.day(of: now)
    switch day {
    case .civil(let civil): return try moment(civil, seconds, in: zone)
    case .before(let days):
      return try moment(CivilDay(number: today.number - days), seconds, in: zone)
    case .nearest:
      let possible = zone.moments(showing: Double(today.number) * 86_400 + seconds)
      let been = possible.filter { $0 <= now }
      if been.count == 1 { return been[0] }
      let shown = now.timeIntervalSince1970 + Double(zone.period(at: now).offset)
      // Jumped over today: yesterday's would be another than was meant.
      let isJumped = possible.isEmpty && Double(today.number) * 86_400 + seconds <= shown
      let isToday = !been.isEmpty || isJumped
      return try moment(
        CivilDay(number: today.number - (isToday ? 0 : 1)), seconds, in: zone)
    }
  }

  private func moment(
    _ day: CivilDay, _ seconds: Double, in zone: LocalZone
  ) throws(RecoveryError) -> Date {
    let local = Double(day.number) * 86_400 + seconds
    let moments = zone.moments(showing: local)
    if moments.count == 1 { return moments[0] }
    let what = "\(Self.text(local)) in \(Sanitizer.clean(zone.name, limit: 40))"
    guard moments.isEmpty else {
      let both = moments.map {
        "\(RecoveryMoment.exact($0)) (\(Sanitizer.clean(zone.period(at: $0).abbreviation, limit: 10)))"
      }
      throw RecoveryError(
        .invalid, "\(what) was twice: clocks went back",
        remedy: "write \(both.joined(separator: " or "))")
    }
    guard let jump = zone.jump(over: local) else {
      throw RecoveryError(.invalid, "\(what) never was", remedy: "write it in UTC, with a Z")
    }
    let from = jump.at.timeIntervalSince1970 + Double(jump.from.offset)
    let to = jump.at.timeIntervalSince1970 + Double(jump.to.offset)
    throw RecoveryError(
      .invalid,
      "\(what) never was: clocks went from \(Self.text(from).suffix(8)) to \(Self.text(to).suffix(8))",
      remedy: "they did so at \(RecoveryMoment.exact(jump.at))")
  }

  /// `2026-03-29 02:30:00`.
  private static func text(_ local: Double) -> String {
    let text = Format.timestamp(Date(timeIntervalSince1970: local))
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
  }

  // MARK: Pieces

  /// The zone that stands after a time; the user's own without any.
  private func told(_ suffix: String) throws(RecoveryError) -> LocalZone {
    if suffix.isEmpty { return zone }
    if ["Z", "UTC", "GMT"].contains(suffix.uppercased()) { return .utc }
    if let offset = Self.offset(suffix) {
      return LocalZone(
        name: suffix, periods: [.init(since: .distantPast, offset: offset, abbreviation: suffix)])
    }
    if let period = zone.periods.last(where: { $0.abbreviation == suffix.uppercased() }) {
      return LocalZone(name: suffix, periods: [period])
    }
    throw RecoveryError(
      .invalid, "\"\(Sanitizer.clean(suffix, limit: 40))\" is no zone that is known here",
      remedy: "write Z for UTC, or an offset as +02:00")
  }

  /// `2026-11-29`; nil for what is no day of the calendar.
  private static func civilDay(_ text: String) -> CivilDay? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
      let year = number(parts[0]), let month = number(parts[1]), let day = number(parts[2]),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let civil = CivilDay(year: year, month: month, day: day)
    return civil.parts == (year, month, day) ? civil : nil
  }

  /// `14:03`, `14:03:12.5` with what follows it; seconds of the day.
  private static func clock(_ text: String) -> (seconds: Double, rest: String)? {
    let end = text.firstIndex { !(("0"..."9").contains($0) || $0 == ":" || $0 == ".") }
    let digits = text[..<(end ?? text.endIndex)]
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), (1...2).contains(parts[0].count), parts[1].count == 2,
      let hour = number(parts[0]), let minute = number(parts[1]), hour < 24, minute < 60
    else { return nil }
    var seconds = Double(hour * 3600 + minute * 60)
    if parts.count == 3 {
      let pieces = parts[2].split(separator: ".", omittingEmptySubsequences: false)
      guard pieces.count <= 2, pieces[0].count == 2, let whole = number(pieces[0]), whole < 60
      else { return nil }
      seconds += Double(whole)
      if pieces.count == 2 {
        guard (1...9).contains(pieces[1].count), let fraction = number(pieces[1]) else {
          return nil
        }
        seconds += Double(fraction) / pieces[1].reduce(1.0) { scale, _ in scale * 10 }
      }
    }
    return (seconds, end.map { String(text[$0...]) } ?? "")
  }

  /// Seconds east of UTC from `+02`, `-0330` or `+05:30`.
  private static func offset(_ text: String) -> Int? {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let digits = text.dropFirst().filter { $0 != ":" }
    guard digits.count == 2 || digits.count == 4, let hours = number(digits.prefix(2)),
      let minutes = digits.count == 4 ? number(digits.dropFirst(2)) : 0, hours < 16, minutes < 60
    else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private static func number(_ text: some StringProtocol) -> Int? {
    text.allSatisfy { ("0"..."9").contains($0) } ? Int(text) : nil
  }
}
