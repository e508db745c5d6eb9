import RecoveryModel

/// A schedule for a cluster that is not there: its backups wait for ever, and somebody believes to be covered.
enum ScheduleClusterRule {
  static let rule = CloudNativePGRule("cnpg.schedule.no-cluster") { facts, _ in
    guard let known = facts.namespaceClusters, let schedules = facts.schedules.value else {
      return []
    }
    let hasOwn = schedules.contains { $0.clusterName == facts.name }
    return schedules.filter { !known.contains($0.clusterName ?? "") }.map { schedule in
      let name = facts.shown(schedule.name)
      let wanted = facts.shown(schedule.clusterName ?? "")
      return Finding(
        id: "cnpg.schedule.no-cluster:\(name)", severity: hasOwn ? .info : .warning,
        headline: "ScheduledBackup \(name) names the cluster \(wanted), which does not exist",
        evidence: [
          facts.evidence(schedule, "cluster.name: \(wanted)"),
          facts.evidence(
            "clusters of \(facts.namespace): \(known.sorted().joined(separator: ", "))",
            "namespace \(facts.namespace)"),
        ],
        remedy: "Correct cluster.name, or delete it: "
          + facts.kubectl("delete scheduledbackup \(facts.quoted(name))"),
        ceiling: hasOwn ? .proven : .likely)
    }
  }
}
