import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What must be true before a new Cluster can be recovered. What cannot be asked is unknown, with why.
struct ClusterRecoveryChecks: Sendable {
  var site: ClusterSite
  var facts: CloudNativePGFacts
  var order: RecoveryOrder
  var backup: CNPGBackup?
  /// The new Cluster, and the one that it comes from.
  var cluster: ObjectTree
  var source: ObjectTree
  var isFree: Requirement
  var secrets: [ClusterDrillOrder.SecretCopy]

  private var client: KubernetesClient { site.client }
  private var name: String { cluster.at("metadata", "name")?.string ?? "" }
  private var namespace: String { cluster.at("metadata", "namespace")?.string ?? site.namespace }

  func all() async -> [Requirement] {
    var checks = order.checks + [onePlace, crossing, isFree]
    checks += [await rights(), await tried()]
    if !secrets.isEmpty { checks.append(await secretsThere()) }
    checks += [storeReached, await emptyArchive(), volumes, await storageClass(), await quotas()]
    checks += [image, await catalog(), libraries, await policies(), await architecture()]
    return checks.compactMap { $0 }
  }

  /// Asks, and tells why there was no answer.
  private func asking(
    _ what: String, _ ask: () async throws -> Requirement?
  ) async -> Requirement? {
    do { return try await ask() } catch {
      let failure = error as? RecoveryError
      return .unknown(what, failure.map { Sanitizer.clean($0.message, limit: 200) } ?? "\(error)")
    }
  }

  // MARK: Backup and store

  private var onePlace: Requirement? {
    let what = "the base backup lies where the WAL goes"
    guard let backup, backup.method != "volumeSnapshot" else {
      return backup == nil
        ? nil : .met(what, "a volume snapshot; its WAL comes from the store")
    }
    guard let place = order.base.place, let wal = facts.walPlace else {
      return order.outlook.route == nil
        ? .unknown(what, "the Backup does not say where it is") : nil
    }
    return place == wal
      ? .met(what, wal)
      : .notMet(what, "it lies in \(facts.shown(place)), the WAL goes to \(facts.shown(wal))")
  }

  private var crossing: Requirement? {
    let what = "the operator follows WAL over a promotion"
    guard let legs = order.outlook.route?.legs, legs.count > 1 else { return nil }
    guard let doubt = PromotionCrossing.doubt(operatorVersion: facts.operatorVersion) else {
      return .met(what, "version \(facts.operatorVersion ?? "")")
    }
    return .unknown(
      what,
      doubt.why
        + (doubt.isKnown
          ? ": a drill from this backup proves it, a base backup taken after the promotion avoids it"
          : ""))
  }

  private var storeReached: Requirement? {
    let what = "the store answers, with the credentials that the new Cluster will use"
    guard facts.storePlace != nil else { return nil }
    switch facts.stored {
    case .value(let server, _, let at):
      guard site.settings.store.credentials == .cluster else {
        return .unknown(
          what,
          "\(server.path) was read at \(Format.timestamp(at)) with credentials of the console's own: "
            + "the Secret's have not been tried")
      }
      return .met(what, "\(server.path) was read with them at \(Format.timestamp(at))")
    case .unavailable(let failure, _):
      return .unknown(what, "\(failure.reason); \(failure.remedy)")
    case .pending: return .unknown(what, "it has not been read from here")
    }
  }

  /// The operator refuses a Cluster whose archive holds WAL already, and tries again for ever.
  private func emptyArchive() async -> Requirement? {
    let what = "nothing lies where the new Cluster will archive"
    guard facts.storePlace != nil else { return nil }
    return await asking(what) {
      let isEmpty = try await site.isArchiveEmpty(name)
      return isEmpty
        ? .met(what, "the server name \(name) is unused in the store")
        : .notMet(
          what, "the store holds objects under the server name \(name): choose another with --to")
    }
  }

  // MARK: The API server

  private func rights() async -> Requirement? {
    let what = "this account may make it"
    return await asking(what) {
      let right = AccessRight(
        group: CNPGCluster.resource.group, resource: "clusters", verb: "create",
        namespace: namespace)
      return try await AccessCheck.ask([right], client).missing.isEmpty
        ? .met(what, "create clusters in \(namespace)")
        : .notMet(
          what, "no create clusters in \(namespace): somebody who may has to apply the manifest")
    }
  }

  private func tried() async -> Requirement? {
    let what = "the API server and the operator take the manifest"
    do {
      _ = try await client.create(CNPGCluster.resource, in: namespace, cluster, dryRun: true)
      return .met(what, "tried, dry")
    } catch {
      guard let failure = error as? RecoveryError else { return .unknown(what, "\(error)") }
      let said = Sanitizer.clean(failure.message, limit: 400)
      switch failure.code {
      case .denied, .unreachable, .timedOut, .cancelled: return .unknown(what, said)
      default: return .notMet(what, said)
      }
    }
  }

