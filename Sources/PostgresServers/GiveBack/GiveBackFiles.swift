import RecoveryModel

/// What the commands that give back write and read, in a folder where they are run.
struct GiveBackFiles {
  var database: String

  var folder: String { "given-back-\(RecoveryPlan.fileName(database))" }

  subscript(_ name: String) -> String { "\(folder)/\(name)" }

  func rows(of table: LostTable) -> String {
    self["\(RecoveryPlan.fileName(table.name)).copy"]
  }

  /// What makes the table that they are laid in.
  func definition(of table: LostTable) -> String {
    self["\(RecoveryPlan.fileName(table.name)).sql"]
  }

  func word(_ text: String) -> String { ShellWord.argument(text) ?? "" }

  // MARK: What is missing

  /// Entries of the copy's contents that are not in production's (`pg_restore -l`). They are told apart by kind, schema and
  /// name: numbers and owners may be others since.
  static let missing =
    #"function key(l) { sub(/^[0-9]+; [0-9]+ [0-9]+ /, "", l); sub(/ [^ ]*$/, "", l); return l } "#
    + "!/^[0-9]/ { next } FILENAME == ARGV[1] { has[key($0)]; next } !(key($0) in has)"

  /// What archives do not tell as entries: what holds rows, by its entry, with its name as SQL has it and what fills it; and
  /// columns, defaults and checks of tables, with what makes them again. A row each, quotes doubled.
  static let parts = [
    "SET search_path TO pg_catalog;",
    "COPY (SELECT k, t, replace(s, chr(39), repeat(chr(39), 2)) FROM (SELECT c.oid AS o,",
    "format($$%I.%I$$, nspname, relname) AS t, relkind, relispopulated,",
    "concat_ws($$ $$, nspname, relname, pg_get_userbyid(relowner)) AS w FROM pg_class c",
    "JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ($$r$$, $$p$$, $$S$$, $$m$$)",
    "AND nspname !~ $$^pg_|^information_schema$$) r CROSS JOIN LATERAL (SELECT CASE relkind",
    "WHEN $$S$$ THEN $$SEQUENCE $$ WHEN $$m$$ THEN $$MATERIALIZED VIEW $$ ELSE $$TABLE $$ END || w",
    "AS k, CASE WHEN relkind = $$m$$ AND relispopulated THEN $$REFRESH MATERIALIZED VIEW $$ || t END AS s",
    "UNION ALL SELECT $$COLUMN $$ || attname, CASE WHEN attinhcount = 0 AND attgenerated = $$$$ THEN",
    "format($$ALTER TABLE %s ADD COLUMN %I %s$$, t, attname, format_type(atttypid, atttypmod)) END",
    "FROM pg_attribute",
    "WHERE attrelid = o AND attnum > 0 AND NOT attisdropped AND relkind IN ($$r$$, $$p$$)",
    "UNION ALL SELECT $$DEFAULT $$ || attname, format(",
    "$$ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT %s$$, t, attname, pg_get_expr(adbin, adrelid))",
    "FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum",
    "WHERE adrelid = o AND attgenerated = $$$$",
    "UNION ALL SELECT $$CHECK $$ || conname, format(",
    "$$ALTER TABLE %s ADD CONSTRAINT %I %s$$, t, conname, pg_get_constraintdef(k.oid))",
    "FROM pg_constraint k WHERE conrelid = o AND contype = $$c$$ AND conislocal AND convalidated) p)",
    "TO STDOUT WITH (NULL $$$$);",
  ].joined(separator: " ")

  /// Those of tables that both have. COPY escapes as E'' does. Columns apart: keys and indexes may stand on them.
  static let missingParts =
    #"BEGIN { printf "" > columns } FILENAME == ARGV[1] { has[$1 FS $2]; table[$2]; next } "#
    + "$2 in table && !($1 FS $2 in has) && /^(COLUMN|DEFAULT|CHECK) / { "
    + #"line = $3 == "" ? "-- its parent or its expression makes " $1 " of " $2 : "SELECT E\047" $3 "\047 \\gexec"; "#
    + "if (/^COLUMN /) print line > columns; else print line }"

  // MARK: The order of making

  /// Splits the list into what comes before the rows and behind them. A partition is attached once it has its rows and
  /// indexes: a parent that lives has triggers that would fire, and would make indexes of its own in it.
  static let order =
    #"BEGIN { first = folder "/first"; last = folder "/last"; rows = folder "/rows"; fill = folder "/fill.sql"; "#
    + #"printf "" > first; printf "" > last; printf "" > rows; printf "" > fill } "#
    + "FILENAME == ARGV[1] { early[$0]; next } "
    + "FILENAME == ARGV[2] { name[$1] = $2; filled[$1] = $3; next } "
    + #"!/^[0-9]/ { next } { k = $0; sub(/^[0-9]+; [0-9]+ [0-9]+ /, "", k) } "#
    + #"k ~ /^TABLE ATTACH / { held = held $0 "\n"; next } "#
    + "$0 in early { print > first } "
    + "!($0 in early) { if (k ~ /^(INDEX ATTACH|TRIGGER|FK CONSTRAINT) /) "
    + #"{ printf "%s", held > last; held = "" } print > last } "#
    + #"k ~ /^MATERIALIZED VIEW / && filled[k] != "" { print "SELECT E\047" filled[k] "\047 \\gexec" > fill } "#
    + "k ~ /^(TABLE|SEQUENCE) / && k !~ /^SEQUENCE OWNED BY / { if (k in name) print name[k] > rows; "
    + #"else { print "nobody tells the name of " k > "/dev/stderr"; bad = 1 } } "#
    + #"END { printf "%s", held > last; exit bad }"#

  /// What pg_restore would drop before it makes anything; but for schemas with all that leans on it.
  static let dropsAlone =
    #"/^-- Name: /,$d; /^DROP SCHEMA /!s/^\(DROP .*\);$/\1 CASCADE;/"#
}
