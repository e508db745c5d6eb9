import Foundation
import RecoveryModel
import TestSupport
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

/// The commands of a recovery on a host.
struct HostRecoveryTests {
  typealias F = OperationsFixture

  static func order(
    _ target: RecoveryMoment.Target, exclusive: Bool = false
  ) throws -> RecoveryOrder {
    let archive = WALArchive(
      segmentSize: F.size,
      segments: (25...40).map {
        ArchivedSegment(
          segment: F.segment($0), storedBytes: 10,
          archivedAt: F.now.addingTimeInterval(Double($0) - 60))
      })
    let snapshot = ClusterAssessment.assess(
      declaration: ClusterDeclaration(name: "demo", engine: "pgbackrest"),
      engineTitle: "pgBackRest", interval: 2, report: F.report(archive: archive), drills: [],
      operation: nil, outcomes: [], clock: WALClock(), now: F.now)
    return try RecoveryChart(snapshot, now: F.now).order(
      RecoveryQuestion(RecoveryMoment(target, isExclusive: exclusive)))
  }

  static func recovery(
    _ target: RecoveryMoment.Target = .latest, steering: ServerSteering.Kind = .none,
    configuration: String? = nil, file: String = "[demo]\npg1-path=/var/lib/pg/main\n",
    declared: [String: Secret] = [:]
  ) throws -> HostRecovery {
    var site = F.site(file: file, account: Account(name: "postgres", user: 26, group: 26))
    site.sources.declared = declared
    let side = SideDirectory(
      path: "/var/lib/pg/demo-recovered", port: 5433, account: "postgres",
      programs: "/usr/lib/postgresql/15/bin", major: 15)
    return HostRecovery(
      order: try order(target), site: site, side: side,
      steering: ServerSteering(kind: steering, source: "test"), configuration: configuration,
      standbys: [HostServer(name: "db2"), HostServer(name: "db3")])
  }

  static func commands(_ road: RecoveryRoad?) -> [String] { road?.steps.flatMap(\.commands) ?? [] }

