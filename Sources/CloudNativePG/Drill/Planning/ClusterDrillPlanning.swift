import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Says exactly what a verify drill on Kubernetes would do; the server has tried it, dry.
struct ClusterDrillPlanning: Sendable {
  var site: ClusterSite
  var environment: EngineEnvironment
  var process: Int32
  var isInCluster: Bool
  /// Why no kubectl can be run; nil when it can, or when none is needed.
  var kubectlFailure: String?
  var limits = OperationLimits()

  /// Seconds beyond the drill's limit after which what it made may be removed by anybody: for the destruction.
  private static let expiryMargin = 3600.0

  /// Seconds for each new look at a primary that gave no answer, before a plan is refused for want of one: for one that
  /// was lost, then for one that takes long on a busy node.
  private var patience: [Double] { [InstanceProxy.deadline, limits.answer] }

  /// The facts with an answer of the primary, where another look brings it.
  private func answered(_ facts: CloudNativePGFacts) async -> CloudNativePGFacts {
    var facts = facts
    for seconds in patience where facts.primaryStatus?.value == nil {
      guard let seen = await site.look(seconds) else { break }
      facts = seen
    }
    return facts
  }

  /// Throws `RecoveryError` where there is nothing to restore or the server will not have it.
  func plan(
    _ label: String?, to outlook: RecoveryOutlook? = nil, facts: CloudNativePGFacts,
    report: EngineReport, id: String
  )
    async throws -> OperationPlan
  {
    let drillNamespace = site.drillNamespace
    guard drillNamespace != site.namespace else {
      throw RecoveryError(
        .refused, "\(drillNamespace) is \(site.name)'s own namespace",
        remedy: "drills need a namespace of their own: set drill_namespace")
    }
    let facts = await answered(facts)
    let last = facts.lastArchived ?? report.archive.value?.lastArchivedSegment
    var choice = try DrillChoice.make(label, facts, lastArchived: last)
    choice.moment = outlook?.effective
    choice.asked = outlook?.drillMoment
    choice.marker = outlook?.marker?.test
    let order = try await order(choice, facts, id: id)
    let check = try await access(order)
    var requirements = check.requirements(
      namespaces: [site.namespace, drillNamespace], role: Self.role(order, site: site))
    if check.missing.isEmpty {
      requirements += try await tried(order)
      requirements += await surroundings(order, facts)
    }
    if !isInCluster {
      requirements.append(
        Requirement(
          what: "kubectl is here, to reach the copy", satisfied: kubectlFailure == nil,
          detail: kubectlFailure ?? "kubectl port-forward"))
    }
    return OperationPlan(
      id: id, cluster: site.declaration.name, request: .drill(backup: label),
      title:
        "Restore Backup \(choice.backup.shownName) of \(site.declaration.name)"
        + (order.momentCheck == nil ? "" : ", as of \(order.goal),") + " into a throw-away "
        + "cluster in \(drillNamespace)",
      steps: steps(order), safety: OperationPlan.readsOnly, notes: notes(order),
      requirements: requirements, backup: order.backup,
      order: EngineOrder(order))
  }

  // MARK: The order

  private func order(
    _ choice: DrillChoice, _ facts: CloudNativePGFacts, id: String
  ) async throws -> ClusterDrillOrder {
    guard
      let source = try await site.client.get(CNPGCluster.resource, in: site.namespace, site.name)
    else {
      throw RecoveryError(.refused, "there is no Cluster \(site.name) in \(site.namespace)")
    }
    var store: ObjectTree?
    if let name = facts.cluster.objectStoreName {
      store = try await site.client.get(BarmanObjectStore.resource, in: site.namespace, name)
      guard store != nil else {
        throw RecoveryError(
          .refused, "the ObjectStore \(facts.shown(name)) does not exist in \(site.namespace)",
          remedy: "a copy without it would wait for ever without a word")
      }
    }
    let now = environment.now()
    let tag = DrillTag(
      id: id, source: ObjectKey(namespace: site.namespace, name: site.name),
      host: environment.host, user: environment.user, process: process, started: now,
      expires: now.addingTimeInterval(site.declaration.drill.timeout + Self.expiryMargin))
    let copy = Self.copyName(of: site.name, id: id)
    let draft = DrillDraft(
      source: source, sourceStore: store, facts: facts, settings: site.settings,
      sharedBuffers: site.declaration.drill.sharedBuffers, tag: tag,
      namespace: site.drillNamespace, copy: copy, choice: choice)
    return ClusterDrillOrder(
      tag: tag, namespace: site.drillNamespace, copy: copy, choice: choice,
      drawing: try draft.draw())
  }

