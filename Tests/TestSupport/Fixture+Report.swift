import FoundationEssentials
import RecoveryModel

extension Fixture {
  /// A value seen now, by a source named after nothing in particular.
  package static func observed<Value>(
    _ value: Value, source: String = "fixture", at: Date = date
  ) -> Observed<Value> { .value(value, source: source, at: at) }

  package static func unavailable<Value>(
    _ part: String, reason: String = "connection refused", remedy: String = "start it"
  ) -> Observed<Value> {
    .unavailable(Unavailable(part: part, reason: reason, remedy: remedy), at: date)
  }

  /// Everything answered and everything is well.
  package static func report(
    instances: [Instance] = instances(), archive: ArchiveStatus = archiveStatus(),
    backups: BackupCatalog = catalog(), walArchive: WALArchive = walArchive(),
    retention: RetentionPolicy = RetentionPolicy(fullCount: 30, text: "repo1-retention-full=30"),
    storage: StorageUsage = StorageUsage(
      repositoryBytes: 2 << 30, repositoryFreeBytes: 40 << 30, drillFreeBytes: 40 << 30),
    configuration: ServerConfiguration = ServerConfiguration(
      sharedBuffers: 1 << 30, dataChecksums: true, asynchronousWALFetch: true, restoreWorkers: 2,
      databaseBytes: 980 << 20),
    at: Date = date
  ) -> EngineReport {
    var report = EngineReport()
    report.instances = observed(instances, source: "pg_stat_replication", at: at)
    report.archive = observed(archive, source: "pg_stat_archiver on primary", at: at)
    report.backups = observed(backups, source: "pgbackrest info", at: at)
    report.walArchive = observed(walArchive, source: "pgbackrest repo-ls archive", at: at)
    report.retention = observed(retention, source: "pgbackrest.conf", at: at)
    report.storage = observed(storage, source: "statvfs", at: at)
    report.configuration = observed(configuration, source: "pg_settings", at: at)
    return report
  }

  /// A drill that ended `finished`, by default eight hours ago, and passed.
  package static func drill(
    _ id: String = "d1", outcome: DrillOutcome = .passed, finished: Date? = nil,
    backup: String? = "20261122-030000F", failedIn: DrillState? = nil, reason: String? = nil,
    timeline: UInt32? = 1, predicted: Estimate? = Estimate(expected: 20, low: 14, high: 28),
    restoring: Double = 2.2, replaying: Double = 14, starting: Double = 0.8,
    restoredBytes: Int64 = 980 << 20,
    replay: ReplayLoad = ReplayLoad(segments: 31, walBytes: 31 << 24, storedBytes: 31 * 3 << 20),
    tests: [SmokeTestResult]? = nil, leftBehind: [String] = []
  ) -> DrillRecord {
    let end = finished ?? ago(hours(8))
    let passed = outcome == .passed
    return DrillRecord(
      id: id, cluster: "auth-db", engine: "pgbackrest",
      startedAt: end.addingTimeInterval(-restoring - replaying - starting - 4), finishedAt: end,
      outcome: outcome, reason: reason, failedIn: failedIn, backup: backup,
      backupFinishedAt: ago(hours(9)), targetLSN: LSN(159 << 24), reachedLSN: LSN(159 << 24 | 0x98),
      reachedTime: end.addingTimeInterval(-60), timeline: timeline, predicted: predicted,
      measuredRTO: passed ? restoring + replaying + starting : nil,
      phases: [
        DrillPhase(state: .preflight, seconds: 0.3),
        DrillPhase(state: .provisioning, seconds: 0.1),
        DrillPhase(state: .restoring, seconds: restoring, bytes: restoredBytes),
        DrillPhase(state: .replaying, seconds: replaying, bytes: replay.walBytes),
        DrillPhase(state: .smokeTesting, seconds: 1.1),
        DrillPhase(state: .destroying, seconds: 0.6),
      ], restoredBytes: restoredBytes, replay: replay,
      tests: tests ?? (passed ? [smokeTestResult()] : []), leftBehind: leftBehind,
      host: "jump-1", user: "oncall", version: "0.1.0")
  }

  package static func smokeTestResult(
    _ name: String = "users", passed: Bool? = true, rows: Int64 = 252_382
  ) -> SmokeTestResult {
    SmokeTestResult(
      name: name, answer: "\(rows)", rows: rows, production: "\(rows)",
      expectation: "within 5% of production", passed: passed,
      detail: "\(rows) rows, production has \(rows)", seconds: 1.1)
  }

  package static func plan(
    _ request: OperationRequest = .backup(.full), id: String = "op1", cluster: String = "auth-db",
    requirements: [Requirement] = []
  ) -> OperationPlan {
    OperationPlan(
      id: id, cluster: cluster, request: request,
      title: request.kind == .backup
        ? "Take a full base backup of \(cluster)" : "Verify the newest backup of \(cluster)",
      steps: ["first this", "then that"], notes: ["reads about 980 MiB"],
      requirements: requirements, expected: Estimate(expected: 10, low: 8, high: 15))
  }

  package static func operation(
    _ request: OperationRequest = .backup(.full), fraction: Double? = 0.4
  ) -> RunningOperation {
    RunningOperation(
      plan: plan(request), startedAt: ago(4), step: "copying files",
      drillState: request.kind == .drill ? .restoring : nil, fraction: fraction,
      bytesDone: 400 << 20, bytesTotal: 980 << 20, log: ["started"])
  }
}
