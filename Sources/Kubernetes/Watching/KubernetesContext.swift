import FoundationEssentials
import RecoveryModel
import Synchronization

/// Which namespaces to watch, beside what the kubeconfig says.
package struct NamespaceWishes: Sendable, Equatable {
  /// These alone; empty = all that may be seen.
  package var only: [String] = []
  /// Where to look when all namespaces may not be listed.
  package var fallback: [String] = []

  package init(only: [String] = [], fallback: [String] = []) {
    self.only = only
    self.fallback = fallback
  }
}

/// ConfigMaps that somebody keeps notes in, found by their label in namespaces of their own.
package struct NoteWatch: Sendable {
  package var labelSelector: String
  package var namespaces: [String]
  /// The principal that a note is about; nil = no one's.
  package var subject: @Sendable (ObjectMetadata) -> ObjectKey?

  package init(
    labelSelector: String, namespaces: [String],
    subject: @escaping @Sendable (ObjectMetadata) -> ObjectKey?
  ) {
    self.labelSelector = labelSelector
    self.namespaces = namespaces
    self.subject = subject
  }
}

/// One context of the kubeconfig: its API server, what is watched there, and what stands in the way.
///
/// It watches from `run` on; what it holds can be read from anywhere without waiting.
package final class KubernetesContext<Kinds: WatchedKinds>: Sendable {
  package struct State: Sendable {
    package var connection: KubernetesAccess.Connection?
    package var sets: [String?: ResourceSet<Kinds>] = [:]
    /// By namespace.
    package var notes: [String: ResourceCache<ConfigMap>] = [:]
    /// Why there is no connection, or no scope yet.
    package var failure: (error: RecoveryError, since: Date)?
    /// The scope is smaller than asked for.
    package var restriction: FleetNotice?
    /// When the server itself was last asked whether it is there, and the question while it waits for its answer.
    var doubtedAt: Date?
    var doubt: Task<Void, Never>?

    package init(
      connection: KubernetesAccess.Connection? = nil, sets: [String?: ResourceSet<Kinds>] = [:],
      notes: [String: ResourceCache<ConfigMap>] = [:],
      failure: (error: RecoveryError, since: Date)? = nil, restriction: FleetNotice? = nil
    ) {
      self.connection = connection
      self.sets = sets
      self.notes = notes
      self.failure = failure
      self.restriction = restriction
    }
  }

  /// nil = the current one.
  package let wanted: String?
  package let wishes: NamespaceWishes
  private let noteWatch: NoteWatch
  package let hub = ChangeHub()
  package let companion = Kinds.Companion()
  /// Principals of which somebody asks more at a time, through the API server: about fifty requests.
  package let gate = RequestGate(limit: 16)
  package let lists = ListShelf()
  package let clock: CacheClock
  private let connect: @Sendable () throws -> KubernetesAccess.Connection
  let state = Mutex(State())

  /// Seconds between two looks at whether a smaller scope has become larger.
  private static var scopePace: Double { 300 }
  /// Seconds without a word from the server after which what is held counts as old: its watches are taken up anew
  /// sooner than that.
  private static var silence: Double { 150 }

  package init(
    wanted: String?, wishes: NamespaceWishes, notes: NoteWatch, clock: CacheClock,
    connect: @escaping @Sendable () throws -> KubernetesAccess.Connection
  ) {
    self.wanted = wanted
    self.wishes = wishes
    noteWatch = notes
    self.clock = clock
    self.connect = connect
  }

  /// As the kubeconfig names it, once that was read.
  package var name: String { connection?.context ?? wanted ?? "current context" }
  package var connection: KubernetesAccess.Connection? { state.withLock { $0.connection } }

  /// The connection, made now if there is none. Throws `RecoveryError`.
  package func connected() throws -> KubernetesAccess.Connection {
    if let connection { return connection }
    let made = try connect()
    return state.withLock { state in
      if let earlier = state.connection { return earlier }
      state.connection = made
      return made
    }
  }

  // MARK: Reading

  /// What is watched for a namespace; nil while the scope is not known, or when it is out of scope.
  package func set(for namespace: String) -> ResourceSet<Kinds>? {
    state.withLock { $0.sets[namespace] ?? $0.sets[String?.none] }
  }

  /// For whoever fills a set without watching: what it holds stands for the server.
  package func hold(_ set: ResourceSet<Kinds>, connection: KubernetesAccess.Connection) {
    state.withLock { state in
      state.connection = connection
      state.sets[set.namespace] = set
    }
  }

  package var sets: [ResourceSet<Kinds>] { state.withLock { Array($0.sets.values) } }

  /// Every principal that is known, in no order.
  package var principals: [Kinds.Principal] { sets.flatMap(\.principals.index.all) }

  /// Every place was asked once.
  package var hasAnswered: Bool {
    state.withLock { state in
      if state.sets.isEmpty { return state.failure != nil }
      return state.sets.values.allSatisfy(\.principals.index.hasAnswered)
    }
  }

  package var failure: (error: RecoveryError, since: Date)? { state.withLock { $0.failure } }
  package var restriction: FleetNotice? { state.withLock { $0.restriction } }

  /// The notes of a namespace, watched from the first time that somebody asks for them. nil without a connection.
  package func notes(in namespace: String) -> ResourceCache<ConfigMap>? {
    state.withLock { state in
      if let cache = state.notes[namespace] { return cache }
      guard let client = state.connection?.client else { return nil }
      let cache = ResourceCache<ConfigMap>(
        client: client, namespace: namespace, labelSelector: noteWatch.labelSelector,
        clock: clock)
      state.notes[namespace] = cache
      return cache
    }
  }

  /// The objects of a kind as part of a report: their value, or why there is none.
  package func observed<Object>(
    _ cache: ResourceCache<Object>, part: String, _ read: (ResourceIndex<Object>) -> [Object]
  ) -> Observed<[Object]> {
    let source = Object.resource.title
    switch cache.index.state {
    case .starting: return .pending
    case .synced(let at): return .value(read(cache.index), source: source, at: inStep(at))
    case .failed(let error, let since):
      let isRefused = error.code == .denied || error.code == .invalid
      guard let since, !isRefused else {
        return .unavailable(
          Unavailable(
            part: part, reason: error.message, remedy: error.remedy, code: error.code),
          at: clock.now())
      }
      return .value(read(cache.index), source: source, at: since)
    }
  }

  /// When what a watch holds was last known to be true: when the server was last heard of, by whatever answer. What was
  /// asked and not answered moves nothing.
  package func inStep(_ heard: Date) -> Date {
    let now = clock.now()
    guard now.timeIntervalSince(heard) < Self.silence else { return heard }
    return max(heard, min(now, connection?.client.heard.at ?? heard))
  }

  // MARK: Running

  /// Watches until its task is cancelled.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      var running: [String?: Task<Void, Never>] = [:]
      var attempts = 0
      group.addTask { await self.runNotes() }
      group.addTask { await self.runCompanion() }
      group.addTask { await self.runDoubt() }
      while !Task.isCancelled {
        do {
          let scope = try await scope()
          attempts = 0
          adopt(scope, &running)
          state.withLock { $0.failure = nil }
          hub.tellFleet()
          repeat { try? await clock.sleep(Self.scopePace) } while isSettled && !Task.isCancelled
        } catch {
          attempts += 1
          note(error)
          hub.tellFleet()
          let isRefused = (error as? RecoveryError)?.code == .denied
          let ceiling = isRefused ? 10 : min(4, 0.25 * Double(1 << min(attempts, 6)))
          try? await clock.sleep(ceiling * (0.5 + clock.random() / 2))
        }
      }
      for task in running.values { task.cancel() }
      for task in running.values { await task.value }
      group.cancelAll()
    }
  }

  /// Nothing suggests that the scope could be another now.
  private var isSettled: Bool {
    restriction == nil
      && sets.allSatisfy { set in
        if case .synced = set.principals.index.state { return true }
        return false
      }
  }

  /// Watches what is new in scope and lets go of what no longer is.
  private func adopt(_ scope: [String?], _ running: inout [String?: Task<Void, Never>]) {
    guard let client = connection?.client else { return }
    for (namespace, task) in running where !scope.contains(namespace) {
      task.cancel()
      running[namespace] = nil
      state.withLock { $0.sets[namespace] = nil }
    }
    for namespace in scope where running[namespace] == nil {
      let set = ResourceSet<Kinds>(client: client, namespace: namespace, clock: clock)
      state.withLock { $0.sets[namespace] = set }
      running[namespace] = Task { [hub] in
        await set.run { principals, isFleetNews in
          hub.tell(principals)
          if isFleetNews { hub.tellFleet() }
        }
      }
    }
  }

  private func runCompanion() async {
    for await _ in hub.changes() {
      guard let client = connection?.client else { continue }
      return await companion.run(client, clock: clock) { [hub] in hub.tell(nil) }
    }
  }

  private func runNotes() async {
    await withTaskGroup(of: Void.self) { group in
      var running: Set<String> = []
      for await _ in hub.changes() where connection != nil {
        for namespace in noteWatch.namespaces where running.insert(namespace).inserted {
          guard let cache = notes(in: namespace) else { continue }
          group.addTask { await self.follow(cache) }
        }
      }
      group.cancelAll()
    }
  }

  private func follow(_ cache: ResourceCache<ConfigMap>) async {
    await cache.follow { [hub, noteWatch] change in
      let notes: [ConfigMap] =
        if case .owners(let keys) = change {
          keys.flatMap { cache.index.objects(of: $0) }
        } else {
          cache.index.all
        }
      hub.tell(Set(notes.compactMap { noteWatch.subject($0.metadata) }))
    }
  }

  private func note(_ error: any Error) {
    let said = error as? RecoveryError ?? RecoveryError(.failed, "\(name): \(error)")
    let now = clock.now()
    state.withLock { state in state.failure = (said, state.failure?.since ?? now) }
  }

  /// Returns when it is known what to watch, or why that is not, or when patience is at its end.
  package func waitForScope() async {
    guard isScopeOpen else { return }
    let news = hub.changes()
    guard isScopeOpen else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await _ in news where !self.isScopeOpen { return }
      }
      group.addTask { [clock] in try? await Task.sleep(for: .seconds(clock.patience)) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Neither what to watch is known, nor why that is not.
  private var isScopeOpen: Bool { state.withLock { $0.sets.isEmpty && $0.failure == nil } }

  func restrict(_ notice: FleetNotice?) { state.withLock { $0.restriction = notice } }
}
