import FoundationEssentials
import Kubernetes
import RecoveryModel

/// A CronJob of ours that drills nothing, or reads nothing, and fails nowhere that anybody looks.
enum NightlyRule {
  /// Seconds that a run may take which was given no limit.
  private static let usualLimit = 86_400.0
  /// Seconds that Kubernetes may take to end what is over its limit.
  private static let grace = 900.0

  static let rule = CloudNativePGRule("cnpg.cronjob", .recovery, "job stuck") { facts, now in
    facts.nightly.compactMap { nightly in
      guard let wrong = wrong(nightly, facts, now) else { return nil }
      let place = "\(nightly.job.metadata.namespace ?? "")/\(nightly.job.name)"
      let what = nightly.kind == .drill ? "no drill runs" : "nothing reads the archive"
      return Finding(
        id: "cnpg.cronjob:\(facts.shown(place))", severity: .warning,
        headline: "CronJob \(facts.shown(place)) \(wrong.why): \(what) by itself",
        evidence: [facts.evidence(wrong.evidence, "CronJob \(place)", at: nightly.at)],
        remedy: wrong.remedy,
        // It is about the proof to come, and says nothing of the data.
        ceiling: .proven)
    }
  }

  private static func wrong(
    _ nightly: NightlyJob, _ facts: CloudNativePGFacts, _ now: Date
  ) -> (why: String, evidence: String, remedy: String)? {
    let job = nightly.job
    let namespace = facts.quoted(job.metadata.namespace ?? "")
    let name = facts.quoted(job.name)
    let success = kubernetesDate(job.status?.lastSuccessfulTime)
    let scheduled = kubernetesDate(job.status?.lastScheduleTime)
    let told = success.map { "last success \(Format.timestamp($0))" } ?? "no success so far"
    if job.isSuspended {
      return (
        "is suspended", "suspend: true; \(told)",
        "kubectl -n \(namespace) patch cronjob \(name) -p '{\"spec\":{\"suspend\":false}}'"
      )
    }
    let limit = job.deadline ?? usualLimit
    if let since = nightly.activeSince, now.timeIntervalSince(since) > limit + grace {
      let running = job.active.map(facts.shown).joined(separator: ", ")
      return (
        "is stuck: its Job has run for \(Format.age(now.timeIntervalSince(since)))",
        "Job \(running) began \(Format.timestamp(since)), limit \(Format.span(limit)); \(told)",
        "See what it waits for: kubectl -n \(namespace) describe job \(running); no other starts "
          + "before it is gone"
      )
    }
    guard success == nil, let scheduled, job.active.isEmpty else { return nil }
    let made = job.metadata.creationTimestamp?.date.map {
      ", made \(Format.timestamp($0))"
    }
    return (
      "has never ended well", "last started \(Format.timestamp(scheduled)); \(told)\(made ?? "")",
      "See how its runs ended: kubectl -n \(namespace) get jobs,pods; kubectl -n \(namespace) "
        + "describe cronjob \(name)"
    )
  }
}
