import Glibc
import RecoveryModel
import Transports

/// The programs that a sandbox is made with, and the account that runs them.
struct SandboxPrograms: Sendable, Equatable {
  /// PostgreSQL's bin directory.
  var bindir: String
  var pgbackrest: String
  var account: Account

  func program(_ name: String) -> String { "\(bindir)/\(name)" }

  /// Throws `RecoveryError.refused` that names the package which is missing.
  static func find(bindir: String?) throws -> SandboxPrograms {
    let found = bindir ?? installedBindirs().first
    guard let found, ["initdb", "postgres", "pg_ctl"].allSatisfy({ runs("\(found)/\($0)") }) else {
      throw RecoveryError(
        .refused,
        "PostgreSQL's server programs are not in \(bindir ?? "/usr/lib/postgresql/*/bin")",
        remedy: "install them: apt-get install postgresql")
    }
    guard let pgbackrest = onPath("pgbackrest") else {
      throw RecoveryError(
        .refused, "pgbackrest is not on PATH", remedy: "install it: apt-get install pgbackrest")
    }
    return SandboxPrograms(bindir: found, pgbackrest: pgbackrest, account: try unprivileged())
  }

  /// Us, unless we are root: servers refuse to run as root.
  static func unprivileged() throws -> Account {
    guard geteuid() == 0 else { return Account.current }
    if let account = Account.named("postgres") ?? Account.named("nobody") { return account }
    throw RecoveryError(
      .refused, "there is no account postgres or nobody to run the servers as",
      remedy: "create one, or run as an ordinary user")
  }

  /// Debian's layout, the newest major first, then wherever `pg_ctl` is on PATH.
  private static func installedBindirs() -> [String] {
    let majors = (FileTree.names("/usr/lib/postgresql") ?? []).compactMap { Int($0) }
    let debian = majors.filter { $0 >= 13 }.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin" }
    let complete = debian.filter { runs("\($0)/initdb") && runs("\($0)/postgres") }
    guard complete.isEmpty, let control = onPath("pg_ctl") else { return complete }
    return [String(control.dropLast("/pg_ctl".count))]
  }

  static func onPath(_ name: String) -> String? {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let folders =
      path.split(separator: ":").map(String.init) + ["/usr/local/bin", "/usr/bin", "/bin"]
    return folders.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first(where: runs)
  }

  private static func runs(_ path: String) -> Bool { access(path, X_OK) == 0 }
}

extension Account {
  /// Whether the account can enter the directory and each above it. Supplementary groups count for nothing:
  /// programs are started without them.
  func canEnter(_ directory: String) -> Bool { obstacle(to: directory) == nil }

  /// The first directory on the way, from / on, that the account cannot enter.
  package func obstacle(to directory: String) -> String? {
    if user == 0 { return nil }
    var path = ""
    for part in [""] + directory.split(separator: "/").map(String.init) {
      path = part.isEmpty ? "/" : (path == "/" ? "/\(part)" : "\(path)/\(part)")
      guard let entry = FileTree.entry(path), permits(entry, bit: 0o1) else { return path }
    }
    return nil
  }

  /// Whether the account may use that right (4 read, 2 write, 1 execute or enter).
  func permits(_ entry: FileTree.Entry, bit: UInt32) -> Bool {
    if entry.user == user { return entry.mode & (bit << 6) != 0 }
    if entry.group == group { return entry.mode & (bit << 3) != 0 }
    return entry.mode & bit != 0
  }
}
