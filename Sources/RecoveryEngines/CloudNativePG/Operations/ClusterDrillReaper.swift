import FoundationEssentials
import RecoveryModel
import Synchronization

/// Removes from the drill namespace what drills that died or expired left behind, and closes their records.
struct ClusterDrillReaper: Sendable {
  var site: ClusterSite
  var limits: OperationLimits
  var environment: EngineEnvironment
  var process: Int32

  private var cleanup: DrillCleanup {
    DrillCleanup(client: site.client, namespace: site.drillNamespace, limits: limits)
  }

  private var source: ObjectKey { ObjectKey(namespace: site.namespace, name: site.name) }

  /// Of all clusters that drill in this namespace, or of this one alone. Never the drill `spared`. Throws when the
  /// namespace cannot be looked at.
  func reap(
    thisClusterOnly: Bool = false, sparing spared: String? = nil
  ) async throws -> [ReapedDrill] {
    let found = try await cleanup.all()
    var reaped: [ReapedDrill] = []
    for (id, objects) in Dictionary(grouping: found, by: \.tag.id).sorted(by: { $0.key < $1.key }) {
      guard id != spared, let tag = objects.first?.tag,
        !thisClusterOnly || tag.source == source, await isDead(tag)
      else { continue }
      reaped.append(await reap(tag, objects))
    }
    return reaped
  }

  /// Another live drill of this cluster. Throws when the namespace cannot be looked at.
  func living(besides own: String) async throws -> DrillTag? {
    for object in try await cleanup.all() where object.tag.id != own && object.tag.source == source
    {
      if await !isDead(object.tag) { return object.tag }
    }
    return nil
  }

  /// Expired, or its owner no longer holds the cluster's lock. Unknown is alive.
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

  private func reap(_ tag: DrillTag, _ objects: [MarkedObject]) async -> ReapedDrill {
    let copy = objects.first { $0.resource == CNPGCluster.resource }?.metadata.name
    let report = await cleanup.destroy(tag.id, copy: copy)
    let journal = (try? await store(tag.source).read().document.running)
      .flatMap { $0?.record.id == tag.id ? $0 : nil }
    let owner = "pgvigil (process \(tag.process) on \(Sanitizer.clean(tag.host, limit: 80)))"
    var record = (journal ?? unknown(tag)).interrupted(at: environment.now(), owner: owner)
    record.leftBehind = report.remaining
    await close(record, of: tag)
    return ReapedDrill(
      id: tag.id, record: record, removed: report.removed, remaining: report.remaining)
  }

  /// Into the ledger of the cluster that was drilled, which need not be the one that asked.
  private func close(_ record: DrillRecord, of tag: DrillTag) async {
    ReapedRecords.note(record.id, of: tag.source)
    _ = try? await store(tag.source).change { document, _ in
      var changed = try document.append(record)
      if document.running?.record.id == record.id {
        document.running = nil
        changed = true
      }
      return changed
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
        finishedAt: tag.started, outcome: .failed, host: tag.host, user: tag.user,
        version: environment.version))
  }

  private func store(_ cluster: ObjectKey) -> LedgerStore {
    LedgerStore(
      client: site.client, namespace: site.drillNamespace, cluster: cluster, now: environment.now)
  }
}

/// Which cluster's ledger a reaped drill belongs in, so that no other one takes it from whoever hands the records round.
enum ReapedRecords {
  private static let clusters = Mutex<[String: ObjectKey]>([:])

  static func note(_ id: String, of cluster: ObjectKey) { clusters.withLock { $0[id] = cluster } }

  static func belongs(_ id: String, to cluster: ObjectKey) -> Bool {
    clusters.withLock { $0[id].map { $0 == cluster } ?? true }
  }
}
