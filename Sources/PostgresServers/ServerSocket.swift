import Glibc
import LocalFiles
import RecoveryModel

/// The Unix socket of a server, and what lies beside it.
package struct ServerSocket: Sendable, Equatable {
  /// Its path, as `/run/postgresql/.s.PGSQL.5432`.
  private let path: String

  /// nil where the address is not of a socket's directory.
  package init?(_ address: ServerAddress) {
    guard address.conninfo["service"] == nil, address.conninfo["hostaddr"] == nil,
      let directory = address.conninfo["host"], directory.hasPrefix("/"), !directory.contains(",")
    else { return nil }
    path = "\(directory)/.s.PGSQL.\(address.conninfo["port"] ?? "5432")"
  }

  /// Where its server keeps its data: the second line of the socket's lock file (PostgreSQL's miscinit.c), which stays
  /// where a server was killed. nil = there is none, or it cannot be read.
  package var dataDirectory: String? {
    let lines = LocalFile.text(path + ".lock")?.split(separator: "\n", maxSplits: 2)
    guard let lines, lines.count > 1, lines[1].hasPrefix("/") else { return nil }
    return String(lines[1])
  }

  /// There are no data in it, seen from here; not told of one whose place is not there either, unless it is known to be
  /// of this host: a container has file systems of its own.
  package static func isEmpty(_ directory: String, isOfThisHost: Bool = false) -> Bool {
    guard access(directory + "/PG_VERSION", F_OK) != 0, errno == ENOENT || errno == ENOTDIR
    else { return false }
    guard !isOfThisHost else { return true }
    guard let slash = directory.lastIndex(of: "/"), slash > directory.startIndex
    else { return false }
    return access(String(directory[..<slash]), X_OK) == 0
  }
}

/// When a server that is down last wrote WAL or its control file, by their own times: nothing was committed after that.
/// Thousands of segments may lie there: they are asked anew only where something was written since the last look.
struct LastWrite: Sendable {
  /// Of a file or directory, as `stat` tells it; nil = it cannot be seen.
  var modified: @Sendable (String) -> Double? = { LocalFile.modified($0) }
  private var known: (folder: String, at: Double, newest: (path: String, at: Double))?

  init() {}

  /// nil = it cannot be seen.
  mutating func look(in directory: String) -> Double? {
    let folder = directory + "/pg_wal"
    // A segment that was made beforehand is written without a trace in the folder; the one before it was filled then.
    if known.map({
      $0.folder != folder || modified(folder) != $0.at || modified($0.newest.path) != $0.newest.at
    }) ?? true {
      known = nil
      guard let at = modified(folder), let names = LocalFile.entries(folder) else { return nil }
      let segments = names.filter { $0.count == 24 }.compactMap { name in
        modified("\(folder)/\(name)").map { (path: "\(folder)/\(name)", at: $0) }
      }
      known = segments.max { $0.at < $1.at }.map { (folder, at, $0) }
    }
    // Who stops in order writes pg_control last.
    return known.flatMap { known in
      modified(directory + "/global/pg_control").map { max(known.newest.at, $0) }
    }
  }
}
