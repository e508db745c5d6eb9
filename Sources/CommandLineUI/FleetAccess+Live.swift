import Glibc
import RecoveryModel
import RecoveryService

extension FleetAccess {
  /// Over the real service.
  package init(_ services: Services) {
    let fleet = services.fleet
    self.init(
      look: {
        await fleet.findClusters(named: $0)
        return await fleet.snapshot()
      },
      refresh: { names in
        if names == nil { await fleet.findClusters() }
        await fleet.refresh(force: true, only: names)
        return await fleet.snapshot()
      },
      snapshots: { fleet.snapshots() },
      watch: { await fleet.run(interval: $0) },
      plan: { try await fleet.plan($0, cluster: $1, for: $2) },
      execute: { await fleet.execute($0) },
      cancel: { await fleet.cancel(cluster: $0) },
      reap: { await fleet.reaping(only: $0) },
      due: { await fleet.dueDrills() },
      drills: { try await fleet.drills(of: $0) },
      audit: { try await services.auditLines() },
      living: { await fleet.livingDrills() },
      askReadiness: { await fleet.askReadiness(of: $0) },
      scrub: { try await fleet.scrub($0, limits: $1, progress: $2) },
      find: { try await fleet.findActs($0, $1, progress: $2) },
      recover: { try await fleet.recovery($0, cluster: $1) },
      close: { await fleet.close() }, logFile: services.paths.logFile,
      readOnly: services.configuration.readOnly, looksForClusters: services.looksForClusters)
  }
}

extension Services {
  fileprivate func auditLines() async throws -> [AuditLine] {
    let entries = try await audit.entries()
    let abandoned = entries.abandoned(on: environment.host) { kill($0, 0) == 0 || errno == EPERM }
    return entries.map { entry in
      var line = AuditLine(entry)
      if entry.event == .started, abandoned.contains(entry.operation) { line.abandoned = true }
      return line
    }
  }
}

extension AuditLine {
  init(_ entry: AuditEntry) {
    self.init(
      at: entry.at, user: entry.user, host: entry.host, cluster: entry.cluster,
      operation: entry.operation, kind: entry.kind, event: entry.event.rawValue,
      outcome: entry.outcome, summary: entry.summary ?? entry.what)
    place = entry.place
    sandbox = entry.sandbox
  }
}
