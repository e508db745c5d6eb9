import PostgresServers
import RecoveryModel

extension HostRecovery {
  /// Every command of it is run as it stands, one after the other.
  var takeOver: RecoveryRoad {
    let steering = unsteered
    let old =
      primaries.isEmpty
      ? [HostServer(name: "the old primary", directory: production)] : primaries
    return .takeOver(
      steering.before + [ownTimeline] + old.map(keepOff)
        + [archiveBeginning, letOut, known, begin, prove, nextBackup]
        + slots(seat) + rebuildStandbys(stoppingThem: true) + steering.after + [clients])
  }

  var giveBack: GiveBack {
    let address = primary ?? [:]
    let place = [("-h", address["host"] ?? address["hostaddr"]), ("-p", address["port"])]
      .flatMap { flag, value in value.map { [flag, $0] } ?? [] }
    return GiveBack(
      order.lost, copy: { [side] in side.program($0) },
      production: { [side] in side.program($0, at: place) }, archives: side.archives)
  }

  /// A server takes the first number that it sees free, and the copy's promotion stands in no archive: production's own
  /// since may have taken the same. Two lines under one number leave segments of both in one archive.
  private var ownTimeline: RecoveryStep {
    let there = word(side.path + "/archived.history")
    let fetch =
      "\(line(pgbackrest(["archive-get"]))) --pg1-path=\(word(side.data)) \"${history##*/}\" \(there)"
    return RecoveryStep(
      "Look whether the number of its timeline is still its own: a promotion of production since then "
        + "takes the same. Where the two differ, stop here and recover anew: that gets another",
      [
        // pgBackRest ends with 1 where the archive has no such file.
        "(for history in \(word(side.data + "/pg_wal"))/*.history; do \(fetch) || { test $? -eq 1 && continue; exit 1; }; cmp \"$history\" \(there) || exit 1; done)"
      ], changes: "nothing but \(side.path)/archived.history", undo: "none is needed")
  }

  /// The copy was promoted while it archived nothing: a server pushes a history file only when it makes it, and no segment
  /// that ended while archiving was off. Before it is stopped: its last checkpoint takes those away.
  private var archiveBeginning: RecoveryStep {
    let push = line(pgbackrest(["archive-push"])) + " --pg1-path=\(word(side.data))"
    let wal = word(side.data + "/pg_wal")
    let ended =
      "SELECT name FROM pg_ls_waldir(), pg_walfile_name(pg_current_wal_insert_lsn()) AS now "
      + "WHERE length(name) = 24 AND left(name, 8) = left(now, 8) AND name < now ORDER BY name"
    return RecoveryStep(
      "Archive the beginning of its timeline, which it wrote while archiving was off: no recovery "
        + "finds its way onto the timeline without it",
      [
        "(for history in \(wal)/*.history; do \(push) \"$history\" || exit 1; done)",
        "(for segment in $(\(side.psql) -Atc \(word(ended))); do \(push) \(wal)/$segment || exit 1; done)",
      ],
      changes: "history files and segments in the archive; those that are there stay as they are",
      undo: "none is needed: whoever follows no such timeline reads none of them")
  }

  // MARK: The old primary

  /// pg_upgrade does the same with a cluster that must not run beside its successor: without pg_control no server starts.
  private func keepOff(_ server: HostServer) -> RecoveryStep {
    let control = directory(server) + "/global/pg_control"
    let move = { (from: String, to: String) in
      [line(["mv"]), control + from, control + to].joined(separator: " ")
    }
    let name = shown(server)
    let what =
      name.hasSuffix("primary")
      ? name : "\(name), which \(server.isRunning ? "is" : "may have been") the primary,"
    return RecoveryStep(
      "Make sure that \(what) can never run again as it was: two servers that archive into one "
        + "stanza spoil it",
      there(
        server,
        [
          "# whatever starts it by itself, first: systemctl disable --now \(unit)",
          "if \(ctl("status", server, [])) > /dev/null; then \(ctl("stop", server, ["-m", "fast"])); fi",
          "test ! -e \(control) || \(move("", ".old"))",
        ]),
      changes: server.isRunning
        ? "production is down from here on" : "it does not start, whoever tries",
      undo: "\(move(".old", "")), and start it: \(start(server))")
  }

  /// Debian's is of a cluster by name, others' of a version.
  private var unit: String {
    let parts = configuration?.split(separator: "/").suffix(2) ?? []
    return parts.count == 2
      ? "postgresql@\(parts.joined(separator: "-"))" : "postgresql-\(side.major)"
  }

  // MARK: The copy

  private var auto: String { side.data + "/postgresql.auto.conf" }
  private var own: String { (configuration ?? side.data) + "/postgresql.conf" }
  private var files: [String] { configuration == nil ? [] : ["-o", "-c config_file=\(word(own))"] }

  /// Where clients look for production.
  private var place: [(name: String, value: String)] {
    ["port", "unix_socket_directories", "listen_addresses"].compactMap { name in
      primaries.first?.settings[name].map { (name, $0) }
    }
  }

  /// For sed: what archives and fetches there names that directory.
  static func reaching(_ directory: String) -> String {
    let new = replacement(directory)
    // In the command of a setting, which a shell takes apart.
    let reached = new.contains(where: \.isWhitespace) ? "\"\(new)\"" : new
    return
      #"/^[[:space:]]*(archive|restore)_command/s#--pg1-path[= ]("[^"]*"|[^ '"]+)#--pg1-path="#
      + "\(reached)#g"
  }

