import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What was read, and what the verdict makes of it.
@Suite struct ScrubTests {
  private static let size = Fixture.report().walArchive.value?.segmentSize ?? 16 << 20

  private static func record(
    _ id: String = "a", at seconds: Double = 60, newest: Date? = Fixture.date,
    segments: [SegmentList.SubSequence] = [], backups: [String] = [],
    faults: [ScrubFault] = [], unread: [ScrubRecord.Unread] = []
  ) -> ScrubRecord {
    ScrubRecord(
      id: id, startedAt: Fixture.ago(seconds + 1), finishedAt: Fixture.ago(seconds),
      segmentSize: size, newest: newest, bytes: 1,
      segments: segments.compactMap { run in
        run.first.map {
          ScrubRecord.Run(
            first: $0.segment.name(segmentSize: size), count: run.count, depth: .records)
        }
      }, backups: backups, faults: faults, unread: unread)
  }

  private static func fault(_ stored: ArchivedSegment) -> ScrubFault {
    ScrubFault(
      ScrubItem(
        subject: .segment(stored.segment),
        object: "wals/\(stored.segment.name(segmentSize: size)).gz", bytes: stored.storedBytes,
        modifiedAt: stored.archivedAt), segmentSize: size, what: "the record at 0/1 is wrong",
      at: Fixture.ago(60))
  }

  private static func assessed(
    _ records: [ScrubRecord], change: (inout EngineReport) -> Void = { _ in }
  ) -> ClusterSnapshot {
    Assessed.cluster(watched: false, scrubs: ScrubHistory(records), change: change)
  }

  private static let archive = Fixture.report().walArchive.value?.segments ?? []
  private static let catalog = Fixture.report().backups.value?.usable ?? []

  private static func ids(_ cluster: ClusterSnapshot) -> [String] { cluster.findings.map(\.id) }

  // MARK: Verdict

