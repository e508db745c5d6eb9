import FoundationEssentials
import RecoveryModel
import Transports

/// One kind of object in one scope, kept in step by list and watch: paged lists, bookmarks, resume after a cut, 410 → list
/// anew, jittered backoff. It never ends by itself; what it holds stays while the server is away.
package actor ResourceCache<Object: KubernetesObject> {
  /// To be read from anywhere without waiting.
  package nonisolated let index = ResourceIndex<Object>()

  package var objects: [ObjectKey: Object] {
    Dictionary(index.all.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
  }
  package var state: CacheState { index.state }

  private let client: KubernetesClient
  private let namespace: String?
  private let labelSelector: String?
  private let fieldSelector: String?
  private let clock: CacheClock
  private let strings = StringTable()
  private var resourceVersion: String?
  private var failures = 0
  /// Watches in a row that ended at once.
  private var shortWatches = 0
  /// Seconds that the last answer asks to wait.
  private var retryAfter: Double?
  private var wasInStep = false
  /// The watch that is under way.
  private var watching: Task<Void, any Error>?
  /// Since when the right or the kind has been missing.
  private var refusedSince: Date?

  /// Objects per page: what kubectl asks for.
  private static var pageSize: Int { 500 }
  /// Seconds that a watch is asked to last; the server ends it and we resume.
  private static var watchSeconds: Int { 300 }
  /// Seconds without a byte after which a watch is taken up anew. API servers send a bookmark every minute, so that
  /// this is either a server without them or a connection that is dead.
  private static var silence: Double { 100 }
  /// Seconds that a refusal of what was granted before may come from a server that is just starting: it knows its custom
  /// resources and its roles some time after it listens.
  private static var startUp: Double { 60 }

  package init(
    client: KubernetesClient, namespace: String?, labelSelector: String? = nil,
    fieldSelector: String? = nil, clock: CacheClock
  ) {
    self.client = client
    self.namespace = namespace
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.clock = clock
  }

  /// As `follow`, for who does not care what changed.
  package func run(changed: @escaping @Sendable () async -> Void) async {
    await follow { _ in await changed() }
  }

  /// Runs until its task is cancelled. `changed` is called after each list, each batch of events and each change of
  /// state.
  package func follow(_ changed: @escaping @Sendable (CacheChange) async -> Void) async {
    while !Task.isCancelled {
      do {
        retryAfter = nil
        if resourceVersion == nil {
          try await list()
          await changed(.listed)
        } else if case .failed = index.state {
          try await probe()
          await changed(.state)
        }
        let begin = clock.now()
        try await watchUntilGivenUp(changed)
        if case .failed = index.state { await changed(.state) }
        await pause(after: clock.now().timeIntervalSince(begin))
      } catch {
        guard !Task.isCancelled else { return }
        let isNews = fail(error)
        if isNews { await changed(.state) }
        try? await clock.sleep(backoff)
      }
    }
  }

  // MARK: List

  private func list() async throws {
    var found = ResourceIndex<Object>.Contents()
    var token: String?
    var version: String?
    repeat {
      var query = selectors + [("limit", "\(Self.pageSize)")]
      if let token { query.append(("continue", token)) }
      let response = try await client.send(
        "GET", Object.resource.path(namespace: namespace), query: query, deadline: 30)
      if response.status == 410, token != nil {
        // The continue token expired between pages: what we have is of no one moment.
        found = ResourceIndex<Object>.Contents()
        token = nil
        continue
      }
      guard response.status == 200 else { throw refusal(response, verb: "list") }
      let page = try read(response.body) { reader in
        try ObjectPage<Object>(reading: &reader) { found.append($0) }
      }
      version = page.resourceVersion
      token = page.token
      if token == nil { break }
    } while true
    resourceVersion = version ?? "0"
    noteSuccess()
    found.state = .synced(at: clock.now())
    index.change { [found] contents in
      let revision = contents.revision
      contents = found
      contents.revision += revision + 1
    }
  }

  /// Asks a server that had failed for one object before its watch is resumed: libcurl 7.88 does not tell that a watch
  /// was taken up before its first event, where it shares an HTTP/2 connection (a head alone wakes nobody).
  private func probe() async throws {
    let response = try await client.send(
      "GET", Object.resource.path(namespace: namespace), query: selectors + [("limit", "1")],
      deadline: 10)
    guard response.status == 200 else { throw refusal(response, verb: "list") }
    let now = clock.now()
    index.change { $0.state = .synced(at: now) }
  }

  /// Gives up a watch whose server does not answer others either: a silent one would pass for one without news until its
  /// next bookmark is overdue.
  package func giveUp(_ error: RecoveryError) {
    guard case .synced = index.state, let watching else { return }
    _ = fail(error)
    watching.cancel()
  }

  private var selectors: [(String, String)] {
    [("labelSelector", labelSelector), ("fieldSelector", fieldSelector)]
      .compactMap { name, value in value.map { (name, $0) } }
  }

  // MARK: Watch

  private func watchUntilGivenUp(
    _ changed: @escaping @Sendable (CacheChange) async -> Void
  ) async throws {
    let task = Task { try await self.watch(changed: changed) }
    watching = task
    defer { watching = nil }
    try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  private func watch(changed: @Sendable (CacheChange) async -> Void) async throws {
    let query =
      selectors + [
        ("watch", "1"), ("allowWatchBookmarks", "true"),
        ("resourceVersion", resourceVersion ?? "0"), ("timeoutSeconds", "\(Self.watchSeconds)"),
      ]
    let stream = try await client.watch(
      Object.resource.path(namespace: namespace), query: query, idleTimeout: Self.silence)
    var lines = LineBuffer()
    var status = 0
    var errorBody: [UInt8] = []
    var headers: [String: String] = [:]
    do {
      for try await event in stream {
        client.heard.note()
        switch event {
        case .head(let code, let fields):
          (status, headers) = (code, fields)
          if code == 200, succeed() { await changed(.state) }
        case .chunk(let bytes) where status == 200:
          var owners: Set<ObjectKey> = []
          for line in lines.append(bytes) {
            if let owner = try apply(line) { owners.insert(owner) }
          }
          if !owners.isEmpty { await changed(.owners(owners)) }
        case .chunk(let bytes): errorBody += bytes
        }
      }
    } catch let error as RecoveryError where status == 200 && error.code != .failed {
      // Cut or silent: not known to be a fault before taking it up again fails.
      return
    }
    if Task.isCancelled { return }
    if status == 410 { return resourceVersion = nil }
    if status == 401 { await client.invalidateCredential() }
    guard status == 200 else {
      throw refusal(
        HTTPResponse(status: status, headers: headers, body: errorBody), verb: "watch")
    }
  }

  /// The owner of what changed. A 410 inside the stream makes the next round list anew.
  private func apply(_ line: [UInt8]) throws -> ObjectKey? {
    let event = try read(line) { try WatchEvent<Object>(reading: &$0) }
    switch event {
    case .put(let object):
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion
      let now = clock.now()
      return index.change { contents in
        contents.state = .synced(at: now)
        return contents.put(object) ? object.owner : nil
      }
    case .removed(let object):
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion
      return index.change { $0.remove(object) ? object.owner : nil }
    case .bookmark(let version):
      resourceVersion = version ?? resourceVersion
      _ = succeed()
      return nil
    case .fault(let status):
      resourceVersion = nil
      guard status.code == 410 else {
        throw RecoveryError(
          .failed, "watch \(Object.resource.title): \(status.message ?? "an error without words")")
      }
      return nil
    }
  }

  // MARK: Faults

  /// A server that ends its watches as soon as they begin is not asked at full speed.
  private func pause(after lasted: Double) async {
    shortWatches = lasted < 1 ? shortWatches + 1 : 0
    guard shortWatches > 3 else { return }
    try? await clock.sleep(min(4, 0.25 * Double(shortWatches)))
  }

  /// Seconds. A server that is gone is back within a few.
  private var backoff: Double {
    if let retryAfter { return retryAfter * (1 + clock.random() / 4) }
    let ceiling = min(3, 0.25 * Double(1 << min(failures - 1, 6)))
    return ceiling * (0.5 + clock.random() / 2)
  }

  /// True when it had failed before.
  private func succeed() -> Bool {
    noteSuccess()
    let now = clock.now()
    return index.change { contents in
      defer { contents.state = .synced(at: now) }
      if case .failed = contents.state { return true }
      return false
    }
  }

  private func noteSuccess() {
    failures = 0
    wasInStep = true
    refusedSince = nil
  }

  /// Seconds until what was refused is asked for again: a missing right or kind does not come by itself.
  private func pauseAfterRefusal() -> Double {
    let now = clock.now()
    let since = refusedSince ?? now
    refusedSince = since
    return wasInStep && now.timeIntervalSince(since) < Self.startUp ? 2 : 60
  }

  /// True when it is a failure of another kind than before.
  private func fail(_ error: any Error) -> Bool {
    failures += 1
    let said =
      error as? RecoveryError ?? RecoveryError(.failed, "\(Object.resource.title): \(error)")
    // A login that failed before anything was sent: each attempt may run somebody's program.
    if said.code == .denied, retryAfter == nil { retryAfter = 15 }
    // A watch without news was in step for as long as its server answered others.
    let heard = min(clock.now(), client.heard.at ?? .distantPast)
    return index.change { contents in
      switch contents.state {
      case .synced(let at): contents.state = .failed(said, since: max(at, heard))
      case .failed(let before, let since):
        contents.state = .failed(said, since: since)
        return before.code != said.code
      case .starting: contents.state = .failed(said, since: nil)
      }
      return true
    }
  }

  private func refusal(_ response: HTTPResponse, verb: String) -> RecoveryError {
    switch response.status {
    case 403, 404: retryAfter = pauseAfterRefusal()
    case 401: retryAfter = 10
    default:
      retryAfter = response.headers["retry-after"].flatMap(Double.init).map {
        min(max($0, 0.25), 30)
      }
    }
    return RecoveryError(
      response, verb: verb, resource: Object.resource, namespace: namespace, server: client.server)
  }

  private func read<Value>(
    _ bytes: [UInt8], _ body: (inout JSONReader) throws -> Value
  ) throws -> Value {
    do {
      return try bytes.withUnsafeBufferPointer { buffer in
        var reader = JSONReader(buffer, strings: strings)
        return try body(&reader)
      }
    } catch {
      throw RecoveryError(
        .failed, "\(client.server) answered something that is no \(Object.resource.title): \(error)"
      )
    }
  }
}
