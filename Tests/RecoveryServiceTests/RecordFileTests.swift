import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import RecoveryService

@Suite("Ledger and audit files", .timeLimit(.minutes(30)))
struct RecordFileTests {
  let directory = ScratchDirectory()

  @Test func aDrillComesBackAsItWas() async throws {
    let path = directory.file("state/ledger/auth-db.jsonl")
    var drill = drillRecord("d1", at: noon + 0.125)
    drill.predicted = Estimate(expected: 20, low: 15, high: 30)
    drill.failedIn = .smokeTesting
    drill.replay = ReplayLoad(segments: 3, walBytes: 48 << 20, storedBytes: 9 << 20)
    drill.tests = [
      SmokeTestResult(
        name: "users", answer: "7", rows: 7, production: "7", expectation: ">= 1", passed: nil,
        detail: "line\nbreak", seconds: 0.5)
    ]
    try await FileDrillLedger(path: path).append(drill)
    #expect(try await FileDrillLedger(path: path).contents().drills == [drill])
    let line = directory.text("state/ledger/auth-db.jsonl")
    #expect(line.contains("\"schema_version\":1"))
    #expect(line.contains("\"started_at\":\"2026-11-22T12:00:00.125Z\""))
    #expect(line.contains("\"target_lsn\":\"0/5000000\""))
    #expect(mode("state") == 0o700 && mode("state/ledger") == 0o700)
    #expect(mode("state/ledger/auth-db.jsonl") == 0o600)
  }

  @Test func aRecoveryThatManyWatchedPushesNobodyOut() {
    func act(_ age: Double, _ operation: String, _ event: String) -> IncidentAct {
      IncidentAct(
        at: noon - age, user: "alice", host: "db\(Int(age))", operation: operation,
        kind: .recovery, event: event, outcome: nil, summary: "recovery")
    }
    let acts = [
      act(1, "r2", "followed"), act(2, "r2", "followed"), act(3, "r1", "followed"),
      act(4, "op", "ended"), act(5, "op", "started"),
    ]
    #expect(acts.told(20).map(\.who) == ["alice@db4", "alice@db5", "alice@db1", "alice@db3"])
    #expect(acts.told(2).map(\.watched) == [nil, nil])
  }

  @Test func aTornLastLineCostsItselfAlone() async throws {
    let ledger = FileDrillLedger(path: directory.file("l.jsonl"))
    try await ledger.append(drillRecord("d1"))
    let whole = directory.text("l.jsonl")
    try directory.write(whole + String(whole.dropLast(40)), to: "l.jsonl")
    let torn = try await ledger.contents()
    #expect(torn.drills.map(\.id) == ["d1"])
    #expect(torn.notices == ["\(ledger.path): entry 2 is cut off; its writer died"])
    try await ledger.append(drillRecord("d2", at: noon + 60))
    #expect(try await ledger.contents().drills.map(\.id) == ["d1", "d2"])
    #expect(directory.lines("l.jsonl").count == 3, "the torn line was removed or glued")
  }

