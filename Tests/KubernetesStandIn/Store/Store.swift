import COpenSSL
import Glibc
import Synchronization

/// Everything the server keeps, behind one lock: what happens in a transaction happens at one moment.
final class Store: Sendable {
  private let state: Mutex<StoreState>
  /// Told after each transaction that leaves work for the collector.
  let collectorWake: WakeUp

  init() throws {
    state = Mutex(StoreState())
    collectorWake = try WakeUp()
  }

  func transaction<Result: Sendable>(
    _ body: (inout StoreState) throws -> Result
  ) rethrows -> Result {
    let (result, hasWork) = try state.withLock { state in
      (try body(&state), state.hasCollectorWork)
    }
    if hasWork { collectorWake.signal() }
    return result
  }
}

/// One change, as watches see it.
struct StoreEvent: Sendable {
  enum Change: String, Sendable { case added = "ADDED", modified = "MODIFIED", deleted = "DELETED" }
  var kind: String
  var version: Int
  var change: Change
  var object: StoredObject
  var previous: StoredObject?
}

/// Where an object lies.
struct Reference: Hashable, Sendable {
  var kind: String
  var key: String
}

struct StoreState: Sendable {
  /// One kind's objects by `namespace/name`.
  struct Table: Sendable {
    var objects: [String: StoredObject] = [:]
    /// Keys in order; nil after one came or went.
    var sorted: [String]?
  }

  /// etcd's revision. It begins high, so that version 1 is too old from the start.
  private(set) var version = 283
  /// Watches from before it are expired.
  private(set) var compacted = 283
  var expiryMessage = ExpiryForm.watchCache
  private(set) var tables: [String: Table] = [:]
  private(set) var history: [StoreEvent] = []
  var watchers: [Int: Watcher] = [:]
  var nextWatcher = 0
  /// First pages' remainders by resource, selectors and version: a paged list is of one moment.
  var snapshots: [String: [StoredObject]] = [:]

  /// What points at an owner, by the owner's uid.
  private(set) var dependents: [String: Set<Reference>] = [:]
  private(set) var uids: Set<String> = []
  // The collector's queues.
  var orphans: Set<Reference> = []
  var foreground: Set<Reference> = []
  var terminatingNamespaces: [String: Double] = [:]
  var terminatingPods: [Reference: Double] = [:]
  /// Claims that go as soon as no pod uses them.
  var terminatingClaims: Set<Reference> = []

  private static let maximumHistory = 200_000

  var hasCollectorWork: Bool {
    !(orphans.isEmpty && foreground.isEmpty && terminatingNamespaces.isEmpty
      && terminatingPods.isEmpty && terminatingClaims.isEmpty)
  }

  func object(_ kind: String, _ key: String) -> StoredObject? { tables[kind]?.objects[key] }

