import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing
import Transports

/// A program that bytes go through.
@Suite struct ByteFilterTests {
  private func run(_ program: [String], input: [[UInt8]]) async throws -> ([UInt8], Int32, String) {
    let waiting = Mutex(input)
    let output = Mutex<[UInt8]>([])
    let result = try await ByteFilter.live.run(
      ProcessRequest(program[0], Array(program.dropFirst()), deadline: 60),
      { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } },
      { more in
        output.withLock { $0 += more }
        return true
      })
    return (output.withLock { $0 }, result.status, result.error)
  }

  @Test func moreThanAPipeHoldsGoesThrough() async throws {
    let pieces = (0..<40).map { [UInt8](repeating: UInt8($0), count: 100_000) }
    let (output, status, _) = try await run(["cat"], input: pieces)
    #expect(status == 0)
    #expect(output == Array(pieces.joined()))
  }

  @Test func oneThatEndsEarlyEndsNothingElse() async throws {
    let pieces = (0..<40).map { _ in [UInt8](repeating: 1, count: 100_000) }
    let (_, status, error) = try await run(["gzip", "-dc"], input: pieces)
    #expect(status == 1)
    #expect(error.contains("not in gzip format"))
  }

  @Test func whatTheSourceThrowsIsThrown() async throws {
    await #expect(throws: RecoveryError.self) {
      _ = try await ByteFilter.live.run(
        ProcessRequest("cat", [], deadline: 60),
        { throw RecoveryError(.denied, "no") }, { _ in true })
    }
  }

  @Test func oneThatTakesTooLongIsEnded() async throws {
    let failure = await #expect(throws: RecoveryError.self) {
      _ = try await ByteFilter.live.run(
        ProcessRequest("sleep", ["60"], deadline: 0.1), { nil }, { _ in true })
    }
    #expect(failure?.code == .timedOut)
  }

  @Test func nobodyWhoIsNotThere() async throws {
    await #expect(throws: RecoveryError.self) {
      _ = try await run(["no-such-program-here"], input: [])
    }
  }
}

/// What Barman's library for it wrote.
@Suite struct SnappyTests {
  private static let plain: [UInt8] =
    (0..<900).flatMap { [UInt8](repeating: UInt8($0 % 7), count: $0 % 300) }
    + (0..<20).flatMap { _ in (0..<256).map { UInt8($0) } }

  private func undone(
    _ bytes: [UInt8], pieces: Int = 1000
  ) async throws -> (Decompression.Ending, [UInt8]) {
    let waiting = Mutex(
      stride(from: 0, to: bytes.count, by: pieces).map {
        Array(bytes[$0..<min($0 + pieces, bytes.count)])
      })
    let output = Mutex<[UInt8]>([])
    let ending = try await Decompression().run(
      .snappy, next: { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } },
      take: { more in
        output.withLock { $0 += more }
        return true
      })
    return (ending, output.withLock { $0 })
  }

  @Test("in pieces of any size", arguments: [1, 7, 4096, 1 << 20])
  func whole(pieces: Int) async throws {
    let (ending, output) = try await undone(
      try Recorded.bytes("bucket/plain.snappy"), pieces: pieces)
    #expect(ending == .whole)
    #expect(output == Self.plain)
  }

  @Test("spoiled anywhere", arguments: [0, 12, 40, 5000, 9000])
  func spoiled(at place: Int) async throws {
    var bytes = try Recorded.bytes("bucket/plain.snappy")
    bytes[place] ^= 8
    guard case .damaged = try await undone(bytes).0 else {
      Issue.record("not found at \(place)")
      return
    }
  }

  @Test("cut off anywhere", arguments: [0, 5, 100, 9000])
  func cut(at place: Int) async throws {
    let bytes = Array(try Recorded.bytes("bucket/plain.snappy").prefix(place))
    guard case .damaged = try await undone(bytes).0 else {
      Issue.record("not found at \(place)")
      return
    }
  }
}
