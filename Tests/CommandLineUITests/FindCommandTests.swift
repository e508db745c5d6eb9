import FoundationEssentials
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct FindCommandTests {
  private static func search(_ change: (inout ActSearch) -> Void = { _ in }) -> ActSearch {
    var search = ActSearch(ActSearchOrder(from: Fixture.ago(3600), to: Fixture.date))
    search.segments = 3
    search.commits = 120
    change(&search)
    return search
  }

  private static func drop(_ search: inout ActSearch) {
    search.acts = [
      FoundAct(
        kind: .drop, at: Fixture.ago(1800.5), transaction: 9183, commit: LSN(0x9000_0060),
        database: 16384,
        relations: [
          FoundRelation(
            oid: 16402, file: RelationFile(tablespace: 1663, database: 16384, number: 16402))
        ])
    ]
    search.acts[0].databaseName = "keycloak"
  }

  private static func open(_ search: inout ActSearch) {
    search.unread = [
      UnreadWAL(
        .notArchived, from: LSN(0xA000_0000), "nothing of that time is archived", remedy: "switch")
    ]
  }

  private func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test("the exit status tells whether all of it was read")
  func statuses() async {
    let cases: [((inout ActSearch) -> Void, CommandLineUI.ExitStatus, String)] = [
      ({ _ in }, .good, "nothing was destroyed (3 segments, 120 commits)"),
      (Self.drop, .good, "DROP of OID 16402 in keycloak at 2026-11-22T11:29:59.5Z"),
      (Self.open, .undecided, "nothing was found in what could be read"),
      (
        {
          $0.lastCommit = Fixture.ago(60)
          $0.beyond = UnreadWAL(.notArchived, "1 KiB of WAL are not archived yet")
        }, .good,
        "nothing was destroyed up to 2026-11-22T11:59:00Z (3 segments, 120 commits) "
          + "not yet 1 KiB of WAL are not archived yet"
      ),
    ]
    for (change, status, expected) in cases {
      let stage = Stage(find: .success(Self.search(change)))
      #expect(await stage.run("find", "auth-db", "--from", "-1h") == status, "\(expected)")
      #expect(words(stage.state.answer).contains(expected), "\(stage.state.answer)")
    }
  }

  @Test func itSaysWhatToTypeNext() async {
    let stage = Stage(find: .success(Self.search(Self.drop)))
    _ = await stage.run("find", "auth-db", "--from", "-1h")
    for expected in [
      "transaction 9183, commit LSN 0/90000060: recover to just before it",
      "pgvigil plan recovery auth-db --at 'before 0/90000060'",
      "--type=lsn --target=0/90000060 --target-exclusive",
      "recovery_target_xid = '9183', recovery_target_inclusive = off", "SELECT 16402::regclass",
    ] {
      #expect(words(stage.state.answer).contains(expected), "\(stage.state.answer)")
    }
  }

  @Test func theStretchIsUnderstoodAndBounded() async {
    let stage = Stage()
    _ = await stage.run(
      "find", "auth-db", "--from", "2026-11-22T10:00:00Z", "--to", "2026-11-22T11:00:00Z",
      "--deletes", "5", "--limit", "1GiB")
    let order = stage.state.searches.first
    #expect(order?.from == TimestampText.parse("2026-11-22T10:00:00Z"))
    #expect(order?.to == TimestampText.parse("2026-11-22T11:00:00Z"))
    #expect(order?.isOpen == false)
    _ = await stage.run("find", "auth-db", "--from", "-1h")
    #expect(stage.state.searches.last?.isOpen == true)
    #expect(order?.leastRows == 5 && order?.limit == 1 << 30)
    // What is to come has not been written.
    _ = await stage.run("find", "auth-db", "--from", "-1h", "--to", "2027-01-01T00:00:00Z")
    #expect(stage.state.searches.last?.to == Fixture.date)
  }

  @Test(arguments: [
    ["--from", "0/90"], ["--from", "-1h", "--to", "-2h"], ["--from", "-1h", "--deletes", "0"],
    ["--from", "-1h", "--limit", "much"], [],
  ])
  func whatMakesNoSenseIsRefused(arguments: [String]) async {
    let stage = Stage()
    #expect(await stage.run(["find", "auth-db"] + arguments) == .worst)
    #expect(stage.state.searches.isEmpty)
  }

  @Test func jsonHasWhatARecoveryTakes() async {
    let stage = Stage(
      find: .success(
        Self.search {
          Self.drop(&$0)
          Self.open(&$0)
        }))
    _ = await stage.run("find", "auth-db", "--from", "-1h", "--json")
    for expected in [
      "\"at\" : \"2026-11-22T11:29:59.5Z\"", "\"complete\" : false", "\"kind\" : \"not_archived\"",
      "\"commit_lsn\" : \"0/90000060\"", "\"database_oid\" : 16384", "\"exclusive\" : true",
      "\"from\" : \"2026-11-22T11:00:00Z\"",
    ] {
      #expect(stage.state.answer.contains(expected), "\(stage.state.answer)")
    }
  }

  @Test func anIncidentsThirdMomentIsTheOneThatWasFound() async {
    let stage = Stage(find: .success(Self.search(Self.drop)))
    _ = await stage.run("incident", "auth-db", "--find-from", "-1h")
    #expect(words(stage.state.answer).contains("before act before 0/90000060, DROP of OID 16402"))
    let refused = Stage(find: .failure(RecoveryError(.refused, "no store is read")))
    #expect(await refused.run("incident", "auth-db", "--find-from", "-1h") == .good)
    #expect(refused.state.diagnostics.contains("not looked for what was destroyed: no store"))
    let nothing = Stage(find: .success(Self.search()))
    _ = await nothing.run("incident", "auth-db", "--find-from", "-1h")
    #expect(words(nothing.state.answer).contains("before act none: nothing was destroyed"))
  }
}
