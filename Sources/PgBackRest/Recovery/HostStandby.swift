import DrillParts
import PostgresServers
import RecoveryModel
import Transports

/// A standby that is made anew once production is another: what is known of it.
struct HostStandby: Sendable, Equatable {
  var name: String
  /// Its data directory; nil = nobody tells.
  var directory: String?
  /// It lies on this host.
  var isHere = false
  /// The slot of the primary's that it reads from; nil = none, or nobody tells.
  var slot: String?

  /// As a server tells it, else as pgBackRest is told where it lies, or what it left where it ran.
  static func look(
    _ name: String, _ site: OperationSite, connect: ([String: String]) -> SQLClient
  ) async -> HostStandby {
    var standby = HostStandby(name: name)
    guard let address = site.address(of: name) else { return standby }
    let number = (1...256).first { number in
      let place = ["host", "socket-path"].compactMap { key in
        site.file.value("pg\(number)-\(key)", stanza: site.stanza)
      }
      let port = site.file.value("pg\(number)-port", stanza: site.stanza) ?? "5432"
      return place.contains(address["host"] ?? "") && port == address["port"] ?? "5432"
    }
    standby.directory = number.flatMap { site.file.value("pg\($0)-path", stanza: site.stanza) }
    if standby.directory == nil {
      standby.directory = ServerSocket(ServerAddress(name: name, conninfo: address))?.dataDirectory
    }
    standby.slot = standby.directory.flatMap(Self.slot)
    let client = connect(address)
    if let rows = try? await client.query(
      "SELECT current_setting('data_directory') AS directory, "
        + "current_setting('primary_slot_name') AS slot", 5)
    {
      standby.directory = rows.value("directory") ?? standby.directory
      standby.slot = rows.value("slot").flatMap { $0.isEmpty ? nil : $0 }
    }
    await client.close()
    let isLocal = address["host"].map { $0.hasPrefix("/") || $0 == "localhost" } ?? true
    standby.isHere = isLocal && standby.directory.map { FileText.facts($0) != nil } ?? false
    return standby
  }

  /// As its own configuration has it, where ALTER SYSTEM and `pg_basebackup -R` write; nil = none is to be seen there.
  static func slot(in directory: String) -> String? {
    let lines = LocalFile.text(directory + "/postgresql.auto.conf")?.split(separator: "\n") ?? []
    let values = lines.compactMap { line -> String? in
      let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmed)
      guard parts.count == 2, parts[0].lowercased() == "primary_slot_name" else { return nil }
      return parts[1].filter { $0 != "'" }
    }
    return values.last.flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension HostRecovery {
  private func shown(_ standby: HostStandby) -> String { Sanitizer.clean(standby.name, limit: 40) }

  /// What is done on another host stands as a comment: a script that is run here passes over it.
  private func there(_ standby: HostStandby, _ commands: [String]) -> [String] {
    standby.isHere ? commands : commands.map { "# on \(shown(standby)): \($0)" }
  }

  private func directory(_ standby: HostStandby) -> String {
    standby.directory.map(word) ?? "\"${DATA:?its data directory}\""
  }

  private func ctl(_ verb: String, _ standby: HostStandby, _ more: [String]) -> String {
    line([side.programs + "/pg_ctl", verb] + more) + " -D " + directory(standby)
  }

  /// Those whose names are known; else one that stands for all.
  private var each: [HostStandby] {
    standbys.isEmpty ? [HostStandby(name: "each standby")] : standbys
  }

  var stopStandbys: [String] {
    each.flatMap { there($0, [ctl("stop", $0, ["-m", "fast"])]) }
  }

  /// A restore leaves no slots, and a standby that names one does not stream without it.
  func slots(_ psql: String) -> [RecoveryStep] {
    let names = standbys.compactMap(\.slot).filter { name in
      name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
    guard !names.isEmpty else { return [] }
    return [
      RecoveryStep(
        "Make the slots that the standbys read from",
        names.map { "\(psql) -c \"SELECT pg_create_physical_replication_slot('\($0)')\"" },
        changes: "the primary keeps WAL for them until they stream",
        undo: "pg_drop_replication_slot, for each")
    ]
  }

  /// One step for each, from the newest base backup: the new primary's first. From an older one a standby replays the line
  /// that was left past where it was left, as long as the new line's history is not archived, and follows nobody.
  func rebuildStandbys(stoppingThem isRunning: Bool) -> [RecoveryStep] {
    each.map { standby in
      let stop = isRunning ? [halt(standby)] : []
      return RecoveryStep(
        "Make \(shown(standby)) anew\(standby.isHere ? "" : ", on its own host"): it is of another "
          + "history. Its own configuration is kept and put back",
        // One that fails ends it: what starts after a restore that did not happen is the old server.
        there(standby, chained(stop + anew(standby))),
        changes: "its data directory is replaced; it follows the new primary, "
          + "where its primary_conninfo names that one",
        undo: "none: it is only a copy")
    }
  }

  private func chained(_ commands: [String]) -> [String] {
    commands.dropLast().map { $0 + " &&" } + commands.suffix(1)
  }

  /// One that runs is stopped; of one that was killed the mark is taken away that keeps a restore from it.
  private func halt(_ standby: HostStandby) -> String {
    "if \(ctl("status", standby, [])) > /dev/null; then \(ctl("stop", standby, ["-m", "fast"])); "
      + "else rm -f \(directory(standby))/postmaster.pid; fi"
  }

  private func anew(_ standby: HostStandby) -> [String] {
    let data = directory(standby)
    let kept = standby.directory.map { word(keeping($0 + ".conf")) } ?? keeping("\(data).conf")
    // Debian keeps it in the same place on every host.
    let files =
      configuration.map { ["-o", "-c config_file=\(word($0 + "/postgresql.conf"))"] } ?? []
    let restore = line(
      pgbackrest(["--repo=\(site.repository)", "--type=standby", "--delta", "restore"]))
    return [
      "mkdir -m 0700 \(kept) && find \(data) -maxdepth 1 -name '*.conf' -exec cp -a {} \(kept) ';'",
      "\(restore) --pg1-path=\(data)",
      "find \(kept) -name '*.conf' ! -name postgresql.auto.conf -exec cp -a {} \(data) ';'",
      // Behind what the restore wrote, so that its own lines win and restore_command stays.
      "cat \(kept)/postgresql.auto.conf >> \(data)/postgresql.auto.conf",
      ctl("start", standby, ["-w", "-t", "604800"] + files) + " -l \(data)/recovery.log",
    ]
  }
}
