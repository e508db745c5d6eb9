import DrillParts
import FoundationEssentials
import Testing

@testable import CloudNativePG
@testable import PgBackRest
@testable import PostgresServers
@testable import RecoveryModel
@testable import Transports

/// The commands that give back what was dropped, run by bash as they are printed; production's dumps of then and now.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct GiveBackTests {
  /// Keys within the schema and into it, a view, a function and its triggers, sequences, generated and identity columns,
  /// partitions, inheritance, owners, grants, comments, a policy; and outside of it what leans on it.
  private static let shop = """
    CREATE ROLE clerk; CREATE ROLE "shop owner";
    CREATE SCHEMA shop AUTHORIZATION "shop owner"; COMMENT ON SCHEMA shop IS 'it''s the shop';
    CREATE TYPE shop.state AS ENUM ('new', 'paid');
    CREATE DOMAIN shop.amount AS numeric(10, 2) CHECK (VALUE >= 0);
    CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS
      $f$ begin new.touched := coalesce(new.touched, 0) + 1; return new; end $f$;
    CREATE FUNCTION shop.is_fine(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
    CREATE TABLE shop.customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text,
      loud text GENERATED ALWAYS AS (upper(name)) STORED);
    CREATE TABLE shop.orders (id bigserial PRIMARY KEY, customer int REFERENCES shop.customer,
      total shop.amount, state shop.state DEFAULT 'new', touched int);
    CREATE INDEX ON shop.orders (total);
    CREATE TRIGGER touch BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
    CREATE SEQUENCE shop.numbers START 1000;
    CREATE TABLE shop."Odd Name" (k int PRIMARY KEY, "we ird" text);
    CREATE TABLE shop.event (id int, at date, customer int REFERENCES shop.customer,
      PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE shop.event_1 PARTITION OF shop.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE shop.event_2 PARTITION OF shop.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE INDEX ON shop.event (at);
    CREATE FUNCTION shop.pass() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end';
    CREATE TRIGGER pass AFTER INSERT ON shop.event FOR EACH ROW EXECUTE FUNCTION shop.pass();
    CREATE TABLE shop.base (b int); CREATE TABLE shop.child (c int) INHERITS (shop.base);
    CREATE VIEW shop.per_customer AS SELECT c.id, c.name, count(*) FROM shop.customer c
      JOIN shop.orders o ON o.customer = c.id GROUP BY c.id;
    CREATE TABLE invoice (id int, of bigint REFERENCES shop.orders, n int DEFAULT nextval('shop.numbers'),
      touched int, CHECK (shop.is_fine(id)));
    CREATE TRIGGER touch BEFORE UPDATE ON invoice FOR EACH ROW EXECUTE FUNCTION shop.touch();
    CREATE VIEW report AS SELECT i.id, o.total FROM invoice i JOIN shop.orders o ON o.id = i.of;
    CREATE TABLE day (d int PRIMARY KEY, n int) PARTITION BY RANGE (d); CREATE INDEX ON day (n);
    CREATE TABLE day_1 PARTITION OF day FOR VALUES FROM (0) TO (10);
    INSERT INTO shop.customer (name) SELECT 'c' || i FROM generate_series(1, 300) i;
    INSERT INTO shop.orders (customer, total) SELECT i, i FROM generate_series(1, 300) i;
    INSERT INTO shop."Odd Name" SELECT i, E'it''s\\n' || i FROM generate_series(1, 50) i;
    INSERT INTO shop.event SELECT i, '2025-12-01'::date + i, i FROM generate_series(1, 90) i;
    INSERT INTO shop.base VALUES (1); INSERT INTO shop.child VALUES (2, 3);
    INSERT INTO invoice (id, of) SELECT i, i FROM generate_series(1, 40) i;
    ALTER TABLE invoice ADD COLUMN mood shop.state; CREATE INDEX ON invoice (mood);
    ALTER TABLE invoice ALTER mood SET DEFAULT 'new', ADD CHECK (mood <> 'paid');
    INSERT INTO day SELECT i, i FROM generate_series(0, 9) i;
    CREATE FUNCTION tenfold() RETURNS trigger LANGUAGE plpgsql AS
      $f$ begin new.n := new.n * 10; return new; end $f$;
    CREATE TRIGGER tenfold BEFORE INSERT ON day FOR EACH ROW EXECUTE FUNCTION tenfold();
    CREATE MATERIALIZED VIEW shop.sums AS SELECT customer, sum(total) FROM shop.orders GROUP BY 1;
    CREATE UNIQUE INDEX ON shop.sums (customer);
    ALTER TABLE shop.customer OWNER TO "shop owner"; ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON shop.customer FOR SELECT TO clerk USING (id > 0);
    GRANT USAGE ON SCHEMA shop TO clerk; GRANT SELECT ON report, shop.customer TO clerk;
    ALTER DATABASE app OWNER TO "shop owner"; ALTER DATABASE app SET work_mem = '7MB';
    GRANT CREATE ON DATABASE app TO clerk; ALTER ROLE clerk IN DATABASE app SET search_path = shop;
    GRANT SELECT (id) ON shop.orders TO clerk; COMMENT ON COLUMN shop.orders.total IS 'with tax';
    """

  /// With what is of the database itself.
  private static func dump(_ cluster: DrillCluster) async throws -> [Substring] {
    try await cluster.tool(
      "pg_dump", ["-C", "-h", cluster.directory + "/run", "-p", "6001", "-U", "demo", "app"]
    ).split(separator: "\n").filter {
      !$0.contains("restrict ") && !$0.contains("pg_catalog.setval(")
    }
  }

  private static func bash(
    _ cluster: DrillCluster, _ commands: [String], before: String = ""
  ) async throws -> ProcessResult {
    let script = cluster.directory + "/give-back.sh"
    let lines = ["set -e", "cd \(cluster.directory)", before] + commands
    try lines.joined(separator: "\n").write(toFile: script, atomically: true, encoding: .utf8)
    return try await cluster.runner.run(ProcessRequest("bash", [script], deadline: 120))
  }

  /// Production with a copy of it as it is, and what it goes on with.
  private static func afterwards(
    _ cluster: DrillCluster, _ body: (_ then: [Substring], HostRecovery) async throws -> Void
  ) async throws {
    try await cluster.sql(shop)
    let then = try await dump(cluster)
    let act = try await cluster.sql("BEGIN; CREATE TABLE later (); SELECT txid_current(); COMMIT")
    for _ in 0..<2 { try await cluster.write(rows: 0) }
    let moment = RecoveryMoment(
      .transaction(try #require(UInt64(act.trimmed))), isExclusive: true)
    try await cluster.sql("DROP TABLE later")
    let place = cluster.directory + "/recovered"
    let planning = try await RecoveryPlanTests.planning(cluster, moment, place: place, id: "keep")
    for try await _ in planning.operations.start(try await planning.operation(id: "keep")) {}
    var kept = try await RecoveryPlanTests.planning(cluster, moment, place: place)
    let side = try #require(
      try kept.operations.drills.recovered(of: kept.order, superuser: "demo")?.side)
    kept.order.lost = []
    var recovery = HostRecovery(
      order: kept.order, site: cluster.site, side: side,
      steering: ServerSteering(kind: .none, source: "test"), standbys: [])
    recovery.primary = cluster.address
    do {
      try await body(then, recovery)
    } catch {
      _ = try? await cluster.tool("pg_ctl", ["-D", place + "/data", "-m", "immediate", "stop"])
      throw error
    }
    _ = try await cluster.tool("pg_ctl", ["-D", place + "/data", "-m", "immediate", "stop"])
  }

  @Test func `what was dropped is there again, as it was, and is taken back whole`() async throws {
    try await DrillCluster.with { cluster in
      try await Self.afterwards(cluster) { then, recovery in
        var recovery = recovery
        recovery.order.lost = [
          try #require(LostTable(database: "app", name: "shop.orders", isDropped: true))
        ]
        let steps = recovery.giveBack.steps
        for act in [
          "DROP SCHEMA shop CASCADE", "DROP TABLE shop.customer CASCADE", "DROP TABLE day_1",
          "DROP TABLE shop.event_2; DROP FUNCTION shop.touch CASCADE",
          "DROP SEQUENCE shop.numbers CASCADE; DROP VIEW report; DROP FUNCTION shop.is_fine CASCADE",
          "DROP TABLE shop.base CASCADE; DROP MATERIALIZED VIEW shop.sums",
        ] {
          try await cluster.sql(act)
          let run = try await Self.bash(cluster, steps[0].commands + steps[1].commands)
          #expect(run.status == 0, "\(act): \(run.error)")
          let now = try await Self.dump(cluster)
          let difference = now.difference(from: then)
          #expect(difference.isEmpty, "\(act): \(difference)")
        }
        // WAL tells of a sequence by steps of 32 (SEQ_LOG_VALS): a recovered one is never behind.
        let number = Int(try await cluster.sql("SELECT nextval('shop.numbers')").trimmed) ?? 0
        #expect((1040...1072).contains(number))
        // A line that is taken out stays out; and all of it goes again.
        try await cluster.sql("DROP TABLE shop.orders, shop.event CASCADE; DROP TABLE day_1")
        let gone = try await Self.dump(cluster)
        let struck = [
          "sed -i '/ VIEW public report /d; / ACL public TABLE report /d' given-back-app/list"
        ]
        let run = try await Self.bash(
          cluster, steps[0].commands + struck + steps[1].commands)
        #expect(run.status == 0, "\(run.error)")
        #expect(try await cluster.sql("SELECT to_regclass('report') IS NULL").trimmed == "t")
        let undo = try #require(steps[1].undo.firstRange(of: "schema: "))
        let back = try await Self.bash(cluster, [String(steps[1].undo[undo.upperBound...])])
        #expect(back.status == 0, "\(back.error)")
        #expect(try await Self.dump(cluster) == gone)
      }
    }
  }

  @Test func `a database that is gone comes back with its owner, grants and settings`() async throws
  {
    try await DrillCluster.with { cluster in
      try await Self.afterwards(cluster) { then, recovery in
        var recovery = recovery
        recovery.order.lost = [try #require(LostTable(whole: "app"))]
        let steps = recovery.giveBack.steps
        let drop = try #require(steps[1].undo.isEmpty ? nil : steps[1].undo)
        let gone = try await Self.bash(cluster, [drop])
        #expect(gone.status == 0, "\(gone.error)")
        let run = try await Self.bash(cluster, steps.flatMap(\.commands))
        #expect(run.status == 0 && run.output.contains("shop owner"), "\(run.error)")
        let now = try await Self.dump(cluster)
        let difference = now.difference(from: then)
        #expect(difference.isEmpty, "\(difference)")
      }
    }
  }

  @Test func `what stops it leaves nothing behind`() async throws {
    try await DrillCluster.with { cluster in
      try await Self.afterwards(cluster) { _, recovery in
        var recovery = recovery
        recovery.order.lost = [
          try #require(LostTable(database: "app", name: "shop.orders", isDropped: true))
        ]
        let steps = recovery.giveBack.steps
        try await cluster.sql(
          "DROP SCHEMA shop CASCADE; INSERT INTO invoice VALUES (777, 7777, 7, 0)")
        let gone = try await Self.dump(cluster)
        let run = try await Self.bash(cluster, steps[0].commands + steps[1].commands)
        #expect(run.status != 0 && run.error.contains("invoice_of_fkey"), "\(run.error)")
        #expect(try await Self.dump(cluster) == gone)
        let cut = ["head -c 20000 given-back-app/give-back.sql > cut"]
        let load = try #require(steps[1].commands.last?.split(separator: "<").first)
        let half = try await Self.bash(cluster, cut + [load + "< cut"])
        #expect(half.status == 0 || !half.error.isEmpty)
        #expect(try await Self.dump(cluster) == gone)
      }
    }
  }

  /// kubectl is played: it runs in the one server's or the other's place what it is asked for, and hands on its own input
  /// only where it is told to.
  @Test func `through kubectl too, where nothing can be written beside the memory`() async throws {
    try await DrillCluster.with { cluster in
      try await Self.afterwards(cluster) { then, recovery in
        let front = { @Sendable (words: [String]) in
          ShellWord.command(["kubectl", "-n", "db"] + words) ?? ""
        }
        let copy = PodPrograms(pod: "copy-1", kubectl: front)
        let lost = try #require(LostTable(database: "app", name: "shop.orders"))
        let steps = GiveBack(
          [lost], copy: copy.line, production: PodPrograms(pod: "main-1", kubectl: front).line,
          archives: copy.archives
        ).steps
        let side = recovery.side
        let user = side.account.isEmpty ? "" : "runuser -u \(side.account) --"
        let kubectl = """
          kubectl() {
            local fed=; shift 3
            if test "$1" = -i; then fed=1; shift; fi
            case $1 in
              copy-1) set -- "PGHOST=\(side.sockets)" "PGPORT=\(side.port)" "${@:5}" ;;
              main-1) set -- "PGHOST=\(cluster.directory)/run" PGPORT=6001 "${@:5}" ;;
            esac
            set -- \(user) env PGUSER=demo PATH=\(DrillTools.programs):/usr/bin:/bin "$@"
            if test -n "$fed"; then (cd / && "$@"); else (cd / && "$@" < /dev/null); fi
          }
          """
        try await cluster.sql("DROP SCHEMA shop CASCADE")
        let run = try await Self.bash(
          cluster, steps[0].commands + steps[1].commands, before: kubectl)
        #expect(run.status == 0, "\(run.error)")
        let now = try await Self.dump(cluster)
        let difference = now.difference(from: then)
        #expect(difference.isEmpty, "\(difference)")
        // Rows that are missing are laid beside and given back, with one whose pipe is read by nobody else.
        try await cluster.sql(
          """
          ALTER TABLE invoice DROP CONSTRAINT invoice_of_fkey; DELETE FROM shop.orders;
          ALTER TABLE shop.orders DROP COLUMN state; ALTER TABLE shop.orders ADD COLUMN state text,
            ADD COLUMN vip boolean NOT NULL DEFAULT false
          """)
        let rows = try await Self.bash(
          cluster, steps[3].commands + steps[4].commands, before: kubectl)
        #expect(rows.status == 0, "\(rows.error)")
        #expect(
          try await cluster.sql(
            "SELECT count(*) FROM shop.orders WHERE total = id AND state = 'new' AND NOT vip"
          ).trimmed == "300")
      }
    }
  }
}
