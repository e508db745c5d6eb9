/// Standbys and their slots: what availability hangs on, and what can fill the primary's disk.
enum StandbyRules {
  /// Seconds; 1 s flaps.
  private static let lagWarning = 5.0
  private static let lagCritical = 15.0
  /// WAL held back by an inactive slot from which the primary's disk is in danger; bytes.
  private static let slotThreat: Int64 = 10 << 30

  static let down = Rule("standby.down", .warning, "standby down", needs: [.instances]) { context in
    guard let first = context.primaries.first else { return [] }
    let primary = Sanitizer.clean(first.name, limit: 40)
    return (context.report.instances.value ?? []).compactMap { instance in
      guard case .unreachable(let reason) = instance.state else { return nil }
      // Fenced on purpose: the finding of that says so.
      let fenced = context.report.activities.contains {
        $0.kind == .fencing && $0.instances.contains(instance.name)
      }
      guard !fenced else { return nil }
      let name = Sanitizer.clean(instance.name, limit: 60)
      let planned = context.isUnder(.rollingRestart)
      return Finding(
        id: "standby.down:\(name)", severity: planned ? .info : .warning,
        headline: "\(name) cannot be reached",
        evidence: [
          Evidence(
            what: Sanitizer.clean(reason, limit: 200), source: "connection to \(name)",
            at: instance.observedAt)
        ],
        // Started as it is, a former primary would take writes beside the one that answers.
        remedy: context.declaration.place != nil
          ? "Its operator starts it, and points it at \(primary); why it does not stands in that pod's log."
          : "Start \(name) only if standby.signal lies in its data and its primary_conninfo names "
            + "\(primary): a former primary is rewound (pg_rewind) or made anew first. If it runs, "
            + "correct its conninfo here.",
        ceiling: .likely)
    }
  }

  static let lag = Rule("standby.lag", .warning, "standby lags", needs: [.instances]) { context in
    context.standbys.compactMap { standby in
      guard let seconds = standby.lag?.replay.seconds, seconds > lagWarning,
        standby.lag?.replay.bytes != 0
      else { return nil }
      let name = Sanitizer.clean(standby.name, limit: 60)
      let bytes = standby.lag?.replay.bytes.map { " (\(Format.bytes($0)))" } ?? ""
      return Finding(
        id: "standby.lag:\(name)", severity: seconds > lagCritical ? .warning : .info,
        headline: "\(name) is \(Format.age(seconds)) behind\(bytes)",
        evidence: [context.evidence("replay lag of \(name)", .instances)],
        remedy: "Look at its load, its network and long queries that hold replay up.",
        ceiling: .likely)
    }
  }

  static let slot = Rule("standby.slot", .critical, "slot at risk", needs: [.instances]) {
    context in
    context.standbys.compactMap { standby in
      if standby.missingSlot != nil || standby.slot?.active == false,
        let diverged = diverged(standby, context)
      {
        return diverged
      }
      if let missing = standby.missingSlot { return gone(missing, of: standby, context) }
      guard let slot = standby.slot else { return nil }
      let name = Sanitizer.clean(slot.name, limit: 63)
      let lost = slot.walStatus == "lost"
      guard slot.isLosing || !slot.active else { return nil }
      let retained = slot.retainedBytes ?? 0
      let threatens = !lost && !slot.active && retained >= slotThreat && slot.safeWALBytes == nil
      let held = retained > 0 ? ", holding back \(Format.bytes(retained)) of WAL" : ""
      return Finding(
        id: "standby.slot:\(name)", severity: threatens ? .critical : .warning,
        headline: lost
          ? "Slot \(name) has lost WAL that its standby still needs"
          : "Slot \(name) is \(slot.active ? "about to lose its WAL" : "inactive\(held)")",
        evidence: [
          context.evidence(
            "active: \(slot.active), wal_status: \(Sanitizer.clean(slot.walStatus ?? "unknown"))",
            .instances)
        ],
        remedy: lost
          ? "Rebuild the standby; its place in the WAL is gone."
          : "Start its standby, or drop the slot; max_slot_wal_keep_size limits what it may hold.",
        ceiling: threatens ? .atRisk : .likely)
    }
  }

  /// A standby that receives nothing and has replayed more of an old timeline than the primary's history has of it: it can
  /// never follow again, whatever slots there are.
  private static func diverged(_ standby: Instance, _ context: RuleContext) -> Finding? {
    guard let timeline = context.primaries.first?.timeline, let old = standby.timeline,
      let position = standby.lsn,
      let fork = context.report.fork(of: standby, from: timeline)
    else { return nil }
    let name = Sanitizer.clean(standby.name, limit: 60)
    return Finding(
      id: "standby.diverged:\(name)", severity: .warning,
      headline:
        "\(name) has left the primary's history: it replayed timeline \(old) to \(position), "
        + "timeline \(fork.timeline) began at \(fork.switchedAt)",
      evidence: [
        context.evidence("\(name) at \(position), and receives no WAL", .instances)
      ],
      remedy:
        "Make it anew from the primary or a base backup, or rewind it (pg_rewind); no slot and no "
        + "restart brings it back.",
      ceiling: .likely)
  }

  private static func gone(
    _ slot: String, of standby: Instance, _ context: RuleContext
  ) -> Finding {
    let slot = Sanitizer.clean(slot, limit: 63)
    let name = Sanitizer.clean(standby.name, limit: 60)
    return Finding(
      id: "standby.slot:\(slot)", severity: .warning,
      headline: "\(name) receives no WAL: its primary has no slot \(slot)",
      evidence: [
        context.evidence("primary_slot_name of \(name), pg_replication_slots", .instances)
      ],
      remedy:
        "On the primary: SELECT pg_create_physical_replication_slot('\(slot)'); where the WAL "
        + "that it lacks is gone from there, it has to be in the archive, or the standby is rebuilt.",
      ceiling: .likely)
  }

  static let restartPending = Rule(
    "instance.restart", .info, "restart pending", needs: [.instances]
  ) { context in
    let names = (context.report.instances.value ?? []).filter { $0.restartPending == true }
      .map { Sanitizer.clean($0.name, limit: 60) }
    guard !names.isEmpty else { return [] }
    return [
      Finding(
        id: "instance.restart", severity: .info,
        headline: "A changed setting waits for a restart of \(names.joined(separator: ", "))",
        evidence: [context.evidence("pg_settings.pending_restart", .instances)],
        remedy: "Restart when it suits; nothing is broken.", ceiling: .proven)
    ]
  }
}
