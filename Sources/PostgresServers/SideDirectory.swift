import LocalFiles
import RecoveryModel
import Transports

/// The directory that a recovery beside production is made in, its parts, and the steps that are the same whoever made
/// the backup. Nothing here is carried out.
package struct SideDirectory: Sendable, Equatable {
  package var path: String
  /// Of the copy; the socket's name, and what it listens on once it is let out.
  package var port: Int
  /// Whom it belongs to; empty = whoever runs the commands.
  package var account: String
  /// Directory of PostgreSQL's programs.
  package var programs: String
  package var major: Int
  /// Of the copy, as it was in production.
  package var superuser: String
  /// Where its socket lies; nil = in a directory of its own, or in /tmp where that name would be too long.
  package var socketDirectory: String?

  package init(
    path: String, port: Int, account: String, programs: String, major: Int,
    superuser: String = "postgres"
  ) {
    self.superuser = superuser
    self.path = path
    self.port = port
    self.account = account
    self.programs = programs
    self.major = major
  }

  /// The place that somebody asks for, without double slashes. Throws `RecoveryError` (invalid).
  package static func place(_ asked: String) throws(RecoveryError) -> String {
    let parts = asked.split(separator: "/")
    guard asked.hasPrefix("/"), !parts.isEmpty else {
      throw RecoveryError(
        .invalid, "\(Sanitizer.clean(asked, limit: 100)) is no absolute path",
        remedy: "name the directory to recover into, as /var/lib/postgresql/recovered")
    }
    // Backup tools write it into restore_command, within quotes of their own and before PostgreSQL looks for its %.
    if let sign = asked.first(where: { "'\"\\$`%".contains($0) || $0.isNewline }) {
      throw RecoveryError(
        .invalid,
        "nothing can be recovered into \(Sanitizer.clean(asked, limit: 100)): a restore_command cannot "
          + "carry \(sign.isNewline ? "a line's end" : "\(sign)") in its name",
        remedy: "name a directory without quotes, backslashes, $, ` and %")
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The first that nothing lies at, of a place that nobody has chosen: itself, then with a number behind it.
  package static func unused(_ path: String) -> String {
    ([path] + (2...9).map { "\(path)-\($0)" }).first { LocalFile.stamp($0) == nil } ?? path
  }

  package var data: String { path + "/data" }
  package var tablespaces: String { path + "/tablespaces" }
  /// A socket's path has 107 bytes at most, of which `/.s.PGSQL.5433` takes 14.
  package var sockets: String {
    socketDirectory ?? ((path + "/run").utf8.count <= 93 ? path + "/run" : "/tmp")
  }
  package var log: String { path + "/server.log" }
  private var hba: String { path + "/pg_hba.conf" }
  private var ident: String { path + "/pg_ident.conf" }

  /// The first port behind production's that nobody listens on.
  package static func freePort(after known: [Int], listening: Set<Int>?) -> Int {
    var port = min((known.max() ?? 5432) + 1, 65_000)
    while let listening, listening.contains(port), port < 65_535 { port += 1 }
    return port
  }

  /// Ports that somebody on this host listens on, by TCP or as a PostgreSQL with a socket alone; nil = it cannot be seen.
  package static func listening(
    _ text: (String) -> String? = { LocalFile.text($0) }
  ) -> Set<Int>? {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap(text)
    guard !tables.isEmpty else { return nil }
    var ports: Set<Int> = []
    for line in tables.joined(separator: "\n").split(separator: "\n") {
      let fields = line.split(separator: " ")
      // State 0A is LISTEN (proc(5)).
      guard fields.count > 3, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
        let port = Int(fields[1][fields[1].index(after: colon)...], radix: 16)
      else { continue }
      ports.insert(port)
    }
    for line in (text("/proc/net/unix") ?? "").split(separator: "\n") {
      guard let socket = line.firstRange(of: "/.s.PGSQL.") else { continue }
      if let port = Int(line[socket.upperBound...]) { ports.insert(port) }
    }
    return ports
  }

  // MARK: Commands

  /// As a shell takes it; empty for what no line can hold, which `isWritable` tells beforehand.
  package func word(_ text: String) -> String { ShellWord.argument(text) ?? "" }

  package var isWritable: Bool {
    [path, account, programs, superuser].allSatisfy { ShellWord.argument($0) != nil }
  }

  /// A command of the account that owns the data.
  package func line(_ words: [String], variables: [String] = []) -> String {
    var all = account.isEmpty ? [] : ["runuser", "-u", account, "--"]
    if !variables.isEmpty { all += ["env"] + variables }
    return ShellWord.command(all + words) ?? ""
  }

  package func ctl(_ verb: String, _ directory: String, _ more: [String] = []) -> String {
    line([programs + "/pg_ctl", verb, "-D", directory] + more)
  }

  /// `psql` into the copy.
  package var psql: String {
    line(["psql", "-h", sockets, "-p", "\(port)", "-U", superuser, "-d", "postgres"])
  }

  /// Settings that win over the backup's own, so that nothing of the copy reaches out before somebody lets it.
  package var settings: [(name: String, value: String)] {
    var settings: [(name: String, value: String)] = [
      ("data_directory", data), ("hba_file", hba), ("ident_file", ident),
      ("external_pid_file", path + "/postgres.pid"), ("port", "\(port)"),
      ("listen_addresses", ""), ("unix_socket_directories", sockets), ("unix_socket_group", ""),
      ("ssl", "off"), ("archive_mode", "off"), ("archive_command", ""), ("primary_conninfo", ""),
      ("synchronous_standby_names", ""), ("recovery_end_command", ""),
      ("archive_cleanup_command", ""), ("max_logical_replication_workers", "0"),
      ("max_worker_processes", "0"),
      // Without it what production had set at the time of each record is a condition for replay.
      ("hot_standby", "off"), ("logging_collector", "off"), ("log_destination", "stderr"),
      ("cluster_name", "recovered"),
      // It has the machine to share with whoever runs there, and a few clients.
      ("shared_buffers", "128MB"), ("huge_pages", "off"), ("max_connections", "20"),
      ("superuser_reserved_connections", "3"),
    ]
    if major >= 16 { settings.append(("reserved_connections", "0")) }
    if major >= 15 { settings.append(("archive_library", "")) }
    if major <= 14 { settings.append(("stats_temp_directory", "pg_stat_tmp")) }
    return settings
  }

  // MARK: Steps

  package func make(and more: [String] = []) -> RecoveryStep {
    let owner = account.isEmpty ? [] : ["-o", account, "-g", account]
    let parts = (["", "/data", "/run"] + more).map { path + $0 }
    return RecoveryStep(
      "Make a directory of its own",
      [
        "test ! -e \(word(path))",
        ShellWord.command(["install", "-d", "-m", "0700"] + owner + parts) ?? "",
      ], changes: "\(path) is there, empty", undo: "rm -rf \(word(path))")
  }

  /// Copies what lies in `configuration`, and not that directory itself: `cp -a DIRECTORY/.` gives the data directory its
  /// mode, with which PostgreSQL refuses to start.
  package func adopting(_ configuration: String) -> [String] {
    ["find", configuration, "-mindepth", "1", "-maxdepth", "1", "-exec"]
      + ["cp", "-a", "-t", data, "--", "{}", "+"]
  }

  /// `configuration`: production's own, where that lies outside of its data directory.
  package func configure(_ configuration: String?) -> RecoveryStep {
    let own = word(data + "/postgresql.conf")
    let command =
      configuration.map { "test -e \(own) || \(ShellWord.command(adopting($0)) ?? "")" }
      ?? "test -e \(own) || touch \(own)"
    // Whoever owns the files may be another than the superuser of what is in them.
    let owner = account.isEmpty ? "$(id -un)" : word(account)
    let files = [data, hba, ident].map(word).joined(separator: " ")
    return RecoveryStep(
      "Let its owner in and nobody else, and give it a configuration where the backup holds none"
        + (configuration.map { " (production's lies in \($0))" } ?? ""),
      [
        command, "echo 'local all all peer map=recovered' > \(word(hba))",
        "echo \"recovered \(owner) \(word(superuser))\" > \(word(ident))",
      ] + (account.isEmpty ? [] : ["chown -R \(owner):\(owner) \(files)"]),
      changes: "files in \(path) alone")
  }

  /// The same as pg_ctl hands them to the server.
  package func options(adding more: [(name: String, value: String)] = []) -> String {
    (settings + more).map { name, value in
      value.isEmpty ? "-c \(name)=" : "-c \(name)=\(word(value))"
    }.joined(separator: " ")
  }

  /// `goal` as `the end of what is archived`.
  package func start(to goal: String, variables: [String] = []) -> RecoveryStep {
    let command = [
      programs + "/pg_ctl", "start", "-w", "-t", "604800", "-D", data, "-l", log, "-o", options(),
    ]
    let links = word(data + "/pg_tblspc")
    return RecoveryStep(
      "Start PostgreSQL on it, shut in: it replays WAL to \(goal), promotes itself and answers on "
        + "a socket alone; \(log) tells how far it is. While it replays, no tablespace can be made: one "
        + "that is younger than the backup would be laid over production's, so it stops there",
      [
        "rm -f \(word(data + "/tablespace_map")) && chmod 0500 \(links)",
        line(command, variables: variables), wait, "chmod 0700 \(links)",
      ],
      changes: "a second server runs, with archiving, subscriptions and background workers off",
      undo: ctl("stop", data, ["-m", "fast"]))
  }

  /// pg_ctl returns as soon as replay has begun. Ends also where the server does: PostgreSQL stops when it cannot reach its
  /// target.
  private var wait: String {
    let ready = line(["pg_isready", "-q", "-h", sockets, "-p", "\(port)"])
    return "until \(ready); do \(ctl("status", data)) > /dev/null || break; sleep 1; done; "
      + "tail -n 5 \(word(log))"
  }

  /// A program of PostgreSQL's against the copy, or as `place` says where another server is: of this major version, as a
  /// newer one writes what it alone understands.
  package func program(_ program: ServerProgram, at place: [String]? = nil) -> String {
    let own = ["-h", sockets, "-p", "\(port)"]
    return line(
      program.through + program.words.prefix(1).map(path(of:)) + (place ?? own)
        + ["-U", superuser] + program.words.dropFirst())
  }

  package func path(of program: String) -> String {
    programs.isEmpty ? program : "\(programs)/\(program)"
  }

  /// Whoever runs them reads its own files: they are not the account's.
  package var archives: ArchivePrograms {
    let restore = path(of: "pg_restore")
    return ArchivePrograms(
      read: { ShellWord.command([restore] + $0 + [$1]) ?? "" },
      script: { ShellWord.command([restore] + $0 + ["-L", $2, $1]) ?? "" })
  }

  // MARK: Checks

  package var unused: Requirement {
    let what = "\(path) is not there yet"
    return LocalFile.stamp(path) == nil
      ? .met(what, "unused") : .notMet(what, "something lies there: name another with --to")
  }

  package var programsCheck: Requirement {
    let what = "PostgreSQL \(major)'s programs are here"
    let missing = ["postgres", "pg_ctl"].filter { LocalFile.stamp("\(programs)/\($0)") == nil }
    return missing.isEmpty
      ? .met(what, programs)
      : .notMet(
        what,
        "no \(missing.joined(separator: ", ")) in \(programs): apt-get install postgresql-\(major)")
  }

  /// `bytes`: of the base backup, restored; nil = the catalog does not say.
  package func room(for bytes: Int64?, replaying load: ReplayLoad?) -> Requirement {
    let what = "there is room for it"
    guard let bytes else {
      return .unknown(what, "the catalog does not say how large the backup is")
    }
    guard let room = LocalFile.room(path) else {
      return .unknown(what, "\(path) cannot be looked at")
    }
    // Replayed segments are recycled: no more than max_wal_size of them stays.
    let needed = bytes + min(load?.walBytes ?? 1 << 30, 4 << 30) + 64 << 20
    let detail = "\(Format.bytes(room.free)) free, about \(Format.bytes(needed)) needed"
    return room.free >= needed ? .met(what, detail) : .notMet(what, detail)
  }

  package func portCheck(_ listening: Set<Int>?) -> Requirement {
    let what = "port \(port) is free"
    guard let listening else { return .unknown(what, "/proc/net/tcp cannot be read") }
    return listening.contains(port)
      ? .notMet(what, "somebody listens on it") : .met(what, "nobody listens on it")
  }
}
