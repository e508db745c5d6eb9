import FoundationEssentials
import RecoveryModel

/// A suspended schedule keeps its old next run in its status and does nothing.
enum ScheduleSuspendedRule {
  static let rule = CloudNativePGRule("cnpg.schedule.suspended") { facts, now in
    let own = facts.ownSchedules ?? []
    let others = own.contains { !$0.isSuspended }
    return own.filter(\.isSuspended).map { schedule in
      let name = facts.shown(schedule.name)
      let since = schedule.lastCheck.map {
        ", last looked at \(Format.age(CloudNativePGRules.age($0, now))) ago"
      }
      return Finding(
        id: "cnpg.schedule.suspended:\(name)", severity: others ? .info : .warning,
        headline: "ScheduledBackup \(name) is suspended\(since ?? "")",
        evidence: [facts.evidence(schedule, "suspend: true")],
        remedy: "Set suspend: false; a run that was due meanwhile then starts at once.",
        ceiling: others ? .proven : .likely)
    }
  }
}
