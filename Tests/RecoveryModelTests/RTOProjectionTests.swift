import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct RTOProjectionTests {
  static func project(
    report: EngineReport = Fixture.report(), drills: [DrillRecord] = [],
    targets: RecoveryTargets = RecoveryTargets()
  ) -> RTOProjection? {
    let window = ChainAudit.window(
      archive: report.walArchive.value ?? WALArchive(segmentSize: 1, segments: []),
      listedAt: report.walArchive.at, backups: report.backups.value ?? BackupCatalog(backups: []))
    return RTOProjection.project(
      declaration: Fixture.declaration(targets: targets), report: report, window: window,
      drills: drills, now: Fixture.date)
  }

  @Test func withoutDrillsItIsAssumedAndSaysSo() throws {
    let projection = try #require(Self.project())
    #expect(projection.basis == .assumed)
    #expect(projection.drills == 0 && projection.lastDrillAt == nil && projection.lastError == nil)
    #expect(projection.load.segments == 272)
    #expect(projection.restoreBytes == 980 << 20)
    // 980 MiB at 70 MB/s; 272 segments at 70 ms and 4.25 GiB at 40 MiB/s.
    #expect((14...17).contains(projection.restore))
    #expect((125...132).contains(projection.replay))
    #expect(abs(projection.total.high / projection.total.low - 3) < 0.01)
  }

  @Test func onePassedDrillMakesItMeasured() throws {
    let projection = try #require(Self.project(drills: [Fixture.drill()]))
    #expect(projection.basis == .measured)
    #expect(projection.drills == 1)
    #expect(projection.lastDrillAt == Fixture.ago(Fixture.hours(8)))
    #expect(abs((projection.lastError ?? 0) - (17.0 / 20 - 1)) < 1e-9)
    #expect(projection.restore < 5)
  }

  @Test(
    "drills that measured nothing teach nothing",
    arguments: [
      DrillOutcome.failed, .cancelled, .couldNotRun,
    ])
  func inconclusive(outcome: DrillOutcome) {
    #expect(Self.project(drills: [Fixture.drill(outcome: outcome)])?.basis == .assumed)
  }

  @Test func nothingRestorableNoProjection() {
    #expect(Self.project(report: Fixture.report(backups: Fixture.catalog([]))) == nil)
    let broken = Fixture.report(walArchive: Fixture.walArchive(missing: [130]))
    #expect(Self.project(report: broken) == nil)
    var unknown = Fixture.report()
    unknown.walArchive = Fixture.unavailable("archived WAL")
    #expect(Self.project(report: unknown) == nil)
  }

  @Test func aDrillKnowsTheSizeThatNobodyElseTells() throws {
    var catalog = Fixture.catalog()
    for index in catalog.backups.indices { catalog.backups[index].databaseBytes = nil }
    var report = Fixture.report(backups: catalog)
    report.configuration = .pending
    #expect(Self.project(report: report) == nil)
    var drill = Fixture.drill()
    drill.restoredBytes = 77 << 20
    #expect(Self.project(report: report, drills: [drill])?.restoreBytes == 77 << 20)
    drill.outcome = .failed
    #expect(Self.project(report: report, drills: [drill]) == nil)
  }

  @Test func theTrendGrowsWithTheSchedule() throws {
    let projection = try #require(Self.project())
    let next = try #require(projection.beforeNextBackup)
    let weekly = try #require(projection.underWeeklySchedule)
    #expect(next > projection.total.expected * 1.5)
    #expect(weekly > next * 3)
    // An overdue backup has no growth left to wait for.
    let overdue = try #require(Self.project(targets: RecoveryTargets(backupInterval: 3600)))
    #expect(overdue.beforeNextBackup == overdue.total.expected)
  }

  @Test func withoutArchiveTimesTheTrendIsUnknown() throws {
    var archive = Fixture.walArchive()
    for index in archive.segments.indices { archive.segments[index].archivedAt = nil }
    let projection = try #require(Self.project(report: Fixture.report(walArchive: archive)))
    #expect(projection.beforeNextBackup == nil && projection.underWeeklySchedule == nil)
  }

  @Test func adviceNamesWhatWouldHelp() throws {
    var settings = ServerConfiguration(
      sharedBuffers: 16 << 20, asynchronousWALFetch: false, restoreWorkers: 1)
    let slow = try #require(Self.project(report: Fixture.report(configuration: settings)))
    #expect(slow.advice.contains { $0.contains("archive-async=y") })
    #expect(slow.advice.contains { $0.contains("shared_buffers") })
    settings = ServerConfiguration(
      sharedBuffers: 1 << 30, asynchronousWALFetch: true, restoreWorkers: 4)
    let tuned = try #require(Self.project(report: Fixture.report(configuration: settings)))
    #expect(tuned.advice.isEmpty)
    let weekly = try #require(
      Self.project(
        report: Fixture.report(configuration: settings),
        targets: RecoveryTargets(backupInterval: 604_800)))
    #expect(weekly.advice.contains { $0.contains("every night instead of every 7 days") })
    let padded = Fixture.report(
      walArchive: Fixture.walArchive(storedBytes: 4096), configuration: settings)
    #expect(
      Self.project(report: padded)?.advice.contains { $0.contains("archive_timeout") } == true)
  }

  @Test(
    "memory settings",
    arguments: [
      ("128MB", 134_217_728), ("1GB", 1 << 30), ("16384", 134_217_728), ("64 kB", 65_536),
      ("lots", nil), ("-1MB", nil), ("99999999999999TB", nil),
    ] as [(String, Int64?)])
  func memory(text: String, bytes: Int64?) {
    #expect(ByteSize.setting(text) == bytes)
  }
}

struct BackupEstimateTests {
  static func backup(_ seconds: Double, kind: BackupKind = .full, hoursAgo: Double) -> Backup {
    var backup = Fixture.backup(kind: kind, finished: Fixture.ago(hoursAgo * 3600))
    backup.startedAt = Fixture.ago(hoursAgo * 3600 + seconds)
    return backup
  }

  @Test func theRecentOnesOfTheSameKindCountMore() throws {
    let catalog = Fixture.catalog([
      Self.backup(100, hoursAgo: 48), Self.backup(200, hoursAgo: 24),
      Self.backup(5, kind: .incremental, hoursAgo: 1),
    ])
    let full = try #require(BackupEstimate.expected(kind: .full, catalog: catalog))
    #expect(full.expected > 150 && full.expected < 200)
    #expect(full.low <= 100 && full.high >= 200)
    let incremental = try #require(BackupEstimate.expected(kind: .incremental, catalog: catalog))
    #expect(incremental.expected == 5)
  }

  @Test func theFirstOneIsAssumedFromTheSize() throws {
    let none = BackupCatalog(backups: [])
    #expect(BackupEstimate.expected(kind: .full, catalog: none) == nil)
    let first = try #require(
      BackupEstimate.expected(kind: .full, catalog: none, databaseBytes: 700_000_000))
    #expect(first.expected == 12)
    #expect(first.low < first.expected && first.high > first.expected)
  }
}
