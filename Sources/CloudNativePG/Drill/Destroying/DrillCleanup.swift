import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Removes what one drill made, and lists by label what is left. Touches nothing without our mark.
struct DrillCleanup: Sendable {
  var client: KubernetesClient
  /// The drill namespace.
  var namespace: String
  var limits: OperationLimits

  struct Report: Sendable, Equatable {
    var removed: [String] = []
    var remaining: [String] = []
  }

  /// Kinds that a drill makes itself, and those that come with its Cluster.
  private static let own = [CNPGCluster.resource, BarmanObjectStore.resource, .secrets]
  private static let brought = [Job.resource, Pod.resource, PersistentVolumeClaim.resource]

  /// `copy`: name of its Cluster; nil = by label alone. `storeToo` is false where the right to list ObjectStores may be
  /// missing because none was made. A server that is away is waited for. Cancelled, it ends soon, and what it says
  /// remains proves nothing.
  func destroy(_ id: String, copy: String?, storeToo: Bool = true) async -> Report {
    let kinds = Self.own.filter { storeToo || $0 != BarmanObjectStore.resource }
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(limits.destruction)
    var removed: Set<String> = []
    var copies = Set([copy].compactMap { $0 })
    var failures: [String] = []
    while true {
      failures = []
      for resource in kinds {
        do {
          for object in try await marked(resource, id) {
            if resource == CNPGCluster.resource { copies.insert(object.metadata.name) }
            try await delete(object)
            removed.insert(line(resource, object.metadata.name))
          }
        } catch {
          failures.append("\(resource.title): \(words(error))")
        }
      }
      if failures.isEmpty || Task.isCancelled || clock.now >= deadline { break }
      try? await Task.sleep(for: .seconds(min(1, limits.destruction / 4)))
    }
    await wait(id, copies, kinds)
    return Report(
      removed: removed.sorted(), remaining: failures + (await left(id, copies, kinds)))
  }

  private func delete(_ object: MarkedObject) async throws {
    // What belongs to the Cluster goes before it does, so that its absence proves theirs.
    let isCluster = object.resource == CNPGCluster.resource
    try await client.delete(
      object.resource, in: namespace, object.metadata.name, uid: object.metadata.uid,
      propagation: isCluster ? .foreground : .background)
  }

  private func wait(_ id: String, _ copies: Set<String>, _ kinds: [Resource]) async {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(limits.destruction)
    var pause = 0.05
    while clock.now < deadline, !Task.isCancelled {
      if await left(id, copies, kinds).isEmpty { return }
      try? await Task.sleep(for: .seconds(pause))
      pause = min(pause * 2, 2)
    }
  }

  /// Everything that still carries this drill's label or belongs to its Cluster; what cannot be listed is not gone.
  private func left(_ id: String, _ copies: Set<String>, _ kinds: [Resource]) async -> [String] {
    var lines: Set<String> = []
    var selectors = ["\(OwnLabel.drill)=\(id)"]
    selectors += copies.sorted().map { "\(DrillLabel.cluster)=\($0)" }
    for resource in kinds + Self.brought {
      for selector in selectors {
        do {
          for object in try await client.list(resource, in: namespace, labels: selector) {
            lines.insert(line(resource, object.at("metadata", "name")?.string ?? "unnamed"))
          }
        } catch let error as RecoveryError where error.code == .invalid {
          // The kind does not exist here: nothing of it is left.
        } catch {
          lines.insert("\(resource.title): not proven gone: \(words(error))")
        }
      }
    }
    return lines.sorted()
  }

  /// Objects of our own making; what the operator made from them inherits the label but not the rest of the mark.
  func marked(_ resource: Resource, _ id: String?) async throws -> [MarkedObject] {
    let which = id.map { "\(OwnLabel.drill)=\($0)" } ?? OwnLabel.drill
    let selector = "\(which),\(DrillLabel.owner)=\(DrillLabel.ownerValue)"
    do {
      return try await client.list(resource, in: namespace, labels: selector).compactMap { tree in
        guard let metadata = tree.at("metadata")?.decoded(ObjectMetadata.self),
          let tag = DrillTag(metadata)
        else { return nil }
        return MarkedObject(resource: resource, metadata: metadata, tag: tag)
      }
    } catch let error as RecoveryError where error.code == .invalid {
      return []
    }
  }

  /// Every object with our mark, of all drills.
  func all() async throws -> [MarkedObject] {
    var found: [MarkedObject] = []
    for resource in Self.own { found += try await marked(resource, nil) }
    return found
  }

  private func line(_ resource: Resource, _ name: String) -> String {
    "\(resource.plural) \(namespace)/\(Sanitizer.clean(name, limit: 120))"
  }

  private func words(_ error: any Error) -> String {
    (error as? RecoveryError)?.message ?? "\(error)"
  }
}

/// An object that a drill of ours made.
struct MarkedObject: Sendable, Equatable {
  var resource: Resource
  var metadata: ObjectMetadata
  var tag: DrillTag
}
