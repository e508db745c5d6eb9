import PostgresServers
import RecoveryModel

extension HostRecovery {
  func shown(_ server: HostServer) -> String { Sanitizer.clean(server.name, limit: 40) }

  /// What is done on another host stands as a comment: a script that is run here passes over it.
  func there(_ server: HostServer, _ commands: [String]) -> [String] {
    server.isHere ? commands : commands.map { "# on \(shown(server)): \($0)" }
  }

  /// A step that is begun anew must not put what it has changed since in the place of what was kept. `copy` fills it, as a
  /// shell takes its name.
  func keptOnce(_ kept: String, _ copy: (String) -> String) -> String {
    let part = kept + ".part"
    return "{ test -e \(kept) || { rm -rf \(part) && \(copy(part)) && mv \(part) \(kept); }; }"
  }

  func keptFolder(_ kept: String, _ fill: (String) -> String) -> String {
    keptOnce(kept) { "mkdir -m 0700 \($0) && \(fill($0))" }
  }

  func stopped(_ directory: String) -> String {
    "if \(side.ctl("status", directory)) > /dev/null; then "
      + "\(side.ctl("stop", directory, ["-m", "fast"])); fi"
  }

  /// It may run already, where the step is begun anew.
  func started(_ directory: String, _ options: [String]) -> String {
    "\(side.ctl("status", directory)) > /dev/null || \(side.ctl("start", directory, options))"
  }

  func directory(_ server: HostServer) -> String {
    server.directory.map(word) ?? "\"${DATA:?its data directory}\""
  }

  func ctl(_ verb: String, _ server: HostServer, _ more: [String]) -> String {
    line([side.programs + "/pg_ctl", verb] + more) + " -D " + directory(server)
  }

  /// Those whose names are known; else one that stands for all.
  private var each: [HostServer] {
    standbys.isEmpty ? [HostServer(name: "each standby")] : standbys
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
        names.map {
          "\(psql) -c \"SELECT pg_create_physical_replication_slot('\($0)') "
            + "WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '\($0)')\""
        },
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
          + "history. Its own configuration is kept and put back"
          + (isRunning
            ? ". What it has received and the archive has not is nowhere else: keep it first where the copy lacks "
              + "commits of the last moments"
            : ""),
        // One that fails ends it: what starts after a restore that did not happen is the old server.
        there(standby, (isRunning ? [keepAll(standby)] : []) + chained(stop + anew(standby))),
        changes: "its data directory is replaced; it follows the new primary, "
          + "where its primary_conninfo names that one",
        undo: isRunning
          ? "put back what was kept of it"
          : "none: it is only a copy")
    }
  }

  /// A remark: most standbys hold nothing that the copy has not, and room is short in an incident.
  func keepAll(_ standby: HostServer) -> String {
    let kept = standby.directory.map { word(keeping($0)) } ?? keeping(directory(standby))
    return "# to keep it (stop it before): cp -a --reflink=auto \(directory(standby)) \(kept)"
  }

  func chained(_ commands: [String]) -> [String] {
    commands.dropLast().map { $0 + " &&" } + commands.suffix(1)
  }

  /// One that runs is stopped; of one that was killed the mark is taken away that keeps a restore from it.
  func halt(_ standby: HostServer) -> String {
    "if \(ctl("status", standby, [])) > /dev/null; then \(ctl("stop", standby, ["-m", "fast"])); "
      + "else rm -f \(directory(standby))/postmaster.pid; fi"
  }

  private func anew(_ standby: HostServer) -> [String] {
    let data = directory(standby)
    let kept = keptConfiguration(standby)
    return [
      keepConfiguration(standby), restoreAsStandby(standby),
      "find \(kept) -name '*.conf' ! -name postgresql.auto.conf -exec cp -a {} \(data) ';'",
      // Behind what the restore wrote, so that its own lines win and restore_command stays.
      "cat \(kept)/postgresql.auto.conf >> \(data)/postgresql.auto.conf",
    ] + pointing(standby) + [start(standby)]
  }

  func keptConfiguration(_ server: HostServer) -> String {
    server.directory.map { word(keeping($0 + ".conf")) } ?? keeping("\(directory(server)).conf")
  }

  func keepConfiguration(_ server: HostServer) -> String {
    keptFolder(keptConfiguration(server)) {
      "find \(directory(server)) -maxdepth 1 -name '*.conf' -exec cp -a {} \($0) ';'"
    }
  }

  func restoreAsStandby(_ server: HostServer) -> String {
    line(pgbackrest(["--repo=\(site.repository)", "--type=standby", "--delta", "restore"]))
      + " --pg1-path=\(directory(server))"
  }

  func start(_ server: HostServer) -> String {
    // Debian keeps it in the same place on every host.
    let files =
      configuration.map { ["-o", "-c config_file=\(word($0 + "/postgresql.conf"))"] } ?? []
    return ctl("start", server, ["-w", "-t", "604800"] + files)
      + " -l \(directory(server))/recovery.log"
  }
}
