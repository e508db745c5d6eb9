import FoundationEssentials
import RecoveryModel
import RecoveryService
import Synchronization
import Testing

/// Noon of a fixed day.
let noon = Date(timeIntervalSince1970: 1_795_348_800)

/// A clock that stands still until told otherwise.
final class FixedClock: Sendable {
  private let time = Mutex(noon)
  var now: Date { time.withLock { $0 } }
  func advance(_ seconds: Double) { time.withLock { $0.addTimeInterval(seconds) } }
}

/// Waits that last until the test ends them, or until they are cancelled.
final class Waits: Sendable {
  private struct State {
    var next = 0
    var pending: [Int: (seconds: Double, continuation: CheckedContinuation<Bool, Never>)] = [:]
    var begun: [Double] = []
  }
  private let state = Mutex(State())

  var begun: [Double] { state.withLock { $0.begun } }

  func sleep(_ seconds: Double) async throws {
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    let elapsed = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let cancelled = state.withLock { state in
          state.begun.append(seconds)
          if Task.isCancelled { return true }
          state.pending[id] = (seconds, continuation)
          return false
        }
        if cancelled { continuation.resume(returning: false) }
      }
    } onCancel: {
      let wait = state.withLock { $0.pending.removeValue(forKey: id) }
      wait?.continuation.resume(returning: false)
    }
    if !elapsed { throw CancellationError() }
  }

  /// Ends all waits of exactly this length; returns whether there were any.
  @discardableResult
  func end(_ seconds: Double) -> Bool {
    let ended = state.withLock { state in
      let ended = state.pending.filter { $0.value.seconds == seconds }
      for id in ended.keys { state.pending.removeValue(forKey: id) }
      return ended.values
    }
    for wait in ended { wait.continuation.resume(returning: true) }
    return !ended.isEmpty
  }
}

/// A fleet over fake engines, in a directory of its own.
struct FleetFixture {
  let directory: ScratchDirectory
  let clock = FixedClock()
  let waits = Waits()
  let engine: FakeEngine
  let fleet: FleetService
  let audit: AuditLog
  let ledger: FileDrillLedger

  /// Clusters are `auth-db` (run by `engine`) and the names of `others`. A second fixture over the same directory
  /// stands for another process.
  init(
    engine: FakeEngine = FakeEngine(), others: [(String, FakeEngine)] = [],
    directory: ScratchDirectory = ScratchDirectory(), user: String = "alice",
    auditPath: String? = nil, ledgerPath: String? = nil, drill: DrillSettings = DrillSettings(),
    projection: RTOProjection? = nil, discovery: FakeDiscovery? = nil, declared: Bool = true,
    assess: Assess? = nil
  ) {
    self.directory = directory
    self.engine = engine
    audit = AuditLog(path: auditPath ?? directory.file("state/audit.jsonl"))
    let (clock, waits) = (clock, waits)
    let ids = Mutex(0)
    let environment = EngineEnvironment(
      now: { clock.now }, host: "db1", user: user,
      newID: {
        ids.withLock {
          $0 += 1
          return "new\($0)"
        }
      }, version: "1.0")
    ledger = FileDrillLedger(path: ledgerPath ?? directory.file("auth-db.jsonl"))
    var watched: [WatchedCluster] = []
    if declared {
      watched.append(
        WatchedCluster(
          declaration: ClusterDeclaration(name: "auth-db", engine: "fake", drill: drill),
          engineTitle: "Fake", engine: engine, ledger: ledger,
          scrubs: FileScrubLedger(path: ledger.path + ".scrub"),
          notes: NotesFile(path: ledger.path + ".notes")))
    }
    for (name, engine) in others {
      watched.append(
        WatchedCluster(
          declaration: ClusterDeclaration(
            name: name, place: ClusterPlace(context: "here", namespace: "prod", name: name),
            engine: "fake"), engineTitle: "Fake", engine: engine,
          ledger: FileDrillLedger(path: directory.file("\(name).jsonl"))))
    }
    fleet = FleetService(
      clusters: watched,
      discovery: discovery.map { source in
        FleetDiscovery(source: source) {
          FileDrillLedger(
            path: Paths(configurationDirectory: directory.path, stateDirectory: directory.path)
              .ledgerFile(cluster: $0.name))
        }
      }, interval: 2,
      environment: ServiceEnvironment(
        engine: environment, process: 7, sleep: { try await waits.sleep($0) }),
      audit: audit,
      assess: assess ?? { input in
        ClusterSnapshot(
          declaration: input.declaration, engineTitle: input.engineTitle, takenAt: input.now,
          interval: input.interval, report: input.report, drills: input.drills,
          operation: input.operation, outcomes: input.outcomes, projection: projection,
          verdict: .proven)
      })
  }

  /// The first picture, from the present one on, that shows what is looked for.
  func picture(_ condition: (FleetSnapshot) -> Bool) async -> FleetSnapshot? {
    for await snapshot in fleet.snapshots() where condition(snapshot) { return snapshot }
    return nil
  }

  func cluster(_ name: String = "auth-db") async -> ClusterSnapshot? {
    await fleet.snapshot().clusters.first { $0.declaration.name == name }
  }
}

/// An answer that holds one instance, told apart by its name.
func instances(_ name: String, at date: Date = noon) -> ReportUpdate {
  var update = ReportUpdate()
  update.instances = .value(
    [Instance(name: name, role: .primary, state: .running, observedAt: date)],
    source: "pg_stat_replication", at: date)
  return update
}

func retention(_ text: String, at date: Date = noon) -> ReportUpdate {
  var update = ReportUpdate()
  update.retention = .value(RetentionPolicy(text: text), source: "pgbackrest.conf", at: date)
  return update
}

func drillRecord(
  _ id: String, outcome: DrillOutcome = .passed, at date: Date = noon
) -> DrillRecord {
  DrillRecord(
    id: id, cluster: "auth-db", engine: "fake", startedAt: date, finishedAt: date + 12,
    outcome: outcome, backup: "20261122-100443F", targetLSN: LSN(0x500_0000),
    reachedLSN: LSN(0x500_0000), measuredRTO: 9.5,
    phases: [DrillPhase(state: .restoring, seconds: 4, bytes: 100)], host: "db1", user: "alice",
    version: "1.0")
}
