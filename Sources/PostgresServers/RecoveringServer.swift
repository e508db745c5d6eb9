import FoundationEssentials
import Glibc
import LocalFiles
import RecoveryModel
import Transports

/// A server of this host that is in archive recovery: its processes' titles and the files of its data directory.
package struct RecoveringServer: Sendable, Equatable {
  package var directory: String
  package var since: Date
  /// What it is applying; nil = nothing yet.
  package var segment: String?
  /// What it says that it does, as `recovering 000000010000000000000005`.
  package var doing: String
  /// Clock ticks for which it has replayed.
  package var worked: UInt64
  /// The file that its messages go to; nil = none is known.
  package var log: String?
  /// Of its last configuration file: how it fetches WAL, and where it is to stop.
  package var restoreCommand: String
  package var aim: RecoveryUnderWay.Aim
  /// Of `backup_label`: where replay began; nil = the server did not begin with a backup.
  package var from: LSN?
  /// Of `pg_control`, which begins with it.
  package var systemIdentifier: String?

  /// False for a server's other processes: none of them becomes the one that replays.
  @Sendable package static func mayBeOne(_ process: ProcessSighting) -> Bool {
    guard let title = process.arguments.first, title.hasPrefix("postgres: ") else { return true }
    return title.contains("startup")
  }

  /// Those whose files may be read. A standby is none: it never ends.
  package static func all(
    among processes: [ProcessSighting], root: String = "/proc"
  ) -> [RecoveringServer] {
    let servers = Dictionary(
      processes.filter { $0.name == "postgres" }.map { ($0.pid, $0) },
      uniquingKeysWith: { first, _ in first })
    return processes.compactMap { process in
      guard process.name == "postgres", let title = process.arguments.first,
        title.hasPrefix("postgres: "), let said = title.firstRange(of: "startup "),
        let server = servers[process.parent],
        let directory = dataDirectory(of: server, root),
        LocalFile.modified("\(directory)/recovery.signal") != nil
      else { return nil }
      let segment = title[said.upperBound...].split(separator: " ").last.map(String.init)
      var found = RecoveringServer(
        directory: directory, since: process.startedAt,
        segment: segment.flatMap { $0.utf8.count == 24 ? $0 : nil })
      found.doing = title[said.upperBound...].trimmed
      found.worked = process.worked
      found.log = log(of: server, directory, root)
      return found
    }
  }

  /// The collector's file, else where its standard error goes.
  private static func log(
    of server: ProcessSighting, _ directory: String, _ root: String
  ) -> String? {
    if let file = text("\(directory)/current_logfiles")?.split(separator: "\n").first(where: {
      $0.hasPrefix("stderr ")
    }) {
      let name = String(file.dropFirst(7))
      return name.hasPrefix("/") ? name : "\(directory)/\(name)"
    }
    return LocalFile.link("\(root)/\(server.pid)/fd/2").flatMap {
      $0.hasPrefix("/") && !$0.hasPrefix("/dev/") ? $0 : nil
    }
  }

  private init(directory: String, since: Date, segment: String?) {
    self.directory = directory
    self.since = since
    self.segment = segment
    doing = ""
    worked = 0
    let settings = Self.settings(Self.text("\(directory)/postgresql.auto.conf") ?? "")
    restoreCommand = settings["restore_command"] ?? ""
    systemIdentifier = LocalFile.read(
      "\(directory)/global/pg_control", flags: O_NONBLOCK | O_NOFOLLOW
    ).flatMap { bytes in
      guard bytes.count >= 8 else { return nil }
      return "\(bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })"
    }
    aim = Self.aim(settings)
    let label =
      Self.text("\(directory)/backup_label") ?? Self.text("\(directory)/backup_label.old") ?? ""
    from = label.split(separator: "\n").first { $0.hasPrefix("START WAL LOCATION: ") }
      .flatMap { LSN(text: $0.dropFirst(20).prefix { $0 != " " }) }
  }

  private static func dataDirectory(of server: ProcessSighting, _ root: String) -> String? {
    if let flag = server.arguments.firstIndex(of: "-D"), flag + 1 < server.arguments.count {
      return server.arguments[flag + 1]
    }
    return LocalFile.link("\(root)/\(server.pid)/cwd")
  }

  /// `key = 'value'`, the last of each; what an ALTER SYSTEM or a restore wrote.
  static func settings(_ text: String) -> [String: String] {
    var settings: [String: String] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      let value = line[line.index(after: equals)...].trimmed
      guard value.count >= 2, value.hasPrefix("'"), value.hasSuffix("'") else { continue }
      settings[line[..<equals].trimmed] = String(
        value.dropFirst().dropLast().replacing("''", with: "'"))
    }
    return settings
  }

  static func aim(_ settings: [String: String]) -> RecoveryUnderWay.Aim {
    if settings["recovery_target"] == "immediate" { return .immediate }
    if let lsn = settings["recovery_target_lsn"].flatMap({ LSN(text: $0) }) { return .lsn(lsn) }
    if let time = settings["recovery_target_time"], !time.isEmpty {
      return TimestampText.moment(time).map { .time($0.upperBound) } ?? .named(time)
    }
    if let xid = settings["recovery_target_xid"], !xid.isEmpty {
      return .named("transaction \(xid)")
    }
    if let name = settings["recovery_target_name"], !name.isEmpty {
      return .named("restore point \(name)")
    }
    return .latest
  }

  private static func text(_ path: String) -> String? {
    LocalFile.text(path, flags: O_NONBLOCK | O_NOFOLLOW)
  }
}
