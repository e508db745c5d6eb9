import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// Listings that are not what they seem.
struct SpoiledArchiveTests {
  private static func spoiled(
    _ number: UInt64, _ fault: SpoiledSegment.Fault, files: [String] = ["a", "b"]
  ) -> SpoiledSegment {
    SpoiledSegment(segment: Fixture.segment(number), fault: fault, files: files)
  }

  private func cluster(_ archive: WALArchive) -> ClusterSnapshot {
    Assessed.cluster { $0.setWAL(archive) }
  }

  @Test("two files of a segment end the chain before it", arguments: [true, false, nil])
  func duplicate(same: Bool?) throws {
    var archive = Fixture.walArchive()
    archive.spoiled = [Self.spoiled(300, .duplicate(same: same))]
    let cluster = cluster(archive)
    #expect(cluster.verdict == .atRisk)
    #expect(cluster.window?.lastSegment == Fixture.segment(299))
    #expect(cluster.window?.last == Fixture.ago(60 + 101 * 120))
    let finding = try #require(cluster.findings.first { $0.id == "chain.spoiled" })
    #expect(finding.severity == .critical)
    #expect(finding.headline.contains("Recovery ends at 00000001000000010000002B, only to "))
    #expect(finding.headline.contains("losing 3h 23m"))
    // Those of the same contents are of one history, and one of them makes it whole.
    #expect(finding.remedy.contains("multiple primaries") == (same != true))
    #expect(finding.remedy.contains("sha1sum") == (same == true))
    #expect(!cluster.findings.contains { $0.id == "chain.hole" })
    #expect(cluster.reach?.isCut == true && cluster.reach?.until == cluster.window?.last)
  }

  @Test(
    "what stands there instead of a segment is a hole with a name",
    arguments: [
      SpoiledSegment.Fault.halfWritten, .wrongSize(8192), .foreignName,
    ])
  func instead(fault: SpoiledSegment.Fault) throws {
    var archive = Fixture.walArchive(missing: [300])
    archive.spoiled = [Self.spoiled(300, fault, files: ["x.tmp"])]
    let cluster = cluster(archive)
    let finding = try #require(cluster.findings.first { $0.id == "chain.spoiled" })
    #expect(cluster.verdict == .atRisk && finding.evidence.first?.what == "x.tmp")
    // Beside a good file it does no harm.
    var whole = Fixture.walArchive()
    whole.spoiled = archive.spoiled
    #expect(self.cluster(whole).verdict == .proven)
  }

  @Test func aSpoiledSegmentOfTheBackupItselfBreaksTheBackup() {
    var archive = Fixture.walArchive()
    archive.spoiled = [Self.spoiled(130, .duplicate(same: false))]
    let cluster = cluster(archive)
    #expect(cluster.window?.broken == ["20261122-030000F"])
    #expect(cluster.verdict == .notRecoverable)
  }

  @Test func aHoleSaysToWhenAndHowMuchIsLost() throws {
    let cluster = cluster(Fixture.walArchive(missing: [388]))
    let finding = try #require(cluster.findings.first { $0.id == "chain.hole" })
    let end = Format.timestamp(Fixture.ago(60 + 13 * 120)).dropFirst(11).prefix(8)
    #expect(finding.headline.contains("only to \(end), losing 27m"))
    #expect(cluster.verdict == .atRisk)
    let lost = try #require(ClusterStatus(snapshot: cluster).reach?.lostSeconds)
    #expect(abs(lost - 27 * 60) < 1)
  }

  private func switched(_ timeline: UInt32, _ segment: UInt64, parent: UInt32 = 1) -> TimelineSwitch
  {
    TimelineSwitch(timeline: timeline, parent: parent, switchedAt: LSN(segment << 24 | 0x28))
  }

