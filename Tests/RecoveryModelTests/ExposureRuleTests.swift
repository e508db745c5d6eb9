import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What would be lost, against the target: what is certain, and what nobody can tell.
struct ExposureRuleTests {
  private static func finding(
    rpo: Double, bytes: Int64, storedAgo: Double = 1000, notes: ClusterNotes = ClusterNotes()
  ) -> (finding: Finding?, cluster: ClusterSnapshot) {
    let cluster = Assessed.cluster(
      targets: RecoveryTargets(rpo: rpo), watched: false, notes: notes
    ) {
      $0.changeArchive {
        $0.archiveTimeout = 0
        $0.lastArchivedAt = Fixture.ago(storedAgo)
        $0.unarchivedBytes = bytes
      }
    }
    return (cluster.findings.first { $0.id == "rpo.target" }, cluster)
  }

  @Test("what an idle server writes by itself is no loss that anybody made")
  func idle() {
    let (finding, _) = Self.finding(rpo: 300, bytes: 4096)
    #expect(finding?.severity == .info && finding?.ceiling == .likely)
  }

  @Test("an archive that is not behind is not told to keep up", arguments: [0, 60])
  func remedy(timeout: Int) throws {
    let cluster = Assessed.cluster(
      targets: RecoveryTargets(rpo: 300), watched: false,
      notes: Self.looks(writtenAgo: 900, isBusy: true)
    ) {
      $0.changeArchive {
        $0.archiveTimeout = timeout
        $0.lastArchivedAt = Fixture.ago(1000)
        $0.unarchivedBytes = 1 << 20
        $0.waitingSegments = 0
      }
    }
    let remedy = try #require(cluster.findings.first { $0.id == "rpo.target" }).remedy
    #expect(!remedy.contains("keep up"))
    #expect(remedy.contains(timeout == 0 ? "set archive_timeout" : "SELECT pg_switch_wal()"))
  }

  @Test(
    "a target that may be missed is a warning; by far, nobody may call it good",
    arguments: [(400.0, Verdict.likely), (300, .unknown)])
  func mayBeMissed(rpo: Double, ceiling: Verdict) {
    let (finding, cluster) = Self.finding(rpo: rpo, bytes: 1 << 20)
    #expect(finding?.severity == .warning && finding?.ceiling == ceiling)
    #expect(cluster.verdict == ceiling)
    #expect(finding?.headline.hasPrefix("Up to 17m of changes") == true)
  }

  /// Each minute from an hour ago on, by whoever watched; the write that is not archived came so long ago.
  private static func looks(writtenAgo: Double?, isBusy: Bool = false) -> ClusterNotes {
    var notes = ClusterNotes()
    let end = Fixture.segment(400).end(segmentSize: Fixture.segmentSize)
    let looks = stride(from: 3600.0, through: 60, by: -60).map { ago in
      let isWritten = writtenAgo.map { ago <= $0 } ?? false
      let writes = isBusy ? UInt64(3600 - ago) : 0
      let base = ago >= 1000 && !isWritten ? end : LSN(end.rawValue + 1024)
      return WALSighting(
        at: Fixture.ago(ago), lsn: base, nextTransaction: isWritten ? 9000 + writes : 8999,
        timeline: 1)
    }
    notes.looks.note(looks, of: Fixture.systemIdentifier, at: Fixture.date)
    return notes
  }

  @Test("what others saw turns a bound into a figure")
  func keptLooks() throws {
    let (finding, cluster) = Self.finding(
      rpo: 300, bytes: 1 << 20, notes: Self.looks(writtenAgo: 900))
    #expect(cluster.exposure?.certainSeconds ?? 0 >= 900)
    #expect(finding?.ceiling == .atRisk && finding?.severity == .warning)
    let (none, quiet) = Self.finding(rpo: 300, bytes: 1 << 20, notes: Self.looks(writtenAgo: nil))
    #expect(none == nil && quiet.exposure?.seconds == 0, "\(String(describing: quiet.exposure))")
  }
}
