import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing
import Transports

@testable import PgBackRest

@Suite("Listing the archive") struct ArchiveListerTests {
  /// A repository far away on a clock of its own: what it costs is counted.
  private final class Store: Sendable {
    struct State {
      var now = 1_795_350_000.0
      var asked: [String] = []
      var directories: [String: [Int]] = ["0000000100000000": [1, 2], "0000000100000001": [0]]
      /// Seconds that a whole listing takes.
      var cost = 30.0
    }
    let state = Mutex(State())
    let sum = "0123456789abcdef0123456789abcdef01234567"

    var now: Date { Date(timeIntervalSince1970: state.withLock { $0.now }) }
    func pass(_ seconds: Double) { state.withLock { $0.now += seconds } }
    var asked: [String] { state.withLock { $0.asked } }

    func answer(_ path: String, recurse: Bool) -> String {
      state.withLock { state in
        state.asked.append(recurse ? "all" : path)
        state.now += recurse ? state.cost : 0.1
        let parts = path.split(separator: "/")
        var entries: [String] = []
        for (directory, numbers) in state.directories.sorted(by: { $0.key < $1.key }) {
          let prefix = recurse ? "15-1/\(directory)/" : parts.count > 1 ? "" : "\(directory)/"
          if parts.count > 1, parts[1] != Substring(directory) { continue }
          if parts.count < 2 {
            entries.append("\"\(prefix.dropLast())\":{\"type\":\"path\"}")
            if !recurse { continue }
          }
          for number in numbers {
            let tail = String(number, radix: 16, uppercase: true)
            let name = directory + String(repeating: "0", count: 8 - tail.count) + tail
            entries.append("\"\(prefix)\(name)-\(sum).lz4\":{\"type\":\"file\",\"size\":900}")
          }
        }
        return "{\(entries.joined(separator: ","))}"
      }
    }

    func lister(
      pause: @escaping @Sendable (Double) async -> Void = { _ in
        try? await Task.sleep(for: .seconds(3600))
      },
      before: @escaping @Sendable () async -> Void = {}
    ) -> ArchiveLister {
      ArchiveLister(
        ask: { path, recurse throws(RecoveryError) in
          await before()
          return self.answer(path, recurse: recurse)
        }, undecodable: { _ in RecoveryError(.failed, "odd") }, now: { self.now }, pause: pause)
    }
  }

  private func names(_ look: ArchiveLister.Look) -> [String] {
    look.listing.archives["15-1"]?.files.map { String($0.name.suffix(9)) } ?? []
  }

  @Test func whatIsDearIsListedWholeOnce() async throws {
    let store = Store()
    let lister = store.lister()
    let first = try await lister.look()
    #expect(names(first) == ["000000001", "000000002", "100000000"])
    // What was archived while it was listed may not be in it.
    #expect(first.at == Date(timeIntervalSince1970: 1_795_350_000))
    _ = try await lister.look()
    #expect(store.asked == ["all"])
    store.state.withLock {
      $0.now += 200
      $0.directories = ["0000000100000001": [0, 1], "0000000100000002": [0]]
    }
    let second = try await lister.look()
    #expect(names(second) == ["100000000", "100000001", "200000000"])
    #expect(
      store.asked == ["all", "15-1", "15-1/0000000100000001", "15-1/0000000100000002"])
    store.pass(2_000)
    _ = try await lister.look()
    #expect(store.asked.last == "all")
  }

  @Test func whatIsCheapIsListedWholeEachTime() async throws {
    let store = Store()
    store.state.withLock { $0.cost = 0.1 }
    let lister = store.lister()
    _ = try await lister.look()
    _ = try await lister.look()
    #expect(store.asked == ["all", "all"])
  }

  /// A look ends in time and says so; the listing goes on, and nobody begins another.
  @Test func aLookDoesNotWaitForEver() async throws {
    let store = Store()
    let (gate, open) = AsyncStream<Void>.makeStream()
    let lister = store.lister(pause: { _ in }, before: { for await _ in gate { break } })
    for _ in 0..<3 {
      let error = await #expect(throws: RecoveryError.self) { try await lister.look() }
      #expect(error?.message.contains("still being listed") == true)
    }
    #expect(store.asked.isEmpty)
    // Who left is told when it has ended.
    var rings = lister.late.rings().makeAsyncIterator()
    open.finish()
    #expect(await rings.next() != nil)
    #expect(await lister.last != nil)
    #expect(names(try await lister.look()).count == 3)
    #expect(store.asked == ["all"])
  }

  @Test("a listing that nobody wants any more is read no further", arguments: [false, true])
  func cancelledReading(isCancelled: Bool) async {
    let entries = (0..<3_000).map { "\"15-1/\($0)\":{\"type\":\"path\"}" }
    let json = "{\(entries.joined(separator: ","))}"
    let reading = Task {
      withUnsafeCurrentTask { if isCancelled { $0?.cancel() } }
      var seen = 0
      try? ListingScanner.scan(json) { _ in seen += 1 }
      return seen
    }
    #expect(await reading.value == (isCancelled ? 1_023 : 3_000))
  }

  @Test func aListingThatFailsSaysWhy() async throws {
    let lister = ArchiveLister(
      ask: { _, _ throws(RecoveryError) in throw RecoveryError(.denied, "no") },
      undecodable: { _ in RecoveryError(.failed, "odd") }, now: { Date() })
    await #expect(throws: RecoveryError(.denied, "no")) { try await lister.look() }
    let odd = ArchiveLister(
      ask: { _, _ throws(RecoveryError) in "<html>" },
      undecodable: { RecoveryError(.failed, "odd: \($0)") }, now: { Date() })
    await #expect(throws: RecoveryError(.failed, "odd: <html>")) { try await odd.look() }
  }
}
