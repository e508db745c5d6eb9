import FoundationEssentials
import ObjectStoreStandIn
import PostgresServers
import RecoveryModel
import Synchronization
import TestSupport
import Testing
import Transports

@testable import ObjectStores

/// Contents of a bucket, read with the programs of this machine. One after the other: each takes what it can get of it.
@Suite(.serialized) struct BarmanContentsTests {
  private static let writer = WALWriter()
  /// By their numbers.
  private static let segments = (0...6).map { writer.segment(UInt64($0)) }
  private static let prefix = "k8s/auth-db/"
  private static func key(_ number: UInt64, _ suffix: String = "") -> String {
    "\(prefix)wals/0000000100000000/\(name(number))\(suffix)"
  }
  private static func name(_ number: UInt64) -> String {
    WALSegment(timeline: 1, number: number).name(segmentSize: 1 << 20)
  }

  /// A backup from segment 2 to 3, and segments 2 to 6 as they are.
  private static func bucket(suffix: String = "") async throws -> BucketInMemory {
    let bucket = BucketInMemory()
    bucket.put(
      "\(prefix)base/20261129T110000/backup.info",
      """
      status=DONE
      begin_time=2026-11-29 11:00:00+00:00
      end_time=2026-11-29 11:00:05+00:00
      begin_wal=\(name(2))
      end_wal=\(name(3))
      begin_xlog=0/200028
      end_xlog=0/300028
      timeline=1
      systemid=\(writer.system)
      version=150018
      xlog_segment_size=1048576
      """)
    bucket.put(
      "\(prefix)base/20261129T110000/data.tar\(suffix)",
      try await packed(
        TarWriter.tar([
          ("base/1/1259", [UInt8](repeating: 9, count: 70_000)),
          ("global/pg_control", TarWriter.controlFile(system: writer.system)),
        ]), suffix))
    for number: UInt64 in 2...6 {
      bucket.put(key(number, suffix), try await packed(segments[Int(number)], suffix))
    }
    return bucket
  }

  private static let packers = [
    ".gz": ["gzip", "-c1"], ".bz2": ["bzip2", "-c1"], ".xz": ["xz", "-c0"],
    ".zst": ["zstd", "-c1q"], ".lz4": ["lz4", "-c1q", "-", "-"],
  ]

  private static func packed(_ bytes: [UInt8], _ suffix: String) async throws -> [UInt8] {
    guard let packer = packers[suffix] else { return bytes }
    let input = Mutex<[UInt8]?>(bytes)
    let output = Mutex<[UInt8]>([])
    let result = try await ByteFilter.live.run(
      ProcessRequest(packer[0], Array(packer.dropFirst()), deadline: 60),
      {
        input.withLock { input in
          defer { input = nil }
          return input
        }
      },
      { more in
        output.withLock { $0 += more }
        return true
      })
    #expect(result.status == 0, "\(result.error)")
    return output.withLock { $0 }
  }

  private static func contents(
    _ bucket: BucketInMemory, tools: ContentTools = ContentTools(waldump: WALDump { _ in nil })
  ) async throws -> ScrubInventory {
    try await BarmanContents(
      client: bucket.client(), prefix: prefix, tools: tools, now: { BucketInMemory.now }
    ).inventory()
  }

  /// What came of each, by its name.
  private static func readings(
    _ bucket: BucketInMemory, tools: ContentTools = ContentTools(waldump: WALDump { _ in nil })
  ) async throws -> [String: ScrubReading] {
    let inventory = try await contents(bucket, tools: tools)
    var readings: [String: ScrubReading] = [:]
    for item in inventory.items { readings[item.object] = await inventory.read(item) { _ in } }
    return readings
  }

  @Test(
    "a whole bucket is good, however it is compressed",
    arguments: ["", ".gz", ".bz2", ".xz", ".zst", ".lz4"])
  func whole(suffix: String) async throws {
    if let packer = Self.packers[suffix]?[0] {
      guard (try? ExecutablePath.resolve(packer)) != nil else { return }
    }
    let readings = try await Self.readings(try await Self.bucket(suffix: suffix))
    #expect(readings.count == 6)
    for (object, reading) in readings {
      let isBase = object.hasPrefix("base/")
      #expect(reading == .good(isBase ? .files : .records), "\(object): \(reading)")
    }
  }

