import Foundation
import PostgresServers
import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest

/// A copy that takes production's place, and what is left of it as a recovery.
struct HostTakeOverTests {
  @Test("the copy takes the place of the server that is the primary, by commands alone")
  func takesOver() throws {
    let file = "[demo]\npg1-path=/var/lib/pg/main\npg2-path=/var/lib/pg/two\npg2-port=6002\n"
    var recovery = try HostRecoveryTests.recovery(file: file)
    recovery.configured = "/etc/pgbackrest.conf"
    recovery.primaries = [
      HostServer(
        name: "db2", directory: "/var/lib/pg/two", isHere: true, number: 2, isRunning: true,
        settings: ["port": "6002", "unix_socket_directories": "/run/two"]),
      HostServer(name: "db1", directory: "/var/lib/pg/main", number: 1),
    ]
    let steps = recovery.takeOver.steps
    let commands = steps.flatMap(\.commands)
    #expect(steps.allSatisfy { !$0.undo.isEmpty })
    let run = "runuser -u postgres -- "
    let old = "/var/lib/pg/two/global/pg_control"
    for line in [
      "test ! -e \(old) || \(run)mv \(old) \(old).old",
      #"printf '%s\n' 'port = '\''6002'\''' 'unix_socket_directories = '\''/run/two'\''' >> "#
        + "/var/lib/pg/demo-recovered/data/postgresql.conf",
      "\(run)pgbackrest --config=/etc/pgb.conf --stanza=demo check",
    ] {
      #expect(commands.contains(line), "\(line)")
    }
    #expect(commands.contains { $0.contains(#"pg2-path[[:space:]]*=).*#\1/var/lib/pg/demo-re"#) })
    #expect(steps.contains { $0.what.contains("db2, which is the primary,") })
    // The other lies elsewhere, and is kept off there.
    #expect(commands.contains { $0.hasPrefix("# on db1: ") && $0.contains("pg_control.old") })
    // Before production is down.
    let guarded = try #require(
      commands.firstIndex { $0.contains("|| { test $? -eq 1 && continue") })
    #expect(commands[guarded].contains(" archive-get --pg1-path=/var/lib/pg/demo-recovered/data "))
    #expect(commands[guarded].contains("; cmp \"$history\" /var/lib/pg/demo-recovered/archived"))
    #expect(guarded < (commands.firstIndex { $0.contains("pg_control.old") } ?? 0))
    let order = try [
      "pg_control.old", "stop -D /var/lib/pg/demo-recovered", "pg2-path", "pg_ctl start -D",
      " check",
    ].map { text in try #require(commands.firstIndex { $0.contains(text) }, "\(text)") }
    #expect(order == order.sorted())
    // In place it is the directory of the primary that runs, not of the configuration's first.
    let inPlace = HostRecoveryTests.commands(recovery.inPlace).joined(separator: "\n")
    #expect(inPlace.contains("--pg1-path=/var/lib/pg/two --delta"))
    #expect(!inPlace.contains("/var/lib/pg/main"))
    // The backup holds the configuration of whoever was the primary then.
    let kept = "/var/lib/pg/two.conf.kept-"
    let keeping = try #require(inPlace.firstRange(of: "-exec cp -a {} \(kept)"))
    let restoring = try #require(inPlace.firstRange(of: "--delta"))
    let putBack = try #require(inPlace.firstRange(of: "-exec cp -a {} /var/lib/pg/two ';'"))
    #expect(
      keeping.lowerBound < restoring.lowerBound && restoring.lowerBound < putBack.lowerBound)
    var lost = recovery
    lost.isLost = true
    let afresh = HostRecoveryTests.commands(lost.inPlace)
    #expect(afresh.contains { $0.hasSuffix(">> /var/lib/pg/two/postgresql.conf") })
    #expect(afresh.contains { $0.contains("#--pg1-path=/var/lib/pg/two#g") })
    recovery.primaries[0].number = nil
    #expect(recovery.elsewhere == "/var/lib/pg/two" && recovery.inPlace == nil)
  }

  @Test("a name that is silent does not stand for the directory that another name answers from")
  func oneDirectory() {
    let servers = HostServers(
      [
        HostServer(name: "db1", directory: "/var/lib/pg/two", isHere: true, isRunning: true),
        HostServer(name: "db2", directory: "/var/lib/pg/two", isHere: true),
        HostServer(name: "db3", directory: "/var/lib/pg/three", isHere: true),
      ], last: "db2")
    #expect(servers.primaries.map(\.name) == ["db1", "db3"])
  }

  @Test("a step that is begun anew keeps what was kept first, and starts what it stopped")
  func begunAnew() throws {
    var recovery = try HostRecoveryTests.recovery()
    recovery.configured = "/etc/pgbackrest.conf"
    recovery.standbys = [
      HostServer(name: "db2", directory: "/var/lib/pg/db2", isHere: true, slot: "db_2")
    ]
    recovery.primaries = [
      HostServer(name: "db1", directory: "/var/lib/pg/main", isHere: true, number: 1)
    ]
    let commands =
      HostRecoveryTests.commands(recovery.takeOver)
      + HostRecoveryTests.commands(recovery.inPlace)
    for command in commands where !command.hasPrefix("#") {
      if command.contains("mkdir -m 0700 ") { #expect(command.contains("test -e "), "\(command)") }
      if command.contains("pg_ctl stop"), !command.contains("db2") {
        #expect(command.hasPrefix("if "), "\(command)")
      }
      if command.contains("replication_slot(") { #expect(command.contains("WHERE NOT EXISTS")) }
    }
    let kept = recovery.keeping("/etc/pgbackrest.conf")
    #expect(
      commands.contains { $0.hasPrefix("{ test -e \(kept) || { rm -rf \(kept).part && cp -a ") })
  }

  @Test(
    "a server that was the primary follows the new one by commands that can be run as they stand")
  func rejoins() throws {
    var recovery = try HostRecoveryTests.recovery()
    #expect(recovery.rejoining == nil)
    var leader = HostServer(
      name: "db2", directory: "/var/lib/pg/two", isHere: true, isRunning: true)
    leader.source = ["user": "replicator"]
    recovery.primary = ["host": "/run/two", "port": "6002", "user": "pgvigil"]
    recovery.primaries = [leader]
    #expect(recovery.rejoining == nil)
    recovery.primaries.append(
      HostServer(name: "db1", directory: "/var/lib/pg/main", isHere: true, number: 1))
    let road = try #require(try recovery.roads().last)
    #expect(road.kind == .rejoin && road.title.contains("To make db1 follow db2"))
    #expect(road.steps[0].undo.isEmpty == false && road.steps[0].changes.isEmpty == false)
    let commands = HostRecoveryTests.commands(road)
    func place(_ text: String) throws -> Int {
      try #require(commands.firstIndex { $0.contains(text) }, "\(text)\n\(commands)")
    }
    let order = try [
      "-h /run/two -p 6002 -U postgres -d postgres -c CHECKPOINT", "main/global/pg_control.old",
      "rm -f /var/lib/pg/main/postmaster.pid", "mkdir -m 0700",
      "pg_rewind --restore-target-wal", "primary_slot_name", "standby.signal", "pg_ctl start",
      "pg_stat_replication",
    ].map { text in
      text == "primary_slot_name"
        ? try #require(commands.lastIndex { $0.contains(text) }) : try place(text)
    }
    #expect(order == order.sorted())
    let rewind = commands[order[4]]
    #expect(
      rewind.contains("'--source-server=host=/run/two port=6002 user=postgres dbname=postgres'"))
    #expect(rewind.contains(" || ") && rewind.contains("--type=standby --delta restore"))
    // Its data may be gone: what is kept then is nothing, and all is restored.
    #expect(commands.contains { $0.hasPrefix("if test -e ") && $0.contains("; fi") })
    #expect(commands.contains { $0.contains("mkdir -p -m 0700 /var/lib/pg/main") })
    #expect(commands[order[5]].contains("host=/run/two port=6002 user=replicator"))
    #expect(!commands.joined().contains("user=pgvigil"))
  }

  @Test("a standby that names the former primary is pointed at the new one, and loses nothing else")
  func repointed() throws {
    var recovery = try HostRecoveryTests.recovery()
    recovery.primary = ["host": "/run/two", "port": "6002", "user": "pgvigil"]
    recovery.primaries = [HostServer(name: "db2", directory: "/var/lib/pg/two", isRunning: true)]
    var standby = HostServer(name: "db3", directory: "/var/lib/pg/three", isHere: true)
    standby.source = [
      "host": "/run/one", "port": "6001", "user": "o'neil", "password": "s3cret",
      "sslmode": "prefer",
    ]
    recovery.standbys = [standby]
    recovery.site.addresses["db3"] = ["host": "/run/three", "port": "6003"]
    let road = try #require(recovery.rejoining)
    #expect(road.title.contains("To make db3 follow db2") && road.steps[0].what.contains(".pgpass"))
    let command = try #require(road.steps[0].commands.first)
    #expect(command.contains("-h /run/three -p 6003 -U postgres"))
    #expect(command.contains("pg_reload_conf"))
    #expect(command.contains("host=/run/two port=6002 sslmode=prefer user="))
    #expect(!HostRecoveryTests.commands(road).joined().contains("s3cret"))
    standby.slot = "db_3"
    recovery.standbys = [standby]
    #expect(recovery.rejoining?.steps[0].commands[0].contains("slot('db_3')") == true)
    let remade = recovery.rebuildStandbys(stoppingThem: false)[0].commands
    #expect(remade.contains { $0.contains("primary_conninfo = ") && $0.contains("port=6002") })
    standby.isStreaming = true
    recovery.standbys = [standby]
    #expect(recovery.rejoining == nil)
    #expect(!recovery.rebuildStandbys(stoppingThem: false)[0].commands.joined().contains("6002"))
  }

  @Test("a standby that is down is made anew, and takes nobody's place")
  func whoIsWhat() {
    let down = HostServer(name: "db3", isStandby: true)
    let servers = HostServers(
      [
        HostServer(name: "db0"), HostServer(name: "db1"), HostServer(name: "db2", isRunning: true),
        down,
      ], last: "db1")
    #expect(servers.primaries.map(\.name) == ["db2", "db1", "db0"] && servers.standbys == [down])
  }

  @Test("where production's data are gone, its place takes an ordinary restore")
  func lostPlace() throws {
    let kinds: [ServerSteering.Kind] = [
      .none, .patroni(config: nil, scope: "demo"), .autoFailover,
    ]
    for steering in kinds {
      var recovery = try HostRecoveryTests.recovery(steering: steering)
      #expect(HostRecoveryTests.commands(recovery.inPlace).contains { $0.contains(" --delta ") })
      recovery.isLost = true
      let road = try #require(recovery.inPlace)
      let data = try #require(recovery.production)
      // A standby's is there, and is made anew.
      let commands = road.steps.filter { !$0.what.hasPrefix("Make ") }.flatMap(\.commands)
      #expect(!commands.contains { $0.contains("--delta") || $0.contains("cp -a") })
      let make = try #require(commands.firstIndex { $0.hasSuffix("mkdir -p -m 0700 \(data)") })
      #expect(commands[make + 1].contains("--pg1-path=\(data)") && road.title.contains("ordinary"))
    }
  }

  @Test("a directory whose name restore_command cannot carry is refused at once")
  func unquotable() {
    for name in ["a'b", "a\"b", "a%b", "a$b", "a\\b", "a`b"] {
      #expect(throws: RecoveryError.self) { try SideDirectory.place("/srv/\(name)") }
    }
    #expect((try? SideDirectory.place("/srv//a b")) == "/srv/a b")
  }

  @Test("a copy in the place of a production that was lost is not kept off as the old primary")
  func copyInItsPlace() throws {
    let copy = "/var/lib/pg/demo-recovered/data"
    let servers = HostServers(
      [
        HostServer(name: "db1", directory: copy, number: 1),
        HostServer(name: "db2", directory: "/var/lib/pg/two", number: 2),
        HostServer(name: "db3", directory: "/mnt/link-to-it", number: 1),
      ], last: "db1")
    #expect(servers.primaries(besides: copy, number: 1).map(\.name) == ["db2"])
    #expect(servers.primaries(besides: "/elsewhere", number: nil).count == 3)
    var recovery = try HostRecoveryTests.recovery(
      file: "[demo]\npg1-path=\(copy)\npg2-path=/var/lib/pg/two\n")
    recovery.primaries = servers.primaries(besides: copy, number: 1)
    recovery.copyNumber = recovery.site.number(of: copy)
    // The number that names it already, and not a second one.
    #expect(recovery.number == 1)
    let commands = recovery.takeOver.steps.flatMap(\.commands)
    #expect(!commands.contains { $0.contains("\(copy)/global/pg_control") })
    #expect(commands.contains { $0.contains("two/global/pg_control.old") })
  }

  @Test func whereProductionIsARecoveryNothingIsProposedInIt() throws {
    let root = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    for part in ["data", "run", "pg_hba.conf"] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/demo-recovered/\(part)", withIntermediateDirectories: true)
    }
    let data = root + "/demo-recovered/data"
    let other = root + "/demo-recovered-2"
    #expect(SideDirectory.proposed(cluster: "demo", production: data) == other)
    #expect(SideDirectory.proposed(cluster: "demo", production: root + "/main") == other)
  }

  @Test("a recovery whose server was started without what shut it in is none any more")
  func letOut() throws {
    let root = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createDirectory(
      atPath: root + "/data", withIntermediateDirectories: true)
    let copy = KeptCopies.Copy(
      note: RecoveryNote(id: "k", cluster: "demo", directory: root), mark: nil)
    func write(_ options: String, _ settings: String) throws {
      try "/usr/lib/postgresql/15/bin/postgres \"-D\" \"\(root)/data\"\(options)\n".write(
        toFile: root + "/data/postmaster.opts", atomically: true, encoding: .utf8)
      try settings.write(
        toFile: root + "/data/postgresql.auto.conf", atomically: true, encoding: .utf8)
    }
    #expect(!copy.isLetOut)
    try write(" \"-c\" \"archive_mode=off\"", "archive_mode = 'off'\n")
    #expect(!copy.isLetOut)
    try write("", "archive_mode = 'off'\n")
    #expect(!copy.isLetOut)
    try write("", "port = '5432'\n")
    #expect(copy.isLetOut)
  }
}
