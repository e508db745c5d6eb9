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
      return again(tables.filter { $0.isDropped != false }, of: database)
        + tables.filter { $0.isDropped != true }.flatMap { [beside($0), back($0)] }
    }
  }

  private func beside(_ table: LostTable) -> RecoveryStep {
    let files = GiveBackFiles(database: table.database)
    let rows = copy(psql(table, "COPY (SELECT * FROM \(table.name)) TO STDOUT"))
    let load = production(psql(table, "COPY \(table.beside) FROM STDIN", isFed: true))
    return RecoveryStep(
      (table.isDropped == nil ? "If \(shown(table)) is there: lay" : "Lay")
        + " the rows of the moment beside it, and look at them; one that an earlier time left there "
        + "goes first",
      [
        // Rows laid on older ones would lose to them.
        "mkdir -p -m 0700 \(files.word(files.folder)) &&",
        production(psql(table, "CREATE TABLE \(table.beside) (LIKE \(table.name))")) + " &&",
        whole(rows, load, by: files.word(files.rows(of: table))),
      ], changes: "production has another table, \(Sanitizer.clean(table.beside, limit: 140))",
      undo: production(psql(table, "DROP TABLE \(table.beside)")))
  }

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

  /// Its columns by name: the server makes those that are generated, and takes them from nobody.
  private static func insertion(_ table: LostTable) -> String {
    let name = table.name.replacing("'", with: "''")
    let beside = table.beside.replacing("'", with: "''")
    return "DO $$ DECLARE columns text; given bigint; BEGIN "
      + "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns "
      + "FROM pg_attribute a WHERE attrelid = '\(name)'::regclass AND attnum > 0 "
      + "AND NOT attisdropped AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''; "
      + "EXECUTE 'INSERT INTO \(name) (' || columns || ') OVERRIDING SYSTEM VALUE SELECT ' "
      + "|| columns || ' FROM \(beside) ON CONFLICT DO NOTHING'; "
      + "GET DIAGNOSTICS given = ROW_COUNT; RAISE NOTICE 'INSERT %', given; END $$"
  }

  /// By way of a file: what comes out of a pipe whose other end broke would be taken for all there was.
  private func whole(_ source: String, _ sink: String, by file: String) -> String {
    "\(source) > \(file) && \(sink) < \(file) && rm \(file)"
  }

  private func psql(_ table: LostTable, _ sql: String, isFed: Bool = false) -> ServerProgram {
    ServerProgram(
      ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", table.database, "-c", sql], isFed: isFed)
  }

  func shown(_ table: LostTable) -> String {
    "\(Sanitizer.clean(table.name, limit: 130)) of \(Sanitizer.clean(table.database, limit: 63))"
  }
}
