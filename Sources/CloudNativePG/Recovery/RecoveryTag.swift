import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What is written on a Cluster that was recovered beside production: whose it is, and that it stays.
struct RecoveryTag: Sendable, Equatable {
  var id: String
  /// The cluster that was recovered.
  var source: ObjectKey
  /// As it was asked for.
  var moment: String
  var host: String
  var user: String
  var started: Date

  private static let moment = "pgvigil.io/moment"

  init(
    id: String, source: ObjectKey, moment: String, host: String, user: String, started: Date
  ) {
    self.id = id
    self.source = source
    self.moment = moment
    self.host = host
    self.user = user
    self.started = started
  }

  /// Reads it off an object; nil without our mark.
  init?(_ metadata: ObjectMetadata) {
    guard let origin = MarkedOrigin(metadata, idLabel: OwnLabel.recovery) else { return nil }
    (id, source, started) = (origin.id, origin.source, origin.started)
    (host, user) = (origin.host, origin.user)
    moment = metadata.annotations?[Self.moment] ?? RecoveryMoment.latest.text
  }

  /// The object with the mark on it.
  func marking(_ object: ObjectTree) -> ObjectTree {
    var map = object.map ?? [:]
    var metadata = map["metadata"]?.map ?? [:]
    metadata["labels"] = .labels([
      OwnLabel.recovery: id, DrillLabel.owner: DrillLabel.ownerValue,
    ])
    metadata["annotations"] = .labels([
      DrillLabel.source: "\(source.namespace)/\(source.name)", DrillLabel.host: host,
      DrillLabel.user: user, DrillLabel.started: Format.timestamp(started), Self.moment: moment,
    ])
    map["metadata"] = .map(metadata)
    return .map(map)
  }
}

extension CNPGCluster {
  /// A recovery is told of by the cluster that it comes from: one that stays for good, any other while it is made. A
  /// drill's copy is told of by its drill.
  package var concernsOthers: Bool {
    metadata.labels?[OwnLabel.recovery] != nil
      || metadata.labels?[OwnLabel.drill] == nil && spec.bootstrap?.recovery != nil
        && (status?.currentPrimary ?? "").isEmpty
  }

  /// nil = it is none of ours.
  func kept(context: String) -> KeptRecovery? {
    guard let tag = RecoveryTag(metadata) else { return nil }
    let namespace = metadata.namespace ?? ""
    let primary = status?.currentPrimary.flatMap { $0.isEmpty ? nil : $0 }
    let scope = context == KubernetesAccess.inClusterContext ? [] : ["--context", context]
    let database = spec.bootstrap?.recovery?.database
    let connect = primary.flatMap { pod in
      ShellWord.command(
        ["kubectl"] + scope + ["-n", namespace, "exec", "-it", pod, "-c", "postgres", "--", "psql"]
          + (database.map { ["-d", $0] } ?? []))
    }
    var kept = KeptRecovery(
      id: tag.id, place: "\(namespace)/\(name)", moment: tag.moment, since: tag.started,
      by: "\(tag.user) on \(tag.host)", connect: connect ?? "", isUnfinished: primary == nil,
      // One that is not ready may have only just been started.
      isRunning: (status?.readyInstances ?? 0) > 0 ? true : nil)
    kept.database = database
    if metadata.annotations?["cnpg.io/hibernation"] == "on", kept.isRunning == nil {
      kept.isRunning = false
      kept.start = ShellWord.command(
        ["kubectl"] + scope + ["-n", namespace, "annotate", "clusters.postgresql.cnpg.io"]
          + [name, "--overwrite", "cnpg.io/hibernation=off"])
    }
    return kept
  }
}