  @Test func whatWasReadIsEvidenceWithItsDays() {
    let half = Self.archive.prefix(Self.archive.count / 2)
    let cluster = Self.assessed([Self.record(at: 9 * 86_400, segments: [half])])
    let finding = cluster.findings.first { $0.id == "scrub.read" }
    #expect(finding?.severity == .info)
    #expect(
      finding?.headline.contains("% in 9d 0h, all good") == true, "\(finding?.headline ?? "")")
    #expect(cluster.verdict == Self.assessed([]).verdict)
    #expect(cluster.scrub?.readBytes == half.reduce(0) { $0 + $1.storedBytes })
  }

  @Test func nobodyWhoHasReadNothingIsBlamed() {
    #expect(!Self.ids(Self.assessed([])).contains { $0.hasPrefix("scrub.") })
    #expect(Self.assessed([]).scrub == nil)
  }

  @Test func theLastSegmentTakesAsMuchAsAHole() throws {
    let last = try #require(Self.archive.last)
    let cluster = Self.assessed([Self.record(faults: [Self.fault(last)])])
    #expect(cluster.verdict == .atRisk, "\(Self.ids(cluster))")
    let finding = try #require(cluster.findings.first { $0.id == "scrub.damaged" })
    #expect(finding.headline.contains("only to"), "\(finding.headline)")
    #expect(cluster.reach?.isCut == true)
    #expect(!Self.ids(cluster).contains("chain.lost-segment"))
  }

  @Test func oneInTheMiddleEndsEveryRecoveryThere() throws {
    let newest = try #require(Self.catalog.last)
    let after = try #require(
      Self.archive.first { $0.segment.number > (newest.stopSegment?.number ?? .max) })
    let damaged = Self.assessed([Self.record(faults: [Self.fault(after)])])
    let missing = Self.assessed([]) { report in
      var archive = report.walArchive.value ?? WALArchive(segmentSize: Self.size, segments: [])
      archive.segments.removeAll { $0.segment == after.segment }
      report.setWAL(archive)
    }
    #expect(damaged.verdict == missing.verdict)
    #expect(damaged.verdict == .atRisk)
    #expect(
      damaged.window
        == missing.window.map { window in
          var window = window
          window.holes = damaged.window?.holes ?? []
          return window
        })
    let finding = try #require(damaged.findings.first { $0.id == "chain.spoiled" })
    #expect(finding.headline.contains("the record at 0/1 is wrong"))
    #expect(finding.headline.contains("only to"))
    #expect(finding.evidence.contains { $0.what.hasPrefix("wals/") })
  }

  @Test func theOnlyBackupsOwnWALLeavesNothing() throws {
    let newest = try #require(Self.catalog.last)
    let own = try #require(Self.archive.first { $0.segment == newest.startSegment })
    let cluster = Self.assessed([Self.record(faults: [Self.fault(own)])]) {
      $0.setBackups([newest])
    }
    #expect(cluster.verdict == .notRecoverable, "\(Self.ids(cluster))")
    #expect(Self.ids(cluster).contains("backup.wal-incomplete"))
  }

  @Test("a damaged backup is none", arguments: [true, false])
  func damagedBackup(isOnly: Bool) throws {
    let newest = try #require(Self.catalog.last)
    var fault = Self.fault(try #require(Self.archive.last))
    (fault.segment, fault.backup) = (nil, newest.id)
    fault.bytes = newest.repositoryAddedBytes ?? newest.repositoryBytes ?? 0
    fault.what = "data.tar: it ends in the middle of base/1/1259"
    let cluster = Self.assessed([Self.record(faults: [fault])]) {
      var older = newest
      older.id = "older"
      older.startedAt -= 3600
      older.finishedAt = newest.finishedAt.map { $0 - 3600 }
      $0.setBackups(isOnly ? [newest] : [older, newest])
    }
    #expect(cluster.verdict == (isOnly ? .notRecoverable : .atRisk), "\(Self.ids(cluster))")
    let finding = try #require(cluster.findings.first { $0.id == "backup.damaged" })
    #expect(finding.headline.contains("base/1/1259"))
  }

  // MARK: What still holds

  @Test func whatWasWrittenAgainWasNotRead() throws {
    let stored = try #require(Self.archive.last)
    let read = Self.record(newest: stored.archivedAt, segments: [Self.archive[...]])
    let history = ScrubHistory([read])
    let subject = ScrubSubject.segment(stored.segment)
    #expect(history.reading(of: subject, modifiedAt: stored.archivedAt) != nil)
    #expect(
      history.reading(of: subject, modifiedAt: stored.archivedAt?.addingTimeInterval(1)) == nil)
  }

  /// Whoever puts a copy back may put back a bad one: touching a file makes nothing whole.
  @Test func aFaultStaysUntilItsObjectIsReadAgain() throws {
    let last = try #require(Self.archive.last)
    let record = Self.record(faults: [Self.fault(last)])
    let again = Self.assessed([record]) { report in
      var archive = report.walArchive.value ?? WALArchive(segmentSize: Self.size, segments: [])
      archive.segments[archive.segments.count - 1].archivedAt = Fixture.ago(1)
      report.setWAL(archive)
    }
    let finding = try #require(again.findings.first { $0.id == "scrub.damaged" })
    #expect(finding.evidence.contains { $0.what.contains("written again since") })
    #expect(finding.remedy.contains("pgvigil scrub"))
    let good = Self.record(at: 30, segments: [SegmentList([last])[...]])
    #expect(ScrubHistory([record, good]).faults.isEmpty)
    #expect(ScrubHistory([good, record]).faults.count == 1)
  }

  @Test func laterReadingsLieOverEarlierOnes() throws {
    let all = Self.archive[...]
    try #require(all.count >= 5)
    let history = ScrubHistory([
      Self.record("a", at: 500, segments: [all]), Self.record("b", at: 100, segments: [all[2...3]]),
    ])
    let at = all.map { history.reading(of: .segment($0.segment), modifiedAt: nil)?.at }
    #expect(at[1] == Fixture.ago(500) && at[4] == Fixture.ago(500))
    #expect(at[2] == Fixture.ago(100) && at[3] == Fixture.ago(100))
  }

  @Test func whatIsNotReadIsTheLastScrubs() {
    let zstd = ScrubRecord.Unread(reason: "zstd is not installed here", objects: 1, bytes: 5)
    let parts = [Self.record("a", unread: [zstd]), Self.record("a", unread: [zstd])]
    #expect(ScrubHistory(parts).unread == [.init(reason: zstd.reason, objects: 2, bytes: 10)])
    #expect(ScrubHistory(parts + [Self.record("b")]).unread.isEmpty)
    let cluster = Self.assessed(parts)
    #expect(cluster.scrub?.readBytes == 0)
    let finding = cluster.findings.first { $0.id == "scrub.read" }
    #expect(finding?.headline.contains("nothing read so far; not read: zstd") == true)
  }

  // MARK: Order and limits

  @Test func whatWasNeverReadComesFirstAndTheNewestOfThat() {
    func item(_ number: UInt64) -> ScrubItem {
      ScrubItem(
        subject: .segment(WALSegment(timeline: 1, number: number)), object: "\(number)", bytes: 10,
        modifiedAt: Fixture.ago(1000 - Double(number)))
    }
    func backup(_ id: String) -> ScrubItem {
      ScrubItem(subject: .backup(id), object: id, bytes: 10, modifiedAt: Fixture.ago(1000))
    }
    let inventory = ScrubInventory(
      items: (1...4).map(item) + [backup("b1"), backup("b2")], segmentSize: Self.size,
      read: { _, _ in .good(.records) })
    let fresh = inventory.ordered(after: ScrubHistory()).map(\.object)
    #expect(fresh == ["b2", "4", "3", "2", "1", "b1"])
    let read = ArchivedSegment(
      segment: WALSegment(timeline: 1, number: 3), storedBytes: 1, archivedAt: nil)
    let later = inventory.ordered(
      after: ScrubHistory([Self.record(segments: [SegmentList([read])[...]], backups: ["b2"])]))
    #expect(later.map(\.object) == ["4", "2", "1", "b1", "b2", "3"])
  }

  @Test func limitsAreReadAsTheyAreWritten() {
    #expect(ScrubLimits.share("1/30") == 1.0 / 30)
    for wrong in ["", "1", "0/3", "4/3", "a/b", "1/2/3"] {
      #expect(ScrubLimits.share(wrong) == nil)
    }
    #expect(ScrubLimits.bytes("20MiB/s") == 20_971_520.0)
    #expect(ScrubLimits.bytes("1.5GB") == 1.5e9)
    for wrong in ["", "MiB", "0", "20", "-1M", "3 furlongs"] {
      #expect(ScrubLimits.bytes(wrong) == nil)
    }
  }

  @Test func aLineIsReadAsItWasWritten() throws {
    let record = Self.record(
      segments: [Self.archive[...]], backups: ["b"],
      faults: [Self.fault(try #require(Self.archive.last))],
      unread: [.init(reason: "r", objects: 1, bytes: 2)])
    let bytes = try RecordCoding.encode(RecordLine(record))
    let again = try RecordCoding.decode(RecordLine<ScrubRecord>.self, from: bytes).record
    #expect(again.segments == record.segments && again.backups == record.backups)
    #expect(again.faults.first?.object == record.faults.first?.object)
    #expect(throws: (any Error).self) {
      let newer = String(decoding: bytes, as: UTF8.self)
        .replacing("\"schema_version\":1", with: "\"schema_version\":9")
      _ = try RecordCoding.decode(RecordLine<ScrubRecord>.self, from: Array(newer.utf8))
    }
  }
}
