import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// A crash or a promotion empties what the server tells of its archiver.
struct ResetStatisticsTests {
  private static let reset = Fixture.ago(300)

  private static func crashed(_ status: inout ArchiveStatus) {
    status.lastArchivedAt = nil
    status.lastArchivedSegment = nil
    status.figuresSince = reset
  }

  private static func assess(
    after previous: ClusterSnapshot? = nil, _ change: (inout EngineReport) -> Void
  ) -> ClusterSnapshot {
    Assessed.cluster(watched: false, previous: previous, change: change)
  }

  @Test func theArchivesListingKnows() throws {
    let cluster = Self.assess { $0.changeArchive(Self.crashed) }
    let stored = try #require(cluster.report.archive.value?.lastStored)
    #expect(stored.teller == .listing && stored.at == Fixture.ago(60))
    #expect(stored.segment == Fixture.segment(400))
    #expect(cluster.exposure?.seconds != nil)
    #expect(ClusterStatus(snapshot: cluster).archive?.lastArchivedAt == "2026-11-22T11:59:00Z")
  }

  /// A restart may take the last figures along: what is listed since then is safe all the same.
  @Test func aNewerListingIsBelieved() throws {
    let behind: (inout ArchiveStatus) -> Void = {
      $0.lastArchivedSegment = Fixture.segment(399)
      $0.lastArchivedAt = Fixture.ago(400)
      $0.archiveTimeout = 0
      $0.unarchivedBytes = 16 << 20 | 0x800
    }
    let cluster = Self.assess { $0.changeArchive(behind) }
    #expect(cluster.report.archive.value?.lastStored?.teller == .listing)
    #expect(cluster.exposure?.seconds == 60 && cluster.exposure?.bytes == 0x800)
    // The segment and its time are told of one and the same.
    let told = ClusterStatus(snapshot: cluster).archive
    #expect(told?.lastArchivedWAL == Fixture.segment(400).name(segmentSize: Fixture.segmentSize))
    #expect(told?.lastArchivedAt == "2026-11-22T11:59:00Z")
    // A listing that is older, as it is most of the time, says nothing new.
    let usual = Self.assess { _ in }
    #expect(usual.report.archive.value?.lastStored?.teller == .server)
  }

  @Test func anEarlierLookKnows() throws {
    let unlisted = { (report: inout EngineReport) in
      report.walArchive = Fixture.unavailable("archived WAL")
    }
    let before = Self.assess(unlisted)
    let after = Self.assess(after: before) {
      unlisted(&$0)
      $0.changeArchive(Self.crashed)
    }
    let stored = try #require(after.report.archive.value?.lastStored)
    #expect(stored.teller == .earlierLook && stored.at == Fixture.ago(60))
    // And the look after that one.
    let later = Self.assess(after: after) {
      unlisted(&$0)
      $0.changeArchive(Self.crashed)
    }
    #expect(later.report.archive.value?.lastStored?.at == Fixture.ago(60))
    // Another database's is none of this one.
    let other = Self.assess(after: before) {
      unlisted(&$0)
      $0.changeInstances { for index in $0.indices { $0[index].systemIdentifier = "42" } }
      $0.changeArchive(Self.crashed)
    }
    #expect(other.report.archive.value?.lastStored == nil)
  }

  @Test func whereNobodyKnowsThatIsSaid() throws {
    let cluster = Self.assess {
      $0.walArchive = Fixture.unavailable("archived WAL")
      $0.changeArchive(Self.crashed)
      $0.changeArchive { $0.unarchivedBytes = 1 << 20 }
    }
    #expect(cluster.report.archive.value?.nothingSince == Self.reset)
    let finding = try #require(cluster.findings.first { $0.id == "rpo.unknown" })
    #expect(finding.headline.contains("since its statistics were reset at 2026-11-22T11:55:00Z"))
  }

  @Test("a crash does not make a long failure young")
  func failing() throws {
    let cluster = Self.assess {
      $0.walArchive = Fixture.observed(Fixture.walArchive(end: Fixture.ago(3600)))
      $0.changeArchive(Self.crashed)
      $0.changeArchive {
        $0.failing = true
        $0.failedCount = 2
        $0.lastFailedAt = Fixture.ago(5)
      }
    }
    let finding = try #require(cluster.findings.first { $0.id == "archive.failing" })
    #expect(finding.severity == .critical && finding.headline.contains("for up to 1h 00m"))
    #expect(finding.evidence[0].what.contains("2 failed attempts since 2026-11-22T11:55:00Z"))
    #expect(finding.evidence.contains { $0.source == "archive listing" })
  }
}
