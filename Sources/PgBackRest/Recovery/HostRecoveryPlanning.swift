import DrillParts
import Glibc
import PostgresServers
import RecoveryModel
import Transports

/// Looks at what a recovery on this host would meet, and writes it down.
struct HostRecoveryPlanning: Sendable {
  var operations: PgBackRestOperations
  var order: RecoveryOrder
  var report: EngineReport

  private var site: OperationSite { operations.site }

  /// Throws `RecoveryError` where there is nothing to say.
  func plan() async throws -> RecoveryPlan {
    if let kept = try operations.drills.recovered(of: order, superuser: superuser) {
      return try await plan(goingOnFrom: kept.recovery, kept.side)
    }
    let (recovery, checks) = try await look()
    return RecoveryPlan(
      order: order, engineTitle: PgBackRestEngine.descriptor.title, place: recovery.side.path,
      checks: checks, roads: try recovery.roads(), notes: notes(recovery))
  }

  private func plan(
    goingOnFrom kept: KeptRecovery, _ side: SideDirectory
  ) async throws -> RecoveryPlan {
    let recovery = await recovery(side, servers)
    var plan = RecoveryPlan(
      order: order, engineTitle: PgBackRestEngine.descriptor.title, place: kept.place,
      checks: order.checksOfKept + kept.checks + [recovery.steering.check],
      roads: [kept.road] + (try recovery.roads().filter { $0.kind != .beside }),
      notes: kept.notes(for: operations.declaration))
    plan.kept = kept
    return plan
  }

  /// The plan of carrying it out here, beside production.
  func operation(id: String) async throws -> OperationPlan {
    let kept = try operations.drills.recovered(of: order, superuser: superuser)
    var (recovery, checks) = try await look()
    if let kept { checks.append(kept.recovery.refusal(for: operations.declaration)) }
    // Who starts and stops production matters in place alone.
    let needed = checks.filter { $0 != recovery.steering.check }
    return try operations.planning(report).plan(
      recovering: order,
      keep: KeepOrder(
        side: recovery.side, configuration: recovery.configuration,
        moment: order.outlook.moment.text), checks: needed, id: id)
  }

  private func look() async throws -> (recovery: HostRecovery, checks: [Requirement]) {
    if let objection = order.moment.objection(isVerbatim: true) { throw objection }
    let base = try order.baseToRestore()
    let probe: Result<StanzaProbe, RecoveryError> = await asked()
    let major = major(try? probe.get(), of: base)
    guard let major else {
      throw RecoveryError(
        .refused, "nobody tells which PostgreSQL made backup \(base.id)",
        remedy: "neither the repository nor a server answers")
    }
    let servers = await servers
    let path = try place(beside: site.production(of: servers.primaries))
    let listening = SideDirectory.listening()
    let known = site.addresses.values.compactMap { $0["port"].flatMap { Int($0) } }
    let side = SideDirectory(
      path: path, port: SideDirectory.freePort(after: known, listening: listening),
      account: site.account?.name ?? "", programs: site.programs(major: major), major: major,
      superuser: superuser)
    // No script is handed out that would write there.
    if let objection = objection(side) {
      throw RecoveryError(
        .refused,
        "nothing can be recovered into \(Sanitizer.clean(side.path, limit: 100)): \(objection)",
        remedy: "name another directory with --to")
    }
    let recovery = await recovery(side, servers)
    let checks =
      order.checks + [
        repository(probe, holding: base), side.programsCheck, side.unused, safety(side),
      ]
      + [
        side.room(for: base.databaseBytes, replaying: order.outlook.route?.load),
        side.portCheck(listening), await libraries(side),
      ]
      + [host(recovery), recovery.steering.check]
    return (recovery, checks)
  }

