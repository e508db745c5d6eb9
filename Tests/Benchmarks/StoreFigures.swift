import Foundation
import Glibc
import ObjectStores
import RecoveryModel
import Synchronization
import TestSupport
import Transports

/// What reading a real store costs: time, requests and memory.
struct StoreFigures {
  let binary: String
  let bucket: BenchBucket

  func measure() async throws -> [Figure] {
    try bucket.fill()
    return [try firstAudit(), try catalog()] + (try await laterLooks()) + [try await fleet()]
  }

  // MARK: The program

  private func firstAudit() throws -> Figure {
    var seconds: [Double] = []
    for _ in 0..<3 {
      let done = try survey(BenchBucket.big)
      guard done.output.contains("\"segments\" : \(BenchBucket.segments)") else {
        throw BenchBucket.Failure(description: "no audit: \(done.error.suffix(300))")
      }
      seconds.append(done.seconds)
    }
    var peers = [String(format: "bare listing %.1f s", try bucket.bareListing())]
    if let aws = try aws() { peers.append(String(format: "aws s3 ls %.1f s", aws)) }
    let series = Series(seconds)
    return Figure(
      name: "first audit of 100,096 WAL objects", goal: "<= 3 s", ours: series.text("s"),
      peer: peers.joined(separator: ", "), met: series.median <= 3)
  }

  private func survey(_ prefix: String) throws -> Command {
    try Command.run(
      binary,
      ["store", "s3://\(bucket.name)/\(prefix)", "--endpoint-url", bucket.endpoint, "--json"])
  }

  private func aws() throws -> Double? {
    let done = try Command.run(
      "/usr/bin/env",
      [
        "aws", "--endpoint-url", bucket.endpoint, "s3", "ls", "--recursive",
        "s3://\(bucket.name)/\(BenchBucket.big)",
      ])
    return done.status == 0 ? done.seconds : nil
  }

  /// One server of the fleet: what Barman's own program reads of it is the catalog alone.
  private func catalog() throws -> Figure {
    var seconds: [Double] = []
    for _ in 0..<5 { seconds.append(try survey(BenchBucket.prefix(of: 7)).seconds * 1000) }
    let barman = try Command.run(
      "/usr/bin/env",
      [
        "barman-cloud-backup-list", "--format", "json", "--endpoint-url", bucket.endpoint,
        "s3://\(bucket.name)/\(BenchBucket.fleet.dropLast())", "db0007",
      ])
    let series = Series(seconds)
    return Figure(
      name: "a small server, all of it", goal: "-", ours: series.text("ms"),
      peer: barman.status == 0
        ? String(format: "barman-cloud-backup-list %.0f ms", barman.seconds * 1000)
        : "barman-cloud-backup-list is not installed")
  }

  // MARK: Looking again

  /// A clock that goes as fast as it is told to.
  private final class Hands: Sendable {
    private let time = Mutex(Date())
    var now: Date { time.withLock { $0 } }
    func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
  }

  private func watch(_ prefix: String, _ hands: Hands) -> StoreWatch {
    let question = StoreQuestion(
      address: "s3://\(bucket.name)/", endpointURL: bucket.endpoint)
    let name = bucket.name
    return StoreWatch(
      prefix: prefix, now: { hands.now },
      // Whatever it takes: it is what is measured.
      reading: PatientTask(pause: { _ in try? await Task.sleep(for: .seconds(600)) }),
      open: { () throws(RecoveryError) in
        try StoreSeams.live.client(question, bucket: name)
      })
  }

  private func resident() -> Double {
    ProcessUsage(pid: getpid())?.residentBytes ?? .nan
  }

  private func laterLooks() async throws -> [Figure] {
    let hands = Hands()
    // Whatever reading so much takes (connections, threads, pages of names) is not the archive's: what a second one
    // adds is.
    let first = watch(BenchBucket.big, hands)
    _ = try await first.server(mark: "")
    let before = resident()
    let watch = watch(BenchBucket.big, hands)
    var server = try await watch.server(mark: "")
    let archive = server.report(now: hands.now).walArchive.value
    guard archive?.segments.count == BenchBucket.segments else {
      throw BenchBucket.Failure(description: "no audit: \(server.wal)")
    }
    let memory =
      withExtendedLifetime((first, watch)) { resident() - before }
      / 1_048_576 / (Double(BenchBucket.segments) / 100_000)
    var seconds: [Double] = []
    var most = 0
    for _ in 0..<60 {
      hands.pass(StoreWatch.pace)
      let asked = await watch.cost.requests
      let start = EmulatedTerminal.now
      server = try await watch.server(mark: "")
      seconds.append((EmulatedTerminal.now - start) * 1000)
      most = max(most, await watch.cost.requests - asked)
    }
    let series = Series(seconds)
    return [
      Figure(
        name: "a later look at them", goal: "<= 20 ms, <= 2 requests",
        ours: series.text("ms") + ", at most \(most) requests", peer: "-",
        met: series.median <= 20 && most <= 2),
      Figure(
        name: "memory per 100,000 segments", goal: "<= 2 MiB",
        ours: String(format: "%.2f MiB", memory), peer: "-", met: memory <= 2),
    ]
  }

  /// An hour of looks at a thousand servers of one bucket in which nothing happens, without its pauses.
  private func fleet() async throws -> Figure {
    let hands = Hands()
    let watches = (0..<BenchBucket.clusters).map { watch(BenchBucket.prefix(of: $0), hands) }
    try await look(watches)
    let before = await requests(watches)
    let looks = Int(3600 / StoreWatch.pace)
    for _ in 0..<looks {
      hands.pass(StoreWatch.pace)
      try await look(watches)
    }
    let rate = Double(await requests(watches) - before) / Double(watches.count) / 60
    return Figure(
      name: "1,000 clusters in one bucket at rest", goal: "<= 1 request each a minute",
      ours: String(format: "%.2f requests each a minute", rate), peer: "-", met: rate <= 1,
      note: String(format: "a first look is %.1f requests", Double(before) / Double(watches.count)))
  }

  private func requests(_ watches: [StoreWatch]) async -> Int {
    var sum = 0
    for watch in watches { sum += await watch.cost.requests }
    return sum
  }

  private func look(_ watches: [StoreWatch]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, watch) in watches.enumerated() {
        if index >= 8 { try await group.next() }
        group.addTask {
          let server = try await watch.server(mark: "")
          if let failure = server.wal.failure { throw failure }
        }
      }
      try await group.waitForAll()
    }
  }
}
