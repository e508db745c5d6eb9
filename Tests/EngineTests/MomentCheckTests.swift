import FoundationEssentials
import TestSupport
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import RecoveryModel
@testable import Transports

/// A moment as PostgreSQL is asked for it, and what its log says of where it came out.
@Suite("Moments as recovery targets") struct MomentCheckTests {
  typealias F = OperationsFixture

  static let time = Date(timeIntervalSince1970: 1_795_300_000.5)

  @Test(
    "each kind of moment has its own arguments",
    arguments: [
      (RecoveryMoment(.time(time)), ["--type=time", "--target=2026-11-21 22:26:40.5+00"]),
      (RecoveryMoment(.position(LSN(0x300_0060))), ["--type=lsn", "--target=0/3000060"]),
      (
        RecoveryMoment(.transaction(0x1_0000_23DF), isExclusive: true),
        ["--type=xid", "--target=9183", "--target-exclusive"]
      ),
      (RecoveryMoment(.restorePoint("before x")), ["--type=name", "--target=before x"]),
      (RecoveryMoment(.backup("x")), ["--type=immediate"]),
    ])
  func arguments(moment: RecoveryMoment, expected: [String]) {
    let directory = DrillDirectory(place: "/d", id: "abc")
    let arguments = RestoreCommand(
      label: "x", target: LSN(1), timeline: 3, repository: 1, directory: directory, moment: moment
    ).arguments
    for argument in expected { #expect(arguments.contains(argument), "\(arguments)") }
    #expect(arguments.contains("--target-action=promote") && arguments.contains("--set=x"))
    #expect(arguments.contains("--target-timeline=3") == (expected != ["--type=immediate"]))
    #expect(arguments.contains("--target-exclusive") == moment.isExclusive)
  }

  @Test(
    "a copy that came out elsewhere is told from one that came to its moment",
    arguments: [
      (RecoveryMoment(.time(time)), "before commit of transaction 8, time x", true),
      (RecoveryMoment(.time(time - 60)), "before commit of transaction 8, time x", false),
      (RecoveryMoment(.transaction(9183)), "after commit of transaction 9183, time x", true),
      (RecoveryMoment(.transaction(9183)), "before commit of transaction 9183, time x", false),
      (RecoveryMoment(.transaction(918)), "after commit of transaction 9183, time x", false),
      (
        RecoveryMoment(.transaction(9183), isExclusive: true),
        "before commit of transaction 9183, time x", true
      ),
      (RecoveryMoment(.position(LSN(0x100))), "after WAL location (LSN) \"0/100\"", true),
      (RecoveryMoment(.position(LSN(0x300))), "after WAL location (LSN) \"0/100\"", false),
      (
        RecoveryMoment(.position(LSN(0x100)), isExclusive: true),
        "before WAL location (LSN) \"0/100\"", true
      ),
      (
        RecoveryMoment(.position(LSN(0x100)), isExclusive: true),
        "after WAL location (LSN) \"0/100\"", false
      ),
      (RecoveryMoment(.restorePoint("a")), "at restore point \"a\", time x", true),
      (RecoveryMoment(.restorePoint("b")), "at restore point \"a\", time x", false),
      (RecoveryMoment(.backup("x")), "after reaching consistency", true),
    ] as [(RecoveryMoment, String, Bool)])
  func objection(moment: RecoveryMoment, stop: String, isThere: Bool) {
    var log = RecoveryLog()
    log.read("x LOG:  recovery stopping \(stop)")
    log.read("x LOG:  last completed transaction was at log time 2026-11-21 22:26:40.1+00")
    let target = MomentCheck(moment, backup: "x")
    #expect((target.objection(log: log, reached: LSN(0x200)) == nil) == isThere)
    #expect(target.objection(log: RecoveryLog(), reached: LSN(0x200)) != nil)
  }

  /// A drill on the stand-in to the end of segment 27 of 29.
  private static func drill(
    _ moment: RecoveryMoment, _ server: StandInDrill.End
  ) async throws
    -> DrillRecord
  {
    var drill = StandInDrill()
    drill.server = server
    drill.moment = moment
    drill.tests.append(
      SmokeTest(name: "near", sql: "x", expectation: .withinOfProduction(percent: 5)))
    return try await drill.run()
  }

  @Test func aCopyThatStoppedThereIsAProofOfThatMoment() async throws {
    var server = StandInDrill.ready
    server.lines.insert(
      "x LOG:  recovery stopping before commit of transaction 8, time 2026-11-21 22:27:00+00",
      at: 2)
    server.lines.insert(
      "x LOG:  last completed transaction was at log time 2026-11-21 22:26:40.1+00", at: 3)
    let record = try await Self.drill(RecoveryMoment(.time(Self.time)), server)
    #expect(record.outcome == .passed, "\(record)")
    #expect(record.isOfPast && !record.speaksOfNow && record.targetLSN == nil)
    #expect(record.moment?.stop?.hasPrefix("before commit of transaction 8") == true)
    #expect(record.momentWords?.contains("last commit 2026-11-21T22:26:40.1Z") == true)
    #expect(record.tests.map(\.passed) == [true, nil])
    #expect(record.tests.last?.detail.contains("not comparable") == true)
  }

  @Test func aCopyThatWasPromotedWithoutAWordIsNone() async throws {
    let record = try await Self.drill(RecoveryMoment(.time(Self.time)), StandInDrill.ready)
    #expect(record.outcome == .failed)
    #expect(record.reason?.contains("did not say that it stopped") == true)
  }

  @Test func theEndOfTheArchiveIsNoHole() async throws {
    let nowhere = StandInDrill.halted(
      at: 30, "P00   INFO: unable to find 00000001000000000000001E in the archive")
    let record = try await Self.drill(RecoveryMoment(.transaction(99)), nowhere)
    #expect(record.outcome == .failed && record.cause == .momentNotReached, "\(record)")
    #expect(record.reason?.hasPrefix(RecoveryLog.endedEarly) == true)
    #expect(!record.speaksOfNow)
    let hole = StandInDrill.halted(
      at: 27, "P00   INFO: unable to find 00000001000000000000001B in the archive")
    let cut = try await Self.drill(RecoveryMoment(.transaction(99)), hole)
    #expect(cut.outcome == .failed && cut.cause == .recovery && cut.speaksOfNow)
    #expect(cut.reason?.contains("00000001000000000000001B") == true)
  }
}
