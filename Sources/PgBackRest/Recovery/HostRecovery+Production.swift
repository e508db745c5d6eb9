import PostgresServers
import RecoveryModel

extension HostRecovery {
  // MARK: The copy becomes production

  var takeOver: RecoveryRoad {
    let stop = side.ctl("stop", side.data, ["-m", "fast"])
    let config = site.sources.file.map { " in \($0)" } ?? ""
    return RecoveryRoad(
      .takeOver, title: "Let the copy take production's place, or give back what was lost",
      steps: giveBack.steps + [
        RecoveryStep(
          "Else make sure that the old primary can never run again as it was: two servers that "
            + "archive into one stanza spoil it",
          changes: "production is down from here on"),
        RecoveryStep(
          "Stop the copy and let it out: archiving on, its own address, workers as they were",
          [
            stop,
            "sed -i \"/^archive_mode = 'off'/d\" \(word(side.data + "/postgresql.auto.conf"))",
          ],
          changes: "\(side.data) is an ordinary server's; set port and listen_addresses to what "
            + "clients use", undo: "start it again as above"),
        RecoveryStep(
          "Set pg1-path=\(side.data)\(config), also in archive_command and restore_command where these "
            + "name --pg1-path (ALTER SYSTEM); start it by the system's own service, then prove archiving",
          [line(pgbackrest(["check"]))],
          changes: "the stanza goes on, on a new timeline", undo: "set pg1-path back"),
        archiveHistory, nextBackup,
      ] + slots(psql(production ?? side.data)) + rebuildStandbys(stoppingThem: true) + [
        RecoveryStep(
          "Point clients to it: their connection strings, the pooler, or the address that moves",
          undo: "point them back")
      ])
  }

  private var giveBack: GiveBack {
    let address = primary ?? [:]
    let place = [("-h", address["host"] ?? address["hostaddr"]), ("-p", address["port"])]
      .flatMap { flag, value in value.map { [flag, $0] } ?? [] }
    return GiveBack(
      order.lost, copy: { [side] in side.program($0) },
      production: { [side] in side.program($0, at: place) }, archives: side.archives)
  }

  /// The copy was promoted while it archived nothing, and a server pushes a history file only when it makes it.
  private var archiveHistory: RecoveryStep {
    let push = line(pgbackrest(["archive-push"]))
    return RecoveryStep(
      "Archive the history of its timeline, which it made while archiving was off: no recovery finds the "
        + "timeline without it",
      [
        "for history in \(word(side.data + "/pg_wal"))/*.history; do \(push) "
          + "--pg1-path=\(word(side.data)) \"$history\" || break; done"
      ], changes: "history files in the archive; those that are there stay as they are")
  }

  private var nextBackup: RecoveryStep {
    RecoveryStep(
      "Take a base backup at once: until then every recovery has to cross the change of timeline",
      [line(pgbackrest(["--repo=\(site.repository)", "--type=full", "backup"]))],
      changes: "a new backup in the repository; retention may expire the oldest",
      undo: "none is needed")
  }

  // MARK: In place

  /// nil where nobody tells which directory is production's, or where another server is the primary by now: what is restored
  /// there would be a second one.
  var inPlace: RecoveryRoad? {
    guard let production, elsewhere == nil else { return nil }
    let road: [RecoveryStep]
    switch steering.kind {
    case .none, .unknown: road = plain(production)
    case .patroni(let config, let scope): road = patroni(production, config, scope)
    case .autoFailover: road = autoFailover(production)
    }
    return RecoveryRoad(
      .inPlace,
      title:
        "IN PLACE, over production in \(production): what was written after the moment is gone",
      steps: road)
  }

  /// Under what name something is kept: each plan's own, as an earlier one's may still be there.
  func keeping(_ path: String) -> String {
    path + ".kept-" + Format.timestamp(order.now).filter { $0.isLetter || $0.isNumber }
  }

  /// What the archive has not is in the old server's own WAL, and nowhere else.
  private func save(_ production: String) -> RecoveryStep {
    let kept = word(keeping(production + ".pg_wal"))
    return RecoveryStep(
      "Keep its WAL and, where there is room, all of it: this is the only way back",
      [
        // pg_wal may be a link to another disk: what it leads to is kept.
        "mkdir -m 0700 \(kept) && cp -a \(word(production + "/pg_wal"))/. \(kept)/",
        "# all of it (what links lead to, as tablespaces, is kept by itself): cp -a --reflink=auto \(word(production)) \(word(keeping(production)))",
      ], changes: "a copy beside it", undo: "remove the copy once nobody needs it")
  }

  private func delta(_ production: String) -> RecoveryStep {
    let arguments =
      target.arguments + [
        "--pg1-path=\(production)", "--delta", "--log-level-console=info", "restore",
      ]
    return RecoveryStep(
      "Restore over it",
      [line(pgbackrest(arguments))],
      changes: "every file of \(production) is as in backup "
        + "\(Sanitizer.clean(order.base.id, limit: 60)); standbys are of another history",
      undo:
        "none but what was kept: put \(keeping(production)) in its place, where all of it was")
  }

