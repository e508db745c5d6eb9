/// How something is to be deleted.
struct DeleteOptions: Sendable {
  enum Propagation: String, Sendable {
    case background = "Background"
    case foreground = "Foreground"
    case orphan = "Orphan"
  }
  var propagation: Propagation?
  var uid: String?
  var version: String?
  var graceSeconds: Int?
  var isDryRun = false
}

extension StoreState {
  static let foregroundFinalizer = "foregroundDeletion"
  static let claimFinalizer = "kubernetes.io/pvc-protection"

  /// Deletes or begins to; nil when the object is gone at once, else its new state. Preconditions are the caller's.
  mutating func delete(
    _ kind: Kind, _ object: StoredObject, _ options: DeleteOptions, now: String
  ) -> StoredObject? {
    let reference = Reference(kind: kind.key, key: object.key)
    var tree = object.tree
    var waits = !object.finalizers.isEmpty
    var grace = 0
    if options.propagation == .foreground, !object.finalizers.contains(Self.foregroundFinalizer) {
      let finalizers = object.finalizers + [Self.foregroundFinalizer]
      tree.set(.array(finalizers.map { .string($0) }), at: "metadata", "finalizers")
      foreground.insert(reference)
      waits = true
    }
    if options.propagation == .orphan { orphan(dependentsOf: object) }
    if kind.key == "/pods", let seconds = graceSeconds(tree, options) {
      grace = seconds
      terminatingPods[reference] = monotonicSeconds()
      waits = true
    }
    if kind.key == "/namespaces" {
      tree.set("Terminating", at: "status", "phase")
      terminatingNamespaces[object.name] = monotonicSeconds()
      waits = true
    }
    if object.finalizers.contains(Self.claimFinalizer) { terminatingClaims.insert(reference) }
    guard waits else {
      remove(kind.key, object)
      return nil
    }
    guard !object.isTerminating || tree != object.tree else { return object }
    if !object.isTerminating {
      tree.set(.string(now), at: "metadata", "deletionTimestamp")
      tree.set(.integer(grace), at: "metadata", "deletionGracePeriodSeconds")
      if kind.isCustom, let generation = tree[path: "metadata", "generation"]?.integer {
        tree.set(.integer(generation + 1), at: "metadata", "generation")
      }
    }
    return put(kind.key, tree)
  }

  /// Seconds that the kubelet gives a pod; nil when nobody has to be waited for.
  private func graceSeconds(_ pod: JSONValue, _ options: DeleteOptions) -> Int? {
    let seconds =
      options.graceSeconds
      ?? pod[path: "spec", "terminationGracePeriodSeconds"]?.integer ?? 30
    let isPlaced = !(pod[path: "spec", "nodeName"]?.string ?? "").isEmpty
    let phase = pod[path: "status", "phase"]?.string
    return seconds > 0 && isPlaced && phase != "Succeeded" && phase != "Failed" ? seconds : nil
  }

  private mutating func orphan(dependentsOf object: StoredObject) {
    for reference in dependents[object.uid] ?? [] {
      guard let dependent = self.object(reference.kind, reference.key) else { continue }
      var tree = dependent.tree
      let owners = (tree[path: "metadata", "ownerReferences"]?.array ?? []).filter {
        $0["uid"]?.string != object.uid
      }
      tree.set(owners.isEmpty ? nil : .array(owners), at: "metadata", "ownerReferences")
      put(reference.kind, tree)
    }
  }

  /// One round of what the garbage collector, the namespace controller and the kubelet do.
  mutating func collect(_ kinds: KindTable, _ pace: CollectorPace, now: String) {
    let time = monotonicSeconds()
    let due = orphans
    orphans = []
    for reference in due { collectOrphan(reference, kinds, now: now) }
    for reference in foreground { collectForeground(reference, kinds, now: now) }
    for (reference, since) in terminatingPods where time >= since + pace.podSeconds {
      terminatingPods[reference] = nil
      guard let pod = object(reference.kind, reference.key), pod.finalizers.isEmpty else {
        continue
      }
      remove(reference.kind, pod)
    }
    for reference in terminatingClaims { collectClaim(reference) }
    for (name, since) in terminatingNamespaces where time >= since + pace.namespaceSeconds {
      empty(namespace: name, kinds, now: now)
    }
  }

