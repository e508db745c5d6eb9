import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Removes from the drill namespace what drills that died or expired left behind, and closes their records.
package struct ClusterDrillReaper: Sendable {
  package var site: ClusterSite
  package var limits: OperationLimits
  package var environment: EngineEnvironment
  package var process: Int32

  private var cleanup: DrillCleanup {
    DrillCleanup(client: site.client, namespace: site.drillNamespace, limits: limits)
  }

  private var source: ObjectKey { ObjectKey(namespace: site.namespace, name: site.name) }

  /// Of all clusters that drill in this namespace, or of this one alone. Never the drill `spared`. Throws when the
  /// namespace cannot be looked at.
  package func reap(
    thisClusterOnly: Bool = false, sparing spared: String? = nil
  ) async throws -> [ReapedDrill] {
    let found = try await cleanup.all()
    var reaped: [ReapedDrill] = []
    for (id, objects) in Dictionary(grouping: found, by: \.tag.id).sorted(by: { $0.key < $1.key }) {
      guard id != spared, let tag = objects.first?.tag,
        !thisClusterOnly || tag.source == source, await isDead(tag)
      else { continue }
      guard let drill = await reap(tag, objects) else { break }
      reaped.append(drill)
    }
    return reaped
  }

  /// Drills of all clusters that are under way and keep what they made. Throws when the namespace cannot be looked at.
  package func living() async throws -> [LivingDrill] {
    var living: [LivingDrill] = []
    var seen: Set<String> = []
    for tag in try await cleanup.all().map(\.tag) where seen.insert(tag.id).inserted {
      guard await !isDead(tag) else { continue }
      living.append(
        LivingDrill(
          id: tag.id, cluster: "\(tag.source.namespace)/\(tag.source.name)",
          owner: "\(tag.user), process \(tag.process) on \(tag.host)", expires: tag.expires))
    }
    return living.sorted { $0.id < $1.id }
  }

  /// Another live drill of this cluster. Throws when the namespace cannot be looked at.
  package func living(besides own: String) async throws -> DrillTag? {
    for object in try await cleanup.all() where object.tag.id != own && object.tag.source == source
    {
      if await !isDead(object.tag) { return object.tag }
    }
    return nil
  }

  /// Expired, its process is gone from this host, or its owner no longer holds the cluster's lock. Unknown is alive.
  private func isDead(_ tag: DrillTag) async -> Bool {
    if tag.expires < environment.now() { return true }
    if tag.host == environment.host, tag.process == process {
      return !ActiveDrills.contains(tag.id)
    }
    // Killed on this very host: its lock need not run out first.
    if LockHolder.isGone(process: tag.process, host: tag.host, seenFrom: environment.host) {
      return true
    }
    guard let (document, at) = try? await store(tag.source).read() else { return false }
    guard let lock = document.lock, lock.isAlive(at: at) else { return true }
    return lock.holder.host != tag.host || lock.holder.process != tag.process
  }

  /// nil when it was cancelled in the middle: the next one judges what is left.
  private func reap(_ tag: DrillTag, _ objects: [MarkedObject]) async -> ReapedDrill? {
    let copy = objects.first { $0.resource == CNPGCluster.resource }?.metadata.name
    let ledger = try? await store(tag.source).read().document
    let report = await cleanup.destroy(tag.id, copy: copy)
    guard !Task.isCancelled else { return nil }
    var record = interrupted(tag, objects, ledger)
    record.leftBehind = report.remaining
    let unwritten = await close(record, of: tag).map { ["its ledger line: \($0)"] } ?? []
    return ReapedDrill(
      id: tag.id, record: record, removed: report.removed, remaining: report.remaining + unwritten)
  }

  /// As far as its journal, its objects and its lock tell.
  private func interrupted(
    _ tag: DrillTag, _ objects: [MarkedObject], _ ledger: LedgerDocument?
  ) -> DrillRecord {
    let running = ledger?.running.flatMap { $0.record.id == tag.id ? $0 : nil }
    var journal = running ?? unknown(tag)
    let signs = objects.compactMap { $0.metadata.creationTimestamp?.date }
    var heard = signs.max()
    if let lock = ledger?.lock, lock.holder.host == tag.host, lock.holder.process == tag.process {
      heard = max(heard ?? lock.renewedAt, lock.renewedAt)
    }
    let hasCopy = objects.contains { $0.resource == CNPGCluster.resource }
    journal.enter(
      hasCopy ? .restoring : .provisioning,
      elapsed: signs.min()?.timeIntervalSince(journal.record.startedAt) ?? 0)
    let owner = "pgvigil (process \(tag.process) on \(Sanitizer.clean(tag.host, limit: 80)))"
    return journal.interrupted(owner: owner, heard: heard.map { min($0, environment.now()) })
  }

  /// Into the ledger of the cluster that was drilled, which need not be the one that asked; what stood in the way.
  private func close(_ record: DrillRecord, of tag: DrillTag) async -> (any Error)? {
    do {
      try await store(tag.source).change { document, _ in
        var changed = try document.append(record)
        if document.running?.record.id == record.id {
          document.running = nil
          changed = true
        }
        return changed
      }
      return nil
    } catch {
      return error
    }
  }

  /// A drill of which nothing was written down but its mark.
  private func unknown(_ tag: DrillTag) -> DrillJournal {
    let name =
      tag.source == source
      ? site.declaration.name : "\(tag.source.namespace)/\(tag.source.name)"
    return DrillJournal(
      DrillRecord(
        id: tag.id, cluster: name, engine: site.declaration.engine, startedAt: tag.started,
        finishedAt: tag.started, outcome: .couldNotRun, host: tag.host, user: tag.user,
        version: environment.version))
  }

  private func store(_ cluster: ObjectKey) -> LedgerStore {
    LedgerStore(
      client: site.client, namespace: site.drillNamespace, cluster: cluster, now: environment.now)
  }
}
