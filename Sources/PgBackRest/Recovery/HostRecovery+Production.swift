import PostgresServers
import RecoveryModel

extension HostRecovery {
  // MARK: In place

  /// nil where nobody tells which directory is production's, or where another server is the primary by now: what is restored
  /// there would be a second one.
  var inPlace: RecoveryRoad? {
    guard let production, elsewhere == nil, let target else { return nil }
    let restored =
      isLost ? [afresh(production, target)] : [save(production), delta(production, target)]
    let road: [RecoveryStep]
    switch steering.kind {
    case .none, .unknown: road = plain(production, restored)
    case .patroni(let config, let scope): road = patroni(production, restored, config, scope)
    case .autoFailover: road = autoFailover(production, restored)
    }
    return RecoveryRoad(
      .inPlace,
      title: isLost
        ? "IN PLACE, anew into \(production), which holds no data any more: an ordinary restore"
        : "IN PLACE, over production in \(production): what was written after the moment is gone",
      steps: road)
  }

  /// Under what name something is kept: each plan's own, as an earlier one's may still be there.
  func keeping(_ path: String) -> String {
    path + ".kept-" + Format.timestamp(order.now).filter { $0.isLetter || $0.isNumber }
  }

  /// Nothing is stopped or kept where nothing is.
  private func stop(_ production: String) -> [String] {
    isLost ? [] : [stopped(production)]
  }

  /// pgBackRest makes no directory, and without `--delta` it refuses one that holds anything.
  private func afresh(_ production: String, _ target: RestoreTarget) -> RecoveryStep {
    // The backup may be of another server, whose address and paths it holds.
    let own = configuration == nil ? placing(in: production + "/postgresql.conf") : []
    return RecoveryStep(
      "Restore into the empty place, once its file system is known to be mounted; its address is the one "
        + "that clients know",
      [
        line(["mkdir", "-p", "-m", "0700", production]),
        line(
          pgbackrest(
            target.arguments + ["--pg1-path=\(production)", "--log-level-console=info", "restore"])),
        reach(production),
      ] + own,
      changes: "\(production) holds backup \(Sanitizer.clean(target.backup, limit: 60)); "
        + "standbys are of another history",
      undo: "rm -rf \(word(production))")
  }

  /// What the archive has not is in the old server's own WAL, and nowhere else.
  private func save(_ production: String) -> RecoveryStep {
    let kept = word(keeping(production + ".pg_wal"))
    return RecoveryStep(
      "Keep its WAL and, where there is room, all of it: this is the only way back",
      [
        // pg_wal may be a link to another disk: what it leads to is kept.
        keptFolder(kept) { "cp -a \(word(production + "/pg_wal"))/. \($0)/" },
        "# all of it (what links lead to, as tablespaces, is kept by itself): cp -a --reflink=auto \(word(production)) \(word(keeping(production)))",
      ], changes: "a copy beside it", undo: "remove the copy once nobody needs it")
  }

  private func delta(_ production: String, _ target: RestoreTarget) -> RecoveryStep {
    let arguments =
      target.arguments + [
        "--pg1-path=\(production)", "--delta", "--log-level-console=info", "restore",
      ]
    let kept = word(keeping(production + ".conf"))
    let keep = keptFolder(kept) {
      "find \(word(production)) -maxdepth 1 -name '*.conf' -exec cp -a {} \($0) ';'"
    }
    let putBack =
      "find \(kept) -name '*.conf' ! -name postgresql.auto.conf -exec cp -a {} \(word(production)) ';'"
    return RecoveryStep(
      "Restore over it. Its own configuration is kept and put back, since the backup holds that of the server "
        + "that was the primary then; what ALTER SYSTEM has set is as in the backup",
      // Without its own, one that was promoted since comes up at another's address.
      chained(
        (configuration == nil ? [keep] : []) + [line(pgbackrest(arguments))]
          + (configuration == nil ? [putBack] : []) + [reach(production)]),
      changes: "every file of \(production) is as in backup "
        + "\(Sanitizer.clean(target.backup, limit: 60)); standbys are of another history",
      undo:
        "none but what was kept: put \(keeping(production)) in its place, where all of it was")
  }

  private func reach(_ production: String) -> String {
    let files = ["postgresql.auto.conf"] + (configuration == nil ? ["postgresql.conf"] : [])
    return "sed -i -E -e \(word(Self.reaching(production))) "
      + files.map { word("\(production)/\($0)") }.joined(separator: " ")
  }

  /// Into production, as pgBackRest is told to reach it.
  private var psql: String {
    let options = [("-h", "socket-path"), ("-p", "port"), ("-U", "user")].flatMap { flag, key in
      site.option(key, number).map { [flag, $0] } ?? []
    }
    return line(["psql"] + options + ["-d", "postgres"])
  }

