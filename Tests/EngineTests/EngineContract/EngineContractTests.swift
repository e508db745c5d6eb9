import FoundationEssentials
import RecoveryModel
import Testing
import pgvigil

@Suite("Engine contract") struct EngineContractTests {
  /// The sandbox is a pgBackRest cluster, so every row of the table needs a fixture of its own.
  @Test func everyEngineOfTheTableIsUnderContract() {
    #expect(EngineTable.all.map(\.id).sorted() == ContractFixture.all.map(\.id).sorted())
    #expect(Set(EngineTable.all.map(\.id)).count == EngineTable.all.count)
  }

  @Test(arguments: ContractFixture.all)
  func aHealthyWorldGivesEveryPart(fixture: ContractFixture) async throws {
    let report = try await report(fixture, .happy)
    #expect((report.instances.value?.isEmpty == false) == fixture.asksServers)
    #expect((report.archive.value != nil) == fixture.asksServers)
    #expect(report.backups.value?.backups.isEmpty == false)
    #expect((report.walArchive.value?.segments.isEmpty == false) == fixture.listsArchive)
    #expect((report.configuration.value != nil) == fixture.asksServers)
  }

  @Test(arguments: ContractFixture.all)
  func anEmptyRepositoryIsAnAnswerAndNotAFailure(fixture: ContractFixture) async throws {
    let report = try await report(fixture, .empty)
    #expect(report.backups.value?.backups == [])
    #expect(report.walArchive.value?.segments == (fixture.listsArchive ? [] : nil))
  }

  @Test(arguments: ContractFixture.all, [World.truncated, .refused, .silent])
  func aBrokenWorldIsNeverAValue(fixture: ContractFixture, world: World) async throws {
    let report = try await report(fixture, world)
    #expect(report.backups.value == nil)
    #expect(report.walArchive.value == nil)
    #expect(report.archive.value == nil)
    for instance in report.instances.value ?? [] {
      switch instance.state {
      case .unreachable(let reason): #expect(!reason.isEmpty)
      case .unseen(let missing): #expect(world == .refused && !missing.reason.isEmpty)
      case .running, .startingUp: Issue.record("\(instance.name) is \(instance.state)")
      }
    }
    for part in report.unavailable { #expect(!part.reason.isEmpty) }
  }

  @Test(arguments: ContractFixture.all, World.allCases)
  func noAnswerShowsASecret(fixture: ContractFixture, world: World) async throws {
    #expect(!"\(try await report(fixture, world))".contains("s3cr3t"))
  }

  @Test(arguments: ContractFixture.all)
  func tensOfThousandsOfSegmentsAreAllKept(fixture: ContractFixture) async throws {
    let report = try await report(fixture, .huge)
    #expect(report.walArchive.value?.segments.count == (fixture.listsArchive ? 20_000 : nil))
    #expect(report.backups.value?.backups.count == 2_000)
  }

  @Test(arguments: ContractFixture.all)
  func aCancelledLookStillReturns(fixture: ContractFixture) async throws {
    let engine = try fixture.make(.silent)
    let sources = engine.sources
    let task = Task {
      for source in sources { _ = await engine.observe(source.id) }
      return true
    }
    task.cancel()
    #expect(await task.value)
  }

  @Test(arguments: ContractFixture.all)
  func sourceIDsAreUniqueAndAnUnknownOneSaysNothing(fixture: ContractFixture) async throws {
    let engine = try fixture.make(.happy)
    #expect(Set(engine.sources.map(\.id)).count == engine.sources.count)
    #expect(await engine.observe("no such source") == ReportUpdate())
  }

  @Test(arguments: ContractFixture.all)
  func contentsAreWhatTheListingHas(fixture: ContractFixture) async throws {
    guard fixture.listsArchive else { return }
    let report = try await report(fixture, .happy)
    let inventory = try await fixture.make(.happy).contents()
    let segments = inventory.items.filter {
      if case .segment = $0.subject { true } else { false }
    }
    #expect(segments.count == report.walArchive.value?.segments.count)
    #expect(inventory.segmentSize == report.walArchive.value?.segmentSize)
  }

  @Test(arguments: ContractFixture.all, [World.truncated, .refused, .silent])
  func aBrokenWorldHasNoContents(fixture: ContractFixture, world: World) async throws {
    let engine = try fixture.make(world)
    await #expect(throws: RecoveryError.self) { _ = try await engine.contents() }
  }

  private func report(_ fixture: ContractFixture, _ world: World) async throws -> EngineReport {
    let engine = try fixture.make(world)
    var report = EngineReport()
    for source in engine.sources { report.merge(await engine.observe(source.id)) }
    return report
  }
}