  @Test("a history file alone leads a recovery away where it left before the backup, else nowhere")
  func strayHistory() throws {
    let after = cluster(Fixture.walArchive(switches: [switched(2, 350)]))
    let finding = try #require(after.findings.first { $0.id == "chain.empty-timeline" })
    #expect(finding.headline.contains("00000002.history") && finding.severity == .warning)
    #expect(
      !after.findings.contains {
        $0.id == "chain.stray-timeline" || $0.ceiling.rank > Verdict.likely.rank
      })
    let before = cluster(Fixture.walArchive(switches: [switched(2, 50)]))
    let refused = try #require(before.findings.first { $0.id == "chain.stray-timeline" })
    #expect(refused.headline.contains("fails by default") && before.verdict == .atRisk)
    #expect(refused.remedy.contains("recovery_target_timeline"))
  }

  @Test func aTimelineThatWasLeftForAnotherIsNoStray() {
    // PostgreSQL looks number by number: it never sees the third.
    let beyond = cluster(Fixture.walArchive(switches: [switched(3, 350, parent: 2)]))
    #expect(!beyond.findings.contains { $0.id == "chain.stray-timeline" })
    #expect(!cluster(Fixture.walArchive()).findings.contains { $0.id == "chain.stray-timeline" })
  }
}

/// Holes that somebody asked for.
struct ThinnedArchiveTests {
  private static let day = 86_400.0
  private static let ends: [(String, BackupKind, Double, UInt64)] = [
    ("full", .full, 3 * day, 8), ("i1", .incremental, 2 * day, 18), ("i2", .incremental, day, 28),
    ("i3", .incremental, 3600, 38),
  ]

  private func cluster(
    _ wal: WALRetention?, retention: Double? = nil, from first: UInt64 = 38
  ) -> ClusterSnapshot {
    let backups = Self.ends.map {
      Fixture.backup($0.0, kind: $0.1, finished: Fixture.ago($0.2), from: $0.3, through: $0.3 + 1)
    }
    let kept = Set(Self.ends.flatMap { [$0.3, $0.3 + 1] })
    let missing = Set((8..<first).filter { !kept.contains($0) })
    return Assessed.cluster(
      targets: RecoveryTargets(retention: retention),
      drills: [Fixture.drill(backup: "i3", timeline: 1)]
    ) { report in
      report.setBackups(backups)
      report.setWAL(Fixture.walArchive(from: 8, through: 63, missing: missing, every: 60))
      report.retention = Fixture.observed(
        RetentionPolicy(fullCount: 2, text: "repo1-retention-full=2").keeping(wal))
      report.changeArchive {
        $0.lastArchivedSegment = Fixture.segment(63)
        $0.currentLSN = LSN(64 << 24 | 0x800)
      }
    }
  }

  private static let newest = WALRetention(backups: 1, text: "repo1-retention-archive=1 (incr)")

  @Test func holesOnPurposeAreNoAlarm() throws {
    let cluster = cluster(Self.newest)
    #expect(!cluster.findings.contains { $0.id.hasPrefix("chain.") })
    #expect(cluster.verdict == .proven || cluster.verdict == .likely)
    #expect(cluster.window?.first == Fixture.ago(3600) && cluster.window?.holes == [])
    #expect(cluster.window?.points.count == 3)
    let finding = try #require(cluster.findings.first { $0.id == "repository.single-moments" })
    #expect(finding.severity == .info && finding.headline.contains("3 older backups"))
    #expect(ClusterStatus(snapshot: cluster).window?.points?.count == 3)
  }

  @Test func theSameHolesWithoutTheSettingAreOne() {
    let cluster = cluster(nil)
    #expect(cluster.findings.contains { $0.id == "chain.hole" })
    #expect(cluster.window?.points == [])
  }

