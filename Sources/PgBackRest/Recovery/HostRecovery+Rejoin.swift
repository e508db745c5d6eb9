import PostgresServers
import RecoveryModel

/// How servers follow the one that has taken the primary's place: the one that was it, and standbys that name that one still.
extension HostRecovery {
  /// nil where no server runs as the primary, or all others follow it.
  var rejoining: RecoveryRoad? {
    guard let leader = primaries.first, leader.isRunning, let address = primary else { return nil }
    let former = primaries.dropFirst().filter { !$0.isRunning }
    let astray = standbys.filter { isAstray($0) && site.address(of: $0.name) != nil }
    guard !former.isEmpty || !astray.isEmpty else { return nil }
    let names = (former + astray).map(shown).joined(separator: ", ")
    return RecoveryRoad(
      .rejoin,
      title: "To make \(names) follow \(shown(leader)) as a standby: choose this after a promotion",
      steps: (astray.isEmpty ? [] : slots(psql(address))) + astray.map { point($0, to: address) }
        + former.map { rejoin($0, following: address) }
        + [following(address)])
  }

  /// Who runs the cluster points them elsewhere himself.
  private func isAstray(_ standby: HostServer) -> Bool {
    switch steering.kind {
    case .patroni, .autoFailover: false
    case .none, .unknown: primary.map(standby.names(another:)) ?? false
    }
  }

  /// What it adds to the configuration that a standby is made anew with; empty where that names the primary.
  func pointing(_ standby: HostServer) -> [String] {
    guard isAstray(standby), let primary else { return [] }
    let setting = ConfigurationLine.text("primary_conninfo", conninfo(standby, at: primary))
    return ["printf '%s\n' \(word(setting)) >> \(directory(standby))/postgresql.auto.conf"]
  }

  private func point(_ standby: HostServer, to leader: [String: String]) -> RecoveryStep {
    let value = conninfo(standby, at: leader).replacing("'", with: "''")
    let own = site.address(of: standby.name) ?? [:]
    let reload =
      side.major >= 13 ? ["-c", "SELECT pg_reload_conf()"] : []
    return RecoveryStep(
      "Point \(shown(standby)) at the new primary: it names another address, which may lead there all the same where "
        + "that is a name or an address that moves"
        + (side.major >= 13 ? "" : ". Restart it then")
        + (standby.source?["password"] == nil
          ? "" : ". The password that stands there is not told here: put it into ~/.pgpass"),
      [
        psql(own)
          + " "
          + (["-c", "ALTER SYSTEM SET primary_conninfo TO '\(value)'"] + reload).map(word)
          .joined(separator: " ")
      ],
      changes: "\(shown(standby)) follows the new primary, where it is not ahead of it",
      undo: "ALTER SYSTEM SET primary_conninfo to what it was")
  }

  /// With all that its own has, but for a password.
  private func conninfo(_ standby: HostServer, at leader: [String: String]) -> String {
    let places: Set = ["host", "hostaddr", "port"]
    var words = (standby.source ?? [:]).filter { !places.contains($0.key) && $0.key != "password" }
    words["user"] = words["user"] ?? replicationUser
    let address = leader.filter { places.contains($0.key) }
    return (address.sorted { $0.key < $1.key } + words.sorted { $0.key < $1.key })
      .map { "\($0.key)=\(Self.quoted($0.value))" }.joined(separator: " ")
  }

  /// pg_rewind looks before it touches anything; what it leaves where it fails on its way, a restore makes good.
  private func rejoin(_ server: HostServer, following leader: [String: String]) -> RecoveryStep {
    let (data, control) = (directory(server), directory(server) + "/global/pg_control")
    let kept = keptConfiguration(server)
    let settings = [
      ConfigurationLine.text("restore_command", archiveGet(server)),
      ConfigurationLine.text("primary_conninfo", conninfo(leader, user: replicationUser)),
      ConfigurationLine.text("primary_slot_name", ""),
    ]
    let auto = "\(data)/postgresql.auto.conf"
    let commands = [
      // Before one after its promotion pg_rewind takes it for a server of the old timeline.
      psql(leader) + " -c CHECKPOINT",
      // It was put aside where a copy was to take its place.
      "if test -e \(control).old && ! test -e \(control); then mv \(control).old \(control); fi",
      // Of one whose data are gone nothing is kept, and all of it is restored.
      line(["mkdir", "-p", "-m", "0700"]) + " \(data)", halt(server), keepConfiguration(server),
      "printf '%s\\n' \(settings.map(word).joined(separator: " ")) >> \(auto)",
      "{ \(rewind(server, leader)) || \(restoreAsStandby(server)); }",
      "find \(kept) -name '*.conf' -exec cp -a {} \(data) ';'",
      "sed -i '/^recovery_target/d' \(auto)",
      "printf '%s\\n' \(settings.map(word).joined(separator: " ")) >> \(auto)",
      line(["touch"]) + " \(data)/standby.signal", start(server),
    ]
    return RecoveryStep(
      "Make \(shown(server)) a standby\(server.isHere ? "" : ", on its own host"): by pg_rewind where its "
        + "pages have checksums (or wal_log_hints was on) and the WAL since they parted is there, else anew from "
        + "the newest base backup, which has to be one of after the promotion. Its own configuration is kept and put back. "
        + "What it alone has committed is nowhere else: keep it first, or give it back from there",
      there(server, [keepAll(server)] + chained(commands)),
      changes:
        "its data directory is as the new primary's, and it follows that; no slot keeps WAL for it",
      undo: "put back what was kept of it, and leave it off")
  }

  private func following(_ leader: [String: String]) -> RecoveryStep {
    RecoveryStep(
      "See that it streams",
      [
        psql(leader)
          + " -c 'SELECT application_name, state, replay_lsn FROM pg_stat_replication'"
      ])
  }

  private func psql(_ leader: [String: String]) -> String {
    let options = [("-h", leader["host"] ?? leader["hostaddr"]), ("-p", leader["port"])]
    return line(
      ["psql"] + options.flatMap { flag, value in value.map { [flag, $0] } ?? [] }
        + ["-U", side.superuser, "-d", "postgres"])
  }

  private func rewind(_ server: HostServer, _ leader: [String: String]) -> String {
    let source = conninfo(leader, user: side.superuser) + " dbname=postgres"
    let files =
      configuration.map { ["--config-file=\($0)/postgresql.conf"] }.flatMap {
        side.major >= 15 ? $0 : nil
      }
    return line(
      [
        side.path(of: "pg_rewind"), "--restore-target-wal", "--progress",
        "--source-server=\(source)",
      ]
        + (files ?? [])) + " --target-pgdata=\(directory(server))"
  }

  /// For its own `restore_command`.
  private func archiveGet(_ server: HostServer) -> String {
    let path = server.directory ?? ""
    let words = pgbackrest(["--pg1-path=\(path)", "archive-get"]).map(word)
    return words.joined(separator: " ") + " %f \"%p\""
  }

  /// Passwords stay where they are, in ~/.pgpass.
  private func conninfo(_ address: [String: String], user: String) -> String {
    let words = ["host", "hostaddr", "port"].compactMap { key in
      address[key].map { "\(key)=\(Self.quoted($0))" }
    }
    return (words + ["user=\(Self.quoted(user))"]).joined(separator: " ")
  }

  /// As libpq takes a value.
  private static func quoted(_ text: String) -> String {
    guard text.isEmpty || text.contains(where: { $0.isWhitespace || "'\\".contains($0) }) else {
      return text
    }
    return "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }

  private var replicationUser: String {
    (primaries + standbys).lazy.compactMap(\.replicationUser).first ?? side.superuser
  }
}
