import FoundationEssentials
import RecoveryModel

extension ActSearch {
  /// From top to bottom; the acts in the order of the log.
  func lines(zone: LocalZone, command: String) -> [FactLine] {
    var lines = [FactLine("stretch", "\(zone.both(order.from)) to \(zone.both(order.to))")]
    lines += heading
    for act in acts { lines += self.lines(of: act, zone, command) }
    return lines + footing
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
        namesFailure == nil || act.kind == .dropDatabase
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
  fileprivate var label: String {
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

extension FoundAct {
  /// As the `recoveryTarget` of a Cluster's `bootstrap.recovery`.
  var clusterTarget: String { "targetLSN: \"\(target)\", exclusive: true" }

  /// What PostgreSQL has to be told so that nothing of it is done, one way a line; the first is exact, and finds its base
  /// backup by itself.
  var settings: [String] {
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
  var restoreArguments: String {
    "--type=lsn --target=\(target) --target-exclusive"
  }
}
