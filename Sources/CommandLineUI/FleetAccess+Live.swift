import RecoveryModel
import RecoveryService

extension FleetAccess {
  /// Over the real service.
  init(_ services: Services) {
    let fleet = services.fleet
    var ledgers: [String: any DrillLedger] = [:]
    for cluster in services.configuration.clusters {
      let name = cluster.declaration.name
      ledgers[name] = FileDrillLedger(
        path: cluster.ledger ?? services.paths.ledgerFile(cluster: name),
        shared: cluster.ledger != nil)
    }
    let readable = ledgers
    self.init(
      declarations: services.configuration.clusters.map(\.declaration),
      refresh: {
        await fleet.refresh(force: true)
        return await fleet.snapshot()
      },
      snapshots: { fleet.snapshots() },
      watch: { await fleet.run(interval: $0) },
      plan: { try await fleet.plan($0, cluster: $1, for: $2) },
      execute: { await fleet.execute($0) },
      cancel: { await fleet.cancel(cluster: $0) },
      reap: { await fleet.reap() },
      due: { await fleet.dueDrills() },
      drills: { try await readable[$0]?.contents().drills ?? [] },
      audit: { try await services.audit.entries().map(AuditLine.init) },
      close: { await fleet.close() }, logFile: services.paths.logFile,
      readOnly: services.configuration.readOnly)
  }
}

extension AuditLine {
  init(_ entry: AuditEntry) {
    self.init(
      at: entry.at, user: entry.user, host: entry.host, cluster: entry.cluster,
      operation: entry.operation, kind: entry.kind, event: entry.event.rawValue,
      outcome: entry.outcome?.key, summary: entry.summary ?? entry.what)
  }
}
