import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What a planned backup is carried out by.
struct ClusterBackupOrder: Sendable, Equatable {
  var name: String
  /// The Backup as it will be created.
  var manifest: ObjectTree
  /// Seconds that the last ones took; empty where none is known.
  var earlier: [Double]
}

/// Says exactly what a base backup through a Backup object would do; the server has tried it, dry.
struct ClusterBackupPlanning: Sendable {
  var site: ClusterSite
  var facts: CloudNativePGFacts
  var now: Date

  /// Throws `RecoveryError` where nothing is configured or the server will not have it.
  func plan(named asked: String?, id: String) async throws -> OperationPlan {
    guard let method = BackupMethod.choose(facts) else {
      throw RecoveryError(
        .refused, "\(site.name) has no way of taking base backups configured",
        remedy: "configure the Barman Cloud plugin: pgvigil manifest object-store|cluster-backup")
    }
    let name = try Self.name(asked, cluster: site.name, now: now)
    let manifest = manifest(name, method, id: id)
    let create = AccessRight(
      group: CNPGBackup.resource.group, resource: CNPGBackup.resource.plural, verb: "create",
      namespace: site.namespace)
    let check = try await AccessCheck.ask([create], site.client)
    // Without the operator its webhook does not answer either.
    if check.missing.isEmpty, facts.operatorAbsence == nil {
      _ = try await site.make(
        CNPGBackup.resource, in: site.namespace, manifest, dryRun: true)
    }
    let order = ClusterBackupOrder(name: name, manifest: manifest, earlier: earlier)
    var plan = OperationPlan(
      id: id, cluster: site.declaration.name, request: .backup(.full, name: asked),
      title: "Take a base backup of \(site.declaration.name) by \(facts.shown(method.words))",
      steps: steps(name, method), notes: notes(method),
      requirements: requirements(check, method), expected: expected, order: EngineOrder(order))
    plan.sparing =
      "A longer retentionPolicy of \(facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)"), "
      + "set before, keeps it"
    plan.warnings = [lacking(method)].compactMap { $0 }
    return plan
  }

  /// What the last snapshot has not, nor will this one as long as nothing is another: it could not be restored either.
  func lacking(_ method: BackupMethod) -> String? {
    guard method == .snapshot,
      let last = facts.ownBackups?.filter({ $0.method == method.name && $0.phase == .completed })
        .max(by: { ($0.stoppedAt ?? .distantPast) < ($1.stoppedAt ?? .distantPast) })
    else { return nil }
    let pieces = facts.missingPieces(of: last).words
    guard !pieces.isEmpty else { return nil }
    let snapshot = facts.cluster.spec.backup?.volumeSnapshot
    let way =
      facts.cluster.spec.walStorage != nil && snapshot?.walClassName == nil
      ? "name its class first (spec.backup.volumeSnapshot.walClassName)"
      : "see first why (status.snapshotBackupStatus.elements of that Backup)"
    return
      "Snapshot \(facts.shown(last.name)) lacks \(pieces.map(facts.shown).joined(separator: ", ")), and this one "
      + "will again, so that it cannot be restored: \(way), or take it into an object store"
  }

  // MARK: The object

  /// The name asked for, or one made of the cluster's and the time. Throws `.invalid` for what is no object name.
  static func name(
    _ asked: String?, cluster: String, now: Date
  ) throws(RecoveryError) -> String {
    guard let asked else {
      let digits = Format.timestamp(now).filter { ("0"..."9").contains($0) }.prefix(14)
      // 253 is the longest name of an object.
      return "\(cluster.prefix(200))-pgvigil-\(digits)"
    }
    guard ObjectName.isValid(asked) else {
      throw RecoveryError(
        .invalid, "\"\(Sanitizer.clean(asked, limit: 60))\" is no name for a Backup",
        remedy: "use lower-case letters, digits, - and ., as initial-smoke-test")
    }
    return asked
  }

  private func manifest(_ name: String, _ method: BackupMethod, id: String) -> ObjectTree {
    let plugin = method.plugin.map {
      ObjectTree.object([
        "name": .string($0), "parameters": method.parameters.map(ObjectTree.labels),
      ])
    }
    return .object([
      "apiVersion": .string("\(CNPGBackup.resource.group)/\(CNPGBackup.resource.version)"),
      "kind": "Backup",
      "metadata": .object([
        "name": .string(name), "namespace": .string(site.namespace),
        "labels": .labels([
          "cnpg.io/cluster": site.name, DrillLabel.operation: id,
        ]),
      ]),
      "spec": .object([
        "cluster": .object(["name": .string(site.name)]), "method": .string(method.name),
        "pluginConfiguration": plugin,
      ]),
    ])
  }

  // MARK: Words

  private func steps(_ name: String, _ method: BackupMethod) -> [PlanStep] {
    let target = facts.cluster.spec.backup?.target ?? "prefer-standby"
    var steps: [PlanStep] = [
      .act(
        "Create Backup \(name) in namespace \(site.namespace): method \(facts.shown(method.words)), "
          + "target \(facts.shown(target))"),
      "It goes to \(facts.destination(of: method))",
    ]
    let ahead = facts.queue.open
    if !ahead.isEmpty {
      steps.append(
        .act(
          "Wait for what is before it: \(ahead.prefix(5).map(\.queueWords).joined(separator: ", "))"
            + (ahead.count > 5 ? " and \(ahead.count - 5) more" : "")))
    }
    if let other = facts.elsewhere.first, ahead.isEmpty {
      steps.append(
        "Wait for \(other.elsewhereWords): the operator takes one in-tree backup at a time")
    }
    steps += [
      "Follow it until the operator calls it completed",
      "Wait until its end WAL is archived: before that it restores nothing",
      .command("kubectl -n \(site.namespace) create -f - (the Backup above)"),
    ]
    return steps
  }

  private func notes(_ method: BackupMethod) -> [String] {
    var notes = [
      "A backup that has begun cannot be stopped from here: cancelling only stops following it."
    ]
    if method == .snapshot {
      notes.append("CloudNativePG keeps volume snapshots for ever: there is no retention for them.")
    }
    return notes
  }

  private func requirements(_ check: AccessCheck, _ method: BackupMethod) -> [Requirement] {
    var list = check.requirements(namespaces: [site.namespace], role: "backup -n \(site.namespace)")
    if let runs = facts.operatorRuns { list.append(runs) }
    list.append(
      Requirement(
        what: "the cluster is awake", satisfied: !facts.cluster.isHibernated,
        detail: facts.cluster.isHibernated ? "it is hibernated" : "it is not hibernated"))
    if method != .snapshot, let fault = facts.storeSecretFault {
      list.append(
        .notMet(
          "the store takes the cluster's credentials", Sanitizer.clean(fault, limit: 160)))
    }
    let isTried = check.missing.isEmpty && facts.operatorAbsence == nil
    if facts.ownBackups == nil {
      list.append(
        Requirement(
          what: "nothing stuck is before it", satisfied: nil,
          detail: facts.backups.failure?.reason ?? "the Backups are not listed yet"))
    } else {
      let stuck = facts.queue.stuck(pods: facts.podNames, now: now)
      list.append(
        Requirement(
          what: "nothing stuck is before it", satisfied: stuck == nil,
          detail: stuck.map {
            "\($0.backup.queueWords): \($0.why.sentence); clear it first (pgvigil clear \(facts.typed))"
          } ?? "the queue moves"))
    }
    list.append(
      Requirement(
        what: "the server accepts the Backup", satisfied: isTried ? true : nil,
        detail: isTried
          ? "tried as a dry run"
          : "not tried: "
            + (check.missing.isEmpty ? "the operator does not run" : "the right is missing")))
    return list
  }

  private var earlier: [Double] {
    (facts.ownBackups ?? []).filter { $0.phase == .completed }
      .sorted { ($0.stoppedAt ?? .distantPast) < ($1.stoppedAt ?? .distantPast) }.suffix(5)
      .compactMap { backup in
        guard let end = backup.stoppedAt, let begin = backup.startedAt else { return nil }
        return max(1, end.timeIntervalSince(begin))
      }
  }

  /// From the last five; nil where none ended well.
  private var expected: Estimate? {
    guard let last = earlier.last, let low = earlier.min(), let high = earlier.max() else {
      return nil
    }
    // The archiving of the end WAL comes on top: up to CloudNativePG's archive_timeout of 5 minutes.
    return Estimate(expected: last, low: low / 2, high: high * 2 + 300)
  }
}
