import RecoveryModel

/// A database that is gone itself comes back with its owner, its grants and its settings.
extension GiveBack {
  func whole(_ database: String) -> [RecoveryStep] {
    let files = GiveBackFiles(database: database)
    let (all, shown) = (files["all.dump"], Sanitizer.clean(database, limit: 63))
    let dump = ServerProgram(["pg_dump", "-Fc", "-C", "-d", database])
    let make = ServerProgram(["pg_restore", "-C", "-e", "-d", "postgres"], isFed: true)
    let roles = ServerProgram([
      "psql", "-X", "-d", database, "-c",
      "SELECT DISTINCT rolname AS needed FROM pg_roles r, pg_shdepend, pg_database d WHERE "
        + "datname = current_database() AND refclassid = 'pg_authid'::regclass AND refobjid = r.oid "
        + "AND (dbid = d.oid OR classid = 'pg_database'::regclass AND objid = d.oid)",
    ])
    let drop = ServerProgram([
      "psql", "-X", "-d", "postgres", "-c",
      "DROP DATABASE \"\(database.replacing("\"", with: "\"\""))\"",
    ])
    return [
      RecoveryStep(
        "Read all of \(shown) from the copy: definitions and rows, and with them what is of the database "
          + "itself: its owner, grants and settings (ALTER DATABASE … SET). Rows of UNLOGGED tables are in no "
          + "backup and no WAL: they come back empty. Roles are of the cluster: those it needs are listed, one that is gone must be made first",
        [
          "mkdir -p -m 0700 \(files.folder) &&", "\(copy(dump)) > \(all) &&", copy(roles),
        ], changes: "files in \(files.folder), for you alone; nothing on production",
        undo: "rm -r \(files.folder)"),
      RecoveryStep(
        "Make it again on production. Where it stops, drop what came (as for undo) and begin anew: \(shown) must not be there",
        ["\(production(make)) < \(all)"],
        changes: "production has the database \(shown) again, as of the moment",
        undo: production(drop)),
      RecoveryStep(
        "See that it is whole, and let it be analysed; then remove what was written",
        [
          production(ServerProgram(["vacuumdb", "--analyze-only", "-d", database])),
          "rm -r \(files.folder)",
        ], changes: "\(files.folder) is gone, which holds rows"),
    ]
  }
}
