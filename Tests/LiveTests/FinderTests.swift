import Foundation
import TestSupport
import Testing

/// What was destroyed on a real server, against what the server itself said while it was done.
@Suite(.serialized) struct FinderTests {
  private struct Act {
    var kind: String
    var transaction: Int
    var lsn: String
    var what: String
    var argument: String
  }

  private static func acts(_ document: [String: Any]) -> [Act] {
    (document["acts"] as? [[String: Any]] ?? []).map { act in
      let moment = act["recover_to"] as? [String: Any]
      return Act(
        kind: act["kind"] as? String ?? "", transaction: act["transaction"] as? Int ?? 0,
        lsn: act["commit_lsn"] as? String ?? "", what: act["what"] as? String ?? "",
        argument: moment?["text"] as? String ?? "")
    }
  }

  private static func find(_ sandbox: LiveSandbox, _ from: String) throws -> [String: Any] {
    let result = try sandbox.run("find", "auth-db", "--from", from, "--json")
    let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(document as? [String: Any], "\(result.output)\(result.error)")
  }

  /// Runs a transaction, and gives its id as the server tells it.
  private static func act(
    _ sandbox: LiveSandbox, _ statements: String, end: String = "COMMIT"
  ) throws
    -> Int
  {
    let answer = try sandbox.sql("BEGIN; SELECT pg_current_xact_id(); \(statements); \(end)")
    return try #require(Int(answer.split(separator: "\n").first ?? ""), "\(answer)")
  }

  @Test func whatItFindsIsWhatWasDoneAndIsUndoneByWhatItSays() throws {
    let sandbox = try LiveSandbox()
    try sandbox.sql(
      """
      CREATE TABLE users_kept (id int PRIMARY KEY, t text);
      INSERT INTO users_kept SELECT g, 'x' FROM generate_series(1, 3000) g;
      CREATE TABLE users_gone AS SELECT * FROM users_kept;
      CREATE TABLE in_part AS SELECT * FROM users_kept;
      CREATE TABLE emptied AS SELECT * FROM users_kept;
      CREATE TABLE rewritten AS SELECT * FROM users_kept;
      """)
    let backup = try sandbox.run("backup", "auth-db")
    #expect(backup.status == 0, "\(backup.output)\(backup.error)")
    try sandbox.archiveSomething()
    let from = try sandbox.sql(
      "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")

    let deleted = try Self.act(sandbox, "DELETE FROM users_kept WHERE id <= 1500")
    _ = try Self.act(sandbox, "DELETE FROM users_kept WHERE id <= 1600")
    _ = try Self.act(sandbox, "DROP TABLE users_gone", end: "ROLLBACK")
    _ = try Self.act(
      sandbox, "SAVEPOINT a; DROP TABLE users_gone; ROLLBACK TO a; INSERT INTO rewritten VALUES (0)"
    )
    let inPart = try Self.act(
      sandbox, "INSERT INTO rewritten VALUES (0); SAVEPOINT a; DROP TABLE in_part; RELEASE a")
    let emptied = try Self.act(sandbox, "TRUNCATE emptied")
    try sandbox.sql("VACUUM FULL rewritten")
    try sandbox.sql("REINDEX TABLE users_kept")
    let oid = try sandbox.sql("SELECT 'users_gone'::regclass::oid")
    let dropped = try Self.act(sandbox, "DROP TABLE users_gone")
    try sandbox.archiveSomething()

    let document = try Self.find(sandbox, from)
    let acts = Self.acts(document)
    #expect(acts.map(\.kind) == ["delete", "drop", "truncate", "drop"], "\(document)")
    #expect(acts.map(\.transaction) == [deleted, inPart, emptied, dropped])
    guard acts.count == 4 else { return }
    #expect(acts[0].what.contains("1500 rows of public.users_kept in keycloak"))
    #expect(acts[2].what.contains("public.emptied"))
    #expect(acts[3].what.contains("OID \(oid)"))
    #expect(document["harmless"] as? Int ?? 0 >= 2)
    try restore(sandbox, acts[3], oid: oid)
  }

  /// To just before it: the table is there with all its rows, under the name that nobody could tell any more, and what was
  /// done before it is done.
  private func restore(_ sandbox: LiveSandbox, _ act: Act, oid: String) throws {
    let plan = try sandbox.run("plan", "recovery", "auth-db", "--at", act.argument)
    #expect(plan.status == 0, "\(plan.output)\(plan.error)")
    let copy = try Copy(of: sandbox, before: act.argument)
    #expect(try copy.ask("SELECT \(oid)::regclass") == "users_gone")
    #expect(try copy.ask("SELECT count(*) FROM users_gone") == "3000")
    #expect(try copy.ask("SELECT count(*) FROM emptied") == "0")
    #expect(try copy.ask("SELECT count(*) FROM users_kept") == "1400")
    #expect(try copy.ask("SELECT to_regclass('in_part') IS NULL") == "t")
  }

  /// A database's files go before its DROP commits, and it is marked as gone before that: its moment is before both.
  @Test func aDatabaseThatWasDroppedComesBackWhole() throws {
    let sandbox = try LiveSandbox()
    let backup = try sandbox.run("backup", "auth-db")
    #expect(backup.status == 0, "\(backup.output)\(backup.error)")
    try sandbox.sql("CREATE DATABASE side")
    try sandbox.sql("DROP DATABASE side")
    try sandbox.archiveSomething()
    let acts = Self.acts(try Self.find(sandbox, "-1m"))
    #expect(acts.map(\.kind) == ["drop_database"])
    guard let act = acts.first else { return }
    #expect(act.argument != "before \(act.lsn)")
    let copy = try Copy(of: sandbox, before: act.argument)
    #expect(try copy.ask("SELECT count(*) > 0 FROM pg_class", in: "side") == "t")
  }