  private func replay(_ production: String) -> RecoveryStep {
    let files =
      configuration.map { ["-o", "-c config_file=\(word($0 + "/postgresql.conf"))"] } ?? []
    return RecoveryStep(
      "Start it: it replays WAL and promotes itself; wait for that, and look at it before anybody else may",
      [
        started(production, ["-w", "-t", "604800", "-l", production + "/recovery.log"] + files),
        "until test \"$(\(psql) -Atc 'SELECT pg_is_in_recovery()')\" = f; "
          + "do \(side.ctl("status", production)) > /dev/null || break; sleep 1; done; "
          + "tail -n 5 \(word(production + "/recovery.log"))",
      ], changes: "production runs again, on a new timeline, and archives",
      undo: "stop it, and put back what was kept")
  }

  private func plain(_ production: String, _ restored: [RecoveryStep]) -> [RecoveryStep] {
    [
      RecoveryStep(
        "Keep clients out, stop every standby on its own host"
          + (isLost ? "" : ", then the primary"),
        stopStandbys + stop(production),
        changes: "production is down", undo: "start them again")
    ] + restored + [replay(production), nextBackup] + slots(psql)
      + rebuildStandbys(stoppingThem: false)
  }

  private func patroni(
    _ production: String, _ restored: [RecoveryStep], _ config: String?, _ scope: String?
  ) -> [RecoveryStep] {
    let (tool, name) = (patronictl(config), self.scope(scope))
    let members =
      standbys.isEmpty ? "MEMBER" : standbys.map { word($0.name) }.joined(separator: " ")
    return [
      pause(tool, name),
      RecoveryStep(
        "Stop Patroni on the standbys' hosts\(isLost ? "" : ", then PostgreSQL here"), while Patroni here stays paused",
        ["# on each standby: systemctl stop patroni"] + stop(production),
        changes: "production is down", undo: "start them again, then resume"),
    ] + restored + [
      replay(production),
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

  private func autoFailover(
    _ production: String, _ restored: [RecoveryStep]
  ) -> [RecoveryStep] {
    [
      RecoveryStep(
        "Look who is primary, then stop pg_auto_failover on the standbys first and here last",
        [
          line(["pg_autoctl", "show", "state", "--pgdata", production]),
          "# on each standby: systemctl stop pgautofailover", "systemctl stop pgautofailover",
        ], changes: "production is down, and no standby is promoted",
        undo: "systemctl start pgautofailover")
    ] + restored + [
      replay(production),
      RecoveryStep(
        "Stop it again and let pg_auto_failover have it",
        [stopped(production), "systemctl start pgautofailover"],
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

  // MARK: Patroni

  private func patronictl(_ config: String?) -> String {
    ShellWord.command(["patronictl"] + (config.map { ["-c", $0] } ?? [])) ?? "patronictl"
  }

  private func scope(_ scope: String?) -> String {
    scope.map(word) ?? "\"${SCOPE:?patronictl list shows it}\""
  }

  private func pause(_ tool: String, _ name: String) -> RecoveryStep {
    RecoveryStep(
      "Pause Patroni, so that it neither starts what you stop nor promotes a standby",
      ["\(tool) pause --wait \(name)", "\(tool) list \(name)"],
      changes: "no failover happens by itself", undo: "\(tool) resume --wait \(name)")
  }

  /// Nobody may promote or start a server while the copy takes the place of one: what comes before that, and behind it.
  var unsteered: (before: [RecoveryStep], after: [RecoveryStep]) {
    let data = side.data
    switch steering.kind {
    case .none, .unknown: return ([], [])
    case .patroni(let config, let scope):
      let (tool, name) = (patronictl(config), self.scope(scope))
      return (
        [pause(tool, name)],
        [
          RecoveryStep(
            "Let Patroni have it: data_dir is \(data) in its configuration here, then it is restarted",
            [
              "# systemctl restart patroni, with data_dir: \(word(data))",
              "# then, where list shows this one as the leader: \(tool) resume --wait \(name)",
            ], changes: "Patroni leads again", undo: "\(tool) pause --wait \(name)")
        ]
      )
    case .autoFailover:
      return (
        [
          RecoveryStep(
            "Stop pg_auto_failover, on the standbys first",
            [
              "# on each standby: systemctl stop pgautofailover", "systemctl stop pgautofailover",
            ], changes: "production is down, and no standby is promoted",
            undo: "systemctl start pgautofailover")
        ],
        [
          RecoveryStep(
            "Let pg_auto_failover have it: drop its nodes, and make this one its first anew",
            [
              "# pg_autoctl drop node --pgdata OLD; pg_autoctl create postgres --pgdata \(word(data))"
            ],
            changes: "the monitor leads again", undo: "stop it again")
        ]
      )
    }
  }
}
