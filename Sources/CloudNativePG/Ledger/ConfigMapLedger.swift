import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel
import Synchronization

/// A cluster's drills and operation lock in a ConfigMap of the drill namespace, for all consoles that watch the cluster.
/// Reading costs no request: the watch has it.
package final class ConfigMapLedger: DrillLedger {
  package let store: LedgerStore
  private let watched: ResourceCache<ConfigMap>
  private let limits: OperationLimits
  /// What we wrote last: the watch may be a moment behind.
  private let written = Mutex<ConfigMap?>(nil)
  /// What the version that was read last says.
  private let decoded = Mutex<(version: String, reading: Reading)?>(nil)

  /// All that a version says.
  struct Reading: Sendable {
    var contents = LedgerContents()
    var scrubs: [ScrubRecord] = []
    var history = ScrubHistory()
  }

  /// Seconds that the first list may take, and between two looks whether it came.
  private static let patience = (limit: 5.0, step: 0.1)

  init(
    store: LedgerStore, watched: ResourceCache<ConfigMap>, limits: OperationLimits
  ) {
    self.store = store
    self.watched = watched
    self.limits = limits
  }

  package var place: String { "ConfigMap \(store.namespace)/\(store.name)" }

  package func contents() async throws(RecoveryError) -> LedgerContents {
    try await read().contents
  }

  func read() async throws(RecoveryError) -> Reading {
    guard let map = try await seen() else { return Reading() }
    let version = map.metadata.resourceVersion
    if let known = decoded.withLock({ $0 }), known.version == version { return known.reading }
    let document = LedgerDocument(map.data ?? [:])
    let scrubs = document.scrubs.records
    let reading = Reading(
      contents: document.contents(place: place), scrubs: scrubs, history: ScrubHistory(scrubs))
    decoded.withLock { $0 = version.map { ($0, reading) } }
    return reading
  }

  @discardableResult
  package func append(_ drill: DrillRecord) async throws(RecoveryError) -> Bool {
    let made = try await change { document, _ in try document.append(drill) }
    return made != nil
  }

  /// Not ours to cancel: a scrub that is stopped keeps what it has read.
  func append(scrub record: ScrubRecord) async throws(RecoveryError) {
    let writing = Task { () async -> RecoveryError? in
      do throws(RecoveryError) {
        _ = try await change { document, _ in
          try document.scrubs.append(record)
          return true
        }
        return nil
      } catch { return error }
    }
    if let error = await writing.value { throw error }
  }

  package func lock(_ holder: LockHolder) async throws(RecoveryError) -> LockAttempt {
    try await lock(.operation, holder)
  }

  /// Never waits for a holder; a lock that was not renewed is taken over. Where the drill namespace is missing or
  /// closed to us, nothing can be shared: the lock is then this process's own business.
  func lock(
    _ kind: LedgerDocument.Lock, _ holder: LockHolder
  ) async throws(RecoveryError) -> LockAttempt {
    let token = String(UInt64.random(in: .min ... .max), radix: 36)
    let busy = Mutex<LockHolder?>(nil)
    let lifetime = limits.lockExpiry
    do {
      let taken = try await change { document, at in
        if let lock = document[kind], lock.isAlive(at: at), !holder.knowsDead(lock.holder) {
          busy.withLock { $0 = lock.holder }
          return false
        }
        document[kind] = LedgerLock(
          holder: holder, token: token, renewedAt: at, lifetime: lifetime,
          tookOver: document[kind]?.holder)
        return true
      }
      guard taken != nil else { return .busy(busy.withLock { $0 }) }
    } catch {
      guard error.code == .denied || error.code == .invalid else { throw error }
      return .held(UnsharedLock())
    }
    return .held(
      LedgerLease(
        ledger: self, kind: kind, holder: holder, token: token, every: limits.lockRenewal))
  }

  /// Keeps the journal of a drill under way where others find it; nil takes it away. Best effort: a drill does not fail
  /// for want of it.
  package func keep(_ journal: DrillJournal?) async {
    _ = try? await change { document, _ in
      document.running = journal
      return true
    }
  }

  package func keep(_ notes: ClusterNotes) async throws(RecoveryError) {
    _ = try await change { document, at in
      var all = document.notes
      all.merge(notes, at: at)
      guard all != document.notes else { return false }
      document.notes = all
      return true
    }
  }

  /// false when it is another's. One that is gone (somebody deleted the ConfigMap, or spoiled it) is put back: without
  /// it others would take a living drill for dead.
  fileprivate func renew(
    _ kind: LedgerDocument.Lock, _ token: String, of holder: LockHolder
  ) async -> Bool {
    let lost = Mutex(false)
    let lifetime = limits.lockExpiry
    do {
      _ = try await change { document, at in
        guard !Task.isCancelled else { return false }
        let lock =
          document[kind]
          ?? LedgerLock(holder: holder, token: token, renewedAt: at, lifetime: lifetime)
        guard lock.token == token else {
          lost.withLock { $0 = true }
          return false
        }
        document[kind] = lock
        document[kind]?.renewedAt = at
        return true
      }
    } catch {
      // Out of reach: it may come back before anybody else wants the lock.
    }
    return !lost.withLock { $0 }
  }

  fileprivate func release(_ kind: LedgerDocument.Lock, _ token: String) async {
    _ = try? await change { document, _ in
      guard document[kind]?.token == token else { return false }
      document[kind] = nil
      return true
    }
  }

  // MARK: The two views

  private func change(
    _ body: (inout LedgerDocument, Date) throws -> Bool
  ) async throws(RecoveryError) -> ConfigMap? {
    do {
      let map = try await store.change(body)
      if let map { written.withLock { $0 = map } }
      return map
    } catch let error as RecoveryError {
      throw error
    } catch is CancellationError {
      throw RecoveryError(.cancelled, "writing \(place) was cancelled")
    } catch {
      throw RecoveryError(.failed, "\(place): \(error)")
    }
  }

  private func seen() async throws(RecoveryError) -> ConfigMap? {
    var waited = 0.0
    while true {
      switch watched.index.state {
      case .synced:
        // A ConfigMap is its own owner.
        let key = ObjectKey(namespace: store.namespace, name: store.name)
        return newer(watched.index.objects(of: key).first)
      case .failed(let error, _): throw error
      case .starting:
        guard waited < Self.patience.limit, !Task.isCancelled else {
          throw RecoveryError(.unreachable, "\(place) has not been read yet")
        }
        waited += Self.patience.step
        try? await Task.sleep(for: .seconds(Self.patience.step))
      }
    }
  }

  private func newer(_ watched: ConfigMap?) -> ConfigMap? {
    written.withLock { own in
      guard let mine = own else { return watched }
      guard let watched else { return mine }
      let version = { (map: ConfigMap) in map.metadata.resourceVersion.flatMap { UInt64($0) } ?? 0 }
      if version(watched) >= version(mine) {
        own = nil
        return watched
      }
      return mine
    }
  }
}

/// A lock of the ledger while we hold it, renewed until it is released.
private final class LedgerLease: OperationLock {
  private let ledger: ConfigMapLedger
  private let kind: LedgerDocument.Lock
  private let token: String
  private let renewal: Task<Void, Never>

  init(
    ledger: ConfigMapLedger, kind: LedgerDocument.Lock, holder: LockHolder,
    token: String, every seconds: Double
  ) {
    self.ledger = ledger
    self.kind = kind
    self.token = token
    renewal = Task {
      while (try? await Task.sleep(for: .seconds(seconds))) != nil {
        guard await ledger.renew(kind, token, of: holder) else { return }
      }
    }
  }

  deinit { renewal.cancel() }

  func release() async {
    guard !renewal.isCancelled else { return }
    renewal.cancel()
    // Not ours to cancel: a lock left behind stands in everybody's way for a minute.
    await Task { [ledger, kind, token] in await ledger.release(kind, token) }.value
  }
}

/// Where there is no place to share a lock in.
private struct UnsharedLock: OperationLock {
  func release() async {}
}
