import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Synchronization
import Testing

@testable import ObjectStores

/// What is counted is of the last day, and a limit ends when the day has moved on.
@Suite final class RequestMeterTests: Sendable {
  private let time = Mutex(BucketInMemory.now)

  private func meter(_ limit: StoreLimit = StoreLimit()) -> RequestMeter {
    RequestMeter(limit: limit, now: { self.time.withLock { $0 } })
  }
  private func ask(_ meter: RequestMeter, _ bytes: Int) throws {
    try meter.begin("s3://b/p")
    meter.received(bytes)
  }
  private func pass(_ seconds: Double) { time.withLock { $0 += seconds } }

  @Test func aDayIsCountedAndNoMore() throws {
    let meter = meter()
    #expect(meter.traffic(of: "s3://b/p").words == "0 requests, 0 B so far")
    for _ in 0..<48 {
      try ask(meter, 100)
      pass(3_600)
    }
    let traffic = meter.traffic(of: "s3://b/p")
    #expect((23...25).contains(traffic.requests) && traffic.bytes == Int64(traffic.requests) * 100)
    #expect(traffic.seconds == 86_400 && traffic.words.hasSuffix(" a day"))
    #expect(meter.count.requests == 48)
    pass(90_000)
    #expect(meter.traffic(of: "s3://b/p").requests == 0)
  }

  @Test(
    "it says for how long it has counted",
    arguments: [(60.0, "1 request, 5 B in 1m"), (7_200, "1 request, 5 B in 2h 00m")])
  func young(seconds: Double, words: String) throws {
    let meter = meter()
    try ask(meter, 5)
    pass(seconds)
    #expect(meter.traffic(of: "s3://b/p").words == words)
  }

  @Test("a limit holds until enough of it is a day old", arguments: [true, false])
  func limit(byBytes: Bool) throws {
    let meter = meter(byBytes ? StoreLimit(bytes: 300) : StoreLimit(requests: 3))
    try ask(meter, 100)
    pass(7_200)
    for _ in 0..<2 { try ask(meter, 100) }
    let error = #expect(throws: RecoveryError.self) { try meter.begin("s3://b/p") }
    #expect(error?.code == .refused && error?.detail == .storeLimit)
    #expect(error?.remedy.contains(byBytes ? "bytes_per_day" : "requests_per_day") == true)
    let end = try #require(meter.traffic(of: "s3://b/p").pausedUntil)
    let wait = end.timeIntervalSince(time.withLock { $0 })
    #expect((86_400 - 7_200...86_400 - 7_200 + 900).contains(wait))
    pass(wait - 1)
    #expect(throws: RecoveryError.self) { try meter.begin("s3://b/p") }
    pass(1)
    try meter.begin("s3://b/p")
  }

  @Test func aClockThatIsSetBackCountsOn() throws {
    let meter = meter(StoreLimit(requests: 3))
    try ask(meter, 1)
    pass(-86_400)
    try ask(meter, 1)
    try ask(meter, 1)
    #expect(meter.traffic(of: "s3://b/p").requests == 3)
    #expect(throws: RecoveryError.self) { try meter.begin("s3://b/p") }
  }

  @Test(arguments: [
    ("500MB", Int64(500_000_000)), ("1 GiB", 1 << 30), ("1.5MiB", 1_572_864),
    ("1048576", 1_048_576),
    ("10B", 10), ("much", nil), ("-1MB", nil), ("0", nil), ("MB", nil), ("1e30GB", nil),
    ("nan", nil),
  ])
  func sizes(text: String, bytes: Int64?) { #expect(StoreLimit.bytes(text) == bytes) }
}