  private mutating func collectOrphan(_ reference: Reference, _ kinds: KindTable, now: String) {
    guard let object = object(reference.kind, reference.key), let kind = kinds[reference.kind],
      !object.owners.isEmpty, !object.owners.contains(where: { uids.contains($0.uid) })
    else { return }
    _ = delete(kind, object, DeleteOptions(propagation: .background), now: now)
  }

  private mutating func collectForeground(_ reference: Reference, _ kinds: KindTable, now: String) {
    guard let owner = object(reference.kind, reference.key) else {
      foreground.remove(reference)
      return
    }
    var isBlocked = false
    for dependent in dependents[owner.uid] ?? [] {
      guard let object = object(dependent.kind, dependent.key), let kind = kinds[dependent.kind]
      else { continue }
      let blocks = object.owners.contains { $0.uid == owner.uid && $0.blocksDeletion }
      isBlocked = isBlocked || blocks
      if !object.isTerminating {
        let how: DeleteOptions.Propagation = blocks ? .foreground : .background
        _ = delete(kind, object, DeleteOptions(propagation: how), now: now)
      }
    }
    guard !isBlocked else { return }
    foreground.remove(reference)
    let rest = owner.finalizers.filter { $0 != Self.foregroundFinalizer }
    if rest.isEmpty, terminatingPods[reference] == nil { return remove(reference.kind, owner) }
    var tree = owner.tree
    tree.set(rest.isEmpty ? nil : .array(rest.map { .string($0) }), at: "metadata", "finalizers")
    put(reference.kind, tree)
  }

  /// A claim's protection goes with the last pod that uses it.
  private mutating func collectClaim(_ reference: Reference) {
    guard let claim = object(reference.kind, reference.key) else {
      terminatingClaims.remove(reference)
      return
    }
    let isUsed = list("/pods", namespace: claim.namespace).contains { pod in
      let tree = pod.tree
      let isOver = ["Succeeded", "Failed"].contains(tree[path: "status", "phase"]?.string ?? "")
      return !isOver
        && (tree[path: "spec", "volumes"]?.array ?? []).contains {
          $0[path: "persistentVolumeClaim", "claimName"]?.string == claim.name
        }
    }
    guard !isUsed else { return }
    terminatingClaims.remove(reference)
    let rest = claim.finalizers.filter { $0 != Self.claimFinalizer }
    guard !rest.isEmpty else { return remove(reference.kind, claim) }
    var tree = claim.tree
    tree.set(.array(rest.map { .string($0) }), at: "metadata", "finalizers")
    put(reference.kind, tree)
  }

  private mutating func empty(namespace: String, _ kinds: KindTable, now: String) {
    var isEmpty = true
    for kind in kinds.all where kind.isNamespaced {
      for object in list(kind.key, namespace: namespace) {
        if object.isTerminating {
          isEmpty = false
        } else if delete(kind, object, DeleteOptions(propagation: .background), now: now) != nil {
          isEmpty = false
        }
      }
    }
    guard isEmpty, let object = object("/namespaces", "/" + namespace) else { return }
    terminatingNamespaces[namespace] = nil
    if object.finalizers.isEmpty { remove("/namespaces", object) }
  }
}

/// How long the controllers take.
package struct CollectorPace: Sendable {
  /// Between two rounds.
  package var roundSeconds = 0.05
  /// A namespace takes about five seconds on a real server; here as long as a test says.
  package var namespaceSeconds = 0.2
  /// Until a kubelet has stopped a pod.
  package var podSeconds = 0.1

  package init() {}
}

/// The kinds that a server knows.
struct KindTable: Sendable {
  let all: [Kind]
  private let byKey: [String: Kind]

  init(_ kinds: [Kind]) {
    all = kinds
    byKey = Dictionary(kinds.map { ($0.key, $0) }) { $1 }
  }

  subscript(_ key: String) -> Kind? { byKey[key] }
}
