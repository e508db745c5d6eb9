import FoundationEssentials
import Kubernetes
import RecoveryModel
import Synchronization

/// What to look for, and where.
package struct DiscoveryOptions: Sendable {
  /// nil = as kubectl finds it.
  package var kubeconfig: String?
  /// Empty = the current one.
  package var contexts: [String]
  /// These alone; empty = all that may be seen.
  package var namespaces: [String]
  /// Clusters of this engine that the configuration names: they keep their name, targets and tests.
  package var declared: [ClusterDeclaration]
  /// What clusters that nobody declared are held to; its name and place do not matter.
  package var defaults: ClusterDeclaration
  /// Variables of the process: KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, ….
  package var environment: [String: String]

  package init(
    kubeconfig: String? = nil, contexts: [String] = [], namespaces: [String] = [],
    declared: [ClusterDeclaration] = [],
    defaults: ClusterDeclaration = ClusterDeclaration(name: "", engine: ""),
    environment: [String: String] = ContextAccess.processVariables
  ) {
    self.kubeconfig = kubeconfig
    self.contexts = contexts
    self.namespaces = namespaces
    self.declared = declared
    self.defaults = defaults
    self.environment = environment
  }
}

/// Finds every CloudNativePG cluster that the kubeconfig's user may see, and keeps finding.
package final class CloudNativePGDiscovery: ClusterDiscovery {
  package let options: DiscoveryOptions
  package let environment: EngineEnvironment
  let seams: CloudNativePGSeams
  package let access: ContextAccess
  private let table: Mutex<Table>

  /// The contexts, and the clusters that are known in them.
  package struct Table: Sendable {
    package var contexts: [ClusterContext] = []
    /// Of each of the contexts, in their order.
    package var archives: [ArchivePlaces] = []
    package var problem: FleetNotice?
    /// What its files say differently of one name.
    package var conflicts: [FleetNotice] = []
    package var known: [ClusterPlace: DiscoveredCluster] = [:]
    package var departures: [Departure] = []
    package var isRunning = false

    package init(
      contexts: [ClusterContext] = [], archives: [ArchivePlaces] = [], problem: FleetNotice? = nil,
      conflicts: [FleetNotice] = [], known: [ClusterPlace: DiscoveredCluster] = [:],
      departures: [Departure] = [], isRunning: Bool = false
    ) {
      self.contexts = contexts
      self.archives = archives
      self.problem = problem
      self.conflicts = conflicts
      self.known = known
      self.departures = departures
      self.isRunning = isRunning
    }
  }

  /// Seconds between two pictures at the least: a fleet that comes in is told in few steps.
  package static let quiet = 0.02
  private static let departuresKept = 50

  /// Throws `RecoveryError` (invalid) for a declared cluster whose options make no sense; an unreadable kubeconfig is
  /// a notice.
  package convenience init(
    options: DiscoveryOptions, environment: EngineEnvironment
  ) throws {
    try self.init(options: options, environment: environment, seams: CloudNativePGSeams())
  }

  package init(
    options: DiscoveryOptions, environment: EngineEnvironment, seams: CloudNativePGSeams
  ) throws {
    for declaration in options.declared { _ = try CloudNativePGSettings(declaration: declaration) }
    self.options = options
    self.environment = environment
    self.seams = seams
    access = ContextAccess(
      kubeconfig: options.kubeconfig, variables: options.environment, seams: seams)
    table = Mutex(Table())
  }

  package func findings() -> AsyncStream<DiscoveredFleet> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: DiscoveredFleet.self, bufferingPolicy: .bufferingNewest(1))
    let task = Task {
      await self.follow(continuation)
      continuation.finish()
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  // MARK: Following

  private func follow(_ continuation: AsyncStream<DiscoveredFleet>.Continuation) async {
    while !open(), !Task.isCancelled {
      continuation.yield(fleet())
      try? await seams.clock.sleep(5)
    }
    let contexts = table.withLock { $0.contexts }
    let (news, told) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let isFirst = table.withLock { table in
      defer { table.isRunning = true }
      return !table.isRunning
    }
    defer { if isFirst { table.withLock { $0.isRunning = false } } }
    await withTaskGroup(of: Void.self) { group in
      for context in contexts {
        let changes = context.hub.changes()
        group.addTask { for await _ in changes { told.yield() } }
        if isFirst { group.addTask { await context.run() } }
      }
      continuation.yield(fleet())
      var last: DiscoveredFleet?
      for await _ in news {
        let now = fleet()
        if isNews(now, after: last) {
          continuation.yield(now)
          last = now
        }
        try? await seams.clock.sleep(Self.quiet)
      }
      group.cancelAll()
    }
  }

  private func isNews(_ fleet: DiscoveredFleet, after last: DiscoveredFleet?) -> Bool {
    guard let last else { return true }
    return fleet.isComplete != last.isComplete || fleet.notices != last.notices
      || fleet.departures != last.departures || fleet.contexts != last.contexts
      || fleet.clusters.count != last.clusters.count
      || zip(fleet.clusters, last.clusters).contains {
        $0.declaration.place != $1.declaration.place
          || ($0.engine as AnyObject) !== ($1.engine as AnyObject)
      }
  }

  /// Makes the contexts once the kubeconfig can be read; false while it cannot.
  private func open() -> Bool {
    if table.withLock({ !$0.contexts.isEmpty }) { return true }
    do {
      let access = try access.access()
      guard !access.kubeconfig.contexts.isEmpty else { throw Self.none(in: access) }
      let current = access.kubeconfig.currentContext
      let contexts = try contexts(current: current).map(context)
      table.withLock { table in
        table.contexts = contexts
        let reach = ArchiveReach()
        table.archives = contexts.map { _ in ArchivePlaces(reach: reach) }
        table.problem = nil
        table.conflicts = access.kubeconfig.conflicts.map {
          FleetNotice(
            subject: "kubeconfig", severity: .warning, text: $0,
            remedy: "give each its own name, or name one file alone by --kubeconfig")
        }
      }
      return true
    } catch {
      let said = error as? RecoveryError ?? RecoveryError(.invalid, "kubeconfig: \(error)")
      let notice = FleetNotice(
        subject: "kubeconfig", severity: .critical, text: said.message, remedy: said.remedy)
      table.withLock { $0.problem = notice }
      return false
    }
  }

  /// Names of the contexts to watch, those of declared clusters among them.
  private func contexts(current: String?) throws -> [String] {
    var names = options.contexts
    if names.isEmpty { names = current.map { [$0] } ?? [] }
    for settings in declaredSettings where options.contexts.isEmpty {
      if let context = settings.context, !names.contains(context) { names.append(context) }
    }
    guard !names.isEmpty else {
      throw RecoveryError(
        .invalid, "the kubeconfig names no current context",
        remedy: "choose one with --context, or: kubectl config use-context NAME")
    }
    return names
  }

  private func context(_ name: String) -> ClusterContext {
    let declared = declaredSettings.filter { $0.context == nil || $0.context == name }
    let contextNamespace = access.namespace(of: name) ?? "default"
    let defaults = try? CloudNativePGSettings(declaration: options.defaults)
    let drills =
      declared.map(\.drillNamespace)
      + [defaults?.drillNamespace ?? CloudNativePGSettings.defaultDrillNamespace]
    let fallback = declared.map { $0.namespace ?? contextNamespace }
    return ClusterContext(
      wanted: name,
      wishes: NamespaceWishes(
        only: options.namespaces, fallback: Array(Set(fallback)).sorted()),
      notes: .ledgers(in: Array(Set(drills)).sorted()), clock: seams.clock,
      connect: { [access] in try access.connect(name) })
  }

  var declaredSettings: [CloudNativePGSettings] {
    options.declared.compactMap { try? CloudNativePGSettings(declaration: $0) }
  }

  /// What is known now.
  package func fleet() -> DiscoveredFleet {
    table.withLock { table in
      if let problem = table.problem {
        let wanted = options.contexts.isEmpty ? ["current context"] : options.contexts
        return DiscoveredFleet(
          notices: [problem], isComplete: true,
          contexts: wanted.map { ContextState(name: $0, isUp: false) })
      }
      var fleet = DiscoveredFleet()
      // Before the clusters are looked at: a list that comes in between would be complete, and without any.
      fleet.isComplete = !table.contexts.isEmpty && table.contexts.allSatisfy(\.hasAnswered)
      let places = FleetPlaces(
        discovery: self, contexts: table.contexts, archives: table.archives)
      let deleted = places.forget(&table.known)
      table.departures = (table.departures + deleted).suffix(Self.departuresKept)
      fleet.departures = table.departures
      fleet.clusters = places.clusters(known: &table.known)
      fleet.notices = table.conflicts + table.contexts.flatMap { ContextNotices(context: $0).all }
      fleet.contexts = table.contexts.map { ContextState(name: $0.name, isUp: $0.isUp) }
      return fleet
    }
  }
}
