import RecoveryModel

/// What is gone itself comes back with all that went along: what the copy has and production has not, by the contents of
/// two archives of definitions.
extension GiveBack {
  /// None without tables.
  func again(_ tables: [LostTable], of database: String) -> [RecoveryStep] {
    guard !tables.isEmpty else { return [] }
    let files = GiveBackFiles(database: database)
    let shown = tables.prefix(3).map { Sanitizer.clean($0.name, limit: 130) }
    let more = tables.count > 3 ? " and \(tables.count - 3) more" : ""
    let what = "\(shown.joined(separator: ", "))\(more) of \(Sanitizer.clean(database, limit: 63))"
    let begin =
      tables.contains { $0.isDropped == nil }
      ? "If \(what) \(tables.count == 1 ? "is" : "are") gone: list" : "For \(what): list"
    return [
      listing(begin, files),
      making(files),
      RecoveryStep(
        "See that nothing is missing any more: the first of these commands once more, and it lists only what you "
          + "took out. Then remove what they wrote, the way back with it",
        ["rm -r \(files.folder)"], changes: "\(files.folder) is gone, which holds rows"),
    ]
  }

  private func listing(_ begin: String, _ files: GiveBackFiles) -> RecoveryStep {
    RecoveryStep(
      begin
        + " what the copy has and production has not, with all that went along (its schema, keys, views, "
        + "triggers, defaults). Read it: what somebody dropped, renamed or revoked on purpose since the moment "
        + "stands there too. Take such lines out of \(files["list"]), \(files["columns.sql"]) and "
        + "\(files["more.sql"]), and leave the order as it is. A database that is gone itself is made by hand and "
        + "before, empty. A column comes back without its values: those stand in the rows of then, laid beside (name "
        + "its table as one that lacks rows). An UNLOGGED table comes back empty: its rows are in no backup and no WAL",
      definitions(files) + [
        "awk \(files.word(GiveBackFiles.missing)) \(files["now"]) \(files["first.then"]) "
          + "\(files["last.then"]) > \(files["list"]) &&",
        "awk -F '\\t' -v columns=\(files["columns.sql"]) \(files.word(GiveBackFiles.missingParts)) "
          + "\(files["now.parts"]) \(files["then.parts"]) > \(files["more.sql"]) &&",
        "cat \(files["list"]) \(files["columns.sql"]) \(files["more.sql"])",
      ], changes: "files in \(files.folder), for you alone; nothing on production",
      undo: "rm -r \(files.folder)")
  }

  /// Of both, as archives tell them and as catalogs do.
  private func definitions(_ files: GiveBackFiles) -> [String] {
    let (then, now) = (files["then.dump"], files["now.dump"])
    let dump = ServerProgram(["pg_dump", "-Fc", "-s", "-d", files.database])
    let parts = ServerProgram(psql(files), isFed: true)
    let question = files["parts.sql"]
    func list(_ section: String, _ file: String) -> String {
      archives.read(["-l", "--section=\(section)"], then) + " > \(files[file]) &&"
    }
    return [
      "mkdir -p -m 0700 \(files.folder) &&",
      "\(copy(dump)) > \(then) &&", "\(production(dump)) > \(now) &&",
      list("pre-data", "first.then"), list("post-data", "last.then"),
      archives.read(["-l"], now) + " > \(files["now"]) &&",
      "printf '%s\\n' \(files.word(GiveBackFiles.parts)) > \(question) &&",
      "\(copy(parts)) < \(question) > \(files["then.parts"]) &&",
      "\(production(parts)) < \(question) > \(files["now.parts"]) &&",
    ]
  }

  private func making(_ files: GiveBackFiles) -> RecoveryStep {
    let (then, first, last) = (files["then.dump"], files["first"], files["last"])
    let names = "while IFS= read -r t; do set -- \"$@\" -t \"$t\"; done; "
    // Without a name pg_dump would take all tables.
    let rows = ServerProgram(
      ["pg_dump", "--data-only", "--strict-names", "-d", files.database],
      through: ["sh", "-c", "n=$#; \(names)test $# = $n || exec \"$@\"", "sh"], isFed: true)
    let (all, undo, drops) = (files["give-back.sql"], files["undo.sql"], files["drops"])
    let load = production(ServerProgram(psql(files) + ["-o", "/dev/null"], isFed: true))
    return RecoveryStep(
      "Make again what stands there, with the rows of the moment, in one transaction: all of it, or nothing. "
        + "A role that is gone must be made first; a key that rows of today break is told, take its line out then and "
        + "begin this step anew",
      [
        "awk -F '\\t' -v folder=\(files.folder) \(files.word(GiveBackFiles.order)) \(files["first.then"]) \(files["then.parts"]) \(files["list"]) &&",
        archives.script(["-c", "-f", "-"], then, first) + " > \(drops) &&",
        "{ echo 'BEGIN;' && sed \(files.word(GiveBackFiles.dropsAlone)) \(drops) && echo 'COMMIT;'; } > \(undo) &&",
        "{ echo 'BEGIN;' && \(archives.script(["-f", "-"], then, first)) && "
          + "cat \(files["columns.sql"]) && \(copy(rows)) < \(files["rows"]) && "
          + "\(archives.script(["-f", "-"], then, last)) && cat \(files["fill.sql"]) \(files["more.sql"]) && "
          + "echo 'COMMIT;'; } > \(all) &&", "\(load) < \(all)",
      ],
      changes:
        "production has again what stands in \(files["list"]) and \(files["more.sql"]): definitions, owners and grants, rows, values of sequences",
      undo:
        "with what was written to it since and what leans on it (columns, defaults and checks of tables that "
        + "are there stay), unless something else was made in such a schema: \(load) < \(undo)")
  }

  /// Not -1: where what it reads breaks off, it would commit what had come.
  private func psql(_ files: GiveBackFiles) -> [String] {
    ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", files.database]
  }
}
