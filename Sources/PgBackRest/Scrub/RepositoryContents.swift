import FoundationEssentials
import PostgresServers
import RecoveryModel
import Synchronization
import Transports

/// What contents of a repository are read with on this machine.
package struct RepositoryReading: Sendable {
  /// pgBackRest and `sha1sum`.
  package var filter: ByteFilter
  package var decompression: Decompression
  package var waldump: WALDump

  package init(
    filter: ByteFilter = .live, decompression: Decompression = Decompression(),
    waldump: WALDump = WALDump()
  ) {
    self.filter = filter
    self.decompression = decompression
    self.waldump = waldump
  }
}

/// Reads the WAL of a repository through the tool, which decrypts it, and holds it against the checksum in its name and
/// against what WAL has to be; base backups by the tool's own `verify`.
struct RepositoryContents: Sendable {
  let tool: PgBackRestTool
  let reading: RepositoryReading
  let segmentSize: Int
  /// Of the database that runs now, as `15-1`.
  let archiveID: String
  let identity: DatabaseIdentity
  let switches: [TimelineSwitch]
  let files: [WALSegment: ArchivedFile]
  let verification: RepositoryVerification

  /// Seconds for one segment.
  private static let deadline = 600.0

  /// What is damaged is read twice: the way here may have been what was wrong.
  func read(_ item: ScrubItem, pace: @escaping ScrubInventory.Pace) async -> ScrubReading {
    switch item.subject {
    case .backup(let label):
      let reading = await verification.reading(of: label)
      if case .unread = reading { return reading }
      await pace(item.bytes)
      return reading
    case .segment(let segment):
      guard let file = files[segment] else { return .unread("it is not in the listing") }
      let first = await once(segment, file, pace)
      guard case .faulty = first, !Task.isCancelled else { return first }
      return await once(segment, file, pace)
    }
  }

  private func once(
    _ segment: WALSegment, _ file: ArchivedFile, _ pace: ScrubInventory.Pace
  ) async -> ScrubReading {
    do {
      let plain: [UInt8]
      switch try await self.plain(file, pace) {
      case .success(let bytes): plain = bytes
      case .failure(let failure): return failure.reading
      }
      let expected = WALExpectation(
        segment: segment, segmentSize: segmentSize, majorVersion: identity.majorVersion,
        systems: Set([identity.systemIdentifier].compactMap { $0 }),
        switchedAt: switches.first { $0.timeline == segment.timeline }?.switchedAt)
      switch plain.withUnsafeBytes({ WALSegmentCheck.state(of: $0, expected: expected) }) {
      case .good(let depth, _): return .good(depth)
      case .faulty(let what): return .faulty(what)
      }
    } catch {
      return .unread((error as? RecoveryError)?.message ?? "reading it was cancelled")
    }
  }

  /// What it holds, by the checksum in its name.
  private func plain(
    _ file: ArchivedFile, _ pace: ScrubInventory.Pace
  ) async throws -> Result<[UInt8], Failure> {
    let stored = try await fetch(file)
    await pace(Int64(stored.count))
    let result = try await decompressed(stored, file.suffix)
    guard case .success(let bytes) = result,
      let reading = try await checksum(of: bytes, in: file)
    else { return result }
    return .failure(Failure(reading: reading))
  }

  /// What a segment holds. Throws `RecoveryError`.
  func plain(_ item: ScrubItem, pace: @escaping ScrubInventory.Pace) async throws -> [UInt8] {
    guard case .segment(let segment) = item.subject, let file = files[segment] else {
      throw RecoveryError(.failed, "it is not in the listing")
    }
    switch try await plain(file, pace) {
    case .success(let bytes): return bytes
    case .failure(let failure):
      switch failure.reading {
      case .faulty(let words), .unread(let words): throw RecoveryError(.failed, words)
      case .good: throw RecoveryError(.failed, "it could not be read")
      }
    }
  }

  /// As the tool gives it: decrypted, compressed. Throws `RecoveryError`.
  private func fetch(_ file: ArchivedFile) async throws -> [UInt8] {
    let directory = String(file.name.prefix(16))
    let path = "archive/\(tool.settings.stanza)/\(archiveID)/\(directory)/\(file.fileName)"
    let request = tool.request(
      ["--repo=\(tool.repository)", "repo-get", path], deadline: Self.deadline)
    let (output, result) = try await through(request, [])
    guard result.status == 0 else { throw tool.failure(result, arguments: ["repo-get"]) }
    return output
  }

  private struct Failure: Error { var reading: ScrubReading }

  private func decompressed(
    _ stored: [UInt8], _ suffix: ArchivedFile.Suffix
  ) async throws -> Result<[UInt8], Failure> {
    let format: Decompression.Format
    switch suffix {
    case .plain: return .success(stored)
    case .gzip: format = .gzip
    case .lz4: format = .lz4
    case .zstandard: format = .zstd
    case .bzip2: format = .bzip2
    }
    let plain = Mutex<[UInt8]>([])
    let limit = segmentSize
    let input = OnePiece(stored)
    let ending = try await reading.decompression.run(format, next: { input.take() }) { bytes in
      plain.withLock {
        $0 += bytes
        return $0.count <= limit
      }
    }
    let bytes = plain.withLock { $0 }
    if bytes.count > limit { return .success(bytes) }
    switch ending {
    case .whole: return .success(bytes)
    case .damaged(let words):
      return .failure(Failure(reading: .faulty("it cannot be decompressed: \(words)")))
    case .unread(let reason): return .failure(Failure(reading: .unread(reason)))
    }
  }

  /// nil where it is that of the name.
  private func checksum(
    of bytes: [UInt8], in file: ArchivedFile
  ) async throws -> ScrubReading? {
    let (output, result) = try await through(
      ProcessRequest("sha1sum", [], deadline: Self.deadline), bytes)
    let sum = String(decoding: output.prefix(40), as: UTF8.self)
    guard result.status == 0, sum.utf8.count == 40 else {
      return .unread("sha1sum ended with status \(result.status)")
    }
    guard !file.fileName.hasPrefix("\(file.name)-\(sum)") else { return nil }
    return .faulty("its SHA-1 is \(sum), not that of its name")
  }

  private func through(
    _ request: ProcessRequest, _ input: [UInt8]
  ) async throws -> ([UInt8], ProcessResult) {
    let output = Mutex<[UInt8]>([])
    let piece = OnePiece(input)
    let result = try await reading.filter.run(request, { piece.take() }) { bytes in
      output.withLock { $0 += bytes }
      return true
    }
    return (output.withLock { $0 }, result)
  }
}

/// Bytes that are handed over once.
private final class OnePiece: Sendable {
  private let bytes: Mutex<[UInt8]?>

  init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes.isEmpty ? nil : bytes) }

  func take() -> [UInt8]? {
    bytes.withLock { bytes in
      defer { bytes = nil }
      return bytes
    }
  }
}
