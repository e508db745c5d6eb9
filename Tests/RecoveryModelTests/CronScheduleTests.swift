import FoundationEssentials
import RecoveryModel
import Testing

/// robfig/cron 1.2.0, as CloudNativePG uses it. "Now" is Sunday 2026-11-22T12:00:00Z.
@Suite("Cron schedules") struct CronScheduleTests {
  static let now = date("2026-11-22T12:00:00Z")

  static func date(_ text: String) -> Date {
    (try? Date(text, strategy: .iso8601)) ?? .distantPast
  }

  @Test(
    "next run",
    arguments: [
      // Six fields, seconds first; strictly after now.
      ("0 0 3 * * *", "2026-11-23T03:00:00Z"),
      ("0 0 12 * * *", "2026-11-23T12:00:00Z"),
      ("* * * * * *", "2026-11-22T12:00:01Z"),
      ("59 59 23 31 12 *", "2026-12-31T23:59:59Z"),
      ("  0   0\t3 * *  * ", "2026-11-23T03:00:00Z"),
      // Five: the day of the week is the one left out.
      ("0 3 * * *", "2026-11-22T12:03:00Z"),
      ("0 0 3 * *", "2026-11-23T03:00:00Z"),
      // Descriptors.
      ("@yearly", "2027-01-01T00:00:00Z"),
      ("@annually", "2027-01-01T00:00:00Z"),
      ("@monthly", "2026-12-01T00:00:00Z"),
      ("@weekly", "2026-11-29T00:00:00Z"),
      ("@daily", "2026-11-23T00:00:00Z"),
      ("@midnight", "2026-11-23T00:00:00Z"),
      ("@hourly", "2026-11-22T13:00:00Z"),
      ("@every 1h30m", "2026-11-22T13:30:00Z"),
      ("@every 1.5h", "2026-11-22T13:30:00Z"),
      ("@every 500ms", "2026-11-22T12:00:01Z"),
      ("@every 2s900ms", "2026-11-22T12:00:02Z"),
      ("@every -5m", "2026-11-22T12:00:01Z"),
      ("@every 0", "2026-11-22T12:00:01Z"),
      ("@every 1000000us", "2026-11-22T12:00:01Z"),
      ("@every 3000000000ns", "2026-11-22T12:00:03Z"),
      // Steps, ranges, lists, names, question marks.
      ("0 */20 * * * *", "2026-11-22T12:20:00Z"),
      ("0 5/15 * * * *", "2026-11-22T12:05:00Z"),
      ("0 10-20/5 * * * *", "2026-11-22T12:10:00Z"),
      ("0 10-20/99999999999 * * * *", "2026-11-22T12:10:00Z"),
      ("0 ,,7,,5,, * * * *", "2026-11-22T12:05:00Z"),
      ("? ? ? ? ? ?", "2026-11-22T12:00:01Z"),
      ("0 0 3 ? * ?", "2026-11-23T03:00:00Z"),
      ("0 0 3 * * mon-FRI", "2026-11-23T03:00:00Z"),
      ("0 0 3 * * Sat", "2026-11-28T03:00:00Z"),
      ("0 0 3 * * 6", "2026-11-28T03:00:00Z"),
      ("0 0 3 * jan,Feb *", "2027-01-01T03:00:00Z"),
      ("0 0 3 29 2 *", "2028-02-29T03:00:00Z"),
      ("+0 +0 +3 * * *", "2026-11-23T03:00:00Z"),
      // A star is one even where a hyphen follows it.
      ("0 *-5 * * * *", "2026-11-22T12:01:00Z"),
      // Both days given: either; with a star (also a stepped one) in one of them: both.
      ("0 0 3 24 * 5", "2026-11-24T03:00:00Z"),
      ("0 0 3 30 * 5", "2026-11-27T03:00:00Z"),
      ("0 0 3 */2 * 2", "2026-12-01T03:00:00Z"),
      ("0 0 3 1 * */2", "2026-12-01T03:00:00Z"),
      ("0 0 3 13 * *", "2026-12-13T03:00:00Z"),
    ])
  func next(schedule: String, expected: String) throws {
    #expect(try CronSchedule(schedule).next(after: Self.now) == Self.date(expected))
  }

  @Test(
    "what never comes", arguments: ["0 0 3 30 2 *", "0 0 3 31 4,6,9,11 *", ", 0 3 * * *"])
  func never(schedule: String) throws {
    #expect(try CronSchedule(schedule).next(after: Self.now) == nil)
    #expect(try CronSchedule(schedule).spacing(from: Self.now) == nil)
  }

