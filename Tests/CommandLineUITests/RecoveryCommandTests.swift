import Foundation
import RecoveryModel
import TestSupport
import Testing

@testable import CommandLineUI

/// `plan recovery` and `incident`.
@Suite struct RecoveryCommandTests {
  static let gone: ClusterSnapshot = {
    let assess = { (report: EngineReport, now: Date, previous: ClusterSnapshot?) in
      ClusterAssessment.assess(
        declaration: Fixture.declaration(), engineTitle: "pgBackRest", interval: 2,
        report: report, drills: [Fixture.drill()], operation: nil, outcomes: [], clock: WALClock(),
        now: now, previous: previous)
    }
    var instances = Fixture.instances()
    instances[0].state = .unreachable(reason: "connection refused")
    var report = Fixture.report(instances: instances)
    report.archive = Fixture.unavailable("archive")
    return assess(
      report, Fixture.date, assess(Fixture.report(at: Fixture.ago(300)), Fixture.ago(300), nil))
  }()

  @Test func theOutlookOfAMomentFitsAndSaysEverything() async {
    let stage = Stage([Self.gone])
    #expect(await stage.run("plan", "recovery", "auth-db", "--at", "-40m") == .good)
    Golden.expect(stage.state.answer, is: "plan-recovery.txt")
    // A command is not cut: it is to be copied.
    for line in stage.state.answer.split(separator: "\n") where !line.hasPrefix("      ") {
      #expect(line.count <= 80, "\(line)")
    }
    #expect(stage.state.refreshed == [["auth-db"]])
  }

