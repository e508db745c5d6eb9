import FoundationEssentials
import RecoveryModel

/// The next run has come and gone.
enum ScheduleOverdueRule {
  private static let grace = 900.0

  static let rule = CloudNativePGRule("cnpg.schedule.overdue") { facts, now in
    (facts.ownSchedules ?? []).compactMap { schedule in
      guard !schedule.isSuspended, let cron = try? CronSchedule(schedule.spec.schedule ?? ""),
        let due = due(schedule, cron, facts)
      else { return nil }
      let late = now.timeIntervalSince(due)
      guard late > grace else { return nil }
      return finding(schedule, cron, due: due, late: late, facts, now)
    }
  }

  /// The status names no next run until the first Backup was made; then it follows from the last look.
  private static func due(
    _ schedule: CNPGScheduledBackup, _ cron: CronSchedule, _ facts: CloudNativePGFacts
  ) -> Date? {
    if let next = schedule.nextRun { return next }
    return (schedule.lastCheck ?? schedule.createdAt).flatMap {
      cron.next(after: $0, utcOffset: facts.operatorUTCOffset)
    }
  }

  private static func finding(
    _ schedule: CNPGScheduledBackup, _ cron: CronSchedule, due: Date, late: Double,
    _ facts: CloudNativePGFacts, _ now: Date
  ) -> Finding {
    let name = facts.shown(schedule.name)
    let open = (facts.ownBackups ?? []).first {
      $0.scheduleName == schedule.name && !$0.phase.isDone
    }
    let interval = cron.spacing(from: now, utcOffset: facts.operatorUTCOffset)?.longest
    var evidence = [facts.evidence(schedule, "next run was due \(Format.timestamp(due))")]
    if let open {
      evidence.append(facts.evidence(open, "not done: \(open.status?.phase ?? "new")"))
    }
    return Finding(
      id: "cnpg.schedule.overdue:\(name)",
      severity: late > interval ?? .infinity ? .critical : .warning,
      headline: "ScheduledBackup \(name) is \(Format.age(late)) overdue"
        + (open.map { ", held up by Backup \(facts.shown($0.name))" } ?? ""),
      evidence: evidence,
      remedy: open == nil
        ? "Nothing holds it up that can be seen: look at the operator (is it running?), and take a "
          + "base backup: press b."
        : "Let that Backup end, or clear it.",
      ceiling: late > interval ?? .infinity ? .atRisk : .likely)
  }
}
