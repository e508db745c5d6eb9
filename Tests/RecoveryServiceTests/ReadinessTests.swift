import FoundationEssentials
import RecoveryModel
import Testing

@testable import RecoveryService

/// What is kept between looks: whether the next drill could run, and where the WAL stood.
@Suite("Notes of a cluster", .timeLimit(.minutes(30)))
struct ReadinessTests {
  private static let noRoom = Requirement(
    what: "the place has room", satisfied: false, detail: "1 MiB free")

  private func fixture(
    _ directory: ScratchDirectory = ScratchDirectory(), user: String = "alice"
  ) -> FleetFixture {
    let engine = FakeEngine()
    engine.set { $0.answers = ["servers": Self.answer(at: noon)] }
    return FleetFixture(
      engine: engine, directory: directory, user: user,
      assess: { input in
        ClusterAssessment.assess(
          declaration: input.declaration, engineTitle: input.engineTitle, interval: input.interval,
          report: input.report, drills: input.drills, operation: input.operation,
          outcomes: input.outcomes, clock: input.clock, now: input.now, paces: input.paces,
          notes: input.notes)
      })
  }

  private static func answer(at date: Date, lsn: UInt64 = 0x500_0000) -> ReportUpdate {
    var update = instances("primary", at: date)
    update.backups = .value(
      BackupCatalog(backups: [
        Backup(
          id: "20261122-100443F", kind: .full, startedAt: noon - 60, finishedAt: noon - 30,
          timeline: 1)
      ]), source: "catalog", at: date)
    update.archive = .value(
      ArchiveStatus(
        enabled: true, timeline: 1, segmentSize: 16 << 20, currentLSN: LSN(lsn),
        nextTransactionID: lsn / 100), source: "pg_stat_archiver", at: date)
    return update
  }

  @Test func whoDrillsIsToldADayBeforehandAndSoIsEverybodyElse() async throws {
    let directory = ScratchDirectory()
    let fixture = fixture(directory)
    try await fixture.ledger.append(drillRecord("d1"))
    fixture.engine.set { $0.requirements = [Self.noRoom] }
    await fixture.fleet.askReadiness(of: ["auth-db"])
    // The drill that has just passed says more.
    #expect(fixture.engine.plans == 0)
    fixture.clock.advance(86_400)
    fixture.engine.set { $0.answers = ["servers": Self.answer(at: noon + 86_400)] }
    await fixture.fleet.askReadiness(of: ["auth-db"])
    #expect(fixture.engine.plans == 1)
    let readiness = try #require(await fixture.cluster()?.readiness)
    #expect(readiness.obstacle == Self.noRoom.refusal && readiness.account == "alice on db1")
    // Once a day is enough.
    await fixture.fleet.askReadiness(of: ["auth-db"])
    #expect(fixture.engine.plans == 1)
    // Another console, that looks once, has it from the notes.
    let other = self.fixture(directory, user: "bob")
    other.clock.advance(86_500)
    await other.fleet.refresh(force: true)
    #expect(await other.cluster()?.readiness?.obstacle == readiness.obstacle)
    #expect(await other.cluster()?.findings.contains { $0.id == "drill.blocked" } == true)
    #expect(other.engine.plans == 0)
  }

  @Test func whatCouldNotBeTriedSaysNothing() async throws {
    let fixture = fixture()
    try await fixture.ledger.append(drillRecord("d1"))
    fixture.clock.advance(86_400)
    fixture.engine.set {
      $0.answers = ["servers": Self.answer(at: noon + 86_400)]
      $0.planFailure = RecoveryError(.unreachable, "nobody answers")
    }
    await fixture.fleet.askReadiness(of: ["auth-db"])
    #expect(fixture.engine.plans == 1)
    #expect(await fixture.cluster()?.readiness == nil)
    fixture.clock.advance(3600)
    fixture.engine.set {
      $0.planFailure = RecoveryError(.denied, "no right to create", remedy: "grant it")
    }
    await fixture.fleet.askReadiness(of: ["auth-db"])
    #expect(await fixture.cluster()?.readiness?.obstacle == "no right to create")
    #expect(await fixture.cluster()?.readiness?.remedy == "grant it")
  }

  @Test("a plan that somebody looks at tells as well, but not of what others may do")
  func shownPlans() async throws {
    for user in ["alice", "bob"] {
      let fixture = fixture(user: user)
      try await fixture.ledger.append(drillRecord("d1"))
      await fixture.fleet.refresh(force: true)
      fixture.clock.advance(60)
      fixture.engine.set { $0.requirements = [Self.noRoom] }
      _ = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
      #expect((await fixture.cluster()?.readiness != nil) == (user == "alice"))
      let kept = await NotesFile(path: fixture.ledger.path + ".notes").contents()
      #expect((kept.readiness != nil) == (user == "alice"))
      // One of a chosen backup is another question.
      _ = try await fixture.fleet.plan(.drill(backup: "x"), cluster: "auth-db")
    }
  }

