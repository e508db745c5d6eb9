import FoundationEssentials
import RecoveryModel
import Synchronization

/// What all consoles of a cluster have read, with what this host keeps for itself where it may not write to the shared one.
package final class SharedScrubLedger: ScrubLedger {
  private let shared: any ScrubLedger
  private let own: any ScrubLedger
  private let joined = Mutex<(records: [ScrubRecord], history: ScrubHistory)?>(nil)

  package init(shared: any ScrubLedger, own: any ScrubLedger) {
    self.shared = shared
    self.own = own
  }

  package func records() async throws(RecoveryError) -> [ScrubRecord] {
    let own = try await own.records()
    let shared = try await shared.records()
    return own.isEmpty ? shared : (shared + own).sorted { $0.finishedAt < $1.finishedAt }
  }

  package func history() async throws(RecoveryError) -> ScrubHistory {
    if try await own.records().isEmpty { return try await shared.history() }
    let records = try await records()
    if let known = joined.withLock({ $0 }), known.records == records { return known.history }
    let history = ScrubHistory(records)
    joined.withLock { $0 = (records, history) }
    return history
  }

  package func append(_ record: ScrubRecord) async throws(RecoveryError) {
    do throws(RecoveryError) {
      try await shared.append(record)
    } catch {
      // What was read is not lost for want of a right.
      guard error.code == .denied || error.code == .invalid else { throw error }
      try await own.append(record)
    }
  }

  package func lock(_ holder: LockHolder) async throws(RecoveryError) -> LockAttempt {
    try await shared.lock(holder)
  }
}
