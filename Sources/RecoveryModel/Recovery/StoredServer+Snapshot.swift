import FoundationEssentials

extension StoredServer {
  /// As a cluster of which the store is all that is left.
  package func snapshot(now: Date) -> ClusterSnapshot {
    var report = report(now: now)
    if let catalog = report.backups.value, let wal = retention(catalog), let at = backups.at {
      var policy = RetentionPolicy(text: wal.text)
      policy.wal = wal
      report.retention = .value(policy, source: path, at: at)
    }
    let assessment = StoreAssessment(self, now: now)
    return ClusterSnapshot(
      declaration: ClusterDeclaration(name: name, engine: "store"), engineTitle: "store alone",
      takenAt: now, interval: 60, report: report, window: assessment.window,
      findings: assessment.findings, verdict: assessment.verdict)
  }
}
