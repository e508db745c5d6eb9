import ObjectStores
import PostgresServers
import RecoveryModel

/// A recovery from what barman-cloud has put into a store, on any host that has its programs.
package struct BarmanRecovery: Sendable {
  package var order: RecoveryOrder
  /// How the store is reached; its address names the server's own place.
  package var question: StoreQuestion
  /// Major version of the backup's PostgreSQL; nil = nobody tells.
  package var major: Int?

  package init(order: RecoveryOrder, question: StoreQuestion, major: Int?) {
    self.order = order
    self.question = question
    self.major = major
  }

  /// Throws `RecoveryError` where there is nothing to say.
  package func plan() throws(RecoveryError) -> RecoveryPlan {
    let base = try order.baseToRestore()
    guard let major else {
      throw RecoveryError(
        .refused, "nobody tells which PostgreSQL made backup \(base.id)",
        remedy: "backup.info in the store says so: see `version` in it")
    }
    guard major >= 12 else {
      throw RecoveryError(
        .refused, "PostgreSQL \(major) is recovered by a recovery.conf: that is not written here")
    }
    let listening = SideDirectory.listening()
    let side = SideDirectory(
      path: try place(), port: SideDirectory.freePort(after: [], listening: listening),
      account: "postgres", programs: "/usr/lib/postgresql/\(major)/bin", major: major)
    let store = try BarmanPlace(question)
    guard side.isWritable, store.words.allSatisfy({ ShellWord.argument($0) != nil }) else {
      throw RecoveryError(
        .refused, "a name that the recovery needs holds characters that no command line can carry")
    }
    return RecoveryPlan(
      order: order, engineTitle: "Barman Cloud", place: side.path,
      checks: order.checks + [
        tools(), side.programsCheck, side.unused,
        side.room(for: base.databaseBytes, replaying: order.outlook.route?.load),
        side.portCheck(listening), credentials(store), tablespaces,
        .unknown(
          "this host is of the kind that production runs on",
          "the store does not say: it takes the same processor architecture, and for text indexes the "
            + "same C library"),
      ],
      roads: [beside(side, store), .giveBack(giveBack(side)), takeOver(side)], notes: notes)
  }

  /// The plan where the moment has been recovered already.
  package func plan(
    goingOnFrom kept: KeptRecovery, _ side: SideDirectory, of cluster: ClusterDeclaration
  ) -> RecoveryPlan {
    var plan = RecoveryPlan(
      order: order, engineTitle: "Barman Cloud", place: kept.place,
      checks: order.checksOfKept + kept.checks,
      roads: [kept.road, .giveBack(giveBack(side)), takeOver(side)],
      notes: kept.notes(for: cluster))
    plan.kept = kept
    return plan
  }

  private func place() throws(RecoveryError) -> String {
    try SideDirectory.place(
      order.place
        ?? SideDirectory.unused(
          "/var/lib/postgresql/\(RecoveryPlan.fileName(lastPart(of: order.cluster)))-recovered"))
  }

  private func lastPart(of name: String) -> String {
    name.split(separator: "/").last.map(String.init) ?? name
  }

  // MARK: Checks

  private func tools() -> Requirement {
    let what = "barman-cloud's programs are here"
    let names = ["barman-cloud-restore", "barman-cloud-wal-restore"]
    let missing = names.filter { !ProgramPath.isFound($0) }
    return missing.isEmpty
      ? .met(what, names.joined(separator: ", "))
      : .notMet(
        what,
        "no \(missing.joined(separator: ", ")) on PATH: apt-get install barman-cli-cloud, not "
          + "older than what made the backup (an older one sees no backups, and says nothing)")
  }

  private func credentials(_ store: BarmanPlace) -> Requirement {
    .unknown(
      "the account that recovers may read the store",
      "\(store.credentialWords) must reach postgres' processes; tried by the first step that reads")
  }

  private var tablespaces: Requirement {
    .unknown(
      "it has no tablespaces of its own",
      "backup.info in the store names them: without --tablespace NAME:DIRECTORY each is restored to "
        + "where production had it")
  }

  // MARK: Steps

  private func beside(_ side: SideDirectory, _ store: BarmanPlace) -> RecoveryRoad {
    let base = order.storedBase
    let list = ["barman-cloud-backup-list"] + store.options + store.names
    let restore = ["barman-cloud-restore"] + store.options + store.names + [base, side.data]
    return RecoveryRoad(
      .beside, title: "Into \(side.path), on a host of its own or beside production",
      steps: [
        RecoveryStep(
          "Export the store's credentials, and see that they are good: "
            + store.credentialWords, store.exports + [side.line(list)]),
        side.make(),
        RecoveryStep(
          "Restore base backup \(Sanitizer.clean(base, limit: 60)) into it", [side.line(restore)],
          changes: "\(side.data) holds the base backup; the store is only read",
          undo: "rm -rf \(side.word(side.path))"),
        recovery(side, store), side.configure(nil),
        side.start(to: order.goalWords), order.proof(psql: side.psql),
      ])
  }

  /// What PostgreSQL is to do at its first start. The file is read last: its lines win over the backup's own.
  private func recovery(_ side: SideDirectory, _ store: BarmanPlace) -> RecoveryStep {
    let fetch =
      (["barman-cloud-wal-restore"] + store.options + store.names).map(side.word)
      .joined(separator: " ") + " %f %p"
    let settings =
      [(name: "restore_command", value: fetch)] + order.target.settings(timeline: order.timeline)
    let file = side.word(side.data + "/postgresql.auto.conf")
    return RecoveryStep(
      "Tell PostgreSQL where WAL comes from and where to end",
      settings.map { setting in
        let line = ConfigurationLine.text(setting.name, setting.value)
        return "printf '%s\\n' \(side.word(line)) >> \(file)"
      } + ["touch \(side.word(side.data + "/recovery.signal"))"],
      changes: "files in \(side.data) alone")
  }

  private func takeOver(_ side: SideDirectory) -> RecoveryRoad {
    .takeOver(
      [
        RecoveryStep(
          "Make sure that the old primary can never run again as it was",
          changes: "production is down from here on"),
        RecoveryStep(
          "Stop the copy, and archive under a server name of its own, never under the old one: "
            + "archive_mode = on, archive_command with barman-cloud-wal-archive, "
            + "port and listen_addresses as clients use them. Archive pg_wal/*.history by the same command: they "
            + "were made while archiving was off, and no recovery finds the timeline without them",
          [side.ctl("stop", side.data, ["-m", "fast"])],
          changes: "\(side.data) is an ordinary server's", undo: "start it again as above"),
        RecoveryStep(
          "Take a base backup at once with barman-cloud-backup, under the new server name",
          changes: "the new place holds a first backup"),
        RecoveryStep(
          "Make standbys anew from it, and point clients to it", undo: "point them back"),
      ])
  }

  /// Where production is the store does not say.
  private func giveBack(_ side: SideDirectory) -> GiveBack {
    GiveBack(
      order.lost, copy: { side.program($0) },
      production: { program in
        let words = program.through + program.words.prefix(1).map(side.path(of:))
        let rest = ["-U", side.superuser] + program.words.dropFirst()
        return
          (words.map(side.word) + ["-h", "\"${PRODUCTION:?name its host}\""] + rest.map(side.word))
          .joined(separator: " ")
      }, archives: side.archives)
  }

  private var notes: [String] {
    order.moment == .latest
      ? [
        "Without a target PostgreSQL ends at the first segment that it does not find and looks healthy: "
          + "the last step tells how far it came."
      ] : []
  }
}