  /// `drill-<source>-<id>`, no longer than CloudNativePG's 50 characters, never the source's own name.
  static func copyName(of source: String, id: String) -> String {
    var stem = source.replacing(".", with: "-").prefix(max(0, 50 - 7 - id.count))
    while stem.last == "-" { stem.removeLast() }
    return "drill-\(stem)-\(id)"
  }

  /// What `pgvigil manifest rbac --role` needs to be told to print the role that this drill needs.
  static func role(_ order: ClusterDrillOrder, site: ClusterSite) -> String {
    "drill -n \(site.namespace) --cluster \(site.name) --drill-namespace \(order.namespace)"
      + order.secrets.map { " --secret \($0.source)" }.joined()
  }

  /// Every right that the drill will use.
  static func rights(
    _ order: ClusterDrillOrder, site: ClusterSite, isInCluster: Bool
  ) -> [AccessRight] {
    let secrets = order.secrets.map(\.source)
    var source = [
      AccessRule(CNPGCluster.resource.group, ["clusters"], ["get"], for: "what to copy")
    ]
    if order.store != nil {
      source.append(
        AccessRule(BarmanObjectStore.resource.group, ["objectstores"], ["get"], for: "the store"))
    }
    if !secrets.isEmpty { source += AccessRules.drillSource(secrets: secrets) }
    let drill =
      AccessRules.drill.filter { $0.resources != ["objectstores"] || order.store != nil }
      + (isInCluster ? [] : AccessRules.portForward)
    return AccessRight.of(source, in: site.namespace)
      + AccessRight.of(drill, in: order.namespace)
  }

  /// What is missing of these; a way to the copy is one of two, so that the second makes up for the first.
  func access(_ order: ClusterDrillOrder) async throws -> AccessCheck {
    let rights = Self.rights(order, site: site, isInCluster: isInCluster)
    let check = try await AccessCheck.ask(rights, site.client)
    let tunnel = Set(
      AccessRight.of(AccessRules.portForward, in: order.namespace)
        .filter { $0.resource == "pods/portforward" })
    guard !isInCluster, check.missing.contains(where: tunnel.contains) else { return check }
    let second = AccessRight.of(AccessRules.exec, in: order.namespace)
    guard try await AccessCheck.ask(second, site.client).missing.isEmpty else { return check }
    return AccessCheck(missing: check.missing.filter { !tunnel.contains($0) })
  }

  /// Asked of the server: the Secrets, a dry run, and what else lives in the drill namespace. Throws when it will not
  /// have the copy.
  func tried(_ order: ClusterDrillOrder) async throws -> [Requirement] {
    let secrets = try await NeededSecrets(client: site.client, namespace: site.namespace)
      .requirement(order.secrets)
    var violations = DrillSafety.violations(of: order.cluster)
    violations += DrillSafety.violations(
      of: try await dryRun(CNPGCluster.resource, order.cluster, order))
    if let store = order.store {
      violations += DrillSafety.violations(ofStore: store)
      violations += DrillSafety.violations(
        ofStore: try await dryRun(BarmanObjectStore.resource, store, order))
    }
    let strangers = try await site.client.list(
      CNPGCluster.resource, in: order.namespace, labels: "!\(OwnLabel.drill)"
    ).compactMap { $0.at("metadata", "name")?.string }
    return (secrets.map { [$0] } ?? []) + [
      Requirement(
        what: "the copy cannot write to production's archive", satisfied: violations.isEmpty,
        detail: violations.isEmpty
          ? "no backup section, no plugin, no archiver: in the plan and in the server's dry run"
          : "\(violations.joined(separator: "; ")) (a mutating webhook may have added it)"),
      Requirement(
        what: "\(order.namespace) is for drills alone", satisfied: strangers.isEmpty,
        detail: strangers.isEmpty
          ? "it holds no other cluster"
          : "it holds \(strangers.prefix(3).map { Sanitizer.clean($0, limit: 60) }.joined(separator: ", "))"
      ),
    ]
  }

