import FoundationEssentials
import PostgresServers
import RecoveryModel
import Synchronization
import Transports

/// What contents are read with on this machine.
package struct ContentTools: Sendable {
  package var decompression: Decompression
  package var waldump: WALDump

  package init(
    decompression: Decompression = Decompression(), waldump: WALDump = WALDump()
  ) {
    self.decompression = decompression
    self.waldump = waldump
  }
}

/// Reads single objects whole and says what they are.
struct ObjectContents: Sendable {
  let client: any ObjectStore
  let prefix: String
  let tools: ContentTools
  let segmentSize: Int
  let identities: WALIdentities
  let switches: [TimelineSwitch]
  let files: [WALSegment: WALListing.File]
  let bases: [String: StoredBase]
  private let bench = SegmentBench()

  init(
    client: any ObjectStore, prefix: String, tools: ContentTools, segmentSize: Int,
    identities: WALIdentities, switches: [TimelineSwitch],
    files: [WALSegment: WALListing.File], bases: [String: StoredBase]
  ) {
    self.client = client
    self.prefix = prefix
    self.tools = tools
    self.segmentSize = segmentSize
    self.identities = identities
    self.switches = switches
    self.files = files
    self.bases = bases
  }

  /// What is damaged is read twice: the way here may have been what was wrong.
  func read(_ item: ScrubItem, pace: @escaping ScrubInventory.Pace) async -> ScrubReading {
    let first = await once(item, pace: pace)
    guard case .faulty = first, !Task.isCancelled else { return first }
    let second = await once(item, pace: pace)
    guard case .faulty = second, await isReplaced(item) else { return second }
    return .unread("it was replaced while it was read")
  }

  /// Another object lies there than the one that was listed, which may be hours ago.
  private func isReplaced(_ item: ScrubItem) async -> Bool {
    var listed: [(key: String, bytes: Int64)] = []
    switch item.subject {
    case .segment(let segment):
      if let file = files[segment] { listed = [("\(prefix)wals/\(file.path)", file.bytes)] }
    case .backup(let id):
      listed = (bases[id]?.data ?? []).map { ("\(prefix)base/\(id)/\($0.name)", $0.bytes) }
    }
    for object in listed {
      guard let told = try? await client.head(object.key)["content-length"] else { continue }
      if Int64(told) != object.bytes { return true }
    }
    return false
  }

  private func once(_ item: ScrubItem, pace: @escaping ScrubInventory.Pace) async -> ScrubReading {
    do {
      switch item.subject {
      case .segment(let segment):
        guard let file = files[segment] else { return .unread("it is not in the listing") }
        return try await read(segment, file, pace)
      case .backup(let id):
        guard let base = bases[id] else { return .unread("it is not in the listing") }
        return try await read(base, pace)
      }
    } catch let error as RecoveryError {
      return .unread(error.message)
    } catch {
      return .unread("reading it was cancelled")
    }
  }

  // MARK: WAL

  private func read(
    _ segment: WALSegment, _ file: WALListing.File, _ pace: @escaping ScrubInventory.Pace
  ) async throws -> ScrubReading {
    let (bytes, ending) = try await plain(file, pace)
    switch ending {
    case .whole: break
    case .damaged(let words): return .faulty("it cannot be decompressed: \(words)")
    case .unread(let reason): return .unread(reason)
    }
    let expected = identities.expectation(segment, segmentSize: segmentSize, switches: switches)
    switch await bench.state(of: bytes, expected: expected) {
    case .faulty(let what): return .faulty(what)
    case .good(let depth, let major):
      guard let major else { return .good(depth) }
      let name = segment.name(segmentSize: segmentSize)
      return await tools.waldump.fault(in: bytes, named: name, major: major)
        .map { .faulty($0) } ?? .good(depth)
    }
  }

  /// What it holds, and whether all of that could be had.
  private func plain(
    _ file: WALListing.File, _ pace: @escaping ScrubInventory.Pace
  ) async throws -> (bytes: [UInt8], ending: Decompression.Ending) {
    let source = ObjectPieces(
      client: client, key: "\(prefix)wals/\(file.path)", bytes: file.bytes, pace: pace)
    let limit = segmentSize
    let plain = Mutex<[UInt8]>([])
    let ending = try await tools.plain(file.kind.compression, source) { bytes in
      plain.withLock { plain in
        plain += bytes
        return plain.count <= limit
      }
    }
    let bytes = plain.withLock { $0 }
    // The rest of what is too long was not asked for.
    return (bytes, bytes.count > limit ? .whole : ending)
  }

