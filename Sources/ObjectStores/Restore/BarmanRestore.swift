import FoundationEssentials
import RecoveryModel
import Synchronization
import Transports

/// What a recovery from one base backup takes out of a server's part of a store, as it was listed when this was made.
package struct BarmanRestore: Sendable {
  /// A file of a base backup.
  package struct Tar: Sendable, Equatable {
    package var name: String
    package var bytes: Int64
    /// nil = of the data directory.
    package var tablespace: UInt32?
    package var compression: BarmanCompression
  }

  /// What came of asking for a file of the archive.
  package enum Fetched: Sendable, Equatable {
    case whole([UInt8])
    case absent
    /// It is there, and what it holds cannot be had back.
    case damaged(String)
    /// Nothing can be said of it, and why.
    case unread(String)
  }

  package let id: String
  /// nil = the catalog has no such backup that ended well.
  package let backup: Backup?
  package let encryption: String?
  /// In the order in which they are unpacked.
  package let tars: [Tar]
  package let segmentSize: Int
  private let client: any ObjectStore
  private let prefix: String
  private let tools: ContentTools
  /// By the name that PostgreSQL asks for.
  private let files: [String: File]

  private struct File: Sendable {
    var key: String
    var bytes: Int64
    var compression: BarmanCompression
  }

  /// Lists catalog and WAL once. `prefix`: of the server, with a slash at its end. Throws `RecoveryError`.
  package static func open(
    _ id: String, client: any ObjectStore, prefix: String, tools: ContentTools,
    now: @escaping @Sendable () -> Date
  ) async throws(RecoveryError) -> BarmanRestore {
    let look = await BarmanServerReader(client: client, prefix: prefix, now: now)
      .look(.contents, after: nil)
    for failure in [look.server.backups.failure, look.server.wal.failure].compactMap({ $0 }) {
      throw RecoveryError(
        failure.code ?? .unreachable, "\(failure.part): \(failure.reason)", remedy: failure.remedy)
    }
    return BarmanRestore(id, look, client: client, prefix: prefix, tools: tools)
  }

  private init(
    _ id: String, _ look: BarmanServerReader.Look, client: any ObjectStore, prefix: String,
    tools: ContentTools
  ) {
    self.id = id
    self.client = client
    self.prefix = prefix
    self.tools = tools
    let size = look.server.wal.value?.archive.segmentSize ?? 16 << 20
    segmentSize = size
    let stored = look.entries[id].flatMap { known in known.entry.backup.map { ($0, known) } }
    let isDone = stored?.0.status == "DONE"
    backup = isDone ? stored?.0.backup : nil
    encryption = stored?.0.encryption
    tars = (stored?.1.directory.data ?? [:]).map { Tar(name: $0, bytes: $1) }
      .sorted { $0.order < $1.order }
    let first = stored?.0.backup.startSegment?.number ?? 0
    files = Self.files(look.wal, from: first, segmentSize: size, prefix: prefix)
  }

  /// Of two of one name Barman's own restore takes the later, over the one before.
  private static func files(
    _ listing: WALListing?, from first: UInt64, segmentSize: Int, prefix: String
  ) -> [String: File] {
    var files: [String: File] = [:]
    for file in listing?.files ?? [] where !file.kind.isPartial {
      guard
        let segment = WALSegment(
          timeline: file.timeline, log: file.log, index: file.index, segmentSize: segmentSize),
        segment.number >= first
      else { continue }
      files[String(file.name.prefix(24))] = File(
        key: "\(prefix)wals/\(file.path)", bytes: file.bytes, compression: file.kind.compression)
    }
    for other in listing?.others ?? [] {
      guard case .history(let history) = other.kind else { continue }
      let name = String(history.key.split(separator: "/").last ?? "").prefix(16)
      files[String(name)] = File(
        key: history.key, bytes: other.bytes, compression: history.compression)
    }
    return files
  }

  package func has(_ name: String) -> Bool { files[name] != nil }

  /// A segment or history file as PostgreSQL wrote it. Throws `RecoveryError` where the store does not answer.
  package func fetch(_ name: String) async throws -> Fetched {
    guard let file = files[name] else { return .absent }
    let source = ObjectPieces(client: client, key: file.key, bytes: file.bytes) { _ in }
    let plain = Mutex<[UInt8]>([])
    let limit = segmentSize
    let ending = try await tools.plain(file.compression, source) { bytes in
      plain.withLock { plain in
        plain += bytes
        return plain.count <= limit
      }
    }
    switch ending {
    case .damaged(let words): return .damaged(words)
    case .unread(let reason): return .unread(reason)
    case .whole: break
    }
    let bytes = plain.withLock { $0 }
    guard name.hasSuffix(".history") || bytes.count == limit else {
      return .damaged("it has \(bytes.count) bytes, not \(limit)")
    }
    return .whole(bytes)
  }

  /// Bytes of a tar as they lie there, piece by piece: still compressed, but for Snappy, which no program undoes.
  package func source(of tar: Tar) -> ByteFilter.Source {
    let pieces = ObjectPieces(
      client: client, key: "\(prefix)base/\(id)/\(tar.name)", bytes: tar.bytes
    ) { _ in }
    guard tar.compression == .snappy else { return { try await pieces.next() } }
    let frames = Mutex(SnappyFrames())
    return {
      guard let piece = try await pieces.next() else {
        let fault = frames.withLock { frames in
          frames.finish()
          return frames.fault
        }
        if let fault { throw DamagedTar(name: tar.name, words: fault) }
        return nil
      }
      let (plain, fault) = frames.withLock { ($0.take(piece), $0.fault) }
      if let fault { throw DamagedTar(name: tar.name, words: fault) }
      return plain
    }
  }
}

/// What a base backup's file holds is not what was written.
package struct DamagedTar: Error, Equatable {
  package var name: String
  package var words: String
}

extension BarmanRestore.Tar {
  /// `data_0001.tar.gz`, `16387.tar`.
  init(name: String, bytes: Int64) {
    let (bare, compression) = BarmanCompression.split(name[...])
    let stem = bare.dropLast(".tar".count).split(separator: "_").first ?? ""
    self.init(
      name: name, bytes: bytes, tablespace: stem == "data" ? nil : UInt32(stem),
      compression: compression)
  }

  /// Data before tablespaces, parts as they are numbered.
  fileprivate var order: (UInt32, String) { (tablespace ?? 0, name) }

  /// The program that undoes its compression in a pipe; nil = it comes plain.
  package var decompressor: String? {
    switch compression {
    case .none, .snappy: nil
    case .bzip2: Decompression.executable(.bzip2)
    case .gzip: Decompression.executable(.gzip)
    case .lz4: Decompression.executable(.lz4)
    case .xz: Decompression.executable(.xz)
    case .zstandard: Decompression.executable(.zstd)
    }
  }
}
