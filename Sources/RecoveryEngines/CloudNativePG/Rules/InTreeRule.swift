import RecoveryModel

/// `barmanObjectStore` within the Cluster: deprecated since 1.26, gone with 1.31.
enum InTreeRule {
  static let rule = CloudNativePGRule("cnpg.in-tree") { facts, _ in
    guard facts.cluster.spec.backup?.barmanObjectStore != nil else { return [] }
    let known = facts.operatorVersion ?? facts.primaryStatus?.value?.instanceManagerVersion
    guard let text = known, let version = numbers(text) else {
      return [
        finding(
          .info,
          "Backups are configured in-tree, which CloudNativePG 1.31 no longer supports; "
            + "the installed version is not known", "no version seen", .proven, facts)
      ]
    }
    let shown = facts.shown(text)
    if version >= (1, 31) {
      return [
        finding(
          .critical, "CloudNativePG \(shown) no longer supports the in-tree backup configuration",
          "operator \(shown)", .atRisk, facts)
      ]
    }
    guard version >= (1, 26) else { return [] }
    return [
      finding(
        .info, "Backups are configured in-tree: deprecated, and gone with CloudNativePG 1.31",
        "operator \(shown)", .proven, facts)
    ]
  }

  private static func finding(
    _ severity: Severity, _ headline: String, _ version: String, _ ceiling: Verdict,
    _ facts: CloudNativePGFacts
  ) -> Finding {
    Finding(
      id: "cnpg.in-tree", severity: severity, headline: headline,
      evidence: [facts.clusterEvidence("spec.backup.barmanObjectStore; \(version)")],
      remedy:
        "Move to the Barman Cloud plugin before the operator is upgraded: an ObjectStore with "
        + "the same destinationPath, spec.plugins with isWALArchiver, the same serverName.",
      ceiling: ceiling)
  }

  /// Major and minor of `1.30.0`, `v1.31.0-rc1`.
  static func numbers(_ text: String) -> (Int, Int)? {
    let plain = text.hasPrefix("v") ? text.dropFirst() : Substring(text)
    let parts = plain.split(separator: ".")
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    return (major, minor)
  }
}
