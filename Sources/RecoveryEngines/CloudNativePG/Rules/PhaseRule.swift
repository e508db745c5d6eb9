import RecoveryModel

/// Phases that CloudNativePG does not leave by itself.
enum PhaseRule {
  private static let grave: Set<String> = [
    "Cluster is unrecoverable and needs manual intervention", "Not enough disk space",
  ]
  private static let needsPerson: Set<String> = [
    "Waiting for user action",
    "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
    "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
    "Cluster has incomplete or invalid image catalog",
    "Cluster cannot execute instance online upgrade due to missing architecture binary",
    "Unable to create required cluster objects", "Invalid cluster definition",
  ]

  /// A restart of the operator passes through this one while its plugins come up.
  private static let passing =
    "Cluster cannot proceed to reconciliation due to an error while interacting with plugins"
  private static let passingFor = 60.0

  static let rule = CloudNativePGRule("cnpg.phase") { facts, now in
    let phase = facts.cluster.status?.phase ?? ""
    let isGrave = grave.contains(phase)
    // A cluster that could not be made has a finding that says more.
    guard isGrave || needsPerson.contains(phase), facts.bootstrap?.stage != .givenUp else {
      return []
    }
    let age = facts.cluster.condition("Ready")?.since.map { CloudNativePGRules.age($0, now) }
    if phase == passing, let age, age < passingFor { return [passes(facts)] }
    let reason = Sanitizer.clean(facts.cluster.status?.phaseReason ?? "", limit: 200)
    return [
      Finding(
        id: "cnpg.phase", severity: isGrave ? .critical : .warning,
        headline: "CloudNativePG waits for a person: \(phase)",
        evidence: [facts.clusterEvidence("phase \(phase)\(reason.isEmpty ? "" : ": \(reason)")")],
        remedy: phase == "Not enough disk space"
          ? "Raise storage.size or walStorage.size; the servers stay down until there is room."
          : facts.kubectl("describe cluster \(facts.quoted(facts.name))"),
        ceiling: isGrave ? .atRisk : .likely)
    ]
  }

  private static func passes(_ facts: CloudNativePGFacts) -> Finding {
    Finding(
      id: "cnpg.phase", severity: .info,
      headline: "The operator waits for its plugins, as after a restart of its own",
      evidence: [facts.clusterEvidence("phase \(passing)")],
      remedy: "Nothing to do for a minute; it is told as a problem when it stays.",
      ceiling: .proven)
  }
}
