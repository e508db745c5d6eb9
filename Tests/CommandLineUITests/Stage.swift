import FoundationEssentials
import RecoveryModel
import RecoveryService
import Synchronization
import TestSupport

@testable import CommandLineUI

/// A fleet in memory, captured streams and a fixed clock for one run of the command line.
final class Stage: Sendable {
  struct Seen {
    var answer = ""
    var diagnostics = ""
    var executed: [OperationPlan] = []
    var cancelled: [String] = []
    /// Fleets closed, with how much had been executed by then.
    var closed: [Int] = []
    var detached: [[String]] = []
    var console: [ConsoleRequest] = []
    /// Fleets opened for the console.
    var opened = 0
    var sandbox: [String] = []
    var stores: [StoreQuestion] = []
    var scrubs: [ScrubLimits] = []
    var searches: [ActSearchOrder] = []
    var purposes: [PlanPurpose] = []
    var reaps = 0
    var recoveries: [RecoveryQuestion] = []
    var requests: [FleetRequest] = []
    var questions: [String] = []
    var lookedFor: [[String]?] = []
    var refreshed: [[String]?] = []
    /// Verdicts of the fleet, one per refresh; the last stays.
    var pictures: [FleetSnapshot] = []
  }

  private let seen: Mutex<Seen>
  let outcome: OperationOutcome.Status
  let drills: [DrillRecord]
  let due: [String]
  let signalled: Bool
  let readOnly: Bool
  /// What planning throws; nil = it succeeds.
  let planFailure: (any Error)?
  /// What opening a fleet throws; nil = it succeeds.
  let openFailure: (any Error)?
  let consoleStatus: Int32
  let hasTerminal: Bool
  /// What the person at the terminal types when asked.
  let typed: String?
  /// Clusters are looked for.
  let finds: Bool
  /// Nothing can be written to standard output.
  let writeFailure: WriteFailure?
  /// What a search for leftovers finds.
  let reaping: Reaping
  /// What a look at a store finds.
  let store: Result<StoreSurvey, RecoveryError>
  /// What a scrub comes to.
  let scrub: Result<ScrubOutcome, RecoveryError>
  /// What looking for destroyed things comes to.
  let find: Result<ActSearch, RecoveryError>?
  /// There is no room for a recovery.
  let isCramped: Bool
  /// What has to be known before a plan is agreed to.
  let warnings: [String]

  init(
    _ clusters: [ClusterSnapshot] = [Fixture.cluster()],
    later: [[ClusterSnapshot]] = [], outcome: OperationOutcome.Status = .done,
    drills: [DrillRecord] = [], due: [String] = [], signalled: Bool = false,
    readOnly: Bool = false, planFailure: (any Error)? = nil, consoleStatus: Int32 = 0,
    hasTerminal: Bool = true, typed: String? = nil, finds: Bool = false,
    notices: [FleetNotice] = [], isComplete: Bool = true, writeFailure: WriteFailure? = nil,
    reaping: Reaping = Reaping(), openFailure: (any Error)? = nil,
    store: Result<StoreSurvey, RecoveryError> = .failure(RecoveryError(.failed, "no store")),
    scrub: Result<ScrubOutcome, RecoveryError> = .success(ScrubOutcome()),
    find: Result<ActSearch, RecoveryError>? = nil, isCramped: Bool = false,
    warnings: [String] = []
  ) {
    self.warnings = warnings
    self.find = find
    self.isCramped = isCramped
    self.scrub = scrub
    self.store = store
    self.openFailure = openFailure
    self.reaping = reaping
    self.writeFailure = writeFailure
    seen = Mutex(
      Seen(
        pictures: ([clusters] + later).map {
          var fleet = Fixture.fleet($0)
          fleet.notices = notices
          fleet.isComplete = isComplete
          return fleet
        }))
    self.hasTerminal = hasTerminal
    self.typed = typed
    self.finds = finds
    self.outcome = outcome
    self.drills = drills
    self.due = due
    self.signalled = signalled
    self.readOnly = readOnly
    self.planFailure = planFailure
    self.consoleStatus = consoleStatus
  }

  var state: Seen { seen.withLock { $0 } }

  func note(_ change: @Sendable (inout Seen) -> Void) { seen.withLock { change(&$0) } }

  /// Runs `pgvigil` with these words.
  func run(_ arguments: String...) async -> ExitStatus { await run(arguments) }

  func run(_ arguments: [String]) async -> ExitStatus {
    await CommandLineTool.run(arguments: arguments, in: context)
  }

  var contextForUsage: CommandContext { context }

  private var context: CommandContext {
    let output = Output(
      format: .text,
      writeAnswer: { [self] text in
        if let writeFailure { return writeFailure }
        note { $0.answer += text }
        return nil
      },
      writeDiagnostic: { [self] text in note { $0.diagnostics += text } })
    return CommandContext(
      composition: composition, output: output, environment: ["HOME": "/nonexistent"],
      now: { Fixture.date },
      openFleet: { [self] request, id in
        note { $0.requests.append(request) }
        if let openFailure { throw openFailure }
        return fleet(id)
      },
      signals: { [self] in
        AsyncStream { continuation in
          if signalled { continuation.yield(2) }
        }
      },
      detach: { [self] arguments, _ in
        note { $0.detached.append(arguments) }
        return 4711
      },
      hasTerminal: hasTerminal,
      ask: { [self] question in
        note { $0.questions.append(question) }
        return typed
      }, newID: { "fresh00001" })
  }

