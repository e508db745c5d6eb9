import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Testing

@testable import ObjectStores

/// The recorded bucket, whole and with one thing wrong at a time.
@Suite struct SurveyTests {
  private static let base = "k8s/auth-db/base/"
  private static let wals = "k8s/auth-db/wals/"
  private static let first = wals + "0000000100000000/0000000100000000000000"
  private static let second = wals + "0000000200000000/0000000200000000000000"

  @Test func aHealthyBucketOfTwoServersIsLikely() async throws {
    let bucket = try BucketInMemory.recorded()
    let survey = try await bucket.survey()
    #expect(survey.servers.map(\.name) == ["auth-db", "shop-db"])
    #expect(survey.servers.map(\.path) == ["s3://backups/k8s/auth-db", "s3://backups/k8s/shop-db"])
    for server in survey.servers {
      let said = StoreAssessment(server, now: BucketInMemory.now)
      #expect(said.verdict == .likely)
      #expect(said.findings.isEmpty, "\(said.findings.map(\.headline))")
      #expect(said.window?.holes.isEmpty == true)
    }
    let auth = try #require(survey.servers.first)
    let said = StoreAssessment(auth, now: BucketInMemory.now)
    let backups = try #require(auth.backups.value)
    #expect(backups.map(\.backup.id) == ["20261129T111417", "20261129T111436"])
    #expect(backups.map(\.keep) == ["full", nil])
    #expect(backups.map(\.dataBytes) == [3_092_696, 3_105_881])
    #expect(backups.map(\.compression) == ["gzip", "gzip"])
    #expect(said.ownWAL == ["20261129T111417": true, "20261129T111436": true])
    let wal = try #require(auth.wal.value)
    #expect(wal.archive.segments.count == 13)
    #expect(wal.partials == 1)
    #expect(wal.marks == 2)
    #expect(wal.objects == 17)
    #expect(said.lastSegment == WALSegment(timeline: 2, number: 13))
    #expect(said.window?.first.map(Format.timestamp) == "2026-11-29T11:14:24Z")
    #expect(said.window?.last.map(Format.timestamp) == "2026-11-29T11:14:56Z")
    #expect(survey.requests == bucket.requests.count)
    #expect(survey.requests == 30)
  }

