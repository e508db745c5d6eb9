import FoundationEssentials

/// Where it is kept what scrubs of a cluster have read; append-only.
package protocol ScrubLedger: Sendable {
  /// In the order in which they were written; those that cannot be read are left out. Cheap when nothing has changed.
  func records() async throws(RecoveryError) -> [ScrubRecord]

  /// What they say together.
  func history() async throws(RecoveryError) -> ScrubHistory

  func append(_ record: ScrubRecord) async throws(RecoveryError)

  /// Two scrubs of a cluster at a time would read the same. Never waits for a holder.
  func lock(_ holder: LockHolder) async throws(RecoveryError) -> LockAttempt
}
