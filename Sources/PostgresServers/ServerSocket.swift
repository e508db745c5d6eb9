import Glibc
import RecoveryModel
import Transports

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

  /// When the server of that directory last wrote WAL or its control file, by their own times: nothing was committed after
  /// that. nil = it cannot be seen.
  static func lastWrote(in directory: String) -> Double? {
    guard let names = LocalFile.entries(directory + "/pg_wal") else { return nil }
    let segments = names.filter { $0.count == 24 }.compactMap {
      LocalFile.modified("\(directory)/pg_wal/\($0)")
    }
    // Who stops in order writes pg_control last.
    return segments.max().flatMap { newest in
      LocalFile.modified(directory + "/global/pg_control").map { max(newest, $0) }
    }
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
