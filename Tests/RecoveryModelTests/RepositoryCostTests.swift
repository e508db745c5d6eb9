import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@Suite struct RepositoryCostTests {
  private static let gibibyte: Int64 = 1 << 30

  private static func backup(_ day: Double, added: Int64) -> Backup {
    var backup = Fixture.backup(
      "b\(day)", finished: Fixture.ago(Fixture.hours(24 * day)), from: 1, through: 2)
    backup.repositoryAddedBytes = added
    return backup
  }

  /// So many segments of `stored` bytes each, evenly over the last `hours`.
  private static func archive(_ count: Int, stored: Int64, hours: Double) -> WALArchive {
    WALArchive(
      segmentSize: 16 << 20,
      segments: (0..<count).map { index in
        ArchivedSegment(
          segment: Fixture.segment(UInt64(index)), storedBytes: stored,
          archivedAt: Fixture.ago(Fixture.hours(hours) * Double(count - index) / Double(count)))
      })
  }

  private static func cost(
    _ backups: [Backup]?, archive: WALArchive?, storage: StorageUsage? = nil,
    policy: RetentionPolicy? = RetentionPolicy(fullCount: 30, text: "30"), price: Double = 0.005
  ) -> RepositoryCost? {
    RepositoryCost(
      catalog: backups.map { BackupCatalog(backups: $0) }, archive: archive, storage: storage,
      policy: policy, targets: RecoveryTargets(), pricePerGiBMonth: price, now: Fixture.date)
  }

  /// 30 nightly backups of 2 GB each cost next to nothing.
  @Test func thirtyNightlyBackupsCostNextToNothing() throws {
    let nights = (0..<30).map { Self.backup(Double($0), added: 2 * Self.gibibyte) }
    let cost = try #require(
      Self.cost(nights, archive: Self.archive(24, stored: 1 << 20, hours: 24)))
    #expect(cost.bytes == 60 * Self.gibibyte + 24 << 20)
    #expect(abs(cost.perMonth - 0.3) < 0.001)
    #expect(RepositoryCost.words(cost.perMonth) == "USD 0.30 a month")
  }

  @Test func growthIsBackupsAtTheirIntervalAndWALOfTheLastDay() throws {
    let cost = try #require(
      Self.cost(
        [Self.backup(1, added: 100 << 20), Self.backup(0, added: 300 << 20)],
        archive: Self.archive(12, stored: 10 << 20, hours: 12)))
    #expect(cost.backupsPerDay == 200 << 20)
    #expect(cost.walPerDay == 240 << 20)
    #expect(cost.growthPerDay == 440 << 20)
    #expect(cost.keptDays == 30)
    let settled: Int64 = 13_841_203_200
    #expect(cost.settledBytes == settled)
  }

  @Test func theRepositorysOwnWordOnItsSizeCounts() {
    let storage = StorageUsage(repositoryBytes: 7 << 30)
    #expect(Self.cost(nil, archive: nil, storage: storage)?.bytes == 7 << 30)
  }

  @Test func whatIsNotKnownIsNotGuessed() {
    #expect(Self.cost(nil, archive: nil) == nil)
    #expect(Self.cost([], archive: nil) == nil)
    let young = Self.cost([], archive: Self.archive(1, stored: 5, hours: 1))
    #expect(young?.bytes == 5 && young?.growthPerDay == nil && young?.settledBytes == nil)
    let endless = Self.cost(
      [Self.backup(0, added: 1)], archive: Self.archive(9, stored: 1, hours: 9), policy: nil)
    #expect(endless?.growthPerDay != nil && endless?.settledBytes == nil)
  }

  @Test(arguments: [
    (0.0, "under USD 0.01 a month"), (0.0099, "under USD 0.01 a month"),
    (0.05, "USD 0.05 a month"), (12.345, "USD 12.35 a month"), (1999.999, "USD 2000.00 a month"),
    (Double.infinity, "unknown"),
  ])
  func moneyInWords(dollars: Double, words: String) {
    #expect(RepositoryCost.words(dollars) == words)
  }

  @Test(arguments: [
    (0.005, "0.005"), (0.023, "0.023"), (1.0, "1.00"), (0.0, "0.00"), (0.5, "0.50"),
  ])
  func priceInWords(price: Double, words: String) {
    #expect(
      Self.cost([], archive: Self.archive(1, stored: 5, hours: 1), price: price)?.priceWords
        == words)
  }
}
