/// The place that backups and WAL lie in.
enum RepositoryRules {
  private static let fullWarning = 0.7
  private static let fullCritical = 0.9

  static let room = Rule("repository.room", .critical, "repo fills up", needs: [.storage]) {
    context in
    guard let usage = context.report.storage.value, let free = usage.repositoryFreeBytes,
      let share = usedShare(usage, free: free)
    else { return [] }
    guard let severity = Severity.of(share, warning: fullWarning, critical: fullCritical) else {
      return []
    }
    return [
      Finding(
        id: "repository.room", severity: severity,
        headline: "The repository is \(Format.percent(share)) full, \(Format.bytes(free)) free",
        evidence: [
          context.evidence(
            (usage.repositoryBytes.map { "\(Format.bytes($0)) used, " } ?? "")
              + "\(Format.bytes(free)) free", .storage)
        ],
        remedy: "Add room or shorten the retention before archiving stops.",
        ceiling: severity == .critical ? .atRisk : .likely)
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

  static let retention = Rule(
    "repository.retention", .warning, "retention short", needs: [.retention]
  ) { context in
    guard let policy = context.report.retention.value,
      let expected = context.declaration.targets.retention
    else { return [] }
    if let wal = policy.wal { return anyMoment(wal, policy, expected: expected, context) }
    let kept =
      policy.period
      ?? policy.fullCount.map { Double($0) * context.declaration.targets.backupInterval }
    guard let kept, kept < expected else { return [] }
    return [
      Finding(
        id: "repository.retention", severity: .warning,
        headline:
          "The repository keeps about \(Format.span(kept)), expected \(Format.span(expected))",
        evidence: [context.evidence(Sanitizer.clean(policy.text, limit: 80), .retention)],
        remedy: "Raise the retention in the backup tool's configuration.", ceiling: .likely)
    ]
  }

  /// Backups are kept, and the WAL between them is not: what is expected is any moment of the time.
  private static func anyMoment(
    _ wal: WALRetention, _ policy: RetentionPolicy, expected: Double, _ context: RuleContext
  ) -> [Finding] {
    let first = context.window?.first
    let kept =
      first.map(context.age) ?? Double(wal.backups) * context.declaration.targets.backupInterval
    guard kept < expected else { return [] }
    return [
      Finding(
        id: "repository.retention", severity: .warning,
        headline: "Any moment can be restored only of the last \(Format.age(kept)), expected "
          + "\(Format.span(expected)): WAL before that is expired on purpose",
        evidence: [
          context.evidence(Sanitizer.clean(wal.text, limit: 120), .retention),
          context.evidence(Sanitizer.clean(policy.text, limit: 80), .retention),
        ],
        remedy:
          "Keep the WAL as long as the backups: take \(Sanitizer.clean(wal.text, limit: 120)) "
          + "out of the configuration.", ceiling: .likely)
    ]
  }

  /// What is so by design is said, and is no alarm.
  static let singleMoments = Rule(
    "repository.single-moments", .info, "WAL thinned", needs: [.backups, .retention]
  ) { context in
    guard let wal = context.report.retention.value?.wal, let window = context.window,
      !window.points.isEmpty, window.holes.isEmpty, let first = window.first
    else { return [] }
    let count = window.points.count
    return [
      Finding(
        id: "repository.single-moments", severity: .info,
        headline:
          "Any moment since \(RecoveryReach.moment(first, now: context.now)) can be restored; "
          + "\(count) older backup\(count == 1 ? "" : "s") to \(count == 1 ? "its" : "their") own end only, "
          + "as configured",
        evidence: [context.evidence(Sanitizer.clean(wal.text, limit: 120), .retention)]
          + window.points.suffix(4).map {
            context.evidence("restorable to \(Format.timestamp($0))", .backups)
          },
        remedy: "Nothing to do, where that is what was meant.", ceiling: .proven)
    ]
  }

  /// What every restore reads first cannot be read.
  static let unreadable = Rule("repository.unreadable", .critical, "repo unreadable") { context in
    guard let fault = context.report.repositoryFault else { return [] }
    let what = Sanitizer.clean(fault.what, limit: 200)
    return [
      Finding(
        id: "repository.unreadable", severity: .critical,
        headline: "Nothing can be restored from the repository as it is: \(what)",
        evidence: [
          Evidence(what: what, source: Sanitizer.clean(fault.source, limit: 80), at: fault.at)
        ],
        remedy: Sanitizer.clean(fault.remedy, limit: 300), ceiling: .notRecoverable)
    ]
  }

  /// No scare and no false comfort: who holds what can read what.
  static let encryption = Rule("repository.encryption", .info, "not encrypted", needs: [.backups]) {
    context in
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
