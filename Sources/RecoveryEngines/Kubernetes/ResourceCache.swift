import FoundationEssentials
import RecoveryModel

/// What a cache can say of itself.
public enum CacheState: Sendable, Equatable {
  case starting
  /// In step with the server as of this moment.
  case synced(at: Date)
  /// What it holds is as old as `since`.
  case failed(RecoveryError, since: Date?)
}

/// One kind of object in one scope, kept in step by list and watch: paged lists, bookmarks, resume after a cut, 410 → list
/// anew, jittered backoff. It never ends by itself; what it holds stays while the server is away.
public actor ResourceCache<Object: KubernetesObject> {
  public private(set) var objects: [ObjectKey: Object] = [:]
  public private(set) var state: CacheState = .starting

  private let client: KubernetesClient
  private let namespace: String?
  private let labelSelector: String?
  private let clock: CacheClock
  private var resourceVersion: String?
  private var failures = 0

  /// Objects per page: what kubectl asks for.
  private static var pageSize: Int { 500 }
  /// Seconds that a watch is asked to last; the server ends it and we resume.
  private static var watchSeconds: Int { 300 }

  public init(
    client: KubernetesClient, namespace: String?, labelSelector: String? = nil, clock: CacheClock
  ) {
    self.client = client
    self.namespace = namespace
    self.labelSelector = labelSelector
    self.clock = clock
  }

  /// Runs until its task is cancelled. `changed` is called after each list, each batch of events and each change of state.
  public func run(changed: @Sendable () async -> Void) async {
    while !Task.isCancelled {
      do {
        if resourceVersion == nil { try await list() }
        await changed()
        try await watch(changed: changed)
      } catch {
        fail(error)
        await changed()
        try? await clock.sleep(backoff)
      }
    }
  }

  // MARK: List

  private struct Page: Decodable {
    struct Metadata: Decodable {
      var resourceVersion: String?
      var `continue`: String?
    }
    var metadata: Metadata
    var items: [Object]
  }

  private func list() async throws {
    var found: [ObjectKey: Object] = [:]
    var token: String?
    var version: String?
    while true {
      var query = [("limit", "\(Self.pageSize)")]
      if let labelSelector { query.append(("labelSelector", labelSelector)) }
      if let token { query.append(("continue", token)) }
      let response = try await client.send(
        "GET", Object.resource.path(namespace: namespace), query: query, deadline: 30)
      if response.status == 410, token != nil {
        // The continue token expired between pages: what we have is of no one moment.
        found = [:]
        token = nil
        continue
      }
      guard response.status == 200 else { throw refusal(response, verb: "list") }
      let page = try decode(Page.self, from: response.body)
      for object in page.items { found[object.key] = object }
      version = page.metadata.resourceVersion
      token = page.metadata.continue.flatMap { $0.isEmpty ? nil : $0 }
      if token == nil { break }
    }
    objects = found
    resourceVersion = version ?? "0"
    succeed()
  }

  // MARK: Watch

  private struct Event: Decodable {
    var type: String
  }
  private struct ObjectEvent: Decodable {
    var object: Object
  }
  private struct BookmarkEvent: Decodable {
    struct Bookmark: Decodable { var metadata: Metadata }
    struct Metadata: Decodable { var resourceVersion: String? }
    var object: Bookmark
  }
  private struct ErrorEvent: Decodable {
    var object: KubernetesStatus
  }

  private func watch(changed: @Sendable () async -> Void) async throws {
    var query = [
      ("watch", "1"), ("allowWatchBookmarks", "true"),
      ("resourceVersion", resourceVersion ?? "0"), ("timeoutSeconds", "\(Self.watchSeconds)"),
    ]
    if let labelSelector { query.append(("labelSelector", labelSelector)) }
    let stream = try await client.watch(
      Object.resource.path(namespace: namespace), query: query,
      idleTimeout: Double(Self.watchSeconds) + 30)
    var lines = LineBuffer()
    var status = 0
    var errorBody: [UInt8] = []
    for try await event in stream {
      switch event {
      case .head(let code, _):
        status = code
        if code == 200 { succeed() }
      case .chunk(let bytes) where status == 200:
        var applied = false
        for line in lines.append(bytes) { applied = try apply(line) || applied }
        if applied { await changed() }
      case .chunk(let bytes): errorBody += bytes
      }
    }
    if status == 410 { return resourceVersion = nil }
    if status == 401 { await client.invalidateCredential() }
    guard status == 200 else {
      throw refusal(HTTPResponse(status: status, body: errorBody), verb: "watch")
    }
  }

  /// True when an object changed. A 410 inside the stream makes the next round list anew.
  private func apply(_ line: [UInt8]) throws -> Bool {
    switch try decode(Event.self, from: line).type {
    case "ADDED", "MODIFIED":
      let object = try decode(ObjectEvent.self, from: line).object
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion
      guard objects[object.key] != object else { return false }
      objects[object.key] = object
      return true
    case "DELETED":
      let object = try decode(ObjectEvent.self, from: line).object
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion
      return objects.removeValue(forKey: object.key) != nil
    case "BOOKMARK":
      let bookmark = try decode(BookmarkEvent.self, from: line).object
      resourceVersion = bookmark.metadata.resourceVersion ?? resourceVersion
      succeed()
      return false
    default:
      let status = try decode(ErrorEvent.self, from: line).object
      resourceVersion = nil
      guard status.code == 410 else {
        throw RecoveryError(
          .failed, "watch \(Object.resource.title): \(status.message ?? "an error without words")")
      }
      return false
    }
  }

  // MARK: Faults

  private var backoff: Double {
    let ceiling = min(30, 0.25 * Double(1 << min(failures, 7)))
    return ceiling * (0.5 + clock.random() / 2)
  }

  private func succeed() {
    failures = 0
    state = .synced(at: clock.now())
  }

  private func fail(_ error: any Error) {
    failures += 1
    let since: Date? =
      switch state {
      case .synced(let at): at
      case .failed(_, let since): since
      case .starting: nil
      }
    let said =
      error as? RecoveryError ?? RecoveryError(.failed, "\(Object.resource.title): \(error)")
    state = .failed(said, since: since)
  }

  private func refusal(_ response: HTTPResponse, verb: String) -> RecoveryError {
    RecoveryError(
      response, verb: verb, resource: Object.resource, namespace: namespace, server: client.server)
  }

  private func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw RecoveryError(
        .failed, "\(client.server) answered something that is no \(Object.resource.title): \(error)"
      )
    }
  }
}

/// Time and chance of a cache, so that tests hold both.
public struct CacheClock: Sendable {
  public var now: @Sendable () -> Date
  /// 0..<1.
  public var random: @Sendable () -> Double
  /// Seconds; throws when cancelled.
  public var sleep: @Sendable (Double) async throws -> Void

  public init(
    now: @escaping @Sendable () -> Date, random: @escaping @Sendable () -> Double,
    sleep: @escaping @Sendable (Double) async throws -> Void
  ) {
    self.now = now
    self.random = random
    self.sleep = sleep
  }

  public static let live = CacheClock(
    now: { Date() }, random: { Double.random(in: 0..<1) },
    sleep: { try await Task.sleep(for: .seconds($0)) })
}

/// Splits what comes in chunks into lines without their newline.
struct LineBuffer {
  private var rest: [UInt8] = []

  mutating func append(_ bytes: [UInt8]) -> [[UInt8]] {
    rest += bytes
    var lines: [[UInt8]] = []
    var start = 0
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if end > start { lines.append(Array(rest[start..<end])) }
      start = end + 1
    }
    rest.removeFirst(start)
    return lines
  }
}
