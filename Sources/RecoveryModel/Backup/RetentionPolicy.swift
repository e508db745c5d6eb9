/// What the repository is told to keep.
package struct RetentionPolicy: Sendable, Equatable {
  /// Full backups to keep, when kept by count.
  package var fullCount: Int?
  /// Seconds to keep, when kept by time.
  package var period: Double?
  /// WAL is kept to any moment from there on, of older backups no more than each needs; nil = all of it.
  package var wal: WALRetention?
  /// The setting as the tool spells it, for evidence.
  package var text: String

  package init(fullCount: Int? = nil, period: Double? = nil, text: String) {
    self.fullCount = fullCount
    self.period = period
    self.text = text
  }
}

/// WAL between backups that is expired on purpose: older ones bring back their own end and no other moment.
package struct WALRetention: Sendable, Equatable {
  /// All WAL since the so many newest backups is kept.
  package var backups: Int
  /// Of these kinds.
  package var kinds: Set<BackupKind>
  /// The setting as the tool spells it.
  package var text: String

  package init(backups: Int, kinds: Set<BackupKind> = Set(BackupKind.allCases), text: String) {
    self.backups = backups
    self.kinds = kinds
    self.text = text
  }

  /// The backup from which on WAL is whole, of these, oldest first; nil = from the oldest.
  func anchor(_ backups: [Backup]) -> Backup? {
    let counted = backups.filter { kinds.contains($0.kind) }
    return counted.count > self.backups && self.backups > 0
      ? counted[counted.count - self.backups] : nil
  }
}