  private var composition: Composition {
    Composition(
      version: "0", engines: [Engines.descriptor],
      openConsole: { [self] request, resolve in
        note { $0.opened += 1 }
        var request = request
        request.cluster = try await resolve(fleet(nil))
        note { [request] in $0.console.append(request) }
        return consoleStatus
      },
      sandbox: SandboxControl(
        up: { [self] directory, options, progress in
          progress(.init(seconds: 0.5, text: "primary started"))
          note { $0.sandbox.append("up \(directory) owned \(options.owned)") }
          return .init(
            directory: directory, running: true, configuration: directory + "/config.yaml",
            servers: [])
        },
        down: { [self] directory, force in
          note { $0.sandbox.append("down \(directory)\(force ? " by force" : "")") }
          if directory == "/tmp/kept", !force {
            throw RecoveryError(
              .denied, "a recovery stays",
              remedy: "pgvigil remove x 1\npgvigil sandbox down --dir y")
          }
          return []
        },
        status: { .init(directory: $0, running: false, configuration: nil, servers: []) },
        keep: { _, _ in }, newDirectory: { "/tmp/fresh" }),
      surveyStore: { [self] question in
        note { $0.stores.append(question) }
        return try store.get()
      }, recoverStored: { [self] _, order in plan(order) })
  }

  /// What a recovery takes on a host.
  private func plan(_ order: RecoveryOrder) -> RecoveryPlan {
    RecoveryPlan(
      order: order, engineTitle: "pgBackRest", place: "/srv/auth-db-recovered",
      checks: order.checks + [
        .met("PostgreSQL 15's programs are here", "/usr/lib/postgresql/15/bin"),
        isCramped
          ? .notMet("there is room for it", "1 GiB free, about 3 GiB needed")
          : .unknown("port 5433 is free", "/proc/net/tcp cannot be read"),
      ],
      roads: [
        RecoveryRoad(
          .beside,
          title: "Into /srv/auth-db-recovered, beside production, which stays as it is",
          steps: [
            RecoveryStep(
              "Make a directory of its own", ["install -d -m 0700 /srv/auth-db-recovered"],
              changes: "/srv/auth-db-recovered is there, empty",
              undo: "rm -rf /srv/auth-db-recovered"),
            order.proof(psql: "psql -h /srv/auth-db-recovered/run -p 5433"),
          ])
      ], notes: ["Run it as root on the host that is to hold the copy."])
  }

  private func fleet(_ operationID: String?) -> FleetAccess {
    FleetAccess(
      look: { [self] names in
        seen.withLock {
          $0.lookedFor.append(names)
          return $0.pictures[0]
        }
      },
      refresh: { [self] names in
        seen.withLock {
          $0.refreshed.append(names)
          return $0.pictures.count > 1 ? $0.pictures.removeFirst() : $0.pictures[0]
        }
      },
      snapshots: { AsyncStream { $0.finish() } },
      watch: { _ in },
      plan: { [self] request, cluster, purpose in
        note { $0.purposes.append(purpose) }
        if let planFailure { throw planFailure }
        var plan = OperationPlan(
          id: operationID ?? "op1", cluster: cluster, request: request,
          title: "Take a full base backup of \(cluster)", steps: ["Run pgbackrest backup."],
          notes: ["It reads the whole data directory."],
          requirements: [
            Requirement(what: "the repository answers", satisfied: true, detail: "status ok")
          ], expected: Estimate(expected: 10, low: 8, high: 14))
        plan.warnings = warnings
        return plan
      },
      execute: { [self] plan in
        note { $0.executed.append(plan) }
        // A signalled operation ends only once it has been cancelled.
        while signalled, state.cancelled.isEmpty { await Task.yield() }
        return OperationOutcome(
          operation: plan.id, cluster: plan.cluster, kind: plan.request.kind,
          status: signalled ? .cancelled : outcome, startedAt: Fixture.ago(10),
          finishedAt: Fixture.date, summary: "20261122-115950F")
      },
      cancel: { [self] name in note { $0.cancelled.append(name) } },
      reap: { [self] _ in
        note { $0.reaps += 1 }
        return reaping
      }, due: { [self] in due }, drills: { [self] _ in drills }, audit: { [] },
      scrub: { [self] _, limits, _ in
        note { $0.scrubs.append(limits) }
        return try scrub.get()
      },
      find: { [self] _, order, _ in
        note { $0.searches.append(order) }
        return try find?.get() ?? ActSearch(order)
      },
      recover: { [self] question, _ in
        note { $0.recoveries.append(question) }
        return plan(
          try RecoveryChart(state.pictures[0].clusters[0], now: Fixture.date).order(question))
      },
      close: { [self] in note { $0.closed.append($0.executed.count) } },
      logFile: "/state/pgvigil.log", readOnly: readOnly, looksForClusters: finds)
  }
}

/// An engine table of one row for configuration checks.
enum Engines {
  static let descriptor = EngineDescriptor(
    id: "pgbackrest", title: "pgBackRest",
    options: [
      EngineOption("stanza", .string, required: true, help: "stanza"),
      EngineOption("config", .string, help: "path of pgbackrest.conf"),
      EngineOption("run_as", .string, help: "account"),
      EngineOption("database", .string, help: "default database"),
      EngineOption("instances", .list, help: "the servers"),
    ], make: { _, _ in throw RecoveryError(.failed, "not in this test") })
}
