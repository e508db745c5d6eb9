/// What its servers and its findings say of it, for whoever shows them.
extension ClusterSnapshot {
  /// How its servers stand: without one primary, and no second, nothing else matters; what is down on purpose is no alarm.
  /// nil = all run.
  package func standing(of instances: [Instance]) -> Severity? {
    guard instances.count(where: \.isRunningPrimary) == 1 else { return .critical }
    guard instances.contains(where: { $0.state != .running }) else { return nil }
    return report.activities.contains { $0.kind.takesServersDown } ? .info : .warning
  }

  /// What `verdict` is so bad for, else what somebody should do; never a remark.
  package func reason(for verdict: Verdict) -> Finding? {
    let ceiling = verdict == .proven ? nil : verdict
    return findings.first { $0.ceiling == ceiling } ?? findings.first { $0.severity != .info }
  }
}

extension ClusterActivity.Kind {
  /// Whether servers that do not run are part of it.
  var takesServersDown: Bool {
    switch self {
    case .rollingRestart, .switchover, .fencing, .hibernation, .upgrade, .scaling, .setup,
      .recovery:
      true
    case .failover, .replicaCluster: false
    }
  }
}
