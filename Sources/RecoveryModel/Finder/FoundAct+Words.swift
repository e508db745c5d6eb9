import FoundationEssentials

extension FoundAct {
  /// `DROP of OID 16402`, `deletion of 52,000 rows of keycloak.user_entity`.
  package var what: String {
    let place = database.map { " in \(databaseWords($0))" } ?? ""
    switch kind {
    case .drop: return "DROP of \(relationWords)\(place)"
    case .truncate: return "TRUNCATE of \(relationWords)\(place)"
    case .delete: return "DELETE of \(rows ?? 0) rows of \(relationWords)\(place)"
    case .dropDatabase:
      let oid = "OID \(database.map { "\($0)" } ?? "unknown")"
      return "DROP DATABASE of \(databaseName.map { Sanitizer.clean($0, limit: 63) } ?? oid)"
    case .dropTablespace: return "DROP TABLESPACE of \(relationWords)"
    case .unclear: return "DROP, TRUNCATE or rewrite of \(relationWords)\(place)"
    }
  }

  private func databaseWords(_ oid: UInt32) -> String {
    databaseName.map { Sanitizer.clean($0, limit: 63) } ?? "database \(oid)"
  }

  /// More would not be read.
  private static let most = 3

  private var relationWords: String {
    guard let first = relations.first else { return "something" }
    // What belongs to a table that was dropped goes with it.
    let named = relations.filter { $0.name != nil }
    let shown = !named.isEmpty ? named : first.isTable ? relations : [first]
    let words = shown.prefix(Self.most).map(\.words).joined(separator: ", ")
    let more = relations.count + untold - min(shown.count, Self.most)
    guard more > 0 else { return words }
    let kind = first.isTable ? " table\(more == 1 ? "" : "s")" : ""
    return "\(words) and \(more) more\(kind)"
      + (named.isEmpty && !first.isTable ? " (indexes and TOAST with them)" : "")
  }

  /// Where it stands in the log, and what to do about it.
  package var place: String {
    let prepared = isPrepared ? " (prepared)" : ""
    let place = target == commit ? "" : " (\(target), where it begins)"
    return "transaction \(transaction)\(prepared), commit LSN \(commit): recover to just before it"
      + place
  }

  /// For the page of an incident.
  package var destructive: DestructiveAct {
    DestructiveAct(at: at, transaction: UInt64(transaction), position: target, what: what)
  }

  /// Why nobody can tell its name, and how to get it; nil = it is told.
  package var namelessness: String? {
    guard relations.allSatisfy({ $0.name == nil }) else { return nil }
    switch kind {
    case .dropDatabase where databaseName == nil:
      return "no server has it any more: what is recovered to before it tells its name, by "
        + "SELECT datname FROM pg_database WHERE oid = \(database ?? 0), for --database"
    case .drop, .unclear:
      return "no catalog has it any more: \(copyQuestion); a list of OIDs of yours may too"
    case .truncate, .delete:
      return "no catalog has its file any more: it was truncated, written anew or dropped since; "
        + copyQuestion
    case .dropDatabase, .dropTablespace: return nil
    }
  }

  /// By what the copy tells the name: an OID means something in its own database alone.
  package var copyQuestion: String {
    let question = "SELECT \(relations.first?.question ?? "oid")"
    guard let database else { return "what is recovered to before it tells, by \(question)" }
    return databaseName.map {
      "what is recovered to before it tells, in database \(Sanitizer.clean($0, limit: 63)), by \(question)"
    }
      ?? "what is recovered to before it tells the database, by SELECT datname FROM pg_database "
      + "WHERE oid = \(database), and in that one the name, by \(question): for --database and --table"
  }
}

extension FoundRelation {
  fileprivate var question: String {
    if let oid { return "\(oid)::regclass" }
    if let file { return "pg_filenode_relation(\(file.tablespace), \(file.number))" }
    return "oid::regclass"
  }
}

extension ActSearch {
  /// One sentence: what was found, or that it was nothing, as far as that can be said.
  package var summary: String {
    let losses = acts.count
    let found =
      losses == 0
      ? (isWhole ? "nothing was destroyed" : "nothing was found in what could be read")
      : "\(losses) destructive act\(losses == 1 ? "" : "s")"
    let read =
      "\(segments) segment\(segments == 1 ? "" : "s"), \(commits) commit\(commits == 1 ? "" : "s")"
    let end = beyond == nil ? nil : lastCommit.map { " up to \(RecoveryMoment.exact($0))" }
    return "\(found)\(end ?? "") (\(read)\(isWhole ? "" : "; not all of it was read"))"
  }

  /// What it came to, and what was not read.
  package var heading: [FactLine] {
    let tone: FactLine.Tone =
      !acts.isEmpty ? .critical : !isWhole ? .unknown : beyond == nil ? .good : .notice
    return [FactLine("found", summary, tone)] + unread.flatMap { $0.lines("unread") }
      + (beyond?.lines("not yet") ?? [])
  }

  /// What was seen and lost nothing, and what was not looked for.
  package var footing: [FactLine] {
    var lines: [FactLine] = []
    if harmless > 0 {
      lines.append(
        FactLine(
          "besides",
          "\(harmless) rewrite\(harmless == 1 ? "" : "s") or dropped index, where no row was lost "
            + "(VACUUM FULL, CLUSTER, ALTER TABLE, REFRESH, REINDEX, DROP INDEX)", .dim))
    }
    if let namesFailure, !acts.isEmpty {
      lines.append(FactLine("names", namesFailure, .unknown))
    }
    lines.append(
      FactLine(
        "not sought",
        "UPDATE, DROP COLUMN, deletions of fewer than \(order.leastRows) rows at once", .dim))
    return lines
  }
}

extension UnreadWAL {
  func lines(_ label: String) -> [FactLine] {
    let place = from.map { " (from \($0) on)" } ?? ""
    let line = FactLine(label, words + place, .unknown)
    return remedy.isEmpty ? [line] : [line, FactLine("", remedy, .notice)]
  }
}
