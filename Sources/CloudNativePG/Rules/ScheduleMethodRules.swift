import RecoveryModel

/// A schedule by a method that its cluster is not set up for: each of its backups will fail, and until the first one
/// nothing tells.
enum ScheduleMethodRule {
  static let rule = CloudNativePGRule("cnpg.schedule.method", .backups, "wrong method") {
    facts, _ in
    let schedules = (facts.ownSchedules ?? []).filter { !$0.isSuspended }
    let faults = schedules.compactMap { schedule in
      fault(schedule, facts).map { (schedule: schedule, fault: $0) }
    }
    let hasOther = schedules.count > faults.count
    return faults.map { schedule, fault in
      let name = facts.shown(schedule.name)
      return Finding(
        id: "cnpg.schedule.method:\(name)", severity: hasOther ? .warning : .critical,
        headline: "Every backup of ScheduledBackup \(name) will fail: \(fault)",
        evidence: [
          facts.evidence(schedule, "method: " + facts.shown(words(schedule))),
          facts.evidence(configured(facts), "cluster \(facts.shown(facts.name))"),
        ], remedy: remedy(facts), ceiling: .likely)
    }
  }

  private static func fault(
    _ schedule: CNPGScheduledBackup, _ facts: CloudNativePGFacts
  ) -> String? {
    let backup = facts.cluster.spec.backup
    switch schedule.spec.method ?? BackupMethod.inTree.name {
    case "barmanObjectStore":
      return backup?.barmanObjectStore == nil ? "the cluster has no barmanObjectStore" : nil
    case "volumeSnapshot":
      return backup?.volumeSnapshot == nil ? "the cluster has no volumeSnapshot section" : nil
    case "plugin":
      guard let name = schedule.spec.pluginConfiguration?.name, !name.isEmpty else {
        return "it does not say by which plugin"
      }
      let isThere = plugins(facts).contains(name)
      return isThere ? nil : "the cluster has no plugin \(facts.shown(name)) that is switched on"
    default: return nil
    }
  }

  private static func words(_ schedule: CNPGScheduledBackup) -> String {
    let plugin = schedule.spec.pluginConfiguration?.name.map { " \($0)" } ?? ""
    return (schedule.spec.method ?? "barmanObjectStore, because none is named") + plugin
  }

  private static func configured(_ facts: CloudNativePGFacts) -> String {
    let backup = facts.cluster.spec.backup
    let parts =
      (backup?.barmanObjectStore == nil ? [] : ["barmanObjectStore"])
      + (backup?.volumeSnapshot == nil ? [] : ["volumeSnapshot"])
      + plugins(facts).map { "plugin \(facts.shown($0))" }
    return "set up for " + (parts.isEmpty ? "no method" : parts.joined(separator: ", "))
  }

  private static func remedy(_ facts: CloudNativePGFacts) -> String {
    if let name = plugins(facts).first {
      return "In the ScheduledBackup: method: plugin, pluginConfiguration.name: "
        + "\(facts.shown(name))."
    }
    return "Name a method that the cluster is set up for, or set it up: "
      + "pgvigil manifest cluster-backup"
  }

  /// The one that archives WAL first: it is most likely meant.
  private static func plugins(_ facts: CloudNativePGFacts) -> [String] {
    let plugins = (facts.cluster.spec.plugins ?? []).filter { $0.enabled ?? true }
    let archivers = plugins.filter { $0.isWALArchiver ?? false }
    return (archivers + plugins.filter { !($0.isWALArchiver ?? false) }).compactMap(\.name)
  }
}