  /// What the copy needs where it is made. Whatever this account may not look at is unknown and keeps no drill from
  /// running.
  private func surroundings(
    _ order: ClusterDrillOrder, _ facts: CloudNativePGFacts
  ) async -> [Requirement] {
    let place = PlaceChecks(
      client: site.client, facts: facts, cluster: order.cluster, namespace: order.namespace)
    let nodes = await place.nodes()
    return [
      facts.storeReached(by: site.settings), await place.storageClass(), await place.quotas(),
      await place.catalog(), place.imageAtHand(nodes), await place.policies(),
      place.schedulable(nodes), place.architecture(nodes),
    ].compactMap { $0 }
  }

  private func dryRun(
    _ resource: Resource, _ object: ObjectTree, _ order: ClusterDrillOrder
  ) async throws -> ObjectTree {
    do {
      return try await site.make(resource, in: order.namespace, object, dryRun: true)
    } catch let error as RecoveryError where error.code == .invalid {
      throw RecoveryError(
        .refused, "the server would not take the copy: \(error.message)",
        remedy:
          "does namespace \(order.namespace) exist? pgvigil manifest rbac --role drill makes it")
    }
  }

  // MARK: Words

  private func steps(_ order: ClusterDrillOrder) -> [PlanStep] {
    let tests = site.declaration.smokeTests.map(\.name)
    let copies = order.secrets.map(\.source) + (order.store == nil ? [] : ["the ObjectStore"])
    let size = order.cluster.at("spec", "storage", "size")?.string ?? "unknown"
    let reach =
      isInCluster
      ? "\(order.copy)-rw.\(order.namespace).svc" : "a kubectl port-forward to \(order.copy)-1"
    return [
      "Copy into namespace \(order.namespace): \(copies.isEmpty ? "nothing" : copies.joined(separator: ", "))",
      .act(
        "Create Cluster \(order.namespace)/\(order.copy): one instance, volume of \(size), no backup "
          + "section, no plugin, archiving off"),
      "Restore base backup \(order.backupID) by bootstrap.recovery",
      .replay(
        order.moment == nil
          ? "Replay WAL to exactly \(order.target) on timeline \(order.timeline), which is known to be "
            + "archived"
          : "Replay WAL to \(order.goal) on timeline \(order.timeline)"),
      .act(
        tests.isEmpty
          ? "Through \(reach): connect, and count the rows of the largest tables (no smoke tests are "
            + "configured)"
          : "Through \(reach): run \(tests.count) smoke tests, read-only: \(tests.joined(separator: ", "))"
      ),
      "Delete all of it, and list by label what is left",
    ]
  }

  private func notes(_ order: ClusterDrillOrder) -> [String] {
    var notes = [
      "The copy runs no subscriptions, and no library that acts by itself (pg_cron and the like).",
      "Everything carries \(OwnLabel.drill)=\(order.tag.id) and expires at "
        + "\(Format.timestamp(order.tag.expires)); pgvigil reap removes what is left.",
    ]
    if order.usesSuperuser {
      notes.append("The tests run as the copy's superuser, as the source allows one.")
    }
    return notes
  }
}
