import RecoveryModel
import TextScreen

/// Commands that act on the selected cluster. All of them ask first.
enum OperationCommands {
  static let rows: [CommandRow] = [
    CommandRow(
      "backup", keys: [.character("b")], label: "backup", title: "Take a base backup",
      help: "Plan a full base backup, show the plan and ask", group: .operations,
      subcommand: "backup", unavailable: \.operationObstacle,
      arguments: { $0.backupKinds.map(\.rawValue) },
      choose: { state, kind in
        BackupKind(rawValue: kind).map { state.plan(.backup($0)) } ?? []
      },
      perform: { $0.plan(.backup($0.backupKinds.first ?? .full)) }),
    CommandRow(
      "backup-kind", keys: [.character("B")], title: "Choose a base backup",
      help: "Choose among the kinds that the engine knows, then plan and ask",
      group: .operations, unavailable: \.operationObstacle,
      perform: { state in
        guard let name = state.selectedCluster else { return [] }
        let kinds = state.backupKinds
        guard kinds.count > 1 else { return state.plan(.backup(kinds.first ?? .full)) }
        state.dialog = .chooseBackup(cluster: name, kinds: kinds, choice: 0)
        return []
      }),
    CommandRow(
      "drill", keys: [.character("v")], label: "verify drill", title: "Run a verify drill",
      help: "Plan a restore of the newest backup into a throw-away copy and ask; "
        + "in the recovery window: to the moment of its cursor",
      group: .operations, subcommand: "drill", unavailable: drillObstacle,
      arguments: { state in
        (state.cluster?.report.backups.value?.backups ?? []).reversed().prefix(9).map(\.id)
      },
      choose: { state, label in state.plan(.drill(backup: label)) },
      perform: { $0.plan(.drill(backup: nil, at: $0.drilledMoment)) }),
    CommandRow(
      "marker", keys: [.character("V")], title: "Drill a planted marker",
      help: "Plan to write a row on the primary, delete it, recover to just before, and ask",
      group: .operations,
      unavailable: { state in
        if let obstacle = drillObstacle(state) { return obstacle }
        return state.cluster?.declaration.drill.marker == nil
          ? "no place for markers is configured (drill.marker)" : nil
      },
      perform: { $0.plan(.markerDrill) }),
    CommandRow(
      "scrub", keys: [.character("e")], title: "Read the contents",
      help: "Scrub: read WAL and base backups in the archive, check pages, records and files",
      group: .operations, subcommand: "scrub", unavailable: \.scrubObstacle,
      perform: { $0.askForShare() }),
    CommandRow(
      "clear", keys: [.character("X")], title: "Clear a stuck backup",
      help: "Take a backup that blocks all later ones out of their way; asks for a typed name",
      group: .operations, subcommand: "clear", unavailable: clearingObstacle,
      perform: { state in
        guard let backup = state.cluster?.report.blockingBackup else { return [] }
        return state.plan(.clear(backup: backup.name))
      }),
    CommandRow(
      "cancel", keys: [.character("x")], title: "Cancel the running operation",
      help: "Stop the running operation and clean up, after asking", group: .operations,
      unavailable: { state in
        if let readOnly = state.readOnly { return "read-only (\(readOnly))" }
        guard let cluster = state.cluster else { return "no cluster is chosen" }
        guard let running = cluster.operation else {
          guard let scrub = state.scrub else { return "nothing is running" }
          return scrub.isCancelling ? "already being cancelled" : nil
        }
        return running.cancelling ? "already being cancelled" : nil
      },
      perform: { state in
        guard let cluster = state.cluster, let running = cluster.operation else {
          return state.cancelScrub()
        }
        state.dialog = .cancelOperation(
          cluster: cluster.id, title: running.plan.title, yes: false)
        return []
      }),
    CommandRow(
      "refresh", keys: [.character("r"), .function(5)], title: "Refresh now",
      help: "Ask every source now, whatever its pace", group: .operations, subcommand: "status",
      perform: { state in
        state.notify("refreshing", .notice, seconds: 2)
        return [.refresh]
      }),
  ]

  @Sendable private static func clearingObstacle(_ state: AppState) -> String? {
    if let obstacle = state.operationObstacle { return obstacle }
    return state.cluster?.report.blockingBackup == nil ? "no stuck backup is known" : nil
  }

  /// A drill needs a base backup; where the catalog is known to be empty there is no use in
  /// planning.
  @Sendable private static func drillObstacle(_ state: AppState) -> String? {
    if let obstacle = state.operationObstacle { return obstacle }
    guard state.cluster?.report.isWithoutBackup == true else { return nil }
    return "there is no base backup to restore; b takes one"
  }
}

extension AppState {
  /// The kinds of base backup that the selected cluster's engine can take, the usual one first.
  var backupKinds: [BackupKind] {
    let kinds = cluster?.report.backupKinds ?? BackupKind.allCases
    return kinds.isEmpty ? [.full] : kinds
  }
}
