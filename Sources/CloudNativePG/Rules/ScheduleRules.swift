import FoundationEssentials
import RecoveryModel

/// Nothing takes base backups by itself.
enum ScheduleMissingRule {
  static let rule = CloudNativePGRule("cnpg.schedule.missing", .backups, "no schedule") {
    facts, _ in
    guard let schedules = facts.ownSchedules, schedules.isEmpty, facts.cluster.canBackUp,
      facts.bootstrap == nil
    else {
      return []
    }
    return [
      Finding(
        id: "cnpg.schedule.missing", severity: .warning,
        headline: "No ScheduledBackup names this cluster: base backups are taken by hand alone",
        evidence: [
          facts.evidence(
            "0 ScheduledBackups for \(facts.name)", facts.schedules.source ?? "ScheduledBackups",
            at: facts.schedules.at)
        ],
        remedy: "pgvigil manifest scheduled-backup (nightly: \"0 0 3 * * *\")", ceiling: .likely)
    ]
  }
}

/// A schedule that CloudNativePG cannot read, or that never comes.
enum ScheduleInvalidRule {
  static let rule = CloudNativePGRule("cnpg.schedule.invalid", .backups, "bad schedule") {
    facts, now in
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

/// A suspended schedule keeps its old next run in its status and does nothing.
enum ScheduleSuspendedRule {
  static let rule = CloudNativePGRule("cnpg.schedule.suspended", .backups, "schedule is off") {
    facts, now in
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

/// The next run has come and gone.
enum ScheduleOverdueRule {
  private static let grace = 900.0

  static let rule = CloudNativePGRule("cnpg.schedule.overdue", .backups, "schedule late") {
    facts, now in
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
        ? "Nothing holds it up that can be seen: look at the operator (is it running?). "
          + facts.afterBackupObstacle("Take a base backup: \(facts.backupCommand)", now: now)
        : "Let that Backup end, or clear it.",
      ceiling: late > interval ?? .infinity ? .atRisk : .likely)
  }
}

/// Five fields: written as Unix cron and read as something else.
enum ScheduleFieldsRule {
  static let rule = CloudNativePGRule("cnpg.schedule.five-fields", .backups, "5 cron fields") {
    facts, now in
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

/// A schedule for a cluster that is not there: its backups wait for ever, and somebody believes to be covered.
enum ScheduleClusterRule {
  static let rule = CloudNativePGRule("cnpg.schedule.no-cluster", .backups, "schedule astray") {
    facts, _ in
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
