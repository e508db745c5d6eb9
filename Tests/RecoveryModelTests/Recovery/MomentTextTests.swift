import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

extension LocalZone {
  /// Central European time from the autumn of 2025 to that of 2026.
  static let berlin = LocalZone(
    name: "Europe/Berlin",
    periods: [
      Period(
        since: MomentTextTests.time("2025-10-26T01:00:00Z"), offset: 3600, abbreviation: "CET"),
      Period(
        since: MomentTextTests.time("2026-03-29T01:00:00Z"), offset: 7200, abbreviation: "CEST"),
      Period(
        since: MomentTextTests.time("2026-10-25T01:00:00Z"), offset: 3600, abbreviation: "CET"),
    ])
}

/// What a person may type, by a clock in Berlin; now is 2026-11-22T12:00:00Z, 13:00 there.
struct MomentTextTests {
  static func time(_ text: String) -> Date { TimestampText.parse(text) ?? .distantPast }

  static func parse(
    _ text: String, now: Date = Fixture.date, zone: LocalZone = .berlin, labels: [String] = []
  ) throws(RecoveryError) -> RecoveryMoment {
    try MomentText(now: now, zone: zone, labels: labels).parse(text)
  }

  @Test(
    "times",
    arguments: [
      ("12:30", "2026-11-22T11:30:00Z"), ("9:05", "2026-11-22T08:05:00Z"),
      // Not yet today.
      ("14:03", "2026-11-21T13:03:00Z"), ("14:03:12.5", "2026-11-21T13:03:12.5Z"),
      ("today 12:59:59", "2026-11-22T11:59:59Z"), ("yesterday 14:03", "2026-11-21T13:03:00Z"),
      ("Yesterday 00:00", "2026-11-20T23:00:00Z"),
      ("11:30Z", "2026-11-22T11:30:00Z"), ("11:30 UTC", "2026-11-22T11:30:00Z"),
      ("yesterday 23:30 UTC", "2026-11-21T23:30:00Z"),
      ("2026-11-22T03:00:00Z", "2026-11-22T03:00:00Z"),
      ("2026-11-22t03:00:00.25+02:00", "2026-11-22T01:00:00.25Z"),
      ("2026-11-22 03:00:00-0330", "2026-11-22T06:30:00Z"),
      ("2026-11-22 03:00:00 +05", "2026-11-21T22:00:00Z"),
      ("2026-11-22 03:00", "2026-11-22T02:00:00Z"), ("2026-07-01 03:00", "2026-07-01T01:00:00Z"),
      // Tomorrow is typed as it is; whether it can be reached is another matter.
      ("2026-11-23 03:00", "2026-11-23T02:00:00Z"),
      ("-5m", "2026-11-22T11:55:00Z"), ("-1h30m", "2026-11-22T10:30:00Z"),
      ("-0", "2026-11-22T12:00:00Z"),
    ])
  func times(text: String, expected: String) throws {
    #expect(try Self.parse(text) == RecoveryMoment(.time(Self.time(expected))))
  }

