import Glibc
import LocalFiles
import RecoveryModel

/// A directory of its own for segments, which nobody else can read: they hold what the database holds.
package struct WALScratch: Sendable {
  let directory: String

  private static let prefix = "pgvigil-wal-"

  /// Takes away what a process that was killed has left. Throws `RecoveryError` where none can be made.
  init() throws(RecoveryError) {
    let place = Self.temporary
    Self.sweep(place)
    var template = Array("\(place)/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw RecoveryError(
        .failed, "no directory for WAL can be made in \(place): \(Self.reason)",
        remedy: "set TMPDIR to a directory that can be written")
    }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Bytes that are free where it is; nil = not told.
  var room: Int64? { LocalFile.room(directory)?.free }

  func write(_ bytes: [UInt8], named name: String) throws(RecoveryError) {
    let path = "\(directory)/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    var written = 0
    while descriptor >= 0, written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      written += count
    }
    let why = Self.reason
    if descriptor >= 0 { close(descriptor) }
    guard written == bytes.count, descriptor >= 0 else {
      unlink(path)
      throw RecoveryError(
        .failed, "\(name) could not be written to \(directory): \(why)",
        remedy: "set TMPDIR to a place with more room")
    }
  }

  func remove(_ name: String) { unlink("\(directory)/\(name)") }

  func rename(_ name: String, to other: String) {
    Glibc.rename("\(directory)/\(name)", "\(directory)/\(other)")
  }

  /// With all that is in it.
  func remove() { Self.remove(directory) }

  private static func remove(_ directory: String) {
    for name in LocalFile.entries(directory) ?? [] { unlink("\(directory)/\(name)") }
    rmdir(directory)
  }

  /// What this process has, for its end: a search that is under way then is not waited for.
  package static func removeOwn() {
    let place = temporary
    for name in (LocalFile.entries(place) ?? []) where name.hasPrefix("\(prefix)\(getpid())-") {
      remove("\(place)/\(name)")
    }
  }

  /// Ours alone, of processes that are gone.
  private static func sweep(_ place: String) {
    for name in (LocalFile.entries(place) ?? []) where name.hasPrefix(prefix) {
      let path = "\(place)/\(name)"
      var told = stat()
      guard let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }),
        lstat(path, &told) == 0, told.st_uid == geteuid(), told.st_mode & S_IFMT == S_IFDIR,
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      remove(path)
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }

  private static var temporary: String {
    getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
  }
}
