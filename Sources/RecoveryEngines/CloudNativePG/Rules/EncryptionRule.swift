import RecoveryModel

/// What the configured encryption protects from, where the general finding would say too much or too little.
enum EncryptionRule {
  static let rule = CloudNativePGRule("cnpg.encryption") { facts, _ in
    guard let store = facts.storeConfiguration else { return [] }
    let wal = store.wal?.encryption ?? ""
    let data = store.data?.encryption ?? ""
    if wal.isEmpty != data.isEmpty {
      let open = wal.isEmpty ? "WAL" : "base backups"
      let other = wal.isEmpty ? "base backups are" : "WAL is"
      return [
        finding(
          .warning,
          "The store is asked to encrypt only a part: \(other) covered, \(open) not",
          store, "Set wal.encryption and data.encryption alike: each holds all of the data.", facts)
      ]
    }
    guard wal == "aws:kms" || data == "aws:kms" else { return [] }
    return [
      finding(
        .info,
        "The store encrypts with a KMS key: whoever lacks the right to that key restores nothing",
        store,
        "Keep the key's deletion locked, and let the drill's role use it; it protects "
          + "against stolen disks and against credentials without the right to the key.", facts)
    ]
  }

  private static func finding(
    _ severity: Severity, _ headline: String, _ store: BarmanObjectStoreConfiguration,
    _ remedy: String, _ facts: CloudNativePGFacts
  ) -> Finding {
    let place = facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)"
    return Finding(
      id: "cnpg.encryption", severity: severity, headline: headline,
      evidence: [
        facts.evidence(
          "wal.encryption \(store.wal?.encryption ?? "unset"), data.encryption "
            + (store.data?.encryption ?? "unset"), place)
      ],
      remedy: remedy, ceiling: .proven)
  }
}