  /// What a segment holds. Throws `RecoveryError`.
  func plain(_ item: ScrubItem, pace: @escaping ScrubInventory.Pace) async throws -> [UInt8] {
    guard case .segment(let segment) = item.subject, let file = files[segment] else {
      throw RecoveryError(.failed, "it is not in the listing")
    }
    let (bytes, ending) = try await plain(file, pace)
    switch ending {
    case .whole: return bytes
    case .damaged(let words):
      throw RecoveryError(.failed, "it cannot be decompressed: \(words)")
    case .unread(let reason): throw RecoveryError(.failed, reason)
    }
  }

  // MARK: Base backups

  private func read(
    _ base: StoredBase, _ pace: @escaping ScrubInventory.Pace
  ) async throws -> ScrubReading {
    if let encryption = base.encryption {
      return .unread("it is encrypted by the client (\(Sanitizer.clean(encryption, limit: 30)))")
    }
    var control: [UInt8]?
    for (name, bytes) in base.data {
      let source = ObjectPieces(
        client: client, key: "\(prefix)base/\(base.id)/\(name)", bytes: bytes, pace: pace)
      let check = Mutex(TarCheck())
      let compression = BarmanCompression.split(name[...]).compression
      let ending = try await tools.plain(compression, source) { bytes in
        check.withLock { check in
          bytes.withUnsafeBytes { check.take($0) }
          return check.fault == nil
        }
      }
      var result = check.withLock { $0 }
      if result.fault == nil {
        switch ending {
        case .whole: result.finish()
        case .damaged(let words): return .faulty("\(name) cannot be decompressed: \(words)")
        case .unread(let reason): return .unread(reason)
        }
      }
      if let fault = result.fault { return .faulty("\(name): \(fault)") }
      control = control ?? result.controlFile
    }
    guard let control else { return .faulty("it has no global/pg_control") }
    return ControlFile.fault(in: control, system: base.system).map { .faulty($0) } ?? .good(.files)
  }
}

/// Looks at segments on a thread of its own: a large one takes a while, in which others are answered.
private actor SegmentBench {
  private let executor = BlockingExecutor()

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func state(of bytes: [UInt8], expected: WALExpectation) -> WALSegmentState {
    bytes.withUnsafeBytes { WALSegmentCheck.state(of: $0, expected: expected) }
  }
}

extension ContentTools {
  /// The contents as they were before they were compressed. Throws `RecoveryError`.
  func plain(
    _ compression: BarmanCompression, _ source: ObjectPieces, take: @escaping ByteFilter.Sink
  ) async throws -> Decompression.Ending {
    let format: Decompression.Format
    switch compression {
    case .none:
      while let piece = try await source.next() {
        guard take(piece) else { break }
      }
      return .whole
    case .bzip2: format = .bzip2
    case .gzip: format = .gzip
    case .lz4: format = .lz4
    case .snappy: format = .snappy
    case .xz: format = .xz
    case .zstandard: format = .zstd
    }
    return try await decompression.run(format, next: { try await source.next() }, take: take)
  }
}

/// An object, piece by piece.
actor ObjectPieces {
  private let client: any ObjectStore
  private let key: String
  private let bytes: Int64
  private let pace: ScrubInventory.Pace
  private var offset: Int64 = 0

  /// Small enough for a limit of a few megabytes per second to be kept.
  private static let piece: Int64 = 8 << 20

  init(
    client: any ObjectStore, key: String, bytes: Int64, pace: @escaping ScrubInventory.Pace
  ) {
    self.client = client
    self.key = key
    self.bytes = bytes
    self.pace = pace
  }

  /// nil at the end. Throws `RecoveryError`, also where the store sends less or more than it lists.
  func next() async throws -> [UInt8]? {
    guard offset < bytes else { return nil }
    let end = min(offset + Self.piece, bytes)
    let piece = try await client.get(key, range: offset...end - 1, limit: Int(Self.piece) + 1)
    guard Int64(piece.count) == end - offset else {
      throw RecoveryError(.failed, "the object was changed while it was read")
    }
    offset = end
    await pace(Int64(piece.count))
    return piece
  }
}