  private func recovery(_ side: SideDirectory, _ servers: HostServers) async -> HostRecovery {
    let leader = servers.primaries.first.flatMap { $0.isRunning ? $0 : nil }
    let production = site.production(of: servers.primaries)
    var recovery = HostRecovery(
      order: order, site: site, side: side,
      steering: ServerSteering.find(dataDirectory: production),
      configuration: configuration(production, major: side.major), standbys: servers.standbys,
      primary: leader.flatMap { site.address(of: $0.name) })
    recovery.copyNumber = site.number(of: side.data)
    recovery.primaries = servers.primaries(besides: side.data, number: recovery.copyNumber)
    recovery.isLost = production.map(isLost) ?? false
    recovery.configured = site.sources.naming("pg\(recovery.number)-path")
    return recovery
  }

  /// Where it is another host's, nobody can see that from here.
  private func isLost(_ production: String) -> Bool {
    let isHere = site.number(of: production).map { site.option("host", $0) == nil } ?? false
    return ServerSocket.isEmpty(production, isOfThisHost: isHere)
  }

  private var superuser: String {
    site.option("user", 1) ?? "postgres"
  }

  private func asked() async -> Result<StanzaProbe, RecoveryError> {
    do { return .success(try await StanzaProbe.ask(site, operations.processes)) } catch {
      return .failure(error as? RecoveryError ?? RecoveryError(.failed, "\(error)"))
    }
  }

  private func major(_ probe: StanzaProbe?, of base: Backup) -> Int? {
    if let probe, let entry = probe.backup.first(where: { $0.label == base.id }),
      let database = probe.database(of: entry)
    {
      return database.major
    }
    return report.instances.value?.compactMap(\.version).max().map { $0 / 10_000 }
  }

  private func place(beside production: String?) throws(RecoveryError) -> String {
    try SideDirectory.place(
      order.place ?? SideDirectory.proposed(cluster: order.cluster, production: production))
  }

  private var servers: HostServers {
    get async {
      var servers: [HostServer] = []
      // Of two that run the one on the newer timeline counts as production.
      let instances = (report.instances.value ?? []).sorted {
        $0.timeline ?? 0 > $1.timeline ?? 0
      }
      for instance in instances {
        var server = await HostServer.look(instance.name, site, connect: operations.connect)
        server.isRunning = instance.isRunningPrimary
        server.isStandby = server.isStandby || instance.role == .standby
        servers.append(server)
      }
      var sorted = HostServers(servers, last: order.primary)
      // Of one alone that nobody can tell anything of the configuration's first place is meant.
      if sorted.primaries.count == 1, sorted.primaries[0].directory == nil,
        let directory = site.option("path", 1)
      {
        sorted.primaries[0].directory = directory
        sorted.primaries[0].number = 1
        sorted.primaries[0].isHere =
          site.option("host", 1) == nil && FileText.facts(directory) != nil
      }
      return sorted
    }
  }

  /// Where production's configuration lies: what its server was started with the last time, else Debian's place, told by
  /// the data directory that it names. nil = within the data directory.
  private func configuration(_ production: String?, major: Int) -> String? {
    guard let production, FileText.facts(production + "/postgresql.conf") == nil
    else { return nil }
    let started = FileText.read(production + "/postmaster.opts") ?? ""
    if let file = started.between("\"config_file=", and: "\""), file.hasSuffix("/postgresql.conf"),
      FileText.facts(file) != nil
    {
      return String(file.dropLast("/postgresql.conf".count))
    }
    let base = "/etc/postgresql/\(major)"
    return FileText.names(in: base).sorted().map { "\(base)/\($0)" }.first { folder in
      FileText.read(folder + "/postgresql.conf")?.contains("'\(production)'") ?? false
    }
  }

  // MARK: Checks

  private func repository(
    _ probe: Result<StanzaProbe, RecoveryError>, holding base: Backup
  ) -> Requirement {
    let what = "pgBackRest answers here, and the backup is still in its catalog"
    switch probe {
    case .failure(let error): return .notMet(what, error.message)
    case .success(let probe):
      guard probe.labels.contains(base.id) else {
        return .notMet(what, "backup \(base.id) is not there any more")
      }
      return .met(what, "repository \(site.repository), \(site.place.words)")
    }
  }

