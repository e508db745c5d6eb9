import RecoveryModel

extension ClusterSnapshot {
  /// The finding that made the verdict; nil without any.
  var worstFinding: Finding? {
    var worst: Finding?
    for finding in findings {
      guard let known = worst else {
        worst = finding
        continue
      }
      if (known.ceiling.rank, known.severity) < (finding.ceiling.rank, finding.severity) {
        worst = finding
      }
    }
    return worst
  }
}