  @Test("everything else")
  func targets() throws {
    #expect(try Self.parse(" latest ") == .latest)
    #expect(try Self.parse("LATEST") == .latest)
    #expect(try Self.parse("3/7A000060") == RecoveryMoment(.position(LSN(0x3_7A00_0060))))
    #expect(try Self.parse("lsn 0/16") == RecoveryMoment(.position(LSN(0x16))))
    #expect(try Self.parse("918311") == RecoveryMoment(.transaction(918_311)))
    #expect(try Self.parse("xid 9183") == RecoveryMoment(.transaction(9183)))
    #expect(try Self.parse("transaction 1403") == RecoveryMoment(.transaction(1403)))
    #expect(
      try Self.parse("name before upgrade") == RecoveryMoment(.restorePoint("before upgrade")))
    #expect(try Self.parse("restore point up") == RecoveryMoment(.restorePoint("up")))
    #expect(
      try Self.parse("backup 20261122-030000F") == RecoveryMoment(.backup("20261122-030000F")))
  }

  @Test func aLabelOfTheCatalogIsABackupBeforeAllElse() throws {
    let labels = ["20261122-030000F", "20261122T030000", "latest"]
    for label in labels {
      #expect(try Self.parse(label, labels: labels) == RecoveryMoment(.backup(label)))
    }
  }

  @Test func justBefore() throws {
    #expect(
      try Self.parse("before xid 9183") == RecoveryMoment(.transaction(9183), isExclusive: true))
    #expect(
      try Self.parse("before 12:30")
        == RecoveryMoment(.time(Self.time("2026-11-22T11:30:00Z")), isExclusive: true))
    for text in ["before latest", "before backup x", "before name x"] {
      #expect(throws: RecoveryError.self) { try Self.parse(text) }
    }
  }

  @Test(
    "what is understood is said, and what may be meant",
    arguments: [
      ("", "14:03"), ("noon", "understood"), ("25:00", "understood"), ("14:61", "understood"),
      ("1403", "14:03 or xid 1403"), ("905", "9:05 or xid 905"), ("2", "understood"),
      ("xid two", "a number"), ("lsn 12", "3/7A000060"), ("-5", "5m"), ("-5x", "15m"),
      ("2026-11-22", "add a time"), ("yesterday", "add a time"), ("yesterday noon", "14:03"),
      ("2026-02-30 12:00", "understood"), ("12:30 MSK", "Z for UTC"), ("lastest", "latest"),
      ("12:30 CET x", "Z for UTC"), ("12:3", "understood"), ("2026-11-22 1:2:3", "14:03:12.5"),
    ])
  func refusals(text: String, hint: String) {
    let error = #expect(throws: RecoveryError.self) { try Self.parse(text) }
    #expect(error?.code == .invalid)
    #expect(error.map { "\($0)" }?.contains(hint) == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func controlBytesOfWhatWasTypedAreNotRepeated() {
    let error = #expect(throws: RecoveryError.self) { try Self.parse("\u{1B}[2Jboom") }
    #expect(error?.description.contains("\u{1B}") == false)
  }

  // MARK: Daylight saving

  @Test func aTimeThatClocksJumpedOver() {
    let now = Self.time("2026-03-29T10:00:00Z")
    for text in ["2026-03-29 02:30", "02:30", "today 02:00"] {
      let error = #expect(throws: RecoveryError.self) { try Self.parse(text, now: now) }
      #expect(error?.message.contains("never was: clocks went from 02:00:00 to 03:00:00") == true)
      #expect(error?.remedy.contains("2026-03-29T01:00:00Z") == true)
    }
    #expect(
      (try? Self.parse("03:00", now: now))
        == RecoveryMoment(.time(Self.time("2026-03-29T01:00:00Z"))))
    #expect(
      (try? Self.parse("01:59", now: now))
        == RecoveryMoment(.time(Self.time("2026-03-29T00:59:00Z"))))
  }

  @Test func aTimeThatWasTwice() throws {
    let now = Self.time("2026-10-25T10:00:00Z")
    for text in ["2026-10-25 02:30", "02:30", "today 02:59:59"] {
      let error = #expect(throws: RecoveryError.self) { try Self.parse(text, now: now) }
      #expect(error?.message.contains("was twice") == true)
    }
    let error = #expect(throws: RecoveryError.self) { try Self.parse("02:30", now: now) }
    #expect(
      error?.remedy == "write 2026-10-25T00:30:00Z (CEST) or 2026-10-25T01:30:00Z (CET)")
    // Each of the two can be said.
    #expect(
      try Self.parse("02:30 CEST", now: now)
        == RecoveryMoment(.time(Self.time("2026-10-25T00:30:00Z"))))
    #expect(
      try Self.parse("2026-10-25 02:30 cet", now: now)
        == RecoveryMoment(.time(Self.time("2026-10-25T01:30:00Z"))))
    #expect(
      try Self.parse("03:00", now: now) == RecoveryMoment(.time(Self.time("2026-10-25T02:00:00Z"))))
  }

  @Test func inTheRepeatedHourOnlyWhatHasBeenCounts() throws {
    // 02:40 for the first time: the second 02:30 is yet to come.
    let now = Self.time("2026-10-25T00:40:00Z")
    #expect(
      try Self.parse("02:30", now: now) == RecoveryMoment(.time(Self.time("2026-10-25T00:30:00Z"))))
    #expect(
      try Self.parse("02:50", now: now) == RecoveryMoment(.time(Self.time("2026-10-24T00:50:00Z"))))
  }

  @Test func yesterdayIsTheDayBeforeOnTheWall() throws {
    // 00:30 in Berlin is still the day before in UTC.
    let now = Self.time("2026-07-01T22:30:00Z")
    #expect(
      try Self.parse("yesterday 12:00", now: now)
        == RecoveryMoment(.time(Self.time("2026-07-01T10:00:00Z"))))
    #expect(
      try Self.parse("yesterday 12:00 UTC", now: now)
        == RecoveryMoment(.time(Self.time("2026-06-30T12:00:00Z"))))
  }

  @Test("a moment's own text is understood again")
  func roundTrip() throws {
    let moments: [RecoveryMoment] = [
      .latest, RecoveryMoment(.time(Self.time("2026-10-25T01:30:00.000125Z"))),
      RecoveryMoment(.time(Fixture.date), isExclusive: true),
      RecoveryMoment(.position(LSN(0x3_7A00_0060))), RecoveryMoment(.transaction(1403)),
      RecoveryMoment(.restorePoint("a b")), RecoveryMoment(.backup("20261122-030000F")),
    ]
    for moment in moments {
      let again = try Self.parse(moment.text)
      if case .time(let date) = moment.target, case .time(let other) = again.target {
        #expect(abs(date.timeIntervalSince(other)) < 1e-6)
        #expect(again.isExclusive == moment.isExclusive)
      } else {
        #expect(again == moment)
      }
    }
  }

  @Test func bothClocks() {
    #expect(
      LocalZone.berlin.both(Fixture.date) == "2026-11-22T12:00:00Z (2026-11-22 13:00:00 CET)")
    #expect(LocalZone.utc.both(Fixture.date) == "2026-11-22T12:00:00Z")
    #expect(LocalZone.berlin.text(Self.time("2026-07-01T22:30:00Z")) == "2026-07-02 00:30:00 CEST")
  }
}
