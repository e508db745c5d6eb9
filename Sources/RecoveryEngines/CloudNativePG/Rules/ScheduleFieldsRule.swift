import FoundationEssentials
import RecoveryModel

/// Five fields: written as Unix cron and read as something else.
enum ScheduleFieldsRule {
  static let rule = CloudNativePGRule("cnpg.schedule.five-fields") { facts, now in
    (facts.ownSchedules ?? []).compactMap { schedule in
      guard let cron = try? CronSchedule(schedule.spec.schedule ?? ""), cron.isFiveFields else {
        return nil
      }
      let offset = facts.operatorUTCOffset
      let name = facts.shown(schedule.name)
      let text = facts.shown(cron.text)
      let every = cron.spacing(from: now, utcOffset: offset).map(words) ?? "at no time soon"
      let next = cron.next(after: now, utcOffset: offset)
      return Finding(
        id: "cnpg.schedule.five-fields:\(name)", severity: .warning,
        headline: "ScheduledBackup \(name) has five cron fields and runs \(every)",
        evidence: [
          facts.evidence(
            schedule,
            "\"\(text)\" is second, minute, hour, day, month; next run "
              + (next.map(Format.timestamp) ?? "never"))
        ],
        remedy: "Put the seconds in front: \"0 \(text)\".", ceiling: .likely)
    }
  }

  private static func words(_ spacing: CronSchedule.Spacing) -> String {
    spacing.shortest == spacing.longest
      ? "every \(Format.age(spacing.longest))"
      : "every \(Format.age(spacing.shortest)) to \(Format.age(spacing.longest))"
  }
}
