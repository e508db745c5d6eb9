import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Deletes a Cluster that was recovered, and looks until nothing of it is left.
struct ClusterUndoing: Sendable {
  var client: KubernetesClient
  var key: ObjectKey
  /// The recovery's id: nothing without it is touched.
  var id: String
  var limits: OperationLimits

  private static let brought = [Job.resource, Pod.resource, PersistentVolumeClaim.resource]

  struct Report: Sendable {
    var removed: [String] = []
    var remaining: [String] = []
  }

  /// `uid` nil = whichever carries our mark.
  func run(uid: String? = nil) async -> Report {
    var report = Report()
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(limits.destruction)
    var failure: String?
    repeat {
      do {
        if try await delete(uid: uid) { report.removed = ["Cluster \(place) and its volumes"] }
        failure = nil
      } catch {
        failure = (error as? RecoveryError)?.message ?? "\(error)"
        try? await Task.sleep(for: .seconds(min(1, limits.destruction / 4)))
      }
    } while failure != nil && clock.now < deadline
    var left = await left()
    while !left.isEmpty, clock.now < deadline {
      try? await Task.sleep(for: .seconds(min(0.5, limits.destruction / 10)))
      left = await self.left()
    }
    report.remaining = left + [failure].compactMap { $0 }
    return report
  }

  private var place: String { "\(key.namespace)/\(key.name)" }

  private func marked() async throws -> ObjectMetadata? {
    let tree = try await client.get(CNPGCluster.resource, in: key.namespace, key.name)
    guard let metadata = tree?.at("metadata")?.decoded(ObjectMetadata.self),
      RecoveryTag(metadata)?.id == id
    else { return nil }
    return metadata
  }

  private func delete(uid: String?) async throws -> Bool {
    guard let metadata = try await marked(), uid == nil || metadata.uid == uid else { return false }
    // Its volumes go before it does, so that its absence proves theirs.
    return try await client.delete(
      CNPGCluster.resource, in: key.namespace, key.name, uid: metadata.uid,
      propagation: .foreground)
  }

  private func left() async -> [String] {
    var lines: [String] = []
    do {
      guard try await marked() == nil else { return ["Cluster \(place)"] }
      // Another one that has the name now keeps its own.
      guard try await client.get(CNPGCluster.resource, in: key.namespace, key.name) == nil else {
        return []
      }
      for resource in Self.brought {
        for object in try await client.list(
          resource, in: key.namespace, labels: "\(DrillLabel.cluster)=\(key.name)")
        {
          let name = object.at("metadata", "name")?.string ?? "unnamed"
          lines.append("\(resource.plural) \(key.namespace)/\(Sanitizer.clean(name, limit: 120))")
        }
      }
    } catch {
      lines.append("not proven gone: \((error as? RecoveryError)?.message ?? "\(error)")")
    }
    return lines
  }
}
