import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Synchronization
import Testing
import Transports

@testable import ObjectStores

/// A later look tells what a first one would, for less.
@Suite final class StoreWatchTests: Sendable {
  private static let wals = "k8s/auth-db/wals/"
  private let bucket: BucketInMemory
  private let time = Mutex(BucketInMemory.now)

  init() throws { bucket = try BucketInMemory.recorded(pageSize: 300) }

  private func watch(_ limit: StoreLimit = StoreLimit()) -> StoreWatch {
    StoreWatch(
      prefix: "k8s/auth-db/", now: { self.now }, limit: limit,
      open: { [bucket] () throws(RecoveryError) in bucket.client() })
  }
  private var now: Date { time.withLock { $0 } }
  private func pass(_ seconds: Double) { time.withLock { $0 += seconds } }

  private func segment(_ number: Int, timeline: Int = 2, log: Int = 0) -> String {
    func hex(_ value: Int) -> String {
      let digits = String(value, radix: 16, uppercase: true)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
    let directory = hex(timeline) + hex(log)
    return "\(Self.wals)\(directory)/\(directory)\(hex(number)).gz"
  }
  private func archive(_ numbers: some Sequence<Int>, timeline: Int = 2, log: Int = 0) {
    for number in numbers {
      bucket.put(
        segment(number, timeline: timeline, log: log),
        .init(bytes: 70_000, modified: "2026-11-29T11:20:00.000Z"))
    }
  }

  private func expectAsFresh(_ told: StoredServer?) async throws {
    let fresh = await BarmanServerReader(
      client: bucket.client(), prefix: "k8s/auth-db/", now: { self.now }
    ).read()
    let told = try #require(told)
    #expect(told.wal.value == fresh.wal.value)
    #expect(told.backups.value == fresh.backups.value)
    #expect(told.remains == fresh.remains)
  }

  private func cost(
    _ look: () async throws -> StoredServer?
  ) async throws -> (StoredServer?, Int) {
    let before = bucket.requests.count
    let server = try await look()
    return (server, bucket.requests.count - before)
  }

  @Test func aQuietLookIsOneRequest() async throws {
    let watch = watch()
    let (first, dear) = try await cost { try await watch.server(mark: "a") }
    #expect(dear > 5)
    pass(60)
    let (second, cheap) = try await cost { try await watch.server(mark: "a") }
    #expect(cheap == 1)
    #expect(second?.wal.value == first?.wal.value)
    #expect(second?.wal.at == now)
    #expect(await watch.cost.requests == bucket.requests.count)
  }

  @Test("at rest, an hour of looks is less than a request a minute, and none is more than two")
  func atRest() async throws {
    let watch = watch()
    _ = try await watch.server(mark: "a")
    var all: [Int] = []
    for _ in 0..<Int(86_400 / StoreWatch.pace) {
      pass(StoreWatch.pace)
      all.append(try await cost { try await watch.server(mark: "a") }.1)
    }
    // Once a day everything is listed; two timelines begin somewhere.
    #expect(all.filter { $0 > 3 }.count == 1)
    #expect(all.count { $0 == 3 } <= 24)
    #expect(all.reduce(0, +) <= 24 * 60, "\(all.reduce(0, +))")
  }

  // MARK: Limits

  @Test("a limit that is reached keeps what is known, as old as it is")
  func limit() async throws {
    let watch = watch(StoreLimit(requests: 20))
    let first: StoredServer = try await watch.server(mark: "a")
    let spent = bucket.requests.count
    for _ in spent..<20 {
      pass(60)
      _ = try await watch.server(mark: "a")
    }
    let last = try await watch.server(mark: "a").wal.at
    #expect(bucket.requests.count == 20)
    pass(3_600)
    archive([14])
    let old: StoredServer = try await watch.server(mark: "b")
    #expect(bucket.requests.count == 20)
    #expect(old.wal.value == first.wal.value && old.wal.at == last && old.backups.at != nil)
    let traffic = try #require(await watch.traffic)
    #expect(traffic.requests == 20 && traffic.place == "s3://backups/k8s/auth-db")
    #expect(traffic.words.contains("at most 20 requests a day"))
    #expect(traffic.refusal?.message.contains("its limit of 20 requests a day is reached") == true)
    // A day later the first look's are no longer of the last day.
    let end = try #require(traffic.pausedUntil)
    #expect((82_000...88_000).contains(end.timeIntervalSince(now)), "\(end)")
    pass(end.timeIntervalSince(now))
    _ = try await watch.server(mark: "a")
    #expect(bucket.requests.count > 20)
  }

  @Test("a look that the limit ends takes nothing away")
  func limitInTheMidst() async throws {
    let watch = watch(StoreLimit(requests: 17))
    _ = try await watch.server(mark: "a")
    let spent = bucket.requests.count
    try #require(spent < 17)
    archive(14...255)
    for _ in spent..<16 { _ = try await watch.server(mark: "a") }
    // The catalog and its new entries, and no request is left for the WAL.
    let text = try #require(bucket.text("k8s/auth-db/base/20261129T111436/backup.info"))
    bucket.put("k8s/auth-db/base/20261129T120000/backup.info", text)
    let server: StoredServer = try await watch.server(mark: "b")
    #expect(server.backups.value?.count == 2 && server.remains.isEmpty)
    #expect(server.wal.value?.archive.segments.count ?? 0 > 200)
    #expect(bucket.requests.count == 17)
  }

  @Test func aLimitBelowTheFirstLookSaysSo() async throws {
    let watch = watch(StoreLimit(bytes: 100, prefix: "store_"))
    let cut: StoredServer = try await watch.server(mark: "a")
    #expect(cut.wal.failure?.reason.contains("its limit of 100 B a day is reached") == true)
    #expect(cut.wal.failure?.remedy.contains("store_bytes_per_day") == true)
    let before = bucket.requests.count
    _ = try await watch.server(mark: "a")
    #expect(bucket.requests.count == before)
  }

  @Test func whatIsArchivedIsSeenInWhateverOrderItCame() async throws {
    let watch = watch()
    _ = try await watch.server(mark: "a")
    for numbers in [[14, 16, 17], [15], Array(18...255)] {
      pass(60)
      archive(numbers)
      let (server, requests) = try await cost { try await watch.server(mark: "a") }
      try await expectAsFresh(server)
      #expect(requests == 1)
    }
    // Past a page, into other logs, and beyond a promotion.
    archive(0...255, log: 1)
    archive(0...255, log: 2)
    try await expectAsFresh(try await watch.server(mark: "a"))
    archive(3...9, timeline: 3, log: 3)
    bucket.put(Self.wals + "00000003.history", "1\t0/9000000\tx\n2\t3/3000000\tx\n")
    bucket.put(segment(9, timeline: 3, log: 3).replacing(".gz", with: ".00000028.backup.gz"), "x")
    bucket.put(Self.wals + "tmp.upload", "x")
    try await expectAsFresh(try await watch.server(mark: "a"))
    try await expectAsFresh(try await watch.server(mark: "a"))
  }

  @Test func whatExpiresIsGoneAtTheNextLookAtTheCatalog() async throws {
    archive(14...255)
    archive(0...255, log: 1)
    archive(0...255, log: 2)
    let watch = watch()
    _ = try await watch.server(mark: "a")
    bucket.remove(under: Self.wals + "0000000100000000/")
    for number in 0...99 { bucket.remove(segment(number)) }
    bucket.remove(under: "k8s/auth-db/base/20261129T111417/")
    pass(60)
    let early: StoredServer? = try await watch.server(mark: "a")
    #expect(early?.backups.value?.count == 2)
    pass(600)
    let (later, requests) = try await cost { try await watch.server(mark: "a") }
    #expect(later?.backups.value?.count == 1)
    #expect(requests < 8)
    try await expectAsFresh(later)
  }

  @Test("a backup that comes is read, one that is known is not read again")
  func theCatalogIsReadWhereItChanged() async throws {
    let watch = watch()
    _ = try await watch.server(mark: "a")
    let old = try #require(
      bucket.text("k8s/auth-db/base/20261129T111436/backup.info"))
    bucket.put("k8s/auth-db/base/20261129T120000/backup.info", old)
    let before = bucket.requests.count
    let server: StoredServer? = try await watch.server(mark: "b")
    try await expectAsFresh(server)
    #expect(server?.backups.value?.count == 3)
    let read = bucket.requests[before...].map(\.url).filter { $0.hasSuffix("backup.info") }
    #expect(read.filter { $0.contains("20261129T111436") }.count == 1, "the fresh look alone")
  }

