/// The place that backups and WAL lie in.
enum RepositoryRules {
  private static let fullWarning = 0.7
  private static let fullCritical = 0.9

  static let room = Rule("repository.room", .critical, needs: [.storage]) { context in
    guard let usage = context.report.storage.value, let free = usage.repositoryFreeBytes,
      let share = usedShare(usage, free: free)
    else { return [] }
    guard share >= fullWarning else { return [] }
    let critical = share >= fullCritical
    return [
      Finding(
        id: "repository.room", severity: critical ? .critical : .warning,
        headline: "The repository is \(Format.percent(share)) full, \(Format.bytes(free)) free",
        evidence: [
          context.evidence(
            (usage.repositoryBytes.map { "\(Format.bytes($0)) used, " } ?? "")
              + "\(Format.bytes(free)) free", .storage)
        ],
        remedy: "Add room or shorten the retention before archiving stops.",
        ceiling: critical ? .atRisk : .likely)
    ]
  }

  /// Of the whole file system; where its size is unknown, of the repository and the free room: its other tenants
  /// cannot be told then.
  private static func usedShare(_ usage: StorageUsage, free: Int64) -> Double? {
    if let capacity = usage.repositoryCapacityBytes, capacity > 0 {
      return 1 - Double(min(max(0, free), capacity)) / Double(capacity)
    }
    guard let used = usage.repositoryBytes, used >= 0, free >= 0, used > 0 || free > 0 else {
      return nil
    }
    return Double(used) / (Double(used) + Double(free))
  }

  static let retention = Rule("repository.retention", .warning, needs: [.retention]) { context in
    guard let policy = context.report.retention.value,
      let expected = context.declaration.targets.retention
    else { return [] }
    let kept =
      policy.period
      ?? policy.fullCount.map { Double($0) * context.declaration.targets.backupInterval }
    let text = Sanitizer.clean(policy.text, limit: 80)
    guard let kept else { return [] }
    guard kept < expected else { return [] }
    return [
      Finding(
        id: "repository.retention", severity: .warning,
        headline:
          "The repository keeps about \(Format.span(kept)), expected \(Format.span(expected))",
        evidence: [context.evidence(text, .retention)],
        remedy: "Raise the retention in the backup tool's configuration.", ceiling: .likely)
    ]
  }

  /// No scare and no false comfort: who holds what can read what.
  static let encryption = Rule("repository.encryption", .info, needs: [.backups]) { context in
    guard let encryption = context.report.backups.value?.encryption else { return [] }
    let (headline, remedy) =
      switch encryption {
      case .none:
        (
          "Backups are not encrypted: whoever can read the repository can read the data",
          "Encrypt where others can reach it, and keep the key apart from it."
        )
      case .serverSide:
        (
          "Backups are encrypted by the store: it protects lost disks, not stolen credentials",
          "Use client-side encryption where theft of the credentials must be survived."
        )
      case .clientSide:
        (
          "Backups are encrypted with your key: without that key every one of them is garbage",
          "Keep the key where the loss of this cluster does not take it along."
        )
      }
    return [
      Finding(
        id: "repository.encryption", severity: .info, headline: headline,
        evidence: [context.evidence("encryption: \(encryption.rawValue)", .backups)],
        remedy: remedy, ceiling: .proven)
    ]
  }
}
