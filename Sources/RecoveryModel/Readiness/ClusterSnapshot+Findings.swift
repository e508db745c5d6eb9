/// What others decide by a rule's findings.
extension ClusterSnapshot {
  /// The times of the recovery window contradict each other or the clock.
  package var isWindowSenseless: Bool { finding(of: ClockRules.window) != nil }

  /// What is archived continues a line that the running server has left.
  package var leftLine: Finding? { finding(of: IdentityRules.abandoned) }

  private func finding(of rule: Rule) -> Finding? { findings.first { $0.id == rule.id } }
}
