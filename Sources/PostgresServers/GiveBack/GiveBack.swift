import RecoveryModel

/// How tables and rows come back from a recovered copy to production, which goes on. Nothing here is carried out.
package struct GiveBack: Sendable {
  package var lost: [LostTable]
  package var copy: ServerPrograms
  package var production: ServerPrograms
  package var archives: ArchivePrograms

  package init(
    _ lost: [LostTable], copy: @escaping ServerPrograms, production: @escaping ServerPrograms,
    archives: ArchivePrograms
  ) {
    self.lost = lost
    self.copy = copy
    self.production = production
    self.archives = archives
  }

  package var steps: [RecoveryStep] {
    guard !lost.isEmpty else {
      return [
        RecoveryStep(
          "A table is missing, or rows of it: name it (--database and --table, m in the console; "
            + "pgvigil find tells both where the server still knows them), and the commands that give it back to production "
            + "stand here")
      ]
    }
    var databases: [String] = []
    for table in lost where !databases.contains(table.database) { databases.append(table.database) }
    return databases.flatMap { database in
      let tables = lost.filter { $0.database == database }
      guard !tables.contains(where: \.isDatabase) else { return whole(database) }
      return again(tables.filter { $0.isDropped != false }, of: database)
        + tables.filter { $0.isDropped != true }.flatMap { [beside($0), back($0)] }
    }
  }

  private func beside(_ table: LostTable) -> RecoveryStep {
    let files = GiveBackFiles(database: table.database)
    let made = copy(psql(table, Self.definition(table), isBare: true))
    let make = production(ServerProgram(Self.psql(table) + ["-f", "-"], isFed: true))
    let rows = copy(psql(table, "COPY (SELECT * FROM \(table.name)) TO STDOUT"))
    let load = production(psql(table, "COPY \(table.beside) FROM STDIN", isFed: true))
    return RecoveryStep(
      (table.isDropped == nil ? "If \(shown(table)) is there: lay" : "Lay")
        + " the rows of the moment beside it, with the columns of then, and look at them; where an earlier time "
        + "left one of that name it stops, and the undo drops that. An UNLOGGED one comes back empty: its rows are in "
        + "no backup",
      [
        // Rows laid on older ones would lose to them.
        "mkdir -p -m 0700 \(files.word(files.folder)) &&",
        whole(made, make, by: files.word(files.definition(of: table))) + " &&",
        whole(rows, load, by: files.word(files.rows(of: table))),
      ], changes: "production has another table, \(Sanitizer.clean(table.beside, limit: 140))",
      undo: production(psql(table, "DROP TABLE \(table.beside)")))
  }

  /// Production's may have others by now, or the same in another order: rows go in by their place.
  private static func definition(_ table: LostTable) -> String {
    "SELECT 'CREATE TABLE \(quoted(table.beside)) (' || string_agg(quote_ident(attname) || ' ' || "
      + "format_type(atttypid, atttypmod), ', ' ORDER BY attnum) || ');' FROM pg_attribute "
      + "WHERE attrelid = '\(quoted(table.name))'::regclass AND attnum > 0 AND NOT attisdropped"
  }

  private static func quoted(_ name: String) -> String { name.replacing("'", with: "''") }

  private func back(_ table: LostTable) -> RecoveryStep {
    var give = psql(table, Self.insertion(table))
    give.words += ["-1", "-c", "SELECT txid_current() AS given_back_by"]
    return RecoveryStep(
      "Give back those that are missing by its keys; its triggers run, and a table without a key would "
        + "have the rest twice",
      [production(give)], changes: "rows of \(shown(table)) on production",
      undo: "with the number that it printed as N: "
        + production(
          psql(table, "DELETE FROM \(table.name) WHERE xmin::text::bigint = N % 4294967296")))
  }

  /// By the names of the columns that both have: the server makes those that are generated and takes them from nobody, and
  /// one that was added since keeps its default.
  private static func insertion(_ table: LostTable) -> String {
    "DO $$ DECLARE columns text; given bigint; BEGIN "
      + "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns "
      + "FROM pg_attribute a WHERE attrelid = '\(quoted(table.name))'::regclass AND attnum > 0 "
      + "AND NOT attisdropped AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = '' "
      + "AND attname IN (SELECT attname FROM pg_attribute WHERE "
      + "attrelid = '\(quoted(table.beside))'::regclass AND attnum > 0 AND NOT attisdropped); "
      + "EXECUTE 'INSERT INTO \(quoted(table.name)) (' || columns || ') OVERRIDING SYSTEM VALUE SELECT ' "
      + "|| columns || ' FROM \(quoted(table.beside)) ON CONFLICT DO NOTHING'; "
      + "GET DIAGNOSTICS given = ROW_COUNT; RAISE NOTICE 'INSERT %', given; END $$"
  }

  /// By way of a file: what comes out of a pipe whose other end broke would be taken for all there was.
  private func whole(_ source: String, _ sink: String, by file: String) -> String {
    "\(source) > \(file) && \(sink) < \(file) && rm \(file)"
  }

  /// `isBare` = what it answers is read on, without a head.
  private func psql(
    _ table: LostTable, _ sql: String, isFed: Bool = false, isBare: Bool = false
  ) -> ServerProgram {
    ServerProgram(Self.psql(table) + (isBare ? ["-At"] : []) + ["-c", sql], isFed: isFed)
  }

  private static func psql(_ table: LostTable) -> [String] {
    ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", table.database]
  }

  func shown(_ table: LostTable) -> String {
    "\(Sanitizer.clean(table.name, limit: 130)) of \(Sanitizer.clean(table.database, limit: 63))"
  }
}
