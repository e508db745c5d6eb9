import FoundationEssentials
import RecoveryModel

/// A schedule that CloudNativePG cannot read, or that never comes.
enum ScheduleInvalidRule {
  static let rule = CloudNativePGRule("cnpg.schedule.invalid") { facts, now in
    (facts.ownSchedules ?? []).compactMap { schedule in
      guard let why = reason(schedule, facts, now) else { return nil }
      let name = facts.shown(schedule.name)
      return Finding(
        id: "cnpg.schedule.invalid:\(name)", severity: .critical,
        headline: "ScheduledBackup \(name) never runs: \(Sanitizer.clean(why, limit: 120))",
        evidence: [
          facts.evidence(schedule, "schedule \"\(schedule.spec.schedule ?? "")\": \(why)")
        ],
        remedy: "Six fields, seconds first: \"0 0 3 * * *\" is every night at three.",
        ceiling: .likely)
    }
  }

  private static func reason(
    _ schedule: CNPGScheduledBackup, _ facts: CloudNativePGFacts, _ now: Date
  ) -> String? {
    do throws(CronError) {
      let cron = try CronSchedule(schedule.spec.schedule ?? "")
      if cron.next(after: now, utcOffset: facts.operatorUTCOffset) == nil {
        return "no such day comes within five years"
      }
    } catch { return error.message }
    let said = schedule.status?.error ?? ""
    return said.isEmpty ? nil : said
  }
}