  /// Of what a CASCADE takes along the tables are told, and that all of it was made within what was read.
  @Test func ofASchemaThatIsDroppedTheTablesAreTold() throws {
    let sandbox = try LiveSandbox()
    try sandbox.sql("CREATE TABLE old (n int)")
    let backup = try sandbox.run("backup", "auth-db")
    #expect(backup.status == 0, "\(backup.output)\(backup.error)")
    for _ in 0..<2 { try sandbox.archiveSomething() }
    let from = try sandbox.sql(
      "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    try sandbox.sql(
      """
      CREATE SCHEMA brief;
      CREATE SEQUENCE brief.before;
      CREATE TYPE brief.state AS ENUM ('new');
      CREATE TABLE brief.a (id serial PRIMARY KEY, t text, s brief.state);
      CREATE TABLE brief.b (id int GENERATED ALWAYS AS IDENTITY, a int REFERENCES brief.a);
      CREATE TABLE brief.c (n int) PARTITION BY RANGE (n);
      CREATE TABLE brief.c_1 PARTITION OF brief.c FOR VALUES FROM (0) TO (9);
      CREATE VIEW brief.v AS SELECT * FROM brief.a;
      """)
    try sandbox.sql("ALTER TABLE brief.b ADD t text DEFAULT random()::text")
    func tables(_ condition: String) throws -> Set<String> {
      Set(
        try sandbox.sql("SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND \(condition)")
          .split(separator: "\n").map(String.init))
    }
    let brief = try tables("relnamespace = 'brief'::regnamespace")
    try sandbox.sql("DROP SCHEMA brief CASCADE")
    try sandbox.sql("CREATE TABLE young (n int)")
    let both = try tables("relname IN ('old', 'young')")
    try sandbox.sql("DROP TABLE young, old")
    try sandbox.archiveSomething()
    let acts = try Self.find(sandbox, from)["acts"] as? [[String: Any]] ?? []
    let told = acts.map { act in
      (act["relations"] as? [[String: Any]] ?? []).map {
        ("\($0["oid"] as? Int ?? 0)", $0["made_at"] != nil)
      }
    }
    #expect(told.map { Set($0.map(\.0)) } == [brief, both], "\(acts)")
    guard told.count == 2 else { return }
    #expect(brief.count == 4 && told[0].allSatisfy(\.1), "\(told[0])")
  }

  @Test func theOpenSegmentIsNoGoodNews() throws {
    let sandbox = try LiveSandbox()
    try sandbox.archiveSomething()
    let from = "-1m"
    try sandbox.sql("CREATE TABLE lost AS SELECT 1 AS n")
    try sandbox.sql("DROP TABLE lost")
    // Its segment is not archived: nobody may say that nothing was destroyed.
    let early = try Self.find(sandbox, from)
    #expect(early["complete"] as? Bool == false)
    let unread = (early["unread"] as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
    #expect(unread.contains("not_archived"), "\(early)")
    try sandbox.archiveSomething()
    #expect(Self.acts(try Self.find(sandbox, from)).map(\.kind) == ["drop"])
  }
}

/// A server restored by pgBackRest as `find` says, beside the sandbox's own; stopped when released.
private final class Copy {
  private let sandbox: LiveSandbox
  private let place: String
  private let bin = "/usr/lib/postgresql/15/bin"

  init(of sandbox: LiveSandbox, before moment: String) throws {
    self.sandbox = sandbox
    place = sandbox.directory + "/undone"
    try sandbox.asOwner(["mkdir", "-m", "700", place])
    let restored = try sandbox.asOwner([
      "pgbackrest", "--config=\(sandbox.directory)/pgbackrest.conf", "--stanza=auth-db",
      "--pg1-path=\(place)", "--archive-mode=off", "--type=lsn",
      "--target=\(moment.dropFirst("before ".count))", "--target-exclusive",
      "--target-action=promote", "restore",
    ])
    #expect(restored.status == 0, "\(restored.output)\(restored.error)")
    let started = try sandbox.asOwner([
      "\(bin)/pg_ctl", "-D", place, "-w", "-t", "120", "-l", place + "/start.log", "-o",
      "-c listen_addresses= -c unix_socket_directories=\(place) -c port=5999 -c archive_mode=off"
        + " -c primary_conninfo=", "start",
    ])
    #expect(started.status == 0, "\(started.output)\(started.error)")
    try sandbox.eventually("the copy is promoted", within: 120) {
      try ask("SELECT pg_is_in_recovery()") == "f"
    }
  }

  deinit {
    _ = try? sandbox.asOwner(["\(bin)/pg_ctl", "-D", place, "-m", "immediate", "-w", "stop"])
  }

  func ask(_ sql: String, in database: String = "keycloak") throws -> String {
    let answer = try Command.run(
      "/usr/bin/psql",
      ["-XAtq", "-h", place, "-p", "5999", "-U", "postgres", "-d", database, "-c", sql])
    return (answer.output + answer.error).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