  @Test func linesOfANewerVersionAreKeptAndSkipped() async throws {
    let ledger = FileDrillLedger(path: directory.file("l.jsonl"))
    try await ledger.append(drillRecord("d1"))
    let line = directory.text("l.jsonl")
    let newer = line.replacing("\"schema_version\":1", with: "\"schema_version\":3")
    let extended = line.replacing("\"id\":\"d1\"", with: "\"id\":\"d3\",\"new_key\":{\"a\":[1]}")
    try directory.write(line + newer + extended + "not json\n", to: "l.jsonl")
    let contents = try await ledger.contents()
    #expect(contents.drills.map(\.id) == ["d1", "d3"])
    #expect(
      contents.notices == [
        "\(ledger.path): entry 2 was written by a newer pgvigil (format 3)",
        "\(ledger.path): entry 4 is not a drill that this version can read",
      ])
    try await ledger.append(drillRecord("d4"))
    #expect(directory.text("l.jsonl").hasPrefix(line + newer + extended + "not json\n"))
  }

  @Test func twoWritersLoseNoLine() async throws {
    let path = directory.file("l.jsonl")
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        group.addTask {
          let ledger = FileDrillLedger(path: path)
          for number in 0..<40 {
            do {
              try await ledger.append(drillRecord("w\(writer)n\(number)"))
            } catch {
              Issue.record(error)
            }
          }
        }
      }
    }
    let contents = try await FileDrillLedger(path: path).contents()
    #expect(Set(contents.drills.map(\.id)).count == 80)
    #expect(contents.notices == [])
  }

  @Test func aDrillHasOneLine() async throws {
    let ledger = FileDrillLedger(path: directory.file("l.jsonl"))
    let other = FileDrillLedger(path: directory.file("l.jsonl"))
    #expect(try await ledger.append(drillRecord("d1")))
    #expect(try await other.append(drillRecord("d1", outcome: .failed)) == false)
    #expect(directory.lines("l.jsonl").count == 1)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can act for another account"))
  func whatRootMakesBelongsToTheDirectorysOwner() async throws {
    #expect(chown(directory.path, 65_534, 65_534) == 0)
    try await FileDrillLedger(path: directory.file("l.jsonl"), shared: true).append(
      drillRecord("d1"))
    var status = stat()
    #expect(stat(directory.file("l.jsonl"), &status) == 0)
    #expect(status.st_uid == 65_534 && status.st_gid == 65_534)
  }

  @Test func aLinkIsNotFollowed() async throws {
    try directory.write("precious\n", to: "precious")
    #expect(symlink(directory.file("precious"), directory.file("l.jsonl")) == 0)
    let ledger = FileDrillLedger(path: directory.file("l.jsonl"))
    await #expect(throws: RecoveryError.self) { try await ledger.append(drillRecord("d1")) }
    #expect(directory.text("precious") == "precious\n")
  }

  @Test func anAuditLineSaysWhoDidWhat() async throws {
    let audit = AuditLog(path: directory.file("state/audit.jsonl"))
    let entry = AuditEntry(
      at: noon, event: .ended, user: "alice", host: "db1", process: 7, cluster: "auth-db",
      operation: "op1", kind: .drill, what: "Restore\u{1B}[31m", outcome: .couldNotRun,
      summary: "two\nlines")
    try await audit.append(entry)
    #expect(directory.lines("state/audit.jsonl").count == 1)
    #expect(!directory.text("state/audit.jsonl").contains("\u{1B}"))
    #expect(try await audit.entries() == [entry])
    #expect(mode("state/audit.jsonl") == 0o600)
  }

  @Test func anOperationWhoseProcessIsGoneWithoutAWordWasAbandoned() {
    func entry(
      _ id: String, _ event: AuditEntry.Event, host: String = "db1", process: Int32 = 7
    )
      -> AuditEntry
    {
      AuditEntry(
        at: noon, event: event, user: "alice", host: host, process: process, cluster: "auth-db",
        operation: id, kind: .backup, what: "Take a base backup")
    }
    let entries = [
      entry("ended", .started), entry("ended", .ended), entry("runs", .started, process: 8),
      entry("killed", .started), entry("elsewhere", .started, host: "db2"),
      entry("refused", .refused),
    ]
    #expect(entries.abandoned(on: "db1") { $0 == 8 } == ["killed"])
  }

  @Test func whatIsDoneToTheSandboxIsMarked() async throws {
    let path = directory.file("state/audit.jsonl")
    let entry = AuditEntry(
      at: noon, event: .started, user: "alice", host: "db1", process: 7, cluster: "auth-db",
      operation: "op1", kind: .backup, what: "Take a base backup",
      of: ClusterDeclaration(
        name: "auth-db", place: ClusterPlace(context: "prod", namespace: "auth", name: "auth-db"),
        engine: "cnpg"))
    try await AuditLog(path: path, isSandbox: true).append(entry)
    try await AuditLog(path: path).append(entry)
    #expect(try await AuditLog(path: path).entries().map(\.sandbox) == [true, nil])
    #expect(entry.place == "prod/auth/auth-db")
  }

  @Test("acts of another cluster of the same name are another's")
  func whose() {
    func declaration(_ stanza: String?, _ context: String? = nil) -> ClusterDeclaration {
      ClusterDeclaration(
        name: "auth-db",
        place: context.map { ClusterPlace(context: $0, namespace: "auth", name: "auth-db") },
        engine: "pgbackrest", options: stanza.map { ["stanza": .string($0)] } ?? [:])
    }
    func isOf(_ its: ClusterDeclaration, _ asked: ClusterDeclaration) -> Bool {
      AuditEntry.isOf(asked, cluster: its.name, place: AuditEntry.place(of: its))
    }
    let clusters = [
      declaration("main"), declaration("other"), declaration(nil, "a"), declaration(nil, "b"),
    ]
    for (index, asked) in clusters.enumerated() {
      #expect(clusters.map { isOf($0, asked) } == clusters.indices.map { $0 == index })
    }
    // Called otherwise since, and a line from before hosts told where they are.
    var renamed = clusters[2]
    renamed.name = "a/auth-db"
    #expect(isOf(clusters[2], renamed))
    #expect(AuditEntry.isOf(clusters[0], cluster: "auth-db", place: nil))
    #expect(!AuditEntry.isOf(clusters[2], cluster: "auth-db", place: nil))
  }

  @Test func aLedgersDrillsHaveTheClustersPresentName() {
    let old = [drillRecord("d1"), drillRecord("d2")]
    #expect(
      FleetService.named("prod/auth/auth-db", old).map(\.cluster)
        == ["prod/auth/auth-db", "prod/auth/auth-db"])
  }

  @Test func pathsFollowTheBaseDirectories() {
    let given = Paths(environment: [
      "HOME": "/home/a", "XDG_CONFIG_HOME": "/c/", "XDG_STATE_HOME": "relative",
    ])
    #expect(given.configurationFile == "/c/pgvigil/config.yaml")
    #expect(given.auditFile == "/home/a/.local/state/pgvigil/audit.jsonl")
    #expect(
      given.ledgerFile(cluster: "auth-db")
        == "/home/a/.local/state/pgvigil/ledger/auth-db.jsonl")
    #expect(Paths(environment: [:]).configurationFile.hasSuffix("/.config/pgvigil/config.yaml"))
  }

  private func mode(_ name: String) -> UInt32 {
    var status = stat()
    return stat(directory.file(name), &status) == 0 ? status.st_mode & 0o777 : 0
  }
}
