import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// The end of a Cluster that was recovered beside production and stayed, asked for by somebody who typed its name.
struct ClusterRemoval: Sendable {
  var site: ClusterSite
  var limits: OperationLimits
  var now: @Sendable () -> Date

  /// The very object that is meant.
  private struct Order: Sendable, Equatable {
    var id: String
    var key: ObjectKey
    var uid: String?
  }

  /// Throws `RecoveryError` (refused) where there is none of that id.
  func plan(
    _ recovery: String, operation: String, facts: CloudNativePGFacts
  ) async throws
    -> OperationPlan
  {
    let (kept, made) = try await find(recovery, facts)
    let key = made.key
    let delete = AccessRight(
      group: CNPGCluster.resource.group, resource: CNPGCluster.resource.plural, verb: "delete",
      namespace: key.namespace)
    let rules = try await AccessCheck.ask([delete], site.client).rules(in: key.namespace)
    let what = "this account may delete it"
    let left = await leftInStore(made, facts)
    return OperationPlan(
      id: operation, cluster: site.declaration.name, request: .remove(recovery: recovery),
      title: "Remove the recovered Cluster \(kept.place)",
      steps: [
        "Delete the Cluster \(kept.place), if it is still the same one, with its pods and volumes",
        "List what is left",
        .command("kubectl -n \(key.namespace) delete clusters.postgresql.cnpg.io \(key.name)"),
      ],
      notes: [
        "It is a \(kept.sentence), asked for by \(kept.by).",
        "If applications have moved to it, they lose their database: nobody asks them.",
        left,
      ],
      requirements: [
        rules.isEmpty ? .met(what, key.namespace) : .notMet(what, rules.joined(separator: ", "))
      ],
      order: EngineOrder(Order(id: recovery, key: key, uid: made.metadata.uid)),
      typedConfirmation: kept.place)
  }

  func run(_ plan: OperationPlan, feed: OperationFeed) async throws {
    guard let order = plan.order?.as(Order.self), let facts = await site.facts() else {
      throw RecoveryError(.invalid, "the plan of operation \(plan.id) was made elsewhere")
    }
    let (kept, made) = try await find(order.id, facts)
    guard made.metadata.uid == order.uid, made.key == order.key else {
      throw RecoveryError(
        .refused, "\(kept.place) is another one than the plan named", remedy: "ask again")
    }
    try Task.checkCancellation()
    feed.emit(OperationEvent(at: now(), kind: .stepBegan("deleting Cluster \(kept.place)")))
    // Its ObjectStore may go with it.
    let left = await leftInStore(made, facts)
    let undoing = ClusterUndoing(
      client: site.client, key: order.key, id: order.id, limits: limits)
    let report = await Task { await undoing.run(uid: order.uid) }.value
    guard report.remaining.isEmpty else {
      throw RecoveryError(.failed, "still there: \(report.remaining.joined(separator: ", "))")
    }
    feed.emit(OperationEvent(at: now(), kind: .removed(recovery: order.id, left: left)))
  }

  /// What it archived outlives it: where that lies, and how it is thrown away. Never a command that would throw away what
  /// the cluster archives that it came from, wherever somebody has let it archive since.
  private func leftInStore(_ made: CNPGCluster, _ facts: CloudNativePGFacts) async -> String {
    var store: BarmanObjectStore?
    if let name = made.objectStoreName {
      let tree = try? await site.client.get(
        BarmanObjectStore.resource, in: made.key.namespace, name)
      store = tree?.decoded(BarmanObjectStore.self)
    }
    let words = "What it has archived stays in the store, under its own server name"
    guard let configuration = made.archiveStore({ [store] in store?.name == $0 ? store : nil }),
      let place = configuration.place(of: made.serverName),
      let address = ShellWord.argument(place.words + "/")
    else { return words + "." }
    let production = facts.cluster.archivePlace(facts.objectStore(named:))
    guard place.words != production?.words else {
      return "It archived to \(address), which is production's own archive: nothing of that may go."
    }
    guard production != nil, address.hasPrefix("s3://") else { return "\(words): \(address)" }
    let endpoint = configuration.endpointURL.flatMap(ShellWord.argument).map {
      " --endpoint-url \($0)"
    }
    return "\(words); when nobody can want it any more: "
      + "aws s3 rm --recursive \(address)\(endpoint ?? "")"
  }

  /// As the server has it now, not as it was watched.
  private func find(
    _ id: String, _ facts: CloudNativePGFacts
  ) async throws -> (KeptRecovery, CNPGCluster) {
    for known in facts.recovered where RecoveryTag(known.metadata)?.id == id {
      let tree = try await site.client.get(
        CNPGCluster.resource, in: known.key.namespace, known.name)
      guard let cluster = tree?.decoded(CNPGCluster.self),
        let kept = cluster.kept(context: site.context), kept.id == id
      else { break }
      guard cluster.key != ObjectKey(namespace: site.namespace, name: site.name) else {
        throw RecoveryError(.refused, "\(kept.place) is the cluster itself, which is not removed")
      }
      return (kept, cluster)
    }
    let others = facts.recovered.compactMap { RecoveryTag($0.metadata)?.id }
    throw RecoveryError(
      .refused,
      "no recovery \(Sanitizer.clean(id, limit: 40)) of \(site.declaration.name) is known",
      remedy: others.isEmpty ? "" : "there are: \(others.joined(separator: ", "))")
  }
}