  @Test(
    "lost rows are given back by commands that can be run as they stand, each with its way back")
  func givenBack() throws {
    var recovery = try Self.recovery()
    recovery.primary = ["host": "db1", "port": "5444", "user": "pgvigil"]
    let none = recovery.giveBack.steps[0]
    #expect(none.commands.isEmpty && none.what.contains("--table"))
    let table = try #require(LostTable(database: "keycloak", name: "public.user_entity"))
    recovery.order.lost = [table]
    let steps = recovery.giveBack.steps
    let copy = "-h /var/lib/pg/demo-recovered/run -p 5433 -U postgres"
    let production = "-h db1 -p 5444 -U postgres"
    let dump = "runuser -u postgres -- /usr/lib/postgresql/15/bin/pg_dump"
    // Files and definitions first; they are run by GiveBackTests.
    #expect(
      steps[0].commands[1].hasPrefix("\(dump) \(copy) -Fc -s -d keycloak > given-back-keycloak/"))
    #expect(steps[0].commands[2].hasPrefix("\(dump) \(production) -Fc -s -d keycloak > "))
    #expect(
      (steps[0].commands + steps[1].commands).dropLast().allSatisfy {
        $0.hasSuffix("&&") || $0.hasPrefix("cat ")
      })
    #expect(steps[1].undo.contains(production) && !steps[1].undo.contains(copy))
    #expect(steps.count == 5 && steps[3].commands.count == 3)
    #expect(steps[3].commands[2].contains(copy))
    // What is written on the way lies in a place of its own.
    #expect(steps[3].commands[2].hasSuffix("rm given-back-keycloak/public-user-entity.copy"))
    #expect(steps[4].commands[0].contains("ON CONFLICT DO NOTHING"))
    #expect(steps.suffix(2).allSatisfy { $0.undo.contains(production) && !$0.undo.contains(copy) })
    // What the finder saw dropped is only made again, what it saw emptied is not.
    recovery.order.lost[0].isDropped = true
    #expect(recovery.giveBack.steps.count == 3)
    recovery.order.lost[0].isDropped = false
    #expect(
      recovery.giveBack.steps[0].commands[1].contains("CREATE TABLE public.user_entity_recovered"))
    // One set of commands for all that is gone of a database.
    let other = try #require(LostTable(database: "other", name: "public.b"))
    recovery.order.lost = [table, other, table].map {
      var gone = $0; gone.isDropped = true; return gone
    }
    #expect(recovery.giveBack.steps.count == 6)
  }

  @Test func theCopyDoesNotTakeProductionsMemory() throws {
    let settings = try Self.recovery().side.settings
    for name in ["shared_buffers", "max_connections", "huge_pages"] {
      #expect(settings.contains { $0.name == name }, "\(name)")
    }
  }

  @Test("every kind of target is asked for with the options that the tool takes for it")
  func targets() throws {
    func arguments(_ target: RecoveryMoment.Target, _ exclusive: Bool = false) throws -> [String] {
      Array(
        try #require(RestoreTarget(try Self.order(target, exclusive: exclusive), repository: 2))
          .arguments.dropFirst(2))
    }
    let time = F.now.addingTimeInterval(-28)
    let end = ["--target-timeline=1", "--target-action=promote"]
    #expect(try arguments(.latest) == ["--type=default", "--target-timeline=1"])
    #expect(try arguments(.backup(F.backup.id)) == ["--type=immediate", "--target-action=promote"])
    #expect(
      try arguments(.position(LSN(0x200_0000))) == ["--type=lsn", "--target=0/2000000"] + end)
    #expect(
      try arguments(.position(LSN(0x200_0000)), true)
        == ["--type=lsn", "--target=0/2000000", "--target-exclusive"] + end)
    #expect(try arguments(.transaction(77)) == ["--type=xid", "--target=77"] + end)
    #expect(try arguments(.restorePoint("a b")) == ["--type=name", "--target=a b"] + end)
    #expect(
      RestoreTarget(try Self.order(.latest), repository: 2)?.arguments.prefix(2)
        == ["--repo=2", "--set=\(F.backup.id)"])
    let order = try Self.order(.latest)
    var timed = order
    timed.moment = RecoveryMoment(.time(time))
    #expect(
      RestoreTarget(timed, repository: 1)?.arguments.contains(
        "--target=\(PostgresTarget.timestamp(time))") == true)
    // Without a base backup nothing is restored, and what lies recovered is gone on from.
    var gone = try Self.recovery()
    gone.order.base = nil
    #expect(gone.target == nil && gone.inPlace == nil)
    #expect(try gone.roads().map(\.kind) == [.giveBack, .takeOver])
    #expect(throws: RecoveryError.self) { try gone.order.baseToRestore() }
  }

  @Test func besideProductionNothingReachesIt() throws {
    let roads = try Self.recovery(.restorePoint("it's")).roads()
    #expect(roads.map(\.kind) == [.beside, .giveBack, .takeOver, .inPlace])
    let text = Self.commands(roads.first).joined(separator: "\n")
    #expect(text.contains("'--target=it'\\''s'"))
    #expect(text.contains("--pg1-path=/var/lib/pg/demo-recovered/data --reset-pg1-host"))
    #expect(text.contains("--archive-mode=off") && text.contains("--no-delta"))
    #expect(text.contains("PGBACKREST_SPOOL_PATH=/var/lib/pg/demo-recovered/spool"))
    #expect(text.contains("-c archive_mode=off") && text.contains("-c listen_addresses= "))
    #expect(!text.contains("/var/lib/pg/main"))
    // pg_ctl alone comes back while WAL is still replayed.
    #expect(
      text.contains("until runuser -u postgres -- pg_isready -q -h /var/lib/pg/demo-recovered/run"))
    #expect(!text.contains("--delta"))
    for step in roads[0].steps where !step.changes.isEmpty && step.changes != "files" {
      #expect(step.commands.isEmpty == false)
    }
  }

  @Test func whatTheServerHasInItsEnvironmentIsNamedAndNeverShown() throws {
    let road = try Self.recovery(declared: ["PGBACKREST_REPO1_S3_KEY": Secret("hush")]).roads()[0]
    #expect(Self.commands(road).contains(": \"${PGBACKREST_REPO1_S3_KEY:?export it first}\""))
    #expect(!"\(road)".contains("hush"))
  }

  @Test func aConfigurationThatLiesElsewhereIsCopied() throws {
    let commands = Self.commands(
      try Self.recovery(configuration: "/etc/postgresql/15/main").roads().first)
    #expect(
      commands.contains(
        "test -e /var/lib/pg/demo-recovered/data/postgresql.conf || "
          + "find /etc/postgresql/15/main -mindepth 1 -maxdepth 1 "
          + "-exec cp -a -t /var/lib/pg/demo-recovered/data -- '{}' +"))
  }

  @Test func inPlaceEveryStepSaysWhatItChangesAndItEndsWithABaseBackup() throws {
    for kind in [
      ServerSteering.Kind.none, .patroni(config: "/etc/patroni/main.yml", scope: "main"),
      .autoFailover, .unknown("not here"),
    ] {
      let road = try #require(try Self.recovery(steering: kind).roads().last)
      #expect(road.kind == .inPlace && road.title.hasPrefix("IN PLACE"))
      for step in road.steps { #expect(!step.changes.isEmpty && !step.undo.isEmpty, "\(step)") }
      let backup = road.steps.firstIndex {
        $0.commands.first?.hasSuffix("--type=full backup") ?? false
      }
      // Nothing but standbys is left to be made after it: they are made from it.
      #expect(
        road.steps[(backup ?? 0)...].dropFirst().allSatisfy {
          $0.what.contains("standby") || $0.what.contains("of another") || $0.what.contains("slots")
        })
      #expect(backup != nil)
      let text = Self.commands(road).joined(separator: "\n")
      #expect(text.contains("--pg1-path=/var/lib/pg/main --delta"))
      // What is kept is kept once nobody writes to it any more, and before it is overwritten.
      let parts = ["stop", "pg_wal.kept", "--delta"].compactMap { text.firstRange(of: $0) }
      #expect(parts.count == 3 && parts[0].lowerBound < parts[1].lowerBound)
      #expect(parts[1].lowerBound < parts[2].lowerBound)
    }
    let file = "[demo]\npg1-path=/var/lib/pg/main\npg1-port=6001\npg1-user=demo\n"
    let text = Self.commands(try Self.recovery(file: file).roads().last).joined(separator: "\n")
    #expect(text.contains("psql -p 6001 -U demo -d postgres -Atc"))
    #expect(try Self.recovery(file: "").roads().count == 3)
  }

  @Test("a second incident keeps what is there under another name than the first did")
  func keptTwice() throws {
    var recovery = try Self.recovery()
    let first = recovery.keeping("/srv/a.conf")
    recovery.order.outlook.now += 1
    #expect(first.hasPrefix("/srv/a.conf.kept-2026") && first != recovery.keeping("/srv/a.conf"))
    let text = Self.commands(recovery.inPlace).joined(separator: "\n")
    let stamp = recovery.keeping("")
    #expect(text.contains("main.pg_wal\(stamp)"))
    #expect(!text.replacing(stamp, with: "").contains(".kept"))
  }

  @Test func inPlaceEveryStandbyHasItsOwnCommands() throws {
    var recovery = try Self.recovery()
    recovery.standbys = [
      HostServer(name: "db2", directory: "/var/lib/pg/db2", isHere: true, slot: "db_2"),
      HostServer(name: "db3"),
    ]
    let road = try #require(recovery.inPlace)
    let commands = Self.commands(road)
    func place(_ text: String) throws -> Int {
      try #require(commands.firstIndex { $0.contains(text) }, "\(text)")
    }
    let run = "runuser -u postgres -- "
    let kept = recovery.keeping("/var/lib/pg/db2.conf")
    let order = try [
      "\(run)/usr/lib/postgresql/15/bin/pg_ctl stop -m fast -D /var/lib/pg/db2",
      // Made from an older backup it may have replayed past where the line was left.
      "pg_ctl stop -D /var/lib/pg/main", "pg_wal.kept", "--type=full backup",
      "pg_create_physical_replication_slot('db_2')", "mkdir -m 0700 \(kept).part",
      "--repo=1 --type=standby --delta restore --pg1-path=/var/lib/pg/db2",
      "cat \(kept)/postgresql.auto.conf >> /var/lib/pg/db2/postgresql.auto.conf",
      "pg_ctl start -w -t 604800 -D /var/lib/pg/db2", "# on db3: { test -e",
    ].map(place)
    #expect(order == order.sorted())
    #expect(
      commands.filter { $0.contains("DATA:?") }.allSatisfy { $0.hasPrefix("# on db3: ") })
    let later = Self.commands(recovery.takeOver).filter { $0.contains("--type=standby") }
    #expect(later.count == 2)
    // There nobody has stopped them before.
    let takeOver = Self.commands(recovery.takeOver)
    let stop = try #require(takeOver.firstIndex { $0.contains("stop -m fast -D /var/lib/pg/db2") })
    let restore = try #require(takeOver.firstIndex { $0.contains("--pg1-path=/var/lib/pg/db2") })
    let line = takeOver[stop]
    #expect(line.hasPrefix("if ") && line.contains("rm -f /var/lib/pg/db2/postmaster.pid; fi &&"))
    // What was promoted unarchived made its history file then.
    let history = try #require(takeOver.firstIndex { $0.contains("archive-push") })
    let backup = try #require(takeOver.firstIndex { $0.contains("--type=full backup") })
    #expect(history < backup && takeOver[history].contains("/pg_wal"))
    #expect(stop < restore && takeOver.contains { $0.contains("replication_slot('db_2')") })
  }

  @Test func aServersLastStartIsReadFromItsOptions() throws {
    let text =
      #"/opt/pg/bin/postgres "-D" "/srv/x/data" "-c" "port=6009" "-c" "port=6010" "#
      + #""-c" "unix_socket_directories=/srv/x y/run" "-c" "listen_addresses=""# + "\n"
    let start = try #require(ServerStart(options: text))
    #expect(start.programs == "/opt/pg/bin" && start.port == 6010)
    #expect(start.value("unix_socket_directories") == "/srv/x y/run")
    #expect(start.value("listen_addresses") == "" && start.value("ssl") == nil)
    for none in ["", "postgres", "rubbish \"-c\" \"port=1\""] {
      #expect(ServerStart(options: none) == nil)
    }
  }

  @Test func whatStaysOfTheVeryMomentIsKnownAgain() throws {
    func kept(_ id: String, _ moment: String, _ age: Double) -> KeptRecovery {
      KeptRecovery(
        id: id, place: "/srv/\(id)", moment: moment, since: F.now.addingTimeInterval(-age),
        by: "alice", connect: "psql")
    }
    let point = try Self.order(.restorePoint("x"))
    var half = kept("half", "name x", 1)
    half.isUnfinished = true
    let all = [kept("old", "name x", 60), kept("new", "name x", 9), kept("end", "latest", 5), half]
    #expect(point.recovered(among: all, at: nil)?.id == "new")
    #expect(point.recovered(among: all, at: "/srv/old")?.id == "old")
    #expect(point.recovered(among: all, at: "/srv/other") == nil)
    // What was the latest when it was made is the latest no more, unless it is asked for by its place.
    let latest = try Self.order(.latest)
    #expect(latest.recovered(among: all, at: nil) == nil)
    #expect(latest.recovered(among: all, at: "/srv/end")?.id == "end")
    var stopped = all[0]
    (stopped.isRunning, stopped.start) = (false, "pg_ctl restart")
    #expect(stopped.road.steps.first?.commands == ["pg_ctl restart"])
    #expect(stopped.checks.map(\.satisfied) == [true, false])
    let refusal = all[0].refusal(for: ClusterDeclaration(name: "demo", engine: "pgbackrest"))
    #expect(refusal.satisfied == false && refusal.detail.hasSuffix("of its own: --to"))
    #expect(refusal.detail.contains("pgvigil plan recovery demo --at 'name x' --to /srv/old"))
  }

  @Test func underPatroniItIsPausedFirstAndTheOthersAreMadeAnew() throws {
    let road = try Self.recovery(
      steering: .patroni(config: "/etc/patroni/main.yml", scope: "main")
    ).roads().last
    let commands = Self.commands(road)
    func place(_ text: String) throws -> Int {
      try #require(commands.firstIndex { $0.contains(text) }, "\(text)")
    }
    let tool = "patronictl -c /etc/patroni/main.yml"
    let order = try [
      "\(tool) pause --wait main", "pg_ctl stop", "pg_wal.kept", "--delta", "pg_ctl start",
      "\(tool) resume --wait main", "\(tool) reinit --force main db2 db3", "--type=full backup",
    ].map(place)
    #expect(order == order.sorted())
    let unnamed = Self.commands(
      try Self.recovery(steering: .patroni(config: nil, scope: nil)).roads().last)
    #expect(unnamed.contains("patronictl pause --wait \"${SCOPE:?patronictl list shows it}\""))
  }

  @Test func theSlotOfAStandbyThatIsDownStandsInItsConfiguration() throws {
    let data = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: data) }
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    #expect(HostServer.slot(in: data) == nil)
    let write = { (text: String) in
      try text.write(toFile: data + "/postgresql.auto.conf", atomically: true, encoding: .utf8)
    }
    // The last one wins, as PostgreSQL reads it.
    try write("# by ALTER SYSTEM\nprimary_slot_name = 'old'\nPrimary_Slot_Name='standby_1'\n")
    #expect(HostServer.slot(in: data) == "standby_1")
    try write("primary_slot_name = ''\n")
    #expect(HostServer.slot(in: data) == nil)
  }

  @Test func whoSteersIsSeenByWhatHeLeavesInTheDataDirectory() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let data = root.appendingPathComponent("data").path
    let patroni = root.appendingPathComponent("etc/patroni").path
    for path in [data, patroni] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    func find(_ directory: String? = data) -> ServerSteering {
      ServerSteering.find(dataDirectory: directory, etc: root.appendingPathComponent("etc").path)
    }
    #expect(find().kind == .none && find().check.satisfied == true)
    #expect(find(data + "/gone").check.satisfied == nil)
    #expect(find(nil).check.satisfied == nil)
    let file = patroni + "/15-main.yml"
    try "namespace: /db\nscope: \"15-main\"\n".write(
      toFile: file, atomically: true, encoding: .utf8)
    #expect(find(data + "/gone").kind == .patroni(config: file, scope: "15-main"))
    #expect(find().kind == .none)
    try "{}".write(toFile: data + "/patroni.dynamic.json", atomically: true, encoding: .utf8)
    #expect(find().kind == .patroni(config: file, scope: "15-main"))
    try FileManager.default.removeItem(atPath: data + "/patroni.dynamic.json")
    try "".write(
      toFile: data + "/postgresql-auto-failover.conf", atomically: true, encoding: .utf8)
    #expect(find().kind == .autoFailover)
  }

  @Test func aPortThatSomebodyListensOnIsNotTaken() {
    let table = """
        sl  local_address rem_address   st tx_queue
         0: 0100007F:1539 00000000:0000 0A 00000000
         1: 0100007F:153A 00000000:0000 01 00000000
      """
    let ports = SideDirectory.listening { $0.hasSuffix("tcp") ? table : nil }
    #expect(ports == [5433])
    // A copy that stays listens on its socket alone.
    let sockets = """
      Num       RefCount Protocol Flags    Type St Inode Path
      0: 00000002 00000000 00010000 0001 01 20 /srv/restored/.s.PGSQL.5434
      0: 00000002 00000000 00010000 0001 01 21 /run/other.sock
      """
    let all = SideDirectory.listening {
      $0.hasSuffix("tcp") ? table : $0.hasSuffix("unix") ? sockets : nil
    }
    #expect(all == [5433, 5434])
    #expect(SideDirectory.freePort(after: [5432], listening: ports) == 5434)
    #expect(SideDirectory.listening { _ in nil } == nil)
    #expect(SideDirectory.freePort(after: [], listening: nil) == 5433)
  }

  @Test func whatCannotBeAskedIsUnknownOrNotMetAndNeverPassed() async throws {
    var report = F.report()
    report.instances = .value(
      [
        Instance(
          name: "db1", role: .primary, state: .running, observedAt: F.now, version: 150_018)
      ], source: "test", at: F.now)
    let plan = try await HostRecoveryPlanning(
      operations: F.operations(), order: try Self.order(.latest), report: report
    ).plan()
    func check(_ words: String) throws -> Requirement {
      try #require(plan.checks.first { $0.what.contains(words) }, "\(words)")
    }
    // The stand-in for pgBackRest ends with 1.
    #expect(try check("pgBackRest answers").satisfied == false)
    #expect(try check("libraries").satisfied == nil)
    #expect(try check("of the kind that production runs on").satisfied == nil)
    #expect(try check("who starts and stops").satisfied == nil)
    #expect(plan.place == "/var/lib/postgresql/demo-recovered")
    await #expect(throws: RecoveryError.self) {
      var order = try Self.order(.latest)
      order.place = "relative"
      _ = try await HostRecoveryPlanning(
        operations: F.operations(), order: order, report: report
      ).plan()
    }
  }
}
