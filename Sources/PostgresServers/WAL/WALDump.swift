import Glibc
import RecoveryModel
import Synchronization
import Transports

/// PostgreSQL's own reader of WAL, where that of the right version is at hand.
package struct WALDump: Sendable {
  private let processes: ProcessRunner
  private let filter: ByteFilter
  /// Path of the program of a major version; nil = there is none.
  private let find: @Sendable (Int) -> String?

  package init(
    processes: ProcessRunner = .live, filter: ByteFilter = .live,
    find: @escaping @Sendable (Int) -> String? = { WALDump.installed($0) }
  ) {
    self.processes = processes
    self.filter = filter
    self.find = find
  }

  /// Where packages put it.
  package static func installed(_ major: Int) -> String? {
    ["/usr/lib/postgresql/\(major)/bin", "/usr/pgsql-\(major)/bin"]
      .map { "\($0)/pg_waldump" }.first { access($0, X_OK) == 0 }
  }

  private static let deadline = 300.0

  /// What it says is wrong; nil = nothing, or it could not be asked.
  package func fault(in bytes: [UInt8], named name: String, major: Int) async -> String? {
    guard let program = find(major), let place = try? WALScratch() else { return nil }
    defer { place.remove() }
    guard (try? place.write(bytes, named: name)) != nil,
      let result = try? await processes.run(
        ProcessRequest(
          program, ["--stats", "--path", place.directory, name], deadline: Self.deadline)),
      result.status == 1
    else { return nil }
    let line = result.error.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    // A record may fill the whole segment; and what it cannot open is no fault of the segment.
    guard line.contains(Self.undecodable) else { return nil }
    return Sanitizer.clean(line, limit: 200)
  }

  private static let undecodable = "error in WAL record"

  /// How reading from a place on ended.
  enum Ending: Sendable, Equatable {
    /// At the end of what lies there.
    case whole
    case undecodable(String)
    case failed(String)
    case noProgram
  }

  /// Prints every record from `start` on that ends before `end`, line by line. Where it is not told where to end, the
  /// program waits five seconds for the next segment to appear.
  func records(
    in place: WALScratch, timeline: UInt32, from start: LSN, to end: LSN, major: Int,
    take: @escaping @Sendable (ArraySlice<UInt8>) -> Void
  ) async throws -> Ending {
    guard let program = find(major) else { return .noProgram }
    let lines = Mutex(LineCutter())
    let request = ProcessRequest(
      program,
      [
        "--path", place.directory, "--timeline", "\(timeline)", "--start", start.description,
        "--end", end.description,
      ],
      // The program tells times by the clock of its surroundings.
      environment: ["TZ": "UTC", "LC_ALL": "C"], deadline: Self.deadline)
    let result = try await filter.run(request, { nil }) { bytes in
      lines.withLock { $0.cut(bytes, take) }
      return true
    }
    lines.withLock { $0.finish(take) }
    let said = result.error.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    if result.status == 0 || said.contains("could not find file") { return .whole }
    let shown = Sanitizer.clean(said, limit: 200)
    if said.contains(Self.undecodable) { return .undecodable(shown) }
    return .failed(shown.isEmpty ? "pg_waldump ended with status \(result.status)" : shown)
  }
}

/// Cuts what comes in pieces into lines.
private struct LineCutter {
  private var rest: [UInt8] = []

  mutating func cut(_ bytes: [UInt8], _ take: (ArraySlice<UInt8>) -> Void) {
    rest += bytes
    var start = rest.startIndex
    while let end = Self.lineEnd(in: rest, from: start) {
      take(rest[start..<end])
      start = end + 1
    }
    rest.removeFirst(start)
  }

  private static func lineEnd(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress, start < bytes.count,
        let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(base).distance(to: found)
    }
  }

  mutating func finish(_ take: (ArraySlice<UInt8>) -> Void) {
    if !rest.isEmpty { take(rest[...]) }
    rest = []
  }
}