  @Test func looksOutliveTheProcessAndArePutDownOnceAMinute() async throws {
    let directory = ScratchDirectory()
    let fixture = fixture(directory)
    await fixture.fleet.refresh(force: true)
    func kept() async -> [WALSighting] {
      await NotesFile(path: fixture.ledger.path + ".notes").contents().looks.all
    }
    #expect(await kept().map(\.lsn) == [LSN(0x500_0000)])
    fixture.clock.advance(30)
    fixture.engine.set { $0.answers = ["servers": Self.answer(at: noon + 30, lsn: 0x600_0000)] }
    await fixture.fleet.refresh(force: true)
    #expect(await kept().count == 1)
    fixture.clock.advance(90)
    fixture.engine.set { $0.answers = ["servers": Self.answer(at: noon + 120, lsn: 0x700_0000)] }
    await fixture.fleet.refresh(force: true)
    #expect(await kept().map(\.lsn) == [LSN(0x500_0000), LSN(0x700_0000)])
    let other = self.fixture(directory)
    other.clock.advance(130)
    await other.fleet.refresh(force: true)
    #expect(
      await other.cluster()?.looks.all.map(\.lsn).prefix(2) == [LSN(0x500_0000), LSN(0x700_0000)])
  }

  @Test("another primary is put down at once")
  func looksNameANewPrimary() async throws {
    let fixture = fixture(ScratchDirectory())
    @Sendable func answer(_ name: String, at: Date, lsn: UInt64) -> ReportUpdate {
      var answer = Self.answer(at: at, lsn: lsn)
      var primary = Instance(name: name, role: .primary, state: .running, observedAt: at)
      primary.systemIdentifier = "1"
      answer.instances = .value([primary], source: "servers", at: at)
      return answer
    }
    func kept() async -> String? {
      await NotesFile(path: fixture.ledger.path + ".notes").contents().looks.primary
    }
    fixture.engine.set { $0.answers = ["servers": answer("old", at: noon, lsn: 0x500_0000)] }
    await fixture.fleet.refresh(force: true)
    #expect(await kept() == "old")
    fixture.clock.advance(5)
    fixture.engine.set { $0.answers = ["servers": answer("new", at: noon + 5, lsn: 0x600_0000)] }
    await fixture.fleet.refresh(force: true)
    #expect(await kept() == "new")
  }

  @Test("a search of the WAL begins where a kept look saw it stand, clocks allowed for")
  func searches() async throws {
    let directory = ScratchDirectory()
    let fixture = fixture(directory)
    await fixture.fleet.refresh(force: true)
    fixture.clock.advance(600)
    fixture.engine.set { $0.answers = ["servers": Self.answer(at: noon + 600, lsn: 0x600_0000)] }
    await fixture.fleet.refresh(force: true)
    let other = self.fixture(directory)
    other.clock.advance(900)
    other.engine.set { $0.answers = ["servers": Self.answer(at: noon + 900, lsn: 0x700_0000)] }
    await other.fleet.refresh(force: true)
    func known(from seconds: Double) async throws -> LSN? {
      let order = ActSearchOrder(from: noon + seconds, to: noon + 900)
      _ = try await other.fleet.findActs("auth-db", order)
      return other.engine.searches.last?.known?.lsn
    }
    #expect(try await known(from: 60) == nil)
    #expect(try await known(from: 150) == LSN(0x500_0000))
    #expect(try await known(from: 700) == LSN(0x500_0000))
    #expect(try await known(from: 730) == LSN(0x600_0000))
    // Another life of the database.
    other.engine.set { $0.answers = ["servers": Self.answer(at: noon + 901, lsn: 0x100_0000)] }
    other.clock.advance(1)
    await other.fleet.refresh(force: true)
    #expect(try await known(from: 730) == nil)
  }

  @Test func notesThatCannotBeReadOrWrittenAreNone() async throws {
    let directory = ScratchDirectory()
    try directory.write("{\"looks\":{\"all\":[\"17", to: "torn.json")
    let torn = NotesFile(path: directory.file("torn.json"))
    #expect(await torn.contents() == ClusterNotes())
    var notes = ClusterNotes()
    notes.note(DrillReadiness(checkedAt: noon, obstacle: nil, account: "a"))
    #expect(await torn.keep(notes, at: noon))
    #expect(await NotesFile(path: directory.file("torn.json")).contents() == notes)
    #expect(await !NotesFile(path: "/proc/nowhere/x.json").keep(notes, at: noon))
  }
}