  @Test("gives up after the fifth year: 2100 is no leap year")
  func limit() throws {
    let leapDay = try CronSchedule("0 0 0 29 2 *")
    #expect(leapDay.next(after: Self.date("2096-03-01T00:00:00Z")) == nil)
    #expect(
      leapDay.next(after: Self.date("2099-03-01T00:00:00Z")) == Self.date("2104-02-29T00:00:00Z"))
  }

  @Test func fractionsOfASecondAreDropped() throws {
    let later = Self.now.addingTimeInterval(0.7)
    #expect(
      try CronSchedule("* * * * * *").next(after: later) == Self.now.addingTimeInterval(1))
    #expect(
      try CronSchedule("@every 10s").next(after: later) == Self.now.addingTimeInterval(10))
  }

  @Test("the operator's clock decides", arguments: [(3600, "02"), (-7200, "05"), (0, "03")])
  func zone(offset: Int, hour: String) throws {
    let next = try CronSchedule("0 0 3 * * *").next(after: Self.now, utcOffset: offset)
    #expect(next == Self.date("2026-11-23T\(hour):00:00Z"))
  }

  @Test(
    "errors, as the parser words them",
    arguments: [
      ("", "Empty spec string"),
      ("* * * *", "Expected 5 to 6 fields, found 4: * * * *"),
      ("0 0 3 * * * *", "Expected 5 to 6 fields, found 7: 0 0 3 * * * *"),
      ("TZ=UTC 0 0 3 * * *", "Expected 5 to 6 fields, found 7: TZ=UTC 0 0 3 * * *"),
      (
        "CRON_TZ=UTC 0 0 3 * *",
        "Failed to parse int from CRON_TZ=UTC: strconv.Atoi: parsing \"CRON_TZ=UTC\": "
          + "invalid syntax"
      ),
      ("60 * * * * *", "End of range (60) above maximum (59): 60"),
      ("* 60 * * * *", "End of range (60) above maximum (59): 60"),
      ("* * 24 * * *", "End of range (24) above maximum (23): 24"),
      ("* * * 0 * *", "Beginning of range (0) below minimum (1): 0"),
      ("* * * 32 * *", "End of range (32) above maximum (31): 32"),
      ("* * * * 13 *", "End of range (13) above maximum (12): 13"),
      ("* * * * 0 *", "Beginning of range (0) below minimum (1): 0"),
      ("* * * * * 7", "End of range (7) above maximum (6): 7"),
      ("* * 22-2 * * *", "Beginning of range (22) beyond end of range (2): 22-2"),
      ("* * 1-2-3 * * *", "Too many hyphens: 1-2-3"),
      ("* */2/3 * * * *", "Too many slashes: */2/3"),
      ("* */0 * * * *", "Step of range should be a positive number: */0"),
      ("* */-5 * * * *", "Negative number (-5) not allowed: -5"),
      (
        "* -5 * * * *", "Failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax"
      ),
      (
        "* * * L * *", "Failed to parse int from L: strconv.Atoi: parsing \"L\": invalid syntax"
      ),
      (
        "* * * 15W * *",
        "Failed to parse int from 15W: strconv.Atoi: parsing \"15W\": invalid syntax"
      ),
      (
        "* * * * * 5#2",
        "Failed to parse int from 5#2: strconv.Atoi: parsing \"5#2\": invalid syntax"
      ),
      (
        "* * * * * monday",
        "Failed to parse int from monday: strconv.Atoi: parsing \"monday\": invalid syntax"
      ),
      (
        "* * mon * * *",
        "Failed to parse int from mon: strconv.Atoi: parsing \"mon\": invalid syntax"
      ),
      (
        "99999999999999999999 * * * * *",
        "Failed to parse int from 99999999999999999999: strconv.Atoi: parsing "
          + "\"99999999999999999999\": value out of range"
      ),
      ("@Daily", "Unrecognized descriptor: @Daily"),
      ("@reboot", "Unrecognized descriptor: @reboot"),
      ("@every", "Unrecognized descriptor: @every"),
      ("@daily ", "Unrecognized descriptor: @daily "),
      (
        "@every 1d",
        "Failed to parse duration @every 1d: time: unknown unit \"d\" in duration \"1d\""
      ),
      (
        "@every 90",
        "Failed to parse duration @every 90: time: missing unit in duration \"90\""
      ),
      ("@every x", "Failed to parse duration @every x: time: invalid duration \"x\""),
      ("@every ", "Failed to parse duration @every : time: invalid duration \"\""),
      (" @daily", "Expected 5 to 6 fields, found 1:  @daily"),
    ])
  func errors(schedule: String, message: String) {
    #expect(throws: CronError(message)) { try CronSchedule(schedule) }
  }

  @Test(
    "five fields are told from six",
    arguments: [("0 3 * * *", true), ("0 0 3 * * *", false), ("@daily", false)])
  func fiveFields(schedule: String, expected: Bool) throws {
    #expect(try CronSchedule(schedule).isFiveFields == expected)
  }

  @Test(
    "how often it really runs",
    arguments: [
      ("0 0 3 * * *", 86_400, 86_400), ("0 3 * * *", 3600, 3600),
      ("0 0 3 * * 1-5", 86_400, 259_200), ("0 0 3 * * 0", 604_800, 604_800),
      ("0 0 3,15 * * *", 43_200, 43_200), ("0 30 3,4 * * *", 3600, 82_800),
      ("*/20 * 3 * * *", 20, 82_820), ("@every 90m", 5400, 5400),
      ("@monthly", 28 * 86_400, 31 * 86_400), ("0 0 3 29 2 *", 1461 * 86_400, 1461 * 86_400),
    ] as [(String, Double, Double)])
  func spacing(schedule: String, shortest: Double, longest: Double) throws {
    #expect(
      try CronSchedule(schedule).spacing(from: Self.now)
        == CronSchedule.Spacing(shortest: shortest, longest: longest))
  }

  @Test("agrees with a walk from second to second", arguments: ["7/13 */7 1-23/5 * * tue,fri"])
  func walk(schedule: String) throws {
    let cron = try CronSchedule(schedule)
    var expected: [Date] = []
    // Tuesday the 24th: hours 1, 6, 11, 16, 21, minutes by seven, seconds 7, 20, 33, 46, 59.
    let day = Self.date("2026-11-24T00:00:00Z")
    for second in 0..<86_400 {
      let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60)
      if hour >= 1, (hour - 1) % 5 == 0, minute % 7 == 0, rest >= 7, (rest - 7) % 13 == 0 {
        expected.append(day.addingTimeInterval(Double(second)))
      }
    }
    var found: [Date] = []
    var at = day.addingTimeInterval(-1)
    while let next = cron.next(after: at), next < day.addingTimeInterval(86_400) {
      found.append(next)
      at = next
    }
    #expect(found == expected)
  }
}
