import Kubernetes
import RecoveryModel

/// A schedule that sends base backups where WAL does not go: a recovery takes both from one place.
enum ScheduleStoreRule {
  static let rule = CloudNativePGRule("cnpg.schedule.store", .backups, "other store") {
    facts, _ in
    guard let wal = facts.walPlace else { return [] }
    let schedules = (facts.ownSchedules ?? []).filter { !$0.isSuspended }
    let faults = schedules.compactMap { schedule in
      facts.place(of: schedule).flatMap { $0 == wal ? nil : (schedule: schedule, place: $0) }
    }
    let hasOther = schedules.count > faults.count
    return faults.map { schedule, place in
      let name = facts.shown(schedule.name)
      return Finding(
        id: "cnpg.schedule.store:\(name)", severity: hasOther ? .warning : .critical,
        headline:
          "ScheduledBackup \(name) sends base backups to \(facts.shown(place)), WAL goes to "
          + "\(facts.shown(wal)): none of them can be restored as it is",
        evidence: [
          facts.evidence(schedule, asked(schedule, facts)),
          facts.clusterEvidence("archives to \(wal)"),
        ],
        remedy:
          "\(command(schedule, facts)), then take a base backup: \(facts.backupCommand). Or move "
          + "the WAL archive to where they go.",
        ceiling: hasOther ? .likely : .atRisk)
    }
  }

  private static func asked(
    _ schedule: CNPGScheduledBackup, _ facts: CloudNativePGFacts
  ) -> String {
    let parameters = schedule.spec.pluginConfiguration?.parameters ?? [:]
    let told = parameters.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let method = schedule.spec.method ?? BackupMethod.inTree.name
    return facts.shown((["method: \(method)"] + told).joined(separator: ", "))
  }

  /// As the archiver is told: by its method, without a place of the schedule's own.
  private static func command(
    _ schedule: CNPGScheduledBackup, _ facts: CloudNativePGFacts
  ) -> String {
    let patch: String
    if case .plugin(let plugin) = facts.cluster.walArchiver, let name = plugin.name {
      let own = schedule.spec.pluginConfiguration?.parameters ?? [:]
      let cleared = own.keys.sorted().filter { ["barmanObjectName", "serverName"].contains($0) }
        .map { "\"\($0)\":null" }.joined(separator: ",")
      let parameters = cleared.isEmpty ? "" : ",\"parameters\":{\(cleared)}"
      patch =
        "{\"spec\":{\"method\":\"plugin\",\"pluginConfiguration\":{\"name\":\"\(name)\"\(parameters)}}}"
    } else {
      patch = "{\"spec\":{\"method\":\"barmanObjectStore\",\"pluginConfiguration\":null}}"
    }
    return facts.kubectl(
      "patch scheduledbackups.postgresql.cnpg.io \(facts.quoted(schedule.name)) --type merge -p "
        + ShellWord.quoted(patch))
  }
}

extension CloudNativePGFacts {
  /// Where its backups go: by the newest that it made, else by what it asks for; nil where that does not tell.
  func place(of schedule: CNPGScheduledBackup) -> String? {
    let made = (ownBackups ?? []).filter {
      $0.phase == .completed && $0.metadata.labels?["cnpg.io/scheduled-backup"] == schedule.name
    }
    if let newest = made.lastToEnd { return place(of: newest) }
    switch schedule.spec.method ?? BackupMethod.inTree.name {
    case "barmanObjectStore":
      guard let store = cluster.spec.backup?.barmanObjectStore else { return nil }
      return place(store.destinationPath, store.serverName ?? name)
    case "plugin":
      let parameters = schedule.spec.pluginConfiguration?.parameters ?? [:]
      guard schedule.spec.pluginConfiguration?.name == CNPGCluster.barmanCloudPlugin,
        let store = parameters["barmanObjectName"] ?? cluster.objectStoreName
      else { return nil }
      return place(store: store, server: parameters["serverName"] ?? cluster.serverName)
    default: return nil
    }
  }
}
