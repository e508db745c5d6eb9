import FoundationEssentials
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct ScrubCommandTests {
  private static let item = ScrubItem(
    subject: .segment(WALSegment(timeline: 1, number: 12)), object: "wals/00000001/C.gz",
    bytes: 900, modifiedAt: Fixture.ago(600))

  private static func outcome(
    _ change: (inout ScrubOutcome) -> Void = { _ in }
  ) -> ScrubOutcome {
    var outcome = ScrubOutcome()
    outcome.objects = 12
    outcome.bytes = 3 << 20
    outcome.seconds = 90
    change(&outcome)
    return outcome
  }

  private static func damage(_ outcome: inout ScrubOutcome) {
    outcome.faults = [
      ScrubFault(
        item, segmentSize: 16 << 20, what: "the record at 0/C000028 has the wrong checksum",
        at: Fixture.date)
    ]
  }

  private static func unread(_ outcome: inout ScrubOutcome) {
    outcome.unread = [.init(reason: "zstd is not installed here", objects: 3, bytes: 300)]
  }

  @Test("the exit status tells what was found")
  func statuses() async {
    let cases: [((inout ScrubOutcome) -> Void, CommandLineUI.ExitStatus, String)] = [
      ({ _ in }, .good, "12 objects read, 3 MiB in 1m 30s: all good"),
      (Self.damage, .bad, "1 damaged"),
      (Self.unread, .undecided, "zstd is not installed here"),
      ({ $0.ending = .cancelled }, .bad, "the next one goes on from here"),
      ({ $0.ending = .dailyLimit }, .good, "the daily limit is reached"),
    ]
    for (change, status, words) in cases {
      let stage = Stage(scrub: .success(Self.outcome(change)))
      #expect(await stage.run("scrub", "auth-db") == status, "\(words)")
      let answer = stage.state.answer.split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
      #expect(answer.contains(words), "\(answer)")
    }
  }

  @Test func aBusyOneIsRefused() async {
    let stage = Stage(scrub: .failure(RecoveryError(.refused, "auth-db is being scrubbed")))
    #expect(await stage.run("scrub", "auth-db") == .worst)
    #expect(stage.state.diagnostics.contains("being scrubbed"))
  }

  @Test func limitsArriveAsTheyWereTyped() async {
    let stage = Stage(scrub: .success(Self.outcome()))
    _ = await stage.run(
      "scrub", "auth-db", "--subset", "1/30", "--limit", "20MiB/s", "--daily-limit", "1GiB")
    var limits = ScrubLimits()
    limits.share = 1.0 / 30
    limits.rate = 20 * 1_048_576
    limits.daily = 1 << 30
    #expect(stage.state.scrubs == [limits])
  }

  @Test(
    "wrong limits", arguments: [["--subset", "2"], ["--limit", "fast"], ["--daily-limit", "0"]])
  func wrong(arguments: [String]) async {
    let stage = Stage(scrub: .success(Self.outcome()))
    #expect(await stage.run(["scrub", "auth-db"] + arguments) == .worst)
    #expect(stage.state.scrubs.isEmpty)
  }

  @Test func theDocumentNamesWhatIsDamaged() async throws {
    let stage = Stage(scrub: .success(Self.outcome(Self.damage)))
    _ = await stage.run("scrub", "auth-db", "--json")
    for key in [
      "\"schema_version\"", "\"ending\" : \"done\"", "\"segment\" : \"00000001000000000000000C\"",
      "wrong checksum",
    ] {
      #expect(stage.state.answer.contains(key), "\(key) in \(stage.state.answer)")
    }
  }
}