  private func secretsThere() async -> Requirement? {
    let what = "the Secrets that it reads are there, with their keys"
    guard namespace == site.namespace else {
      return .unknown(what, "they have to be copied to \(namespace): see the first step")
    }
    return await asking(what) {
      guard
        let found = try await NeededSecrets(client: client, namespace: namespace)
          .requirement(secrets)
      else { return nil }
      return Requirement(what: what, satisfied: found.satisfied, detail: found.detail)
    }
  }

  private func policies() async -> Requirement? {
    let what = "NetworkPolicies let the recovery job out"
    return await asking(what) {
      let kind = Resource(group: "networking.k8s.io", version: "v1", plural: "networkpolicies")
      let inherited = cluster.at("spec", "inheritedMetadata", "labels")?.strings ?? [:]
      let production = (facts.pods.value ?? []).first.flatMap(\.metadata.labels) ?? [:]
      return EgressPolicies(policies: try await client.list(kind, in: namespace, labels: ""))
        .requirement(
          EgressPolicies.labels(of: name, inherited: inherited), production: production)
    }
  }

  private func quotas() async -> Requirement? {
    await asking("the namespace's quotas leave room for it") {
      let kind = Resource(group: "", version: "v1", plural: "resourcequotas")
      return RecoveryRoom(
        cluster: cluster, quotas: try await client.list(kind, in: namespace, labels: "")
      ).requirement
    }
  }

  private func architecture() async -> Requirement? {
    let what = "it will run on the kind of processor that the data is of"
    return await asking(what) {
      let kind = Resource(group: "", version: "v1", plural: "nodes")
      let nodes = try await client.list(kind, in: nil, labels: "")
      let kinds = Set(
        nodes.compactMap { $0.at("status", "nodeInfo", "architecture")?.string }
      ).sorted()
      guard !kinds.isEmpty else { return .unknown(what, "no node says of what kind it is") }
      guard kinds.count > 1 else { return .met(what, "every node is \(kinds[0])") }
      return .unknown(
        what,
        "there are nodes of \(kinds.joined(separator: " and ")): data of one is not read by the "
          + "other; keep it to production's by spec.affinity.nodeSelector (kubernetes.io/arch)")
    }
  }

  // MARK: Room

  private var volumes: Requirement {
    let what = "its volumes are as large as production's"
    guard let bytes = RecoveryRoom(cluster: cluster, quotas: []).bytes else {
      return .unknown(what, "a size is not told")
    }
    return .met(
      what,
      "\(Format.bytes(bytes)) over all instances; whether the storage has so much left, "
        + "nobody tells beforehand")
  }

  private func storageClass() async -> Requirement? {
    let what = "the storage class is there"
    guard let named = cluster.at("spec", "storage", "storageClass")?.string else { return nil }
    return await asking(what) {
      let kind = Resource(group: "storage.k8s.io", version: "v1", plural: "storageclasses")
      return try await client.get(kind, in: nil, named) == nil
        ? .notMet(what, "there is no StorageClass \(facts.shown(named))") : .met(what, named)
    }
  }

  // MARK: The image

  private var image: Requirement {
    let what = "the image is production's, so that the major version and extensions fit"
    let running = facts.cluster.status?.image ?? facts.cluster.status?.pgDataImageInfo?.image
    if let named = cluster.at("spec", "imageName")?.string {
      guard let running else {
        return .unknown(what, "what production runs is not told; it will be \(named)")
      }
      return running == named
        ? .met(what, facts.shown(named))
        : .unknown(
          what,
          "production runs \(facts.shown(running)), the new one is given \(facts.shown(named))")
    }
    let major = cluster.at("spec", "imageCatalogRef", "major")?.integer
    return major == nil
      ? .unknown(what, "the image is not named")
      : .met(what, "PostgreSQL \(major ?? 0) of the same catalog")
  }

  private func catalog() async -> Requirement? {
    guard let reference = cluster.at("spec", "imageCatalogRef"),
      let named = reference.at("name")?.string
    else { return nil }
    let what = "the image catalog is there"
    return await asking(what) {
      let isWide = reference.at("kind")?.string == "ClusterImageCatalog"
      let kind = Resource(
        group: CNPGCluster.resource.group, version: "v1",
        plural: isWide ? "clusterimagecatalogs" : "imagecatalogs")
      return try await client.get(kind, in: isWide ? nil : namespace, named) == nil
        ? .notMet(what, "there is no \(facts.shown(named))") : .met(what, facts.shown(named))
    }
  }

  private var libraries: Requirement {
    let what = "the libraries that it preloads are in the image"
    let list = (cluster.at("spec", "postgresql", "shared_preload_libraries")?.list ?? [])
      .compactMap(\.string)
    guard !list.isEmpty else { return .met(what, "it preloads none of its own") }
    return image.satisfied == true
      ? .met(
        what,
        "\(list.map(facts.shown).joined(separator: ", ")): production loads them from this image")
      : .unknown(what, list.map(facts.shown).joined(separator: ", "))
  }
}