  private func safety(_ side: SideDirectory) -> Requirement {
    let what = "it is no part of production"
    guard FileText.facts(side.path) == nil else {
      return .unknown(what, "judged once it is unused")
    }
    return .met(what, side.path)
  }

  private func objection(_ side: SideDirectory) -> String? {
    guard FileText.facts(side.path) == nil else { return nil }
    return DrillPlace(path: side.path).objection(site: site.host)
  }

  /// What production loads at its start must be here too; a server that does not find it does not start.
  private func libraries(_ side: SideDirectory) async -> Requirement {
    let what = "the libraries and extensions that it needs are here"
    guard
      let running = report.instances.value?.first(where: \.isRunningPrimary)
        ?? report.instances.value?.first(where: { $0.state == .running }),
      let address = site.address(of: running.name)
    else {
      return .unknown(what, "no server runs that could be asked what it loads")
    }
    let client = operations.connect(address)
    let wanted: (libraries: [String], extensions: [String])
    do {
      let rows = try await client.query(
        "SELECT current_setting('shared_preload_libraries') AS libraries, "
          + "(SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension) AS extensions", 10
      )
      await client.close()
      wanted = (
        Self.names(rows.value("libraries")), Self.names(rows.value("extensions"))
      )
    } catch {
      await client.close()
      return .unknown(
        what, "\(running.name) does not say: \((error as? RecoveryError)?.message ?? "\(error)")")
    }
    let folder = DrillPlace(path: side.programs).path.parentPath + "/lib"
    guard FileText.facts(folder + "/plpgsql.so") != nil else {
      return .unknown(what, "PostgreSQL's libraries are not in \(folder)")
    }
    let missing = wanted.libraries.filter {
      FileText.facts("\(folder)/\($0.split(separator: "/").last ?? "").so") == nil
    }
    guard missing.isEmpty else {
      return .notMet(what, "not in \(folder): \(missing.joined(separator: ", "))")
    }
    let loaded =
      wanted.libraries.isEmpty ? "none is preloaded" : wanted.libraries.joined(separator: ", ")
    return .met(
      what, "\(loaded); extensions of one database: \(wanted.extensions.joined(separator: ", "))")
  }

  private static func names(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { $0.trimmed.filter { $0 != "\"" } }
      .filter { !$0.isEmpty }.map { Sanitizer.clean($0, limit: 60) }
  }

  /// Files of a cluster are those of one kind of processor.
  private func host(_ recovery: HostRecovery) -> Requirement {
    let what = "this host is of the kind that production runs on"
    guard let production = recovery.production, FileText.facts(production) != nil else {
      return .unknown(
        what,
        "production's data directory is not here: run the commands on a host with the same "
          + "processor architecture and C library (collations)")
    }
    return .met(what, "\(production) is here")
  }

  private func notes(_ recovery: HostRecovery) -> [String] {
    var notes = [
      "Run it \(recovery.side.account.isEmpty ? "as this account" : "as root") on the host that is to hold the copy; "
        + "the repository is only read."
    ]
    if let host = site.option("host", recovery.number) {
      notes.append(
        "Production is on \(Sanitizer.clean(host, limit: 80)): what is done in place is done there."
      )
    }
    if order.moment == .latest {
      notes.append(
        "Without a target PostgreSQL ends at the first segment that it does not find and looks healthy: "
          + "the last step tells how far it came.")
    }
    if let elsewhere = recovery.elsewhere {
      notes.append(
        "In place: not told, because the primary keeps its data in "
          + "\(Sanitizer.clean(elsewhere, limit: 100)), and the configuration names no pgN-path of it: "
          + "what is restored there would be a second primary.")
    } else if recovery.inPlace == nil {
      notes.append("In place: not told, because the configuration names no pg1-path.")
    }
    return notes
  }
}
