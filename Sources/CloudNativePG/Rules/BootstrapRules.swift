import FoundationEssentials
import Kubernetes
import RecoveryModel

/// A cluster that is made, or cannot be made. Its first server has not run: there is nothing to lose yet, and nothing
/// that ends by itself once a try has failed.
enum BootstrapRule {
  /// Seconds within which the operator makes a job, and within which a set-up without a failure should be through.
  private static let reaction = 120.0
  private static let long = 3600.0

  static let rule = CloudNativePGRule("cnpg.bootstrap", .cluster, "bootstrap") { facts, now in
    guard let course = facts.bootstrap else { return [] }
    if let obstacle = facts.startObstacle(now: now) {
      return [blocked(course, obstacle, facts, now)]
    }
    let telling = course.failed > 0 || course.stage == .givenUp
    return [telling ? failure(course, facts, now) : progress(course, facts, now)]
  }

  /// Of those that are recovered from this one. That one of them fails says nothing of what is stored until it is known why:
  /// the verdict stays.
  static let beside = CloudNativePGRule("cnpg.beside", .cluster, "recovery fails") { facts, now in
    facts.beside.compactMap { other in
      guard let course = other.bootstrap, course.isRecovery else { return nil }
      let obstacle = other.startObstacle(now: now)
      guard obstacle != nil || course.failed > 0 || course.stage == .givenUp else { return nil }
      var finding =
        obstacle.map { blocked(course, $0, other, now) } ?? failure(course, other, now)
      let place = "\(other.shown(other.namespace))/\(other.shown(other.name))"
      finding.id = "cnpg.beside:\(place)"
      finding.severity = .warning
      finding.headline = "\(place): " + finding.headline
      finding.ceiling = .proven
      finding.words = obstacle == nil ? "recovery fails" : "cannot begin"
      return finding
    }
  }

  private static func id(_ course: BootstrapCourse) -> String {
    course.isRecovery ? "cnpg.recovery" : "cnpg.setup"
  }

  private static func activity(_ course: BootstrapCourse) -> ClusterActivity.Kind {
    course.isRecovery ? .recovery : .setup
  }

  // MARK: It goes on

  private static func progress(
    _ course: BootstrapCourse, _ facts: CloudNativePGFacts, _ now: Date
  ) -> Finding {
    let age = course.since.map { CloudNativePGRules.age($0, now) } ?? 0
    let isIdle = course.stage == .notBegun && age > reaction
    let hangs = isIdle || age > long
    let kind = course.isRecovery ? "Recovery" : "First set-up"
    let remedy =
      isIdle
      ? "The operator has made no job: does it run, does it watch \(facts.namespace), is the plugin "
        + "installed and the ObjectStore there? "
        + facts.kubectl("describe cluster \(facts.quoted(facts.name))")
      : hangs
        ? "It takes longer than it should: " + logCommand(course, facts)
        : course.isRecovery
          ? "Wait; a failed try is told here. What it has recovered is proven by looking at the data."
          : "Wait: its first base backup comes after it."
    return Finding(
      id: id(course), severity: hangs ? .warning : .info,
      headline: "\(kind): \(course.sentence(shown: words)), since \(Format.age(age))",
      evidence: evidence(course, facts), remedy: remedy, ceiling: .unknown,
      words: activity(course).words)
  }

  // MARK: It cannot begin

  private static func blocked(
    _ course: BootstrapCourse, _ obstacle: StartObstacle, _ facts: CloudNativePGFacts, _ now: Date
  ) -> Finding {
    let kind = course.isRecovery ? "The recovery" : "The first set-up"
    let from = course.origin.map { " from \(words($0))" } ?? ""
    let since =
      obstacle.since.map { ", since \(Format.age(CloudNativePGRules.age($0, now)))" } ?? ""
    return Finding(
      id: id(course), severity: .warning,
      headline: "\(kind)\(from) cannot begin\(since): \(obstacle.cause)",
      evidence: evidence(course, facts), remedy: obstacle.remedy, ceiling: .unknown,
      words: "cannot begin")
  }

  // MARK: It fails

  private static func failure(
    _ course: BootstrapCourse, _ facts: CloudNativePGFacts, _ now: Date
  ) -> Finding {
    let reason = facts.logReasons.bootstrap
    let isOver = course.stage == .givenUp
    let what = course.isRecovery ? "Recovery" : "First set-up"
    let from = course.origin.map { " from \(words($0))" } ?? ""
    let target = course.target.map { ", \(words($0))," } ?? ""
    let age = course.since.map { CloudNativePGRules.age($0, now) }
    let since = age.map { ", since \(Format.age($0))" } ?? ""
    let head =
      isOver
      ? "\(what)\(from)\(target) has failed for good after \(course.failed) tries"
      : "\(what)\(from)\(target) fails: \(tries(course, now))\(since)"
    let why = reason.map { ": \($0.sentence)" } ?? ""
    return Finding(
      id: id(course), severity: isOver ? .critical : .warning,
      headline: head + why, evidence: evidence(course, facts) + (reason?.evidence ?? []),
      remedy: remedy(course, reason, facts), ceiling: .atRisk, words: activity(course).words)
  }

  private static func tries(_ course: BootstrapCourse, _ now: Date) -> String {
    guard course.stage == .waiting else {
      return "try \(course.current) of \(course.tries) runs after \(course.failed) that failed"
    }
    let left = course.nextTry.map { $0.timeIntervalSince(now) }
    let next = left.map { $0 > 0 ? " in \(Format.age($0.rounded(.up)))" : " due now" } ?? " to come"
    return "try \(course.failed) of \(course.tries) failed, the next\(next)"
  }

  private static func remedy(
    _ course: BootstrapCourse, _ reason: LogReason?, _ facts: CloudNativePGFacts
  ) -> String {
    let cause = reason.flatMap { KnownCause.of($0.sentence)?.remedy }
    let again =
      "A job that has failed for good is not tried again: correct the Cluster, delete it and make it "
      + "anew; what it was made from stays as it is."
    let log = reason == nil ? "Why stands in the log: " + logCommand(course, facts) : nil
    return [
      cause, log, facts.logReasons.rightRemedy(reason), course.stage == .givenUp ? again : nil,
    ]
    .compactMap { $0 }.joined(separator: " ")
  }

  private static func logCommand(
    _ course: BootstrapCourse, _ facts: CloudNativePGFacts
  ) -> String {
    guard let pod = course.telling ?? course.pods.last else {
      return facts.kubectl("describe cluster \(facts.quoted(facts.name))")
    }
    return facts.kubectl("logs \(facts.quoted(pod)) --all-containers")
      + " | grep -E 'FATAL|PANIC|ERROR|\"level\":\"error\"'"
  }

  private static func evidence(
    _ course: BootstrapCourse, _ facts: CloudNativePGFacts
  ) -> [Evidence] {
    let reason = facts.cluster.status?.phaseReason ?? ""
    var list = [
      facts.clusterEvidence(
        "phase \(course.phase.isEmpty ? "(none)" : course.phase)"
          + (reason.isEmpty ? "" : ": \(reason)"))
    ]
    if let job = course.job {
      list.append(
        facts.evidence(
          "\(course.failed) of \(course.tries) tries failed", "Job \(job)",
          at: course.lastFailure ?? facts.jobs.at))
    }
    return list
  }

  private static func words(_ text: String) -> String { Sanitizer.clean(text, limit: 120) }
}
