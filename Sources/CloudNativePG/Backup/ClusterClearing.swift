import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Takes a stuck Backup out of the way of all later ones by deleting the object.
struct ClusterClearing: Sendable {
  var site: ClusterSite
  var now: @Sendable () -> Date

  /// What a planned clearing is carried out by: the very object that is meant.
  private struct Order: Sendable, Equatable { var uid: String? }

  /// Throws `RecoveryError` when it is not there or blocks nothing.
  func plan(_ name: String, facts: CloudNativePGFacts, id: String) async throws -> OperationPlan {
    let (backup, why) = try stuck(name, in: facts.queue, pods: facts.podNames)
    let delete = AccessRight(
      group: CNPGBackup.resource.group, resource: CNPGBackup.resource.plural, verb: "delete",
      namespace: site.namespace)
    let check = try await AccessCheck.ask([delete], site.client)
    let behind = facts.queue.behind(name)
    let next = behind.first.map { "\($0.queueWords) is next" } ?? "nothing waits behind it"
    return OperationPlan(
      id: id, cluster: site.declaration.name, request: .clear(backup: name),
      title: "Clear Backup \(backup.shownName), which blocks all later backups",
      steps: [
        "Look once more whether \(backup.queueWords) is still stuck: \(why)",
        "Delete the object, if it is still the same one",
        "Then the queue moves: \(next)",
        .command("kubectl -n \(site.namespace) delete backup \(backup.shownName)"),
      ],
      notes: [
        "Only the object goes. What it has stored in the object store stays; retention removes it.",
        "A schedule whose last backup this was goes on at its next slot.",
      ],
      requirements: check.requirements(
        namespaces: [site.namespace], role: "backup -n \(site.namespace)"),
      order: EngineOrder(Order(uid: backup.metadata.uid)), typedConfirmation: site.declaration.name)
  }

  func run(_ plan: OperationPlan, feed: OperationFeed) async throws {
    guard case .clear(let name) = plan.request else {
      throw RecoveryError(.invalid, "not a plan for a clearing")
    }
    let tell = { (kind: OperationEvent.Kind) in feed.emit(OperationEvent(at: now(), kind: kind)) }
    tell(.stepBegan("looking at Backup \(name) once more"))
    let backups = try await site.client.list(CNPGBackup.resource, in: site.namespace, labels: "")
      .compactMap { $0.decoded(CNPGBackup.self) }
    let (backup, _) = try stuck(
      name,
      in: BackupQueue(
        backups, cluster: site.name, elsewhere: await site.facts()?.elsewhere ?? []),
      pods: await site.facts()?.podNames)
    guard let uid = backup.metadata.uid, uid == plan.order?.as(Order.self)?.uid else {
      throw RecoveryError(
        .refused, "Backup \(name) is another one than the plan named",
        remedy: "look at it and ask again")
    }
    tell(.stepBegan("deleting Backup \(name)"))
    try Task.checkCancellation()
    try await site.client.delete(
      CNPGBackup.resource, in: site.namespace, name, uid: uid,
      resourceVersion: backup.metadata.resourceVersion)
    tell(.cleared(backup: name))
  }

  private func stuck(
    _ name: String, in queue: BackupQueue, pods: Set<String>?
  ) throws(RecoveryError) -> (CNPGBackup, String) {
    let shown = Sanitizer.clean(name, limit: 80)
    guard let backup = queue.open.first(where: { $0.name == name }) else {
      throw RecoveryError(
        .refused, "Backup \(shown) of \(site.name) is not there any more, or has ended",
        remedy: "refresh and look again: the queue may move already")
    }
    guard let why = queue.obstacle(backup, pods: pods, now: now()) else {
      let cause = queue.cause(of: backup, pods: pods, now: now()).map { ", it waits for \($0)" }
      throw RecoveryError(
        .refused,
        "Backup \(backup.queueWords) is not stuck\(cause ?? ""): it may still end by itself",
        remedy: "wait for it")
    }
    guard why.isClearedByDeletion else {
      throw RecoveryError(
        .refused, "Backup \(backup.queueWords): \(why.sentence); to delete it helps nothing",
        remedy: "look at the operator: kubectl get pods -A -l app.kubernetes.io/name=cloudnative-pg"
      )
    }
    return (backup, why.sentence)
  }
}
