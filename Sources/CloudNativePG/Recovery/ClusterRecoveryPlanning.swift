import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Says exactly what a recovery into a new Cluster takes; the server has tried its manifest, dry. Changes nothing.
struct ClusterRecoveryPlanning: Sendable {
  var site: ClusterSite
  var facts: CloudNativePGFacts
  var order: RecoveryOrder

  /// Throws `RecoveryError` where there is nothing to restore.
  func plan() async throws -> RecoveryPlan {
    let tree = try await tree()
    let (namespace, name, isFree) = try await place()
    var store: ObjectTree?
    if namespace != site.namespace, let named = facts.cluster.objectStoreName {
      store = try await site.client.get(BarmanObjectStore.resource, in: site.namespace, named)
    }
    let draft = RecoveryDraft(
      source: SourceCluster(tree: tree, facts: facts), order: order, backup: backup, name: name,
      namespace: namespace, serverName: name)
    let cluster = try draft.cluster()
    let objects = [draft.store(store), cluster].compactMap { $0 }
    let needs = RecoveryDraft.secrets(
      objects + (namespace == site.namespace ? [try await ownStore()].compactMap { $0 } : []))
    let examination = ClusterRecoveryChecks(
      site: site, facts: facts, order: order, backup: backup, cluster: cluster, source: tree,
      isFree: isFree, secrets: needs)
    let file = "\(RecoveryPlan.fileName(name)).yaml"
    let words = ClusterRecoveryWords(
      site: site, facts: facts, order: order, name: name, namespace: namespace, file: file,
      cluster: cluster, source: tree, secrets: needs.map(\.source))
    return RecoveryPlan(
      order: order, engineTitle: CloudNativePGEngine.descriptor.title,
      place: "the new Cluster \(namespace)/\(name)", checks: await examination.all(),
      roads: [words.beside, words.takeOver],
      manifest: RecoveryManifest(
        name: file, text: words.head + objects.map(\.yaml).joined(separator: "---\n")),
      notes: words.notes)
  }

  /// Where nobody gives it any more the bucket is left, and known by its name.
  private func tree() async throws -> ObjectTree {
    let bucket = Self.bucketAdvice(facts)
    do {
      if let tree = try await site.client.get(
        CNPGCluster.resource, in: site.namespace, site.name)
      {
        return tree
      }
    } catch var error as RecoveryError where error.code == .unreachable || error.code == .timedOut {
      error.remedy = [error.remedy, bucket].filter { !$0.isEmpty }.joined(separator: "; ")
      throw error
    }
    throw RecoveryError(
      .refused, "there is no Cluster \(site.name) in \(site.namespace) any more", remedy: bucket)
  }

  static func bucketAdvice(_ facts: CloudNativePGFacts) -> String {
    let place = facts.storePlace.map { place in
      let path = place.destination.hasSuffix("/") ? place.destination : place.destination + "/"
      return Sanitizer.clean(path + place.server, limit: 300)
    }
    return "from its bucket: pgvigil plan recovery \(place ?? "s3://BUCKET/PREFIX") --at …"
  }

  /// The plugin's, whose Secrets are read in its stead.
  private func ownStore() async throws -> ObjectTree? {
    guard let named = facts.cluster.objectStoreName else { return nil }
    return try await site.client.get(BarmanObjectStore.resource, in: site.namespace, named)
  }

  /// By the name that the catalog has, or by the store's.
  private var backup: CNPGBackup? {
    facts.ownBackups?.first { $0.name == order.base.id }
      ?? facts.ownBackups?.first { $0.status?.backupId == order.storedBase }
  }

  /// CloudNativePG makes names of its own out of a Cluster's.
  private static let longest = 50

  /// Where it is to be, and whether that is free; of a name that nobody chose the first that is.
  private func place() async throws -> (namespace: String, name: String, isFree: Requirement) {
    let what = "the name is not in use"
    guard let asked = order.place else {
      let stem = site.name.replacing(".", with: "-").prefix(Self.longest - 13)
      for number in 1...9 {
        let name = "\(stem)-recovered" + (number > 1 ? "-\(number)" : "")
        let check = await isFree(name, in: site.namespace, what)
        guard check.satisfied != false else { continue }
        // An earlier one of that name is gone and has left its archive.
        if (try? await site.isArchiveEmpty(name)) == false { continue }
        return (site.namespace, name, check)
      }
      throw RecoveryError(
        .refused, "\(stem)-recovered is in use, and eight more like it",
        remedy: "name it: --to NAME")
    }
    let parts = asked.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, parts.allSatisfy(ObjectName.isValid), let name = parts.last,
      !name.contains("."), name.count <= Self.longest
    else {
      throw RecoveryError(
        .invalid, "\(Sanitizer.clean(asked, limit: 100)) is no name of a Cluster",
        remedy:
          "at most \(Self.longest) small letters, digits and dashes; NAMESPACE/NAME for another "
          + "namespace")
    }
    let namespace = parts.count == 2 ? parts[0] : site.namespace
    guard (namespace, name) != (site.namespace, site.name) else {
      throw RecoveryError(
        .refused,
        "\(name) is the production Cluster itself: the operator restores into a new one alone",
        remedy: "name another: --to \(site.name.prefix(Self.longest - 10))-recovered")
    }
    return (namespace, name, await isFree(name, in: namespace, what))
  }

  /// A volume that was left would be taken for the new one's.
  private func isFree(_ name: String, in namespace: String, _ what: String) async -> Requirement {
    let claims = Resource(group: "", version: "v1", plural: "persistentvolumeclaims")
    do {
      if try await site.client.get(CNPGCluster.resource, in: namespace, name) != nil {
        return .notMet(what, "there is a Cluster \(namespace)/\(name)")
      }
      if try await site.client.get(claims, in: namespace, "\(name)-1") != nil {
        return .notMet(
          what, "a volume \(name)-1 is left in \(namespace) from a Cluster of that name")
      }
      return .met(what, "no Cluster and no volume is called \(namespace)/\(name)")
    } catch {
      return .unknown(what, (error as? RecoveryError)?.message ?? "\(error)")
    }
  }
}