  /// Into production, as pgBackRest is told to reach it.
  private func psql(_ production: String) -> String {
    let number = (1...256).first {
      site.file.value("pg\($0)-path", stanza: site.stanza) == production
    }
    let options = [("-h", "socket-path"), ("-p", "port"), ("-U", "user")].flatMap { flag, key in
      number.flatMap { site.file.value("pg\($0)-\(key)", stanza: site.stanza) }.map { [flag, $0] }
        ?? []
    }
    return line(["psql"] + options + ["-d", "postgres"])
  }

  private func replay(_ production: String) -> RecoveryStep {
    let files =
      configuration.map { ["-o", "-c config_file=\(word($0 + "/postgresql.conf"))"] } ?? []
    return RecoveryStep(
      "Start it: it replays WAL and promotes itself; wait for that, and look at it before anybody else may",
      [
        side.ctl(
          "start", production, ["-w", "-t", "604800", "-l", production + "/recovery.log"] + files),
        "until test \"$(\(psql(production)) -Atc 'SELECT pg_is_in_recovery()')\" = f; "
          + "do \(side.ctl("status", production)) > /dev/null || break; sleep 1; done; "
          + "tail -n 5 \(word(production + "/recovery.log"))",
      ], changes: "production runs again, on a new timeline, and archives",
      undo: "stop it, and put back what was kept")
  }

  private func plain(_ production: String) -> [RecoveryStep] {
    [
      RecoveryStep(
        "Keep clients out, stop every standby on its own host, then the primary",
        stopStandbys + [side.ctl("stop", production, ["-m", "fast"])],
        changes: "production is down", undo: "start them again"),
      save(production), delta(production), replay(production), nextBackup,
    ] + slots(psql(production)) + rebuildStandbys(stoppingThem: false)
  }

  private func patroni(
    _ production: String, _ config: String?, _ scope: String?
  ) -> [RecoveryStep] {
    let tool =
      ShellWord.command(["patronictl"] + (config.map { ["-c", $0] } ?? [])) ?? "patronictl"
    let name = scope.map(word) ?? "\"${SCOPE:?patronictl list shows it}\""
    let members =
      standbys.isEmpty ? "MEMBER" : standbys.map { word($0.name) }.joined(separator: " ")
    return [
      RecoveryStep(
        "Pause Patroni, so that it neither starts what you stop nor promotes a standby",
        ["\(tool) pause --wait \(name)", "\(tool) list \(name)"],
        changes: "no failover happens by itself", undo: "\(tool) resume --wait \(name)"),
      RecoveryStep(
        "Stop Patroni on the standbys' hosts, then PostgreSQL here, while Patroni here stays paused",
        [
          "# on each standby: systemctl stop patroni",
          side.ctl("stop", production, ["-m", "fast"]),
        ],
        changes: "production is down", undo: "start them again, then resume"),
      save(production), delta(production), replay(production),
      RecoveryStep(
        "Let Patroni have it again", ["\(tool) resume --wait \(name)", "\(tool) list \(name)"],
        changes: "Patroni leads again; it must show this one as the leader, on the new timeline",
        undo: "\(tool) pause --wait \(name)"),
      RecoveryStep(
        "Start Patroni on the standbys and have each made anew",
        [
          "# on each standby: systemctl start patroni",
          "\(tool) reinit --force \(name) \(members)",
        ], changes: "the standbys' data directories are replaced",
        undo: "none: they are only copies"),
      nextBackup,
    ]
  }

  private func autoFailover(_ production: String) -> [RecoveryStep] {
    [
      RecoveryStep(
        "Look who is primary, then stop pg_auto_failover on the standbys first and here last",
        [
          line(["pg_autoctl", "show", "state", "--pgdata", production]),
          "# on each standby: systemctl stop pgautofailover", "systemctl stop pgautofailover",
        ], changes: "production is down, and no standby is promoted",
        undo: "systemctl start pgautofailover"),
      save(production), delta(production), replay(production),
      RecoveryStep(
        "Stop it again and let pg_auto_failover have it",
        [side.ctl("stop", production, ["-m", "fast"]), "systemctl start pgautofailover"],
        changes: "the monitor leads again; show state must name this one as primary",
        undo: "systemctl stop pgautofailover"),
      RecoveryStep(
        "Make each standby anew, on its own host",
        [
          "# there: pg_autoctl drop node --pgdata \(word(production)) --destroy",
          "# then pg_autoctl create postgres as it was made, and systemctl start pgautofailover",
        ], changes: "the standbys' data directories are replaced",
        undo: "none: they are only copies"),
      nextBackup,
    ]
  }
}
