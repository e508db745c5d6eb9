import FoundationEssentials
import RecoveryModel

extension OperationRunner {
  /// Removes what dead drills left, under the cluster's lock so that a live one is never taken for dead, and
  /// gives each its ledger line. Empty when the cluster is busy. Throws where it could not be looked for.
  func reap() async throws -> [ReapedDrill] {
    let holder = LockHolder(
      user: environment.engine.user, host: environment.engine.host, process: environment.process,
      operation: "removal of leftovers", since: environment.engine.now())
    guard case .held(let lock) = try await watched.ledger.lock(holder) else { return [] }
    do {
      let reaped = try await recordReaped()
      await lock.release()
      return reaped
    } catch {
      await lock.release()
      throw error
    }
  }

  /// The same for whoever holds the lock already, or where the engine needs none. An engine with a ledger of its own
  /// has written the lines itself.
  func recordReaped() async throws -> [ReapedDrill] {
    var reaped = try await watched.engine.reap()
    for index in reaped.indices {
      if var record = reaped[index].record, watched.engine.ledger == nil {
        // Whoever ran it died, unless the engine knows better: that says nothing about the backup.
        if record.outcome == .failed, record.cause == nil { record.cause = .interrupted }
        reaped[index].record = record
        do {
          try await watched.ledger.append(record)
        } catch {
          reaped[index].remaining.append("its ledger line: \(error)")
        }
      }
      await note(reaped[index])
    }
    return reaped
  }

  /// A record may have been made under another name of this very cluster.
  private func name(of drill: ReapedDrill) -> String {
    guard let place = watched.declaration.place else {
      return drill.record?.cluster ?? watched.declaration.name
    }
    let told = drill.record?.cluster
    let isOurs = told.map { $0 == place.name || $0.hasSuffix("\(place.namespace)/\(place.name)") }
    return isOurs ?? true ? watched.declaration.name : told ?? watched.declaration.name
  }

  private func note(_ drill: ReapedDrill) async {
    let remaining = drill.remaining.isEmpty ? "nothing" : drill.remaining.joined(separator: ", ")
    let name = name(of: drill)
    // What is gone is gone: a missing line here cannot be answered by refusing.
    try? await audit.append(
      AuditEntry(
        at: environment.engine.now(), event: .reaped, user: environment.engine.user,
        host: environment.engine.host, process: environment.process,
        cluster: name, operation: drill.id,
        kind: drill.kind,
        what: "removed \(drill.removed.count) leftovers of a dead \(drill.kind.rawValue)",
        summary: "remaining: \(remaining)",
        of: name == watched.declaration.name ? watched.declaration : nil))
  }
}
