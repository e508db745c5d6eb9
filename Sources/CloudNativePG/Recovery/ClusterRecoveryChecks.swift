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
  private var place: PlaceChecks {
    PlaceChecks(client: client, facts: facts, cluster: cluster, namespace: namespace)
  }
  private var name: String { cluster.at("metadata", "name")?.string ?? "" }
  private var namespace: String { cluster.at("metadata", "namespace")?.string ?? site.namespace }

  func all() async -> [Requirement] {
    var checks = order.checks + [onePlace, crossing, isFree]
    checks += [await rights(), facts.operatorRuns, await tried()]
    if !secrets.isEmpty { checks.append(await secretsThere()) }
    checks += [facts.storeReached(by: site.settings), await emptyArchive()]
    checks += [volumes, await place.storageClass(), await place.quotas()]
    checks += [image, await place.catalog(), libraries]
    let nodes = await place.nodes()
    checks += [await place.policies(), place.schedulable(nodes), place.architecture(nodes)]
    return checks.compactMap { $0 }
  }

  // MARK: Backup and store

  private var onePlace: Requirement? {
    let what = "the base backup lies where the WAL goes"
    guard let backup, backup.method != "volumeSnapshot" else {
      return backup == nil
        ? nil : .met(what, "a volume snapshot; its WAL comes from the store")
    }
    guard let place = order.base?.place, let wal = facts.walPlace else {
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

  /// The operator refuses a Cluster whose archive holds WAL already, and tries again for ever.
  private func emptyArchive() async -> Requirement? {
    let what = "nothing lies where the new Cluster will archive"
    guard facts.storePlace != nil else { return nil }
    return await Requirement.asking(what) {
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
    return await Requirement.asking(what) {
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
      _ = try await site.make(CNPGCluster.resource, in: namespace, cluster, dryRun: true)
      return .met(what, "tried, dry")
    } catch {
      guard let failure = error as? RecoveryError else { return .unknown(what, "\(error)") }
      let said = Sanitizer.clean(failure.message, limit: 400)
      // The requirement above says so, and how it is mended.
      if facts.operatorAbsence != nil, OperatorSilence.isMeant(failure.message) {
        return .unknown(what, "not tried: the operator does not run")
      }
      switch failure.code {
      case .denied, .unreachable, .timedOut, .cancelled: return .unknown(what, said)
      default:
        let remedy = failure.remedy.isEmpty ? "" : "; \(failure.remedy)"
        return .notMet(what, said + (OperatorSilence.isMeant(failure.message) ? remedy : ""))
      }
    }
  }

  /// In another namespace they may lie already.
  private func secretsThere() async -> Requirement? {
    let what = "the Secrets that it reads are there, with their keys"
    do {
      guard
        let found = try await NeededSecrets(client: client, namespace: namespace)
          .requirement(secrets)
      else { return nil }
      guard namespace != site.namespace, found.satisfied == false else {
        return Requirement(what: what, satisfied: found.satisfied, detail: found.detail)
      }
      return .unknown(what, "\(found.detail): to be copied, see the first step")
    } catch {
      let said = (error as? RecoveryError)?.message ?? "\(error)"
      let elsewhere =
        namespace == site.namespace ? "" : "; where they are not there, copy them by the first step"
      return .unknown(
        what, "they could not be read: \(Sanitizer.clean(said, limit: 200))\(elsewhere)")
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

  // MARK: The image

  private var image: Requirement {
    let what = "the image is production's, so that the major version and extensions fit"
    let running = facts.runningImage
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