  @Test(
    "a segment is handed out as it was before it was compressed", arguments: ["", ".gz", ".zst"])
  func plain(suffix: String) async throws {
    if let packer = Self.packers[suffix]?[0] {
      guard (try? ExecutablePath.resolve(packer)) != nil else { return }
    }
    let bucket = try await Self.bucket(suffix: suffix)
    let inventory = try await Self.contents(bucket)
    for item in inventory.items {
      guard case .segment(let segment) = item.subject else { continue }
      let bytes = try await inventory.plain(item) { _ in }
      #expect(bytes == Self.segments[Int(segment.number)])
    }
    bucket.change(Self.key(4, suffix)) { $0.removeLast($0.count / 3) }
    let damaged = try #require(inventory.items.first { $0.object.contains(Self.name(4)) })
    await #expect(throws: RecoveryError.self) { _ = try await inventory.plain(damaged) { _ in } }
  }

  enum Damage: CaseIterable { case flipped, truncated, foreign, swapped }

  @Test("and damage is found in each", arguments: ["", ".gz", ".zst"], Damage.allCases)
  func damaged(suffix: String, damage: Damage) async throws {
    if let packer = Self.packers[suffix]?[0] {
      guard (try? ExecutablePath.resolve(packer)) != nil else { return }
    }
    let bucket = try await Self.bucket(suffix: suffix)
    let key = Self.key(4, suffix)
    switch damage {
    case .flipped: bucket.change(key) { $0[$0.count / 2] ^= 4 }
    case .truncated: bucket.change(key) { $0.removeLast($0.count / 3) }
    case .foreign:
      var foreign = Self.writer
      foreign.system = 42
      bucket.put(key, try await Self.packed(foreign.segment(4), suffix))
    case .swapped: bucket.put(key, try await Self.packed(Self.segments[5], suffix))
    }
    let readings = try await Self.readings(bucket)
    for (object, reading) in readings {
      let isHit = object.contains(Self.name(4))
      if case .faulty = reading {
        #expect(isHit, "\(object): \(reading)")
      } else {
        #expect(!isHit, "\(object): \(reading)")
      }
    }
  }

  @Test func oneThatIsTooLongIsNotReadToItsEnd() async throws {
    let bucket = try await Self.bucket(suffix: ".gz")
    bucket.put(
      Self.key(4, ".gz"), try await Self.packed([UInt8](repeating: 0, count: 9 << 20), ".gz"))
    let reading = try await Self.readings(bucket)["wals/0000000100000000/\(Self.name(4)).gz"]
    guard case .faulty(let what)? = reading else {
      Issue.record("\(String(describing: reading))")
      return
    }
    #expect(what.contains("a segment has"))
  }

  @Test("a base backup is damaged where its tar is", arguments: [0, 1, 2, 3])
  func damagedBase(way: Int) async throws {
    let bucket = try await Self.bucket()
    let key = "\(Self.prefix)base/20261129T110000/data.tar"
    switch way {
    case 0: bucket.change(key) { $0.removeLast(9000) }
    case 1: bucket.change(key) { $0[3] ^= 1 }
    case 2: bucket.put(key, TarWriter.tar([("base/1/1259", [1])]))
    default:
      bucket.put(
        key, TarWriter.tar([("global/pg_control", TarWriter.controlFile(system: 42))]))
    }
    let reading = try await Self.readings(bucket)["base/20261129T110000"]
    guard case .faulty(let what)? = reading else {
      Issue.record("\(String(describing: reading))")
      return
    }
    let wanted = ["it ends", "no tar", "no global/pg_control", "another system"]
    #expect(what.contains(wanted[way]), "\(what)")
  }