  @Test func theDocumentHasItsKeys() async {
    let stage = Stage([Self.gone])
    #expect(
      await stage.run("plan", "recovery", "auth-db", "--json", "--at", "2026-11-22T11:20:00Z")
        == .good)
    Golden.expect(stage.state.answer, is: "plan-recovery.json")
  }

  @Test(
    "the exit status tells whether it can be reached",
    arguments: [
      ("latest", CommandLineUI.ExitStatus.good), ("-10s", .good), ("-3d", .worst),
      ("backup 20261122-030000F", .good), ("backup nosuch", .worst), ("xid 77", .undecided),
      ("1403", .worst), ("whenever", .worst),
    ])
  func exits(moment: String, status: CommandLineUI.ExitStatus) async {
    #expect(await Stage([Self.gone]).run("plan", "recovery", "auth-db", "--at", moment) == status)
  }

  @Test func whereToAndFromWhichBackupAreHandedOn() async {
    let stage = Stage([Self.gone])
    _ = await stage.run(
      "plan", "recovery", "auth-db", "--at", "latest", "--to", "/srv/x", "--backup",
      "20261122-030000F")
    #expect(
      stage.state.recoveries == [
        RecoveryQuestion(.latest, into: "/srv/x", from: "20261122-030000F")
      ])
    #expect(
      await stage.run("plan", "recovery", "auth-db", "--at", "latest", "--backup", "nosuch")
        == .worst)
    #expect(stage.state.answer.contains("no plan"))
  }

  @Test func theCommandThatCarriesItOutNamesTheTables() async {
    let stage = Stage([Self.gone])
    _ = await stage.run(
      "plan", "recovery", "auth-db", "--at", "latest", "--database", "shop", "--table",
      "public.orders")
    #expect(
      stage.state.answer.contains(
        "pgvigil recover auth-db --at latest --database shop --table public.orders"))
    #expect(stage.state.recoveries.last?.lost.map(\.name) == ["public.orders"])
    #expect(
      await stage.run("recover", "auth-db", "--at", "latest", "--table", "public.orders") == .worst)
    #expect(stage.state.diagnostics.contains("--database"))
  }

  @Test func aCheckThatIsNotMetIsAStatusOfItsOwn() async {
    let stage = Stage([Self.gone], isCramped: true)
    #expect(await stage.run("plan", "recovery", "auth-db", "--at", "latest") == .bad)
    #expect(stage.state.answer.contains("NOT MET"))
  }

  @Test func theScriptIsSavedForItsOwnerAndOverwritesNothing() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let stage = Stage([Self.gone])
    let command = ["plan", "recovery", "auth-db", "--at", "latest", "--output", path]
    #expect(await stage.run(command) == .good)
    #expect(stage.state.answer.contains("Saved to \(path)."))
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasPrefix("#!/bin/sh\n") && text.contains("install -d -m 0700 /srv/auth-db"))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(await stage.run(command) == .worst)
    #expect(stage.state.diagnostics.contains("is not overwritten"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test func whatIsNotUnderstoodIsExplained() async {
    let stage = Stage([Self.gone])
    _ = await stage.run("plan", "recovery", "auth-db", "--at", "whenever")
    #expect(stage.state.diagnostics.contains("yesterday 14:03") && stage.state.answer.isEmpty)
    #expect(await stage.run("plan", "recovery", "auth-db") == .worst)
  }

  @Test func thePageFitsATerminal() async {
    let stage = Stage([Self.gone])
    #expect(await stage.run("incident", "auth-db") == .good)
    Golden.expect(stage.state.answer, is: "incident.txt")
    let lines = stage.state.answer.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 25)
    for line in lines { #expect(line.count <= 80, "\(line)") }
  }

  @Test func markdownAndJSON() async {
    let stage = Stage([Self.gone])
    #expect(await stage.run("incident", "auth-db", "--markdown") == .good)
    Golden.expect(stage.state.answer, is: "incident.md")
    let other = Stage([Self.gone])
    #expect(await other.run("incident", "auth-db", "--json") == .good)
    Golden.expect(other.state.answer, is: "incident.json")
    #expect(await other.run("incident", "auth-db", "--json", "--markdown") == .worst)
  }

  @Test func whereNobodyTellsAnythingItIsSaidByTheStatus() async {
    var report = EngineReport()
    report.instances = Fixture.unavailable("instances")
    report.backups = Fixture.unavailable("backups")
    let blind = Fixture.cluster(verdict: .unknown, report: report, drills: [], window: nil)
    #expect(await Stage([blind]).run("incident", "auth-db") == .undecided)
  }

  // MARK: A bucket alone

  private static func survey(_ names: String...) -> StoreSurvey {
    let servers = names.map { name -> StoredServer in
      var server = StoredServer(name: name, path: "s3://backups/k8s/\(name)")
      var backup = Fixture.backup("20261122T030000")
      backup.identity.systemIdentifier = "7713550176793581114"
      var stored = StoredBackup(backup: backup, status: "DONE")
      stored.dataObjects = 1
      server.backups = .value([stored], source: server.path, at: Fixture.date)
      server.wal = .value(
        StoredWAL(archive: Fixture.walArchive()), source: server.path, at: Fixture.date)
      return server
    }
    return StoreSurvey(
      place: "s3://backups/k8s/", endpoint: "https://s3", servers: servers, takenAt: Fixture.date)
  }

  @Test func ofABucketAloneThePageIsMadeFromWhatLiesThere() async {
    let stage = Stage(store: .success(Self.survey("auth-db")))
    #expect(
      await stage.run("incident", "s3://backups/k8s/auth-db", "--endpoint-url", "https://s3")
        == .good)
    Golden.expect(stage.state.answer, is: "incident-store.txt")
    #expect(stage.state.stores.first?.endpointURL == "https://s3")
    #expect(stage.state.requests.isEmpty)
    #expect(
      await stage.run("plan", "recovery", "s3://backups/k8s/auth-db", "--at", "-1h") == .good)
  }

  @Test func ofSeveralServersOneIsToBeNamed() async {
    let stage = Stage(store: .success(Self.survey("auth-db", "shop-db")))
    #expect(await stage.run("incident", "s3://backups/k8s") == .worst)
    #expect(stage.state.diagnostics.contains("s3://backups/k8s/shop-db"))
    let none = Stage(store: .success(Self.survey()))
    #expect(await none.run("incident", "s3://backups") == .worst)
  }
}
