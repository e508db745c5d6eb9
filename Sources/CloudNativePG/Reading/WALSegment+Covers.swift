import RecoveryModel

extension WALSegment {
  /// Everything up to and including `other` is archived once this one is: the archiver goes by name, and a later
  /// timeline goes on where an earlier one was left.
  package func covers(_ other: WALSegment) -> Bool {
    timeline >= other.timeline && number >= other.number
  }
}
