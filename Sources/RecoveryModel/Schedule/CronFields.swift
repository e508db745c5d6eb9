/// The six fields of a schedule as bit sets, read as robfig/cron 1.2.0 reads them.
struct CronFields: Sendable, Equatable {
  /// Bits of the values that match, and whether a star stood in the field: it changes how days combine.
  struct Field: Sendable, Equatable {
    var bits: UInt64
    var star = false

    func contains(_ value: Int) -> Bool { bits & (1 << UInt64(value)) != 0 }
    var first: Int? { bits == 0 ? nil : bits.trailingZeroBitCount }
    var last: Int? { bits == 0 ? nil : 63 - bits.leadingZeroBitCount }
    var values: [Int] { (0..<63).filter(contains) }
  }

  var second: Field
  var minute: Field
  var hour: Field
  var day: Field
  var month: Field
  var weekday: Field

  /// Five or six fields; with five the day of the week is the one left out.
  init(_ fields: [String]) throws(CronError) {
    second = try Self.field(fields[0], .seconds)
    minute = try Self.field(fields[1], .minutes)
    hour = try Self.field(fields[2], .hours)
    day = try Self.field(fields[3], .days)
    month = try Self.field(fields[4], .months)
    weekday = try Self.field(fields.count > 5 ? fields[5] : "*", .weekdays)
  }

  /// With a star in either field both must match, without one either may.
  func matches(_ civil: CivilDay) -> Bool {
    let parts = civil.parts
    guard month.contains(parts.month) else { return false }
    let inMonth = day.contains(parts.day)
    let inWeek = weekday.contains(civil.weekday)
    return day.star || weekday.star ? inMonth && inWeek : inMonth || inWeek
  }

  private struct Bounds {
    var low: Int
    var high: Int
    var names: [String] = []

    static let seconds = Bounds(low: 0, high: 59)
    static let minutes = Bounds(low: 0, high: 59)
    static let hours = Bounds(low: 0, high: 23)
    static let days = Bounds(low: 1, high: 31)
    static let months = Bounds(
      low: 1, high: 12,
      names: [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
      ])
    static let weekdays = Bounds(
      low: 0, high: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
  }

  private static func field(_ text: String, _ bounds: Bounds) throws(CronError) -> Field {
    var field = Field(bits: 0)
    for item in text.split(separator: ",") {
      let read = try range(String(item), bounds)
      field.bits |= read.bits
      field.star = field.star || read.star
    }
    return field
  }

  /// `*`, `?`, `N`, `N-M`, each with `/step`.
  private static func range(_ text: String, _ bounds: Bounds) throws(CronError) -> Field {
    let stepped = pieces(text, "/")
    let ends = pieces(stepped[0], "-")
    let star = ends[0] == "*" || ends[0] == "?"
    var low = bounds.low
    var high = bounds.high
    if !star {
      low = try value(ends[0], bounds)
      guard ends.count <= 2 else { throw CronError("Too many hyphens: \(text)") }
      high = ends.count == 2 ? try value(ends[1], bounds) : low
    }
    guard stepped.count <= 2 else { throw CronError("Too many slashes: \(text)") }
    var step = 1
    if stepped.count == 2 {
      step = try number(stepped[1])
      if ends.count == 1 { high = bounds.high }
    }
    try check(low, high, step, bounds, text)
    var field = Field(bits: 0, star: star)
    for value in stride(from: low, through: high, by: min(step, 64)) {
      field.bits |= 1 << UInt64(value)
    }
    return field
  }

  private static func check(
    _ low: Int, _ high: Int, _ step: Int, _ bounds: Bounds, _ text: String
  ) throws(CronError) {
    if low < bounds.low {
      throw CronError("Beginning of range (\(low)) below minimum (\(bounds.low)): \(text)")
    }
    if high > bounds.high {
      throw CronError("End of range (\(high)) above maximum (\(bounds.high)): \(text)")
    }
    if low > high {
      throw CronError("Beginning of range (\(low)) beyond end of range (\(high)): \(text)")
    }
    if step == 0 { throw CronError("Step of range should be a positive number: \(text)") }
  }

  private static func value(_ text: String, _ bounds: Bounds) throws(CronError) -> Int {
    if let index = bounds.names.firstIndex(of: text.lowercased()) { return index + bounds.low }
    return try number(text)
  }

  private static func number(_ text: String) throws(CronError) -> Int {
    let digits = text.first == "+" || text.first == "-" ? text.dropFirst() : Substring(text)
    let wellFormed = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
    guard wellFormed, let number = Int(text) else {
      let why = wellFormed ? "value out of range" : "invalid syntax"
      throw CronError(
        "Failed to parse int from \(text): strconv.Atoi: parsing \(CronError.quoted(text)): \(why)")
    }
    guard number >= 0 else { throw CronError("Negative number (\(number)) not allowed: \(text)") }
    return number
  }

  private static func pieces(_ text: String, _ separator: Character) -> [String] {
    text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
