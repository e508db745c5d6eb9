import RecoveryModel

/// No retention: nothing expires, the bucket grows for ever.
enum RetentionUnsetRule {
  static let rule = CloudNativePGRule("cnpg.retention.unset") { facts, _ in
    guard facts.storeConfiguration != nil, facts.retentionText == nil else { return [] }
    let place = facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)"
    return [
      Finding(
        id: "cnpg.retention.unset", severity: .info,
        headline: "No retentionPolicy is set: no backup ever expires",
        evidence: [facts.evidence("no retentionPolicy", place)],
        remedy: facts.objectStore == nil
          ? "Set spec.backup.retentionPolicy, as \"30d\"."
          : "Set spec.retentionPolicy of the ObjectStore, as \"30d\".",
        ceiling: .proven)
    ]
  }
}
