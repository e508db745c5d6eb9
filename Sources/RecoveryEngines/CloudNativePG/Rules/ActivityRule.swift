import FoundationEssentials
import RecoveryModel

/// What is done on purpose, said as what it is, so that nobody takes it for an outage.
enum ActivityRule {
  /// Seconds after which a passing state is one that hangs.
  private static let long = 3600.0

  static let rule = CloudNativePGRule("cnpg.activity") { facts, now in
    // What is made for the first time has a rule of its own: it can fail.
    facts.activities.filter { $0.kind != .setup && $0.kind != .recovery }.map { activity in
      let age = activity.since.map { CloudNativePGRules.age($0, now) }
      let hangs = isPassing(activity.kind) && age ?? 0 > long
      let warns = hangs || activity.kind == .failover || activity.kind == .fencing
      let duration = age.map { ", since \(Format.age($0))" } ?? ""
      return Finding(
        id: "cnpg.activity.\(activity.kind.rawValue)", severity: warns ? .warning : .info,
        headline: capitalized(activity.kind.words) + ": " + activity.sentence + duration,
        evidence: [
          facts.clusterEvidence(
            "phase \(facts.cluster.status?.phase ?? "unknown")", at: activity.since)
        ],
        remedy: remedy(activity, hangs: hangs, facts), ceiling: warns ? .likely : .proven)
    }
  }

  private static func isPassing(_ kind: ClusterActivity.Kind) -> Bool {
    switch kind {
    case .rollingRestart, .switchover, .failover, .upgrade, .scaling, .setup, .recovery: true
    case .fencing, .hibernation, .replicaCluster: false
    }
  }

  private static func remedy(
    _ activity: ClusterActivity, hangs: Bool, _ facts: CloudNativePGFacts
  ) -> String {
    let name = facts.shown(facts.name)
    if hangs {
      return "It takes longer than it should: "
        + facts.kubectl("describe cluster \(facts.quoted(name))")
    }
    switch activity.kind {
    case .failover: return "Wait for the new primary; then look at what became of the old one."
    case .fencing:
      return "When done: "
        + facts.kubectl("annotate cluster \(facts.quoted(name)) cnpg.io/fencedInstances-")
    case .hibernation:
      return "To wake it: "
        + facts.kubectl(
          "annotate cluster \(facts.quoted(name)) --overwrite cnpg.io/hibernation=off")
    case .replicaCluster: return "Nothing to do; its own backups count for this site."
    case .rollingRestart, .switchover, .upgrade, .scaling, .setup, .recovery:
      return "Nothing to do; it ends by itself."
    }
  }

  private static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}
