import Glibc
import RecoveryModel
import Transports

/// PostgreSQL's own reader of WAL, where that of the right version is at hand.
package struct WALDump: Sendable {
  private let processes: ProcessRunner
  /// Path of the program of a major version; nil = there is none.
  private let find: @Sendable (Int) -> String?

  package init(
    processes: ProcessRunner = .live,
    find: @escaping @Sendable (Int) -> String? = { WALDump.installed($0) }
  ) {
    self.processes = processes
    self.find = find
  }

  /// Where packages put it.
  package static func installed(_ major: Int) -> String? {
    ["/usr/lib/postgresql/\(major)/bin", "/usr/pgsql-\(major)/bin"]
      .map { "\($0)/pg_waldump" }.first { access($0, X_OK) == 0 }
  }

  private static let deadline = 300.0

  /// What it says is wrong; nil = nothing, or it could not be asked.
  func fault(in bytes: [UInt8], named name: String, major: Int) async -> String? {
    guard let program = find(major), let place = ScratchSegment(bytes, named: name) else {
      return nil
    }
    defer { place.remove() }
    guard
      let result = try? await processes.run(
        ProcessRequest(
          program, ["--stats", "--path", place.directory, name], deadline: Self.deadline)),
      result.status == 1
    else { return nil }
    let line = result.error.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    // A record may fill the whole segment; and what it cannot open is no fault of the segment.
    guard line.contains("error in WAL record") else { return nil }
    return Sanitizer.clean(line, limit: 200)
  }
}

/// A segment as a file that nobody else can read, in a directory of its own.
private struct ScratchSegment {
  let directory: String
  private let path: String

  /// nil where it cannot be written.
  init?(_ bytes: [UInt8], named name: String) {
    var template = Array("\(Self.temporary)/pgvigil-scrub-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    path = "\(directory)/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    var written = 0
    while descriptor >= 0, written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      written += count
    }
    if descriptor >= 0 { close(descriptor) }
    guard written == bytes.count else {
      remove()
      return nil
    }
  }

  func remove() {
    unlink(path)
    rmdir(directory)
  }

  private static var temporary: String {
    getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
  }
}
