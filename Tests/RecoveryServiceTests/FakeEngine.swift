import FoundationEssentials
import RecoveryModel
import Synchronization

/// An engine that answers what it is told to, hangs where it is told to and counts what it is asked.
final class FakeEngine: BackupEngine {
  typealias Events = AsyncThrowingStream<OperationEvent, any Error>.Continuation

  static let descriptor = EngineDescriptor(
    id: "fake", title: "Fake",
    options: [
      EngineOption("stanza", .string, required: true, help: "name of the stanza"),
      EngineOption("repository", .number, help: "number of the repository"),
      EngineOption("instances", .list, help: "the servers"),
      EngineOption("kubeconfig", .path, help: "where it is found"),
      EngineOption("extras", .map, help: "anything"),
    ],
    make: { declaration, _ in
      if declaration.options["stanza"]?.string == "broken" {
        throw RecoveryError(.invalid, "no such stanza: broken")
      }
      return FakeEngine(sources: [])
    })

  struct State {
    var answers: [ObservationSource.ID: ReportUpdate] = [:]
    /// Instead of `answers`, from the second question on.
    var later: [ObservationSource.ID: ReportUpdate] = [:]
    var hanging: Set<ObservationSource.ID> = []
    var hung: [CheckedContinuation<Void, Never>] = []
    var asked: [ObservationSource.ID: Int] = [:]
    var plans = 0
    /// Moments that drills were planned to.
    var outlooks: [RecoveryOutlook] = []
    /// Recoveries that were planned to be carried out.
    var recoveries: [RecoveryOrder] = []
    /// Tokens of markers that were planted, and what keeps others from it.
    var planted: [String] = []
    var plantFailure: RecoveryError?
    var markerLSN = LSN(0)
    var requirements: [Requirement] = []
    var planFailure: RecoveryError?
    var starts = 0
    var script: @Sendable (OperationPlan, Events) -> Void = { _, events in events.finish() }
    var cancelled = false
    /// Looks that ended in a cancelled task.
    var cancelledLooks = 0
    var closing: DrillRecord?
    var leftovers: [ReapedDrill] = []
    var reaps = 0
    /// Stretches of the WAL that were looked through.
    var searches: [ActSearchOrder] = []
    /// What a scrub reads; nil = it cannot.
    var inventory: ScrubInventory?
    var news: [@Sendable (ObservationSource.ID) -> Void] = []
  }

  let sources: [ObservationSource]
  let backupKinds: [BackupKind]
  let reapScope: String?
  let ledger: (any DrillLedger)?
  let state = Mutex(State())

  init(
    sources: [ObservationSource] = [ObservationSource(id: "servers", pace: .live)],
    backupKinds: [BackupKind] = BackupKind.allCases, reapScope: String? = nil,
    ledger: (any DrillLedger)? = nil
  ) {
    self.sources = sources
    self.backupKinds = backupKinds
    self.reapScope = reapScope
    self.ledger = ledger
  }

  func listen(
    _ tell: @escaping @Sendable (ObservationSource.ID) -> Void
  ) -> @Sendable () -> Void {
    state.withLock { $0.news.append(tell) }
    return {}
  }

  /// Tells everybody who listens that a source has news.
  func tell(_ source: ObservationSource.ID) {
    for tell in state.withLock({ $0.news }) { tell(source) }
  }

  var listeners: Int { state.withLock { $0.news.count } }

  func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }
  func asked(_ source: String) -> Int { state.withLock { $0.asked[source] ?? 0 } }
  var searches: [ActSearchOrder] { state.withLock { $0.searches } }
  var outlooks: [RecoveryOutlook] { state.withLock { $0.outlooks } }
  var starts: Int { state.withLock { $0.starts } }
  var plans: Int { state.withLock { $0.plans } }
  var reaps: Int { state.withLock { $0.reaps } }
  var wasCancelled: Bool { state.withLock { $0.cancelled } }
  var cancelledLooks: Int { state.withLock { $0.cancelledLooks } }

  /// Lets every hanging question be answered.
  func releaseHung() {
    let hung = state.withLock { state in
      state.hanging = []
      defer { state.hung = [] }
      return state.hung
    }
    for continuation in hung { continuation.resume() }
  }

  func observe(_ source: ObservationSource.ID) async -> ReportUpdate {
    await withCheckedContinuation { continuation in
      let hangs = state.withLock { state in
        state.asked[source, default: 0] += 1
        guard state.hanging.contains(source) else { return false }
        state.hung.append(continuation)
        return true
      }
      if !hangs { continuation.resume() }
    }
    return state.withLock { state in
      if Task.isCancelled { state.cancelledLooks += 1 }
      if state.asked[source, default: 0] > 1, let later = state.later[source] { return later }
      return state.answers[source] ?? ReportUpdate()
    }
  }

  func contents() async throws -> ScrubInventory {
    guard let inventory = state.withLock({ $0.inventory }) else {
      throw RecoveryError(.refused, "nothing to read")
    }
    return inventory
  }

  func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan {
    let (number, requirements, failure) = state.withLock { state in
      state.plans += 1
      return (state.plans, state.requirements, state.planFailure)
    }
    if let failure { throw failure }
    return OperationPlan(
      id: "op\(number)", cluster: "auth-db", request: request, title: "Do it", steps: ["do it"],
      requirements: requirements)
  }

  func plan(
    drillTo outlook: RecoveryOutlook, report: EngineReport
  ) async throws -> OperationPlan {
    let plan = try await plan(.drill(backup: outlook.base?.id), report: report)
    state.withLock { $0.outlooks.append(outlook) }
    return plan
  }

  func plan(
    recovering order: RecoveryOrder, report: EngineReport
  ) async throws -> OperationPlan {
    state.withLock { $0.recoveries.append(order) }
    return try await plan(
      .recover(RecoveryQuestion(order.moment, into: "/srv/x")), report: report)
  }

  func markerCheck(_ place: MarkerPlace, report: EngineReport) async -> Requirement {
    .met("the marker's table can be written to", place.table)
  }

  func plant(
    _ place: MarkerPlace, token: String, report: EngineReport
  ) async throws -> PlantedMarker {
    if let failure = state.withLock({ $0.plantFailure }) { throw failure }
    let lsn = state.withLock { state in
      state.planted.append(token)
      return state.markerLSN
    }
    return PlantedMarker(
      place: place, token: token, written: 9182, deleted: 9183, writtenLSN: lsn,
      deletedLSN: LSN(lsn.rawValue + 100), at: nil)
  }

  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    let script = state.withLock { state in
      state.starts += 1
      return state.script
    }
    return AsyncThrowingStream { events in
      events.onTermination = { reason in
        if case .cancelled = reason { self.set { $0.cancelled = true } }
      }
      script(plan, events)
    }
  }

  func settled(_ plan: OperationPlan) async -> DrillRecord? { state.withLock { $0.closing } }

  func reap() async -> [ReapedDrill] {
    state.withLock { state in
      state.reaps += 1
      return state.leftovers
    }
  }

  func findActs(
    _ order: ActSearchOrder, report: EngineReport,
    progress: @escaping @Sendable (ActSearchProgress) -> Void
  ) async throws -> ActSearch {
    state.withLock { $0.searches.append(order) }
    return ActSearch(order)
  }
}