  @Test(
    "a segment that was stored again later than those after it is named", arguments: [true, false])
  func rewritten(isLater: Bool) async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.put(
      Self.second + "0B.gz",
      .init(
        bytes: 70_000,
        modified: isLater ? "2026-11-29T11:40:00.000Z" : "2026-11-29T11:15:00.000Z"))
    let said = try await bucket.assessment("auth-db").said
    #expect(said.findings.map(\.id) == (isLater ? ["store.rewritten"] : []))
    #expect(said.verdict == .likely)
  }

  @Test(arguments: [
    ("s3://backups", ["auth-db", "shop-db"]), ("s3://backups/k8s/", ["auth-db", "shop-db"]),
    ("s3://backups/k8s/shop-db", ["shop-db"]), ("s3://backups/elsewhere", []),
  ])
  func serversAreFoundFromAbove(address: String, names: [String]) async throws {
    #expect(try await BucketInMemory.recorded().survey(address).servers.map(\.name) == names)
  }

  /// Then several connections share the listing of the WAL.
  @Test(arguments: [1, 2, 3, 7])
  func smallPagesTellTheSame(size: Int) async throws {
    let paged = try BucketInMemory.recorded(pageSize: size)
    let whole = try BucketInMemory.recorded()
    // Twenty logs, one segment each: holes everywhere, and nothing may be listed twice or not at all.
    for log in 1...20 {
      let name = "00000001000000" + (log < 16 ? "0" : "") + String(log, radix: 16, uppercase: true)
      for bucket in [paged, whole] {
        bucket.put("k8s/auth-db/wals/\(name)/\(name)000000FF.gz", String(repeating: "x", count: 99))
      }
    }
    let expected = try await whole.survey().servers
    #expect(expected.first?.wal.value?.archive.segments.count == 33)
    #expect(expected.first?.wal.value?.twins == 0)
    #expect(try await paged.survey().servers == expected)
  }

  /// What is taken out, and what has to be said then: `id: severity`, and whether the newest backup remains.
  static let damages: [(what: [String], verdict: Verdict, findings: [String], restorable: Int)] = [
    ([first + "05.gz"], .atRisk, ["chain.hole"], 2),
    ([second + "0B.gz"], .atRisk, ["chain.hole"], 2),
    ([first + "07.gz"], .atRisk, ["backup.wal-incomplete", "chain.hole"], 1),
    ([first + "02.gz"], .likely, ["backup.wal-incomplete"], 1),
    ([first + "01.gz"], .likely, [], 2),
    ([first + "0A.partial.gz"], .likely, [], 2),
    ([wals + "00000002.history.gz"], .atRisk, ["store.timeline-without-history"], 2),
    ([base + "20261129T111436/data.tar.gz"], .atRisk, ["backup.lacking"], 1),
    ([base + "20261129T111436/backup.info"], .likely, ["store.orphans"], 1),
    ([base], .notRecoverable, ["backup.gap"], 0),
    ([wals], .notRecoverable, ["backup.wal-incomplete"], 0),
  ]

  @Test(arguments: damages.indices)
  func oneThingMissingIsSeen(index: Int) async throws {
    let (what, verdict, findings, restorable) = Self.damages[index]
    let bucket = try BucketInMemory.recorded()
    for key in what {
      if key.hasSuffix("/") { bucket.remove(under: key) } else { #expect(bucket.remove(key)) }
    }
    let said = try await bucket.assessment("auth-db").said
    #expect(said.verdict == verdict, "\(what)")
    #expect(said.findings.map(\.id) == findings, "\(what)")
    #expect(said.window?.restorable.count == restorable)
    // The neighbour has nothing to do with it.
    #expect(try await bucket.assessment("shop-db").said.verdict == .likely)
  }

  @Test func withoutItsHistoryATimelineIsNotReached() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.remove(Self.wals + "00000002.history.gz")
    let said = try await bucket.assessment("auth-db").said
    #expect(said.lastSegment == WALSegment(timeline: 1, number: 9))
  }

  @Test func aHoleSaysToWhenWithItsDay() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.remove(Self.second + "0B.gz")
    let said = try await bucket.assessment("auth-db").said
    #expect(
      said.findings.map(\.headline) == [
        "Recovery is possible only to 2026-11-29T11:14:51Z: 1 WAL segment from "
          + "00000002000000000000000B missing"
      ])
  }

  @Test func anEmptySegmentIsAHole() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.put(Self.first + "08.gz", "")
    let (server, said) = try await bucket.assessment("auth-db")
    #expect(said.verdict == .atRisk)
    #expect(said.findings.map(\.id) == ["chain.spoiled"])
    #expect(server.wal.value?.spoiled.count == 1)
  }

  @Test(
    "a history file that is none ends every recovery",
    arguments: [("00000003", "garbage\n", true), ("00000004", "garbage\n", false)])
  func aGarbledHistory(timeline: String, text: String, isFollowed: Bool) async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.put("k8s/auth-db/wals/\(timeline).history", text)
    let said = try await bucket.assessment("auth-db").said
    #expect(said.findings.contains { $0.id == "store.unread-history" } == isFollowed)
    #expect((said.verdict == .atRisk) == isFollowed)
  }

  @Test func aFailedNewestBackupIsARisk() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.put(
      "k8s/shop-db/base/20261129T113132/backup.info", try Recorded.text("backup-info/failed.info"))
    let (server, said) = try await bucket.assessment("shop-db")
    #expect(said.verdict == .atRisk)
    #expect(said.findings.map(\.id) == ["backup.error"])
    #expect(said.findings[0].headline.contains("python-snappy"))
    #expect(server.backups.value?.map(\.status) == ["DONE", "FAILED"])
    #expect(said.window?.restorable == ["20261129T111429"])
  }

  /// It may run; after a day it does not any more.
  @Test func aBegunBackupIsOneForADay() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.put(
      "k8s/shop-db/base/20261129T113133/backup.info", try Recorded.text("backup-info/started.info"))
    let (server, said) = try await bucket.assessment("shop-db")
    #expect(said.verdict == .likely)
    #expect(said.findings.map(\.id) == ["store.unfinished-backup"])
    let later = StoreAssessment(server, now: BucketInMemory.now.addingTimeInterval(2 * 86_400))
    #expect(later.verdict == .atRisk)
    #expect(later.findings.map(\.id) == ["backup.error", "store.unfinished-backup"])
  }

  @Test func aTablespaceThatIsMissingIsMissed() async throws {
    let bucket = try BucketInMemory.recorded()
    #expect(bucket.remove("k8s/shop-db/base/20261129T111429/16387.tar"))
    let (server, said) = try await bucket.assessment("shop-db")
    #expect(said.verdict == .notRecoverable)
    #expect(
      server.backups.value?.flatMap(\.backup.lacks) == ["tablespace fast (16387.tar)"])
  }

  @Test func aPartInTheMiddleIsMissed() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.put(Self.base + "20261129T111436/data_0002.tar.gz", "x")
    #expect(
      try await bucket.assessment("auth-db").server.backups.value?.last?.backup.lacks
        == ["part 1 of the data directory (data.tar)"])
    bucket.put(Self.base + "20261129T111436/data_0001.tar.gz", "x")
    #expect(try await bucket.assessment("auth-db").said.verdict == .likely)
  }

  /// Another database's backup between two of ours: both write here.
  @Test func twoSystemsThatTakeTurnsAreARisk() async throws {
    let bucket = try BucketInMemory.recorded()
    let other = try Recorded.text("backup-info/auth-db-20261129T111436.info")
      .replacing("7713550176793581114", with: "7713550176790000000")
    for (id, text) in [("20261129T111430", other), ("20261129T111400", other)] {
      bucket.put(Self.base + "\(id)/data.tar.gz", "x")
      let time = id == "20261129T111430" ? "11:14:30" : "11:14:00"
      bucket.put(Self.base + "\(id)/backup.info", text.replacing("11:14:36", with: time))
    }
    let said = try await bucket.assessment("auth-db").said
    #expect(said.verdict == .atRisk)
    #expect(said.findings.map(\.id) == ["store.several-systems"])
    #expect(said.flaws.count == 2)
    bucket.remove(under: Self.base + "20261129T111430/")
    let before = try await bucket.assessment("auth-db").said
    #expect(before.verdict == .likely)
    #expect(before.findings.map(\.severity) == [.warning])
  }

  /// What retention keeps for itself has no WAL after it, on purpose.
  @Test func aStandaloneBackupIsAMomentOfItsOwn() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.put(Self.base + "20261129T111417/annotations/keep", "standalone\n")
    for index in ["03", "04", "05", "06"] { #expect(bucket.remove(Self.first + index + ".gz")) }
    let said = try await bucket.assessment("auth-db").said
    #expect(said.verdict == .likely)
    #expect(said.window?.points.map(Format.timestamp) == ["2026-11-29T11:14:24Z"])
    #expect(said.window?.first.map(Format.timestamp) == "2026-11-29T11:14:43Z")
  }

  // MARK: What could not be read is not good

  @Test func aPartThatMayNotBeListedIsUnknown() async throws {
    for part in [Self.base, Self.wals] {
      let bucket = try BucketInMemory.recorded()
      bucket.refuseListing(part)
      let (server, said) = try await bucket.assessment("auth-db")
      #expect(said.verdict == .unknown)
      let failures = [server.backups.failure, server.wal.failure].compactMap { $0 }
      #expect(failures.count == 1)
      #expect(failures[0].remedy.contains("s3:ListBucket"))
    }
  }

  @Test func backupsThatMayNotBeReadLeaveItUnknown() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.withhold(Self.base + "20261129T111436/backup.info")
    let one = try await bucket.assessment("auth-db").said
    #expect(one.verdict == .likely)
    #expect(one.findings.map(\.id) == ["store.unread-backup"])
    bucket.withhold(Self.base + "20261129T111417/backup.info")
    #expect(try await bucket.assessment("auth-db").said.verdict == .unknown)
  }

  @Test func aBucketThatMayNotBeListedIsAnError() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.refuseListing("k8s/")
    await #expect(throws: RecoveryError.self) { try await bucket.survey() }
  }

  @Test(arguments: [
    ("azure://b", RecoveryError.Code.invalid, "blob.core.windows.net/CONTAINER"),
    ("https://a.blob.core.windows.net", .invalid, "CONTAINER"),
    ("https://a.blob.core.windows.net/c?sig=secret", .invalid, "CONTAINER"),
    ("https://a.blob.core.windows.net/c/p", .denied, "az storage container generate-sas --name c"),
    ("s3://", .invalid, "s3://BUCKET"), ("backups/k8s", .invalid, "s3://BUCKET"),
    ("s3://key:secret@b/p", .invalid, "s3://BUCKET"), ("ftp://b", .invalid, "s3://BUCKET"),
  ])
  func otherAddressesSayWhatToDo(
    address: String, code: RecoveryError.Code, remedy: String
  ) async throws {
    let bucket = BucketInMemory()
    let error = await #expect(throws: RecoveryError.self) { try await bucket.survey(address) }
    #expect(error?.code == code)
    #expect(error?.remedy.contains(remedy) == true)
    #expect(error?.description.contains("secret") == false)
    #expect(bucket.requests.isEmpty)
  }
}