  /// A kind's objects in order, of one namespace or of all.
  mutating func list(_ kind: String, namespace: String?) -> [StoredObject] {
    guard var table = tables[kind] else { return [] }
    let keys = table.sorted ?? table.objects.keys.sorted()
    if table.sorted == nil {
      table.sorted = keys
      tables[kind] = table
    }
    guard let namespace else { return keys.compactMap { table.objects[$0] } }
    let prefix = namespace + "/"
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < prefix { low = middle + 1 } else { high = middle }
    }
    return keys[low...].prefix { $0.hasPrefix(prefix) }.compactMap { table.objects[$0] }
  }

  /// Puts a new object or a new state of one there, with the next version.
  @discardableResult
  mutating func put(_ kind: String, _ tree: JSONValue) -> StoredObject {
    version += 1
    var tree = tree
    tree.set(.string("\(version)"), at: "metadata", "resourceVersion")
    return put(kind, StoredObject(tree))
  }

  /// Puts one there that already carries `nextVersion`.
  @discardableResult
  mutating func put(written object: StoredObject, kind: String) -> StoredObject {
    version += 1
    return put(kind, object)
  }

  var nextVersion: Int { version + 1 }

  private mutating func put(_ kind: String, _ object: StoredObject) -> StoredObject {
    let reference = Reference(kind: kind, key: object.key)
    let previous = tables[kind, default: Table()].objects.updateValue(object, forKey: object.key)
    if previous == nil { tables[kind]?.sorted = nil }
    for owner in previous?.owners ?? [] { dependents[owner.uid]?.remove(reference) }
    for owner in object.owners { dependents[owner.uid, default: []].insert(reference) }
    if !object.owners.isEmpty, !object.owners.contains(where: { uids.contains($0.uid) }) {
      orphans.insert(reference)
    }
    uids.insert(object.uid)
    record(
      StoreEvent(
        kind: kind, version: version, change: previous == nil ? .added : .modified, object: object,
        previous: previous))
    return object
  }

  /// Takes an object away; its dependents become the collector's business.
  mutating func remove(_ kind: String, _ object: StoredObject) {
    guard tables[kind]?.objects.removeValue(forKey: object.key) != nil else { return }
    version += 1
    tables[kind]?.sorted = nil
    let reference = Reference(kind: kind, key: object.key)
    for owner in object.owners { dependents[owner.uid]?.remove(reference) }
    uids.remove(object.uid)
    orphans.formUnion(dependents.removeValue(forKey: object.uid) ?? [])
    foreground.remove(reference)
    terminatingPods[reference] = nil
    var tree = object.tree
    tree.set(.string("\(version)"), at: "metadata", "resourceVersion")
    record(
      StoreEvent(
        kind: kind, version: version, change: .deleted, object: StoredObject(tree),
        previous: object))
  }

  private mutating func record(_ event: StoreEvent) {
    history.append(event)
    if history.count > Self.maximumHistory {
      let half = history.count / 2
      compacted = history[half - 1].version
      history.removeFirst(half)
    }
    for watcher in watchers.values where watcher.kind == event.kind { watcher.append(event) }
  }

  /// Forgets history: older versions and continue tokens are expired from now on.
  mutating func compact(_ form: ExpiryForm) {
    expiryMessage = form
    compacted = version
    history = []
    snapshots = [:]
  }

  /// The kind's events behind a version; nil when they are not all known any more.
  func events(of kind: String, after version: Int) -> [StoreEvent]? {
    guard version >= compacted else { return nil }
    var low = 0
    var high = history.count
    while low < high {
      let middle = (low + high) / 2
      if history[middle].version <= version { low = middle + 1 } else { high = middle }
    }
    return history[low...].filter { $0.kind == kind }
  }
}

/// In which of its two forms the server says that a version is too old.
package enum ExpiryForm: Sendable {
  /// `too old resource version: 1 (283)`.
  case watchCache
  /// `The resourceVersion for the provided watch is too old.`
  case etcd
}

/// An eventfd: one thread waits, others signal.
final class WakeUp: Sendable {
  let descriptor: Int32

  init() throws {
    descriptor = wake_descriptor()
    guard descriptor >= 0 else { throw StandInError("no eventfd") }
  }

  deinit { close(descriptor) }

  func signal() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }

  /// Until somebody signals or time is up.
  func wait(seconds: Double) {
    var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    _ = poll(&descriptors, 1, Int32(seconds * 1000))
    clear()
  }
}

/// One open watch: what happened since it last looked.
final class Watcher: Sendable {
  let kind: String
  let wake: WakeUp
  private let events = Mutex<[StoreEvent]>([])

  init(kind: String) throws {
    self.kind = kind
    wake = try WakeUp()
  }

  func append(_ event: StoreEvent) {
    events.withLock { $0.append(event) }
    wake.signal()
  }

  func take() -> [StoreEvent] {
    wake.clear()
    return events.withLock { events in
      defer { events = [] }
      return events
    }
  }
}