  @Test func aDeclaredRetentionThatIsLongerIsNotMet() throws {
    let finding = try #require(
      cluster(Self.newest, retention: 3 * Self.day).findings
        .first { $0.id == "repository.retention" })
    #expect(finding.headline.contains("of the last 1h 00m, expected 3d"))
    #expect(
      !cluster(Self.newest, retention: 1800).findings.contains { $0.id == "repository.retention" })
  }

  @Test func onlyBackupsOfTheKindAreCounted() {
    let fulls = cluster(WALRetention(backups: 1, kinds: [.full], text: "full"))
    // One full backup: all WAL since it should be there, and is not.
    #expect(fulls.findings.contains { $0.id == "chain.hole" })
  }

  @Test func aHoleAfterTheNewestStaysAHole() {
    let cluster = Assessed.cluster(drills: []) { report in
      report.setBackups([
        Fixture.backup("a", finished: Fixture.ago(9000), from: 108, through: 109),
        Fixture.backup("b", finished: Fixture.ago(6000), from: 308, through: 309),
      ])
      report.setWAL(Fixture.walArchive(missing: [200, 350]))
      report.retention = Fixture.observed(
        RetentionPolicy(fullCount: 2, text: "full=2").keeping(Self.newest))
    }
    #expect(cluster.window?.holes.map(\.first) == [Fixture.segment(350)])
    #expect(cluster.verdict == .atRisk)
  }
}

extension RetentionPolicy {
  fileprivate func keeping(_ wal: WALRetention?) -> RetentionPolicy {
    var policy = self
    policy.wal = wal
    return policy
  }
}

/// What a restore reads first, and whose clock ages go by.
struct RepositoryTruthTests {
  @Test func aRepositoryThatCannotBeReadRestoresNothing() throws {
    let cluster = Assessed.cluster { report in
      report.backups = Fixture.unavailable("backups", reason: "unable to load info file")
      report.repositoryFault = RepositoryFault(
        what: "backup.info and backup.info.copy cannot be read: checksum error",
        remedy: "restore the files from a copy of the repository", source: "pgbackrest info",
        at: Fixture.date)
    }
    #expect(cluster.verdict == .notRecoverable)
    let finding = try #require(cluster.findings.first)
    #expect(finding.id == "repository.unreadable" && finding.headline.contains("checksum error"))
    let silent = Assessed.cluster { $0.backups = Fixture.unavailable("backups") }
    #expect(silent.verdict == .unknown)
  }

  @Test(arguments: [
    (19_800.0, "exactly 5h 30m ahead"), (-18_000, "exactly 5h behind"), (700, "about 11m ahead"),
  ])
  func backupsTimesAgainstTheOperators(error: Double, words: String) throws {
    var backup = Fixture.backup()
    backup.clockError = error
    let finding = try #require(Assessed.finding("clock.backup") { $0.setBackups([backup]) })
    #expect(finding.headline.contains(words), "\(finding.headline)")
    #expect(Assessed.finding("clock.backup") == nil)
  }

  @Test("board and verdict call a backup late at the same moment")
  func lateness() {
    let nightly = RecoveryTargets(backupInterval: 86_400)
    for hours in [23.9, 24.5, 24.9, 25.1, 29.9, 30.1] {
      let lateness = nightly.lateness(ofBackupAged: hours * 3600)
      let finding = Assessed.finding("backup.overdue", targets: nightly) {
        $0.setBackups([Fixture.backup(finished: Fixture.ago(hours * 3600))])
      }
      #expect(lateness == finding?.severity)
    }
  }

  @Test func targetsAndProofsAreHeldAgainstAClaimAsWell() {
    func cluster(_ change: (inout EngineReport) -> Void = { _ in }) -> ClusterSnapshot {
      Assessed.cluster(targets: RecoveryTargets(rto: 1)) { report in
        report.walArchive = .pending
        report.claimedWindow = Fixture.observed(
          ClaimedWindow(
            first: Fixture.ago(Fixture.hours(9)), lastBackupAt: nil, claimant: "ObjectStore s"))
        change(&report)
      }
    }
    #expect(cluster().findings.contains { $0.id == "rto.target" })
    #expect(!cluster().findings.contains { $0.id == "drill.superseded" })
    let gone = cluster { $0.setBackups([Fixture.backup("another", finished: Fixture.ago(90_000))]) }
    #expect(gone.findings.contains { $0.id == "drill.superseded" })
    let promoted = cluster { $0.changeInstances { $0[0].timeline = 2 } }
    #expect(promoted.findings.contains { $0.id == "drill.superseded" })
  }
}
