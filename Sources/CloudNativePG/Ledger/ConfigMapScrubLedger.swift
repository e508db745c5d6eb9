import RecoveryModel

/// What scrubs of a cluster have read, in the ConfigMap of its ledger: for all consoles that watch the cluster.
struct ConfigMapScrubLedger: ScrubLedger {
  let ledger: ConfigMapLedger

  func records() async throws(RecoveryError) -> [ScrubRecord] { try await ledger.read().scrubs }

  func history() async throws(RecoveryError) -> ScrubHistory { try await ledger.read().history }

  func append(_ record: ScrubRecord) async throws(RecoveryError) {
    try await ledger.append(scrub: record)
  }

  func lock(_ holder: LockHolder) async throws(RecoveryError) -> LockAttempt {
    try await ledger.lock(.scrub, holder)
  }
}
