import FoundationEssentials
import Kubernetes
import PostgresServers
import RecoveryModel

/// Says exactly what a recovery into a new Cluster takes; the server has tried its manifest, dry. Changes nothing.
struct ClusterRecoveryPlanning: Sendable {
  var site: ClusterSite
  var facts: CloudNativePGFacts
  var order: RecoveryOrder

  /// What is made, where, and what must be true first.
  private struct Look {
    var namespace: String
    var name: String
    var tree: ObjectTree
    var cluster: ObjectTree
    var store: ObjectTree?
    var secrets: [ClusterDrillOrder.SecretCopy]
    var checks: [Requirement]
  }

  /// Throws `RecoveryError` where there is nothing to restore.
  func plan() async throws -> RecoveryPlan {
    if let recovered { return try await plan(goingOnFrom: recovered) }
    let look = try await look()
    let file = "\(RecoveryPlan.fileName(look.name)).yaml"
    let words = ClusterRecoveryWords(
      site: site, facts: facts, order: order, name: look.name, namespace: look.namespace,
      file: file, cluster: look.cluster, source: look.tree,
      secrets: await copies(look).map(\.source))
    let objects = [look.store, look.cluster].compactMap { $0 }
    return RecoveryPlan(
      order: order, engineTitle: CloudNativePGEngine.descriptor.title,
      place: "the new Cluster \(look.namespace)/\(look.name)", checks: look.checks,
      roads: [words.beside, .giveBack(words.giveBack), words.takeOver],
      manifest: RecoveryManifest(
        name: file, text: words.head + objects.map(\.yaml).joined(separator: "---\n")),
      notes: words.notes)
  }

  /// Secrets that have to be copied there; where nobody may look, all of them.
  private func copies(_ look: Look) async -> [ClusterDrillOrder.SecretCopy] {
    guard look.namespace != site.namespace else { return [] }
    let there = NeededSecrets(client: site.client, namespace: look.namespace)
    return (try? await there.lacking(look.secrets)) ?? look.secrets
  }

  /// What stays already of the very moment; nil = nothing.
  private var recovered: KeptRecovery? {
    order.recovered(
      among: facts.recovered.compactMap { $0.kept(context: facts.context) },
      at: order.place.map { $0.contains("/") ? $0 : "\(site.namespace)/\($0)" })
  }

  private func plan(goingOnFrom kept: KeptRecovery) async throws -> RecoveryPlan {
    let names = kept.place.split(separator: "/").map(String.init)
    guard names.count == 2,
      let cluster = try await site.client.get(CNPGCluster.resource, in: names[0], names[1])
    else {
      throw RecoveryError(
        .refused, "\(Sanitizer.clean(kept.place, limit: 100)) is gone", remedy: "ask again")
    }
    let words = ClusterRecoveryWords(
      site: site, facts: facts, order: order, name: names[1], namespace: names[0], file: "",
      cluster: cluster, source: try await tree(), secrets: [])
    var plan = RecoveryPlan(
      order: order, engineTitle: CloudNativePGEngine.descriptor.title,
      place: "the Cluster \(kept.place)", checks: order.checksOfKept + kept.checks,
      roads: [kept.road, .giveBack(words.giveBack), words.takeOver],
      notes: kept.notes(for: site.declaration))
    plan.kept = kept
    return plan
  }

  /// The plan of carrying it out. Throws as `plan`.
  func operation(_ environment: EngineEnvironment) async throws -> OperationPlan {
    let look = try await look()
    let id = environment.newID()
    let tag = RecoveryTag(
      id: id, source: ObjectKey(namespace: site.namespace, name: site.name),
      moment: order.outlook.moment.text, host: environment.host, user: environment.user,
      started: environment.now())
    let safety = RecoverySafety(source: tag.source, serverName: facts.cluster.serverName)
    let carried = ClusterRecoveryOrder(
      tag: tag, namespace: look.namespace, name: look.name, cluster: tag.marking(look.cluster),
      store: look.store.map(tag.marking), safety: safety, recovery: order)
    var requirements = look.checks + [try await rights(carried)]
    if let recovered { requirements.append(recovered.refusal(for: site.declaration)) }
    let violations = safety.violations(of: carried.cluster)
    requirements.append(
      violations.isEmpty
        ? .met("it cannot write to production's archive", "it archives as \(look.name)")
        : .notMet("it cannot write to production's archive", violations.joined(separator: "; ")))
    if look.namespace != site.namespace,
      let there = try await NeededSecrets(client: site.client, namespace: look.namespace)
        .requirement(look.secrets)
    {
      requirements.append(there)
    }
    return words(carried, requirements, id: id)
  }

  private func words(
    _ carried: ClusterRecoveryOrder, _ requirements: [Requirement], id: String
  ) -> OperationPlan {
    let place = "\(carried.namespace)/\(carried.name)"
    let store: [PlanStep] =
      carried.store.map { _ in ["Make the ObjectStore that it needs there"] } ?? []
    return OperationPlan(
      id: id, cluster: site.declaration.name,
      request: .recover(RecoveryQuestion(order.moment, into: place, from: order.baseID)),
      title: "Recover \(site.declaration.name) to \(order.goalWords), into the new Cluster "
        + "\(place), and let it stay",
      steps: [
        "Let the API server try the manifest once more, dry, and look at what it makes of it"
      ] + store + [
        "Make the Cluster \(place), as plan recovery shows it, with our mark on it",
        .act(
          "Follow the operator: base backup \(Sanitizer.clean(order.storedBase, limit: 60)), WAL to "
            + "\(order.goalWords), promotion, until an instance serves"),
      ],
      safety: OperationPlan.readsOnly + " The new Cluster archives under the server name "
        + "\(carried.name).",
      notes: [
        "Cancelled or failed on its way the Cluster and its volumes are deleted; what it had archived "
          + "stays in the store. Once it stays, nobody removes it unasked: pgvigil remove "
          + "\(site.declaration.typed) \(id)",
        "It is a Cluster like any other: it is watched, costs room, and is backed up by its schedule.",
      ],
      requirements: requirements, expected: order.outlook.projection?.total,
      backup: order.baseID, order: EngineOrder(carried),
      typedConfirmation: site.declaration.name)
  }

  /// To make it, to follow it, and to take it back.
  private func rights(_ carried: ClusterRecoveryOrder) async throws -> Requirement {
    let group = CNPGCluster.resource.group
    let wanted: [(String, String, [String])] = [
      (group, "clusters", ["create", "get", "list", "watch", "delete"]),
      ("batch", "jobs", ["list", "watch"]), ("", "pods", ["list", "watch"]),
      ("", "pods/log", ["get"]), ("", "persistentvolumeclaims", ["list"]),
    ]
    let rights = wanted.flatMap { group, resource, verbs in
      verbs.map {
        AccessRight(group: group, resource: resource, verb: $0, namespace: carried.namespace)
      }
    }
    let rules = try await AccessCheck.ask(rights, site.client).rules(in: carried.namespace)
    let what = "this account may make it, follow it and take it back"
    return rules.isEmpty
      ? .met(what, "in \(carried.namespace)")
      : .notMet(what, "missing in \(carried.namespace): \(rules.joined(separator: ", "))")
  }

  private func look() async throws -> Look {
    if let objection = order.moment.objection(isVerbatim: true) { throw objection }
    _ = try order.baseToRestore()
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
    return Look(
      namespace: namespace, name: name, tree: tree, cluster: cluster, store: draft.store(store),
      secrets: needs, checks: await examination.all())
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
    facts.ownBackups?.first { $0.name == order.baseID }
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