  /// Production's address as the last word of a file; nothing where nobody tells it.
  func placing(in file: String) -> [String] {
    let settings = place.map { "\($0.name) = '\($0.value.replacing("'", with: "''"))'" }
    return settings.isEmpty
      ? [] : ["printf '%s\\n' \(settings.map(word).joined(separator: " ")) >> \(word(file))"]
  }

  private var letOut: RecoveryStep {
    let (kept, new) = (keeping(side.path + "/conf"), Self.replacement(side.data))
    let data = "s#^[[:space:]]*data_directory[[:space:]]*=.*#data_directory = '\(new)'#"
    let edits = [Self.reaching(side.data)] + (configuration == nil ? [] : [data])
    let stale = place.map(\.name) + ["archive_mode = 'off'", "recovery_target"]
    return RecoveryStep(
      "Stop the copy and let it out: archiving on, production's address, workers as they were; its "
        + "configuration is kept",
      [
        stopped(side.data),
        keptFolder(word(kept)) { "cp -a \(word(own)) \(word(auto)) \($0)" },
        line(["sed", "-i", "-E", "/^(\(stale.joined(separator: "|")))/d", auto]),
        "sed -i -E \(edits.map { "-e \(word($0)) " }.joined())\(word(own)) \(word(auto))",
      ]
        // Not where ALTER SYSTEM writes: that goes along into every standby, and wins there.
        + placing(in: own),
      changes: "\(side.data) is an ordinary server's"
        + (configuration.map { ", and \($0) is of it" } ?? ""),
      undo: "cp -a \(word(kept + "/postgresql.conf")) \(word(own)); "
        + "cp -a \(word(kept + "/postgresql.auto.conf")) \(word(auto)); then start it shut in, as above"
    )
  }

  /// In the stanza's own section, which is the only one that may name it.
  private var known: RecoveryStep {
    let file = configured.map(word) ?? "\"${CONFIG:?pgbackrest.conf}\""
    let kept = configured.map { word(keeping($0)) } ?? keeping(file)
    var edits = [("path", side.data)]
    if primaries.first?.number == nil {
      edits += place.compactMap { name, value in
        name == "port"
          ? (name, value) : name == "unix_socket_directories" ? ("socket-path", value) : nil
      }
    }
    let lines =
      edits.map {
        "s#^([[:space:]]*pg\(number)-\($0.0)[[:space:]]*=).*#\\1\(Self.replacement($0.1))#"
      }
      + ["s/^[[:space:]]*pg\(number)-host/# &/"]
    let script = "/^\\[\(site.stanza)(:[a-z-]+)?\\]/,/^\\[/{\(lines.joined(separator: ";"))}"
    return RecoveryStep(
      "Tell pgBackRest that the copy is production",
      [keptOnce(kept) { "cp -a \(file) \($0)" } + " && sed -i -E \(word(script)) \(file)"],
      changes: "pg\(number)-path is \(side.data)", undo: "cp -a \(kept) \(file)")
  }

  private var begin: RecoveryStep {
    RecoveryStep(
      "Start it, and wait until it takes writes",
      [
        "# instead, where a service starts it: let that name \(word(side.data)), then systemctl start \(unit)",
        started(side.data, ["-w", "-t", "604800", "-l", side.log] + files),
        "test \"$(\(seat) -Atc 'SELECT pg_is_in_recovery()')\" = f",
      ],
      changes:
        "production runs again, on a new timeline, and archives; commits wait for synchronous "
        + "standbys until these are made anew",
      undo: side.ctl("stop", side.data, ["-m", "fast"]))
  }

  /// What sed puts in, between marks of `#`.
  private static func replacement(_ text: String) -> String {
    text.reduce(into: "") { out, letter in
      out += "\\&#".contains(letter) ? "\\\(letter)" : "\(letter)"
    }
  }

  /// Into whoever holds production's place.
  private var seat: String {
    let values = Dictionary(
      place.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let sockets = values["unix_socket_directories"]?.split(separator: ",").first.map(\.trimmed)
    let options = [
      ("-h", sockets ?? site.option("socket-path", number)),
      ("-p", values["port"] ?? site.option("port", number)), ("-U", side.superuser),
    ]
    return line(
      ["psql"] + options.flatMap { flag, value in value.map { [flag, String($0)] } ?? [] }
        + ["-d", "postgres"])
  }

  private var prove: RecoveryStep {
    RecoveryStep(
      "Prove that it archives", [line(pgbackrest(["check"]))],
      changes: "the stanza goes on, on a new timeline",
      undo: "stop it, put pgBackRest's configuration back, and the old primary's pg_control")
  }

  private var clients: RecoveryStep {
    RecoveryStep(
      "Point clients to it where it has another address than the old primary had: their connection "
        + "strings, the pooler, or the address that moves", undo: "point them back")
  }

  var nextBackup: RecoveryStep {
    RecoveryStep(
      "Take a base backup at once: until then every recovery has to cross the change of timeline",
      [line(pgbackrest(["--repo=\(site.repository)", "--type=full", "backup"]))],
      changes: "a new backup in the repository; retention may expire the oldest",
      undo: "none is needed")
  }
}
