import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import RecoveryService

/// A scrub of segments that nobody has.
@Suite struct ScrubRunTests {
  private let directory = ScratchDirectory()
  private let clock = FixedClock()
  private var ledger: FileScrubLedger { FileScrubLedger(path: directory.file("scrub.jsonl")) }

  /// Segments of 100 bytes; `readings` by their number, good where nothing is said.
  private func inventory(
    _ numbers: ClosedRange<UInt64>, readings: [UInt64: ScrubReading] = [:], seen: Seen = Seen(),
    after: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) -> ScrubInventory {
    ScrubInventory(
      items: numbers.map {
        ScrubItem(
          subject: .segment(WALSegment(timeline: 1, number: $0)), object: "\($0)", bytes: 100,
          modifiedAt: noon.addingTimeInterval(Double($0) - 1000))
      }, segmentSize: 16 << 20,
      read: { item, pace in
        guard case .segment(let segment) = item.subject else { return .unread("") }
        seen.note(segment.number)
        let reading = readings[segment.number] ?? .good(.records)
        if case .unread = reading { return reading }
        await pace(item.bytes)
        after(segment.number)
        return reading
      })
  }

  private final class Seen: Sendable {
    private let numbers = Mutex<[UInt64]>([])
    var all: [UInt64] { numbers.withLock { $0 } }
    func note(_ number: UInt64) { numbers.withLock { $0.append(number) } }
  }

  private func scrub(
    _ inventory: ScrubInventory, _ limits: ScrubLimits = ScrubLimits(), id: String = "s1",
    sleep: @escaping @Sendable (Double) async throws -> Void = { _ in }
  ) async throws -> ScrubOutcome {
    let environment = ServiceEnvironment(
      engine: EngineEnvironment(
        now: { [clock] in clock.now }, host: "db1", user: "alice", newID: { id }, version: "1.0"),
      process: 7, sleep: sleep)
    return try await ScrubRun(
      inventory, limits: limits, ledger: ledger, environment: environment, progress: { _ in }
    ).run()
  }

  private func limits(share: Double = 1, rate: Double? = nil, daily: Int64? = nil) -> ScrubLimits {
    var limits = ScrubLimits()
    (limits.share, limits.rate, limits.daily) = (share, rate, daily)
    return limits
  }