  @Test func aRefusalIsToldAndTheNextAnswerIsWhole() async throws {
    let watch = watch()
    _ = try await watch.server(mark: "a")
    bucket.refuseListing(Self.wals)
    let refused: StoredServer? = try await watch.server(mark: "a")
    #expect(refused?.wal.failure != nil)
    #expect(refused?.backups.value?.count == 2)
    bucket.allowListing(Self.wals)
    archive([14])
    try await expectAsFresh(try await watch.server(mark: "a"))
  }

  @Test("credentials are looked for each hour, and what is known stays")
  func openedAnew() async throws {
    let opened = Mutex(0)
    let watch = StoreWatch(
      prefix: "k8s/auth-db/", now: { self.now },
      open: { [bucket] () throws(RecoveryError) in
        opened.withLock { $0 += 1 }
        return bucket.client()
      })
    _ = try await watch.server(mark: "a")
    _ = try await watch.server(mark: "a")
    #expect(opened.withLock { $0 } == 1)
    pass(3_600)
    let before = bucket.requests.count
    let server: StoredServer? = try await watch.server(mark: "a")
    #expect(opened.withLock { $0 } == 2)
    let asked = bucket.requests[before...].map(\.url)
    #expect(!asked.contains { $0.hasSuffix("backup.info") || $0.contains("versioning") })
    try await expectAsFresh(server)
  }

  @Test func onceADayItIsReadWhole() async throws {
    let watch = watch()
    _ = try await watch.server(mark: "a")
    // In the midst of what is known; no look but a whole one sees it.
    archive(14...500)
    _ = try await watch.server(mark: "a")
    bucket.remove(segment(200))
    pass(60)
    let blind: StoredServer? = try await watch.server(mark: "a")
    #expect(blind?.wal.value?.archive.segments.contains { $0.segment.number == 200 } == true)
    pass(86_400)
    try await expectAsFresh(try await watch.server(mark: "a"))
  }
}
