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

  static let rule = CloudNativePGRule("cnpg.phase") { facts, _ in
    let phase = facts.cluster.status?.phase ?? ""
    let isGrave = grave.contains(phase)
    guard isGrave || needsPerson.contains(phase) else { return [] }
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
}