  @Test func aMissingProgramIsNamedAndNothingIsSaidOfTheObject() async throws {
    let bucket = try await Self.bucket(suffix: ".gz")
    let none = ByteFilter { request, _, _ in
      throw ExecutablePath.notFound(request.executable)
    }
    let readings = try await Self.readings(
      bucket,
      tools: ContentTools(
        decompression: Decompression(filter: none), waldump: WALDump { _ in nil }))
    #expect(readings.count == 6)
    for reading in readings.values {
      #expect(reading == .unread("gzip is not installed here: apt-get install gzip"))
    }
  }

  @Test("a program that dies says nothing of the object", arguments: [127 as Int32, 137])
  func dying(status: Int32) async throws {
    let bucket = try await Self.bucket(suffix: ".gz")
    let dying = ByteFilter { _, _, _ in ProcessResult(status: status, output: "", error: "") }
    let readings = try await Self.readings(
      bucket, tools: ContentTools(decompression: Decompression(filter: dying)))
    #expect(readings.values.allSatisfy { if case .unread = $0 { true } else { false } })
  }

  @Test func whatMayNotBeReadIsNotDamaged() async throws {
    let bucket = try await Self.bucket()
    bucket.withhold(Self.key(4))
    let reading = try await Self.readings(bucket)["wals/0000000100000000/\(Self.name(4))"]
    guard case .unread(let reason)? = reading else {
      Issue.record("\(String(describing: reading))")
      return
    }
    #expect(reason.contains("does not allow"))
  }

  @Test func anAnswerThatWasWrongOnceIsAskedForAgain() async throws {
    let bucket = try await Self.bucket()
    let inventory = try await Self.contents(bucket)
    let item = try #require(inventory.items.first { $0.object.contains(Self.name(4)) })
    bucket.answerFirst(HTTPResponse(status: 206, body: Self.segments[5]))
    #expect(await inventory.read(item) { _ in } == .good(.records))
  }

  @Test func whatWasReplacedSinceItWasListedIsNotDamaged() async throws {
    let bucket = try await Self.bucket()
    let whole = Self.segments[4]
    bucket.put(Self.key(4), Array(whole.prefix(5000)))
    let inventory = try await Self.contents(bucket)
    let item = try #require(inventory.items.first { $0.object.contains(Self.name(4)) })
    bucket.put(Self.key(4), whole)
    #expect(
      await inventory.read(item) { _ in } == .unread("it was replaced while it was read"))
  }

  @Test("of a system that was here before, older segments are not damaged")
  func earlierSystem() async throws {
    let bucket = try await Self.bucket()
    bucket.put(
      "\(Self.prefix)base/20261101T110000/backup.info",
      """
      status=DONE
      begin_time=2026-11-01 11:00:00+00:00
      end_time=2026-11-01 11:00:05+00:00
      begin_wal=\(Self.name(1))
      end_wal=\(Self.name(1))
      timeline=1
      systemid=42
      version=140018
      xlog_segment_size=1048576
      """)
    var former = Self.writer
    (former.system, former.magic) = (42, 0xD10D)
    bucket.put(Self.key(1), former.segment(1))
    bucket.put(Self.key(5), former.segment(5))
    let readings = try await Self.readings(bucket)
    #expect(readings["wals/0000000100000000/\(Self.name(1))"] == .good(.records))
    #expect(readings["wals/0000000100000000/\(Self.name(5))"] != .good(.records))
  }

  @Test("pg_waldump's word counts, and its silence does not")
  func waldump() async throws {
    let bucket = try await Self.bucket()
    func reading(_ status: Int32, _ error: String) async throws -> ScrubReading? {
      let runner = ProcessRunner(
        run: { _ in ProcessResult(status: status, output: "", error: error) },
        stream: { _ in AsyncThrowingStream { $0.finish() } })
      let tools = ContentTools(
        waldump: WALDump(processes: runner, find: { $0 == 15 ? "/bin/true" : nil }))
      return try await Self.readings(bucket, tools: tools)[
        "wals/0000000100000000/\(Self.name(4))"]
    }
    let error = "pg_waldump: error: error in WAL record at 0/400028: incorrect resource manager"
    #expect(try await reading(1, error) == .faulty(error))
    #expect(try await reading(0, "") == .good(.records))
    #expect(try await reading(1, "could not open file") == .good(.records))
  }
}
