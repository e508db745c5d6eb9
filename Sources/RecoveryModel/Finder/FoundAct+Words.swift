import FoundationEssentials

extension FoundAct {
  /// `DROP of OID 16402`, `deletion of 52,000 rows of keycloak.user_entity`.
  package var what: String {
    let place = database.map { " in \(databaseWords($0))" } ?? ""
    switch kind {
    case .drop: return "DROP of \(relationWords)\(place)"
    case .truncate: return "TRUNCATE of \(relationWords)\(place)"
    case .delete: return "DELETE of \(rows ?? 0) rows of \(relationWords)\(place)"
    case .dropDatabase: return "DROP DATABASE of OID \(database.map { "\($0)" } ?? "unknown")"
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
    let more = relations.count - min(shown.count, Self.most)
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
    guard kind != .dropDatabase, kind != .dropTablespace, relations.allSatisfy({ $0.name == nil })
    else { return nil }
    switch kind {
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

  /// As the `recoveryTarget` of a Cluster's `bootstrap.recovery`.
  package var clusterTarget: String { "targetLSN: \"\(target)\", exclusive: true" }

  /// What PostgreSQL has to be told so that nothing of it is done, one way a line; the first is exact, and finds its base
  /// backup by itself.
  package var settings: [String] {
    let inclusive = "recovery_target_inclusive = off"
    let position = "recovery_target_lsn = '\(target)', \(inclusive)"
    // Its files are gone before it commits.
    guard target == commit else { return [position] }
    return [
      position, "recovery_target_xid = '\(transaction)', \(inclusive)",
      "recovery_target_time = '\(RecoveryMoment.exact(at))', \(inclusive)",
    ]
  }

  /// For a restore by pgBackRest.
  package var restoreArguments: String {
    "--type=lsn --target=\(target) --target-exclusive"
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

  /// From top to bottom; the acts in the order of the log.
  package func lines(zone: LocalZone, command: String) -> [FactLine] {
    var lines = [FactLine("stretch", "\(zone.both(order.from)) to \(zone.both(order.to))")]
    lines += heading
    for act in acts { lines += self.lines(of: act, zone, command) }
    return lines + footing
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

  private func lines(of act: FoundAct, _ zone: LocalZone, _ command: String) -> [FactLine] {
    var lines = [
      FactLine(act.kind.label, "\(act.what) at \(zone.both(act.at))", .critical),
      FactLine("", act.place),
    ]
    if act.isShortLived, let made = act.relations.compactMap(\.madeAt).min() {
      lines.append(
        FactLine("", "what it took was made at \(zone.both(made)), within what was read", .dim))
    }
    // Where no catalog was asked, that is said once for all of them.
    if let namelessness = act.namelessness {
      lines.append(
        namesFailure == nil
          ? FactLine("", namelessness, .unknown) : FactLine("", act.copyQuestion, .dim))
    }
    lines.append(
      FactLine(
        "",
        "pgvigil plan recovery \(Sanitizer.clean(command, limit: 300)) --at '\(act.moment.text)'"
          + lost(before: act.moment).options,
        .notice))
    switch restorer {
    case .pgBackRest:
      lines.append(FactLine("", "with pgbackrest restore: \(act.restoreArguments)", .dim))
    case .cluster:
      lines.append(FactLine("", "as the Cluster's recoveryTarget: \(act.clusterTarget)", .dim))
      return lines
    case .postgres: break
    }
    lines += act.settings.prefix(2).enumerated().map { index, setting in
      FactLine("", (index == 0 ? "" : "or ") + setting, .dim)
    }
    return lines
  }
}

extension FoundAct.Kind {
  /// In front of its line.
  package var label: String {
    switch self {
    case .drop: "DROP"
    case .truncate: "TRUNCATE"
    case .delete: "DELETE"
    case .dropDatabase: "DROP DB"
    case .dropTablespace: "DROP TBSPC"
    case .unclear: "files gone"
    }
  }
}

extension UnreadWAL {
  func lines(_ label: String) -> [FactLine] {
    let place = from.map { " (from \($0) on)" } ?? ""
    let line = FactLine(label, words + place, .unknown)
    return remedy.isEmpty ? [line] : [line, FactLine("", remedy, .notice)]
  }
}