  @Test func whatIsGoodIsARunOfALine() async throws {
    let outcome = try await scrub(inventory(1...9))
    #expect(outcome.objects == 9 && outcome.bytes == 900 && outcome.ending == .done)
    let record = try #require(try await ledger.records().first)
    #expect(
      record.segments == [.init(first: "000000010000000000000001", count: 9, depth: .records)])
    #expect(record.user == "alice" && record.host == "db1")
  }

  @Test("a third each time reads all in three, and then begins anew")
  func shares() async throws {
    var seen: [[UInt64]] = []
    for run in 0..<4 {
      let now = Seen()
      _ = try await scrub(inventory(1...9, seen: now), limits(share: 1.0 / 3), id: "s\(run)")
      seen.append(now.all)
      clock.advance(86_400)
    }
    #expect(seen == [[9, 8, 7], [6, 5, 4], [3, 2, 1], [9, 8, 7]])
  }

  @Test func anInterruptedOneGoesOnWhereItWas() async throws {
    let stop = Mutex<Task<ScrubOutcome, any Error>?>(nil)
    let begun = Seen()
    let first = inventory(1...9, seen: begun) { number in
      if number == 6 { stop.withLock { $0?.cancel() } }
    }
    let gate = AsyncStream<Void>.makeStream()
    let task = Task {
      for await _ in gate.stream { break }
      return try await scrub(first)
    }
    stop.withLock { $0 = task }
    gate.continuation.yield()
    #expect(try await task.value.ending == .cancelled)
    #expect(begun.all == [9, 8, 7, 6])
    let rest = Seen()
    clock.advance(60)
    #expect(try await scrub(inventory(1...9, seen: rest), id: "s2").ending == .done)
    #expect(rest.all == [5, 4, 3, 2, 1, 9, 8, 7, 6])
  }

  @Test func aDaysBytesAreThoseOfAllScrubs() async throws {
    let first = try await scrub(inventory(1...9), limits(daily: 450))
    #expect(first.ending == .dailyLimit && first.objects == 4)
    clock.advance(3600)
    #expect(try await scrub(inventory(1...9), limits(daily: 450), id: "s2").objects == 0)
    clock.advance(86_400)
    let seen = Seen()
    _ = try await scrub(inventory(1...9, seen: seen), limits(daily: 450), id: "s3")
    #expect(seen.all == [5, 4, 3, 2])
  }

  @Test func whatIsLargerThanADayHasOneOfItsOwn() async throws {
    let outcome = try await scrub(inventory(1...2), limits(daily: 50))
    #expect(outcome.objects == 1 && outcome.ending == .dailyLimit)
  }

  @Test func itIsNoFasterThanItMay() async throws {
    let slept = Mutex<[Double]>([])
    _ = try await scrub(inventory(1...3), limits(rate: 50)) { [clock] seconds in
      slept.withLock { $0.append(seconds) }
      clock.advance(seconds)
    }
    #expect(slept.withLock { $0 } == [2, 2, 2])
  }

  @Test func whatCannotBeReadTakesNobodysShare() async throws {
    let seen = Seen()
    let readings: [UInt64: ScrubReading] = [
      9: .unread("zstd is not installed"), 8: .unread("zstd is not installed"),
    ]
    let outcome = try await scrub(
      inventory(1...9, readings: readings, seen: seen), limits(share: 1.0 / 9))
    #expect(seen.all == [9, 8, 7])
    #expect(
      outcome.unread == [.init(reason: "zstd is not installed", objects: 2, bytes: 200)])
    #expect(try await ledger.history().unread == outcome.unread)
  }

  @Test func damageIsWrittenDownAndReadAgainNextTime() async throws {
    let outcome = try await scrub(inventory(1...3, readings: [2: .faulty("no record at 0/2")]))
    #expect(outcome.faults.map(\.segment) == ["000000010000000000000002"])
    #expect(try await ledger.history().faults.count == 1)
    clock.advance(60)
    let seen = Seen()
    _ = try await scrub(inventory(1...3, seen: seen), limits(share: 0.1), id: "s2")
    #expect(seen.all == [2])
    #expect(try await ledger.history().faults.isEmpty)
  }

  // MARK: In the fleet

  @Test func theFleetJudgesByIt() async throws {
    let fixture = FleetFixture(
      directory: directory,
      assess: { input in
        var cluster = ClusterSnapshot(
          declaration: input.declaration, engineTitle: "", takenAt: input.now, interval: 2)
        cluster.scrub = input.scrubs.isEmpty ? nil : ScrubStanding()
        return cluster
      })
    fixture.engine.state.withLock { $0.inventory = inventory(1...3) }
    #expect(await fixture.cluster()?.scrub == nil)
    let outcome = try await fixture.fleet.scrub("auth-db", limits: ScrubLimits())
    #expect(outcome.objects == 3)
    #expect(await fixture.cluster()?.scrub != nil)
  }

  @Test func twoAtATimeAreOne() async throws {
    let fixture = FleetFixture(directory: directory)
    fixture.engine.state.withLock { $0.inventory = inventory(1...3) }
    let other = FileScrubLedger(path: directory.file("auth-db.jsonl.scrub"))
    let holder = LockHolder(user: "bob", host: "db2", process: 1, operation: "a scrub", since: noon)
    guard case .held(let lock) = try await other.lock(holder) else {
      Issue.record("not held")
      return
    }
    await #expect(throws: RecoveryError.self) {
      _ = try await fixture.fleet.scrub("auth-db", limits: ScrubLimits())
    }
    await lock.release()
    #expect(try await fixture.fleet.scrub("auth-db", limits: ScrubLimits()).objects == 3)
  }

  @Test func anEngineWithoutContentsSaysSo() async throws {
    let fixture = FleetFixture(directory: directory)
    await #expect(throws: RecoveryError.self) {
      _ = try await fixture.fleet.scrub("auth-db", limits: ScrubLimits())
    }
  }
}
