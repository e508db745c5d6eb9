import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// Backups of another database than the one that runs, clusters on their way out, and times that cannot be.
extension OperatorCorpus.Lie {
  private typealias Lie = OperatorCorpus.Lie

  static let ofDatabases: [OperatorCorpus.Lie] = foreign + states + times

  // MARK: Of another database

  private static let foreign: [OperatorCorpus.Lie] = [
    Lie(
      "a major upgrade since", "nothing of 18", from: "cloudnative-pg's issue 9764",
      .notRecoverable, sign: "backup.foreign"
    ) { world in
      world.cluster.set(
        ["majorVersion": 18, "image": "ghcr.io/cloudnative-pg/postgresql:18.0"],
        at: "status", "pgDataImageInfo")
    },
    Lie(
      "a new cluster of the same name", "nothing of the new one", from: "it was made anew",
      .notRecoverable, sign: "backup.foreign", in: { $0.archiver = .barmanPlugin }
    ) { $0.begin(ago: 7200) },
    Lie(
      "a claim from before the cluster, no Backup", "nothing of the new one",
      from: "it was made anew", .notRecoverable, sign: "backup.foreign",
      in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.begin(ago: 7200)
      world.backups = []
    },
    Lie(
      "of a Cluster with another uid", "nothing of this one", from: "pluginMetadata.clusterUID",
      .notRecoverable, sign: "backup.foreign", in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.cluster.set("99999999-2222-3333-4444-555555555555", at: "metadata", "uid")
    },
    Lie(
      "recovered since, no base backup of its own", "what was before the recovery",
      from: "the new timeline lies in another place", .atRisk, sign: "backup.foreign"
    ) { world in
      world.begin(ago: 7200)
      world.cluster.set(
        ["recovery": ["source": "origin"]], at: "spec", "bootstrap")
      world.cluster.set([["name": "origin"]], at: "spec", "externalClusters")
    },
    Lie(
      "the server runs on an earlier timeline", "another server's state",
      from: "timelines only grow", .notRecoverable, sign: "backup.foreign"
    ) { world in
      for (pod, status) in world.statuses {
        var status = status
        status["timeLineID"] = 1
        world.statuses[pod] = status
      }
      world.status {
        $0["lastArchivedWAL"] = "000000010000000000000029"
        $0["currentWAL"] = "00000001000000000000002A"
      }
    },
    Lie(
      "the volume was put back to before its backups", "another life of the server",
      from: "its WAL has their names", .notRecoverable, .atRisk, sign: "cnpg.backup.end-wal"
    ) { world in
      world.move(to: 0x11, archivedAgo: 60)
      world.status { [world] in $0["lastArchivedWAL"] = .string(world.file(0x10)) }
    },
    Lie(
      "before the last promotion, with 1.28.0", "to the promotion, and looks healthy",
      from: "cloudnative-pg's issue 10817", .atRisk, sign: "drill.uncrossed",
      in: { $0.version = "1.28.0" }
    ) { $0.promote() },
    Lie(
      "the servers are not the database of the status", "another database's state",
      from: "system identifiers differ", .atRisk, sign: "cnpg.system-id"
    ) { $0.cluster.set("7999999999999999999", at: "status", "systemID") },
    Lie(
      "a standby of another database", "nothing by a failover to it",
      from: "system identifiers differ", .atRisk, sign: "cnpg.system-id"
    ) { $0.statuses["pg-main-2"]?["systemID"] = "7999999999999999999" },
    Lie(
      "two primaries", "one of two histories", from: "both take writes", .atRisk,
      sign: "primary.several"
    ) { world in
      var second = world.statuses["pg-main-1"]
      second?["replicationInfo"] = nil
      world.statuses["pg-main-2"] = second
    },
    Lie(
      "none is primary", "WAL to the failover", from: "none takes writes", .atRisk,
      sign: "primary.unreachable"
    ) { $0.statuses["pg-main-1"] = $0.statuses["pg-main-2"] },
  ]

  // MARK: On its way out

  private static let states: [OperatorCorpus.Lie] = [
    Lie(
      "healthy, and being deleted", "what the store has when it is gone",
      from: "a finalizer holds it",
      .atRisk, sign: "cnpg.deletion"
    ) { world in
      world.cluster.set(.string(Stage.text(ago: 60)), at: "metadata", "deletionTimestamp")
      world.cluster.set(["somebody/holds"], at: "metadata", "finalizers")
    },
    Lie(
      "Initialized, and unrecoverable", "nothing runs", from: "a recorded operator", .atRisk,
      sign: "cnpg.phase"
    ) { world in
      world.cluster.set(
        "Cluster is unrecoverable and needs manual intervention", at: "status", "phase")
    },
    Lie(
      "in-tree, and the operator is 1.31", "WAL to the upgrade", from: "1.31 no longer has it",
      .atRisk, sign: "cnpg.in-tree"
    ) { world in
      for pod in world.pods.indices {
        world.pods[pod].set("1.31.0", at: "metadata", "annotations", "cnpg.io/operatorVersion")
      }
      for pod in world.statuses.keys {
        world.statuses[pod]?["instanceManagerVersion"] = "1.31.0"
      }
    },
    Lie(
      "the failover finds nobody", "WAL to the failure", from: "no primary for an hour", .atRisk,
      sign: "primary.unreachable"
    ) { world in
      world.cluster.set("Failing over", at: "status", "phase")
      world.cluster.set("pending", at: "status", "targetPrimary")
      world.cluster.set(
        .string(Stage.text(ago: 3600)), at: "status", "currentPrimaryFailingSinceTimestamp")
      world.statuses["pg-main-1"] = nil
      world.pods[0].set([["type": "Ready", "status": "False"]], at: "status", "conditions")
    },
  ]

  // MARK: Times

  private static let clock = "no age can be trusted then"

  private static let times: [OperatorCorpus.Lie] = [
    Lie("archived in two hours", "nobody can tell", from: clock, .unknown, sign: "clock.disagrees")
    { world in world.status { $0["lastArchivedWALTime"] = .string(Stage.text(ago: -7200)) } },
    Lie(
      "a backup that ends tomorrow", "nobody can tell", from: clock, .unknown,
      sign: "clock.disagrees"
    ) { world in
      for key in ["startedAt", "stoppedAt"] {
        world.backups[0].set(.string(Stage.text(ago: -86_400)), at: "status", key)
      }
      for key in ["reconciliationStartedAt", "reconciliationTerminatedAt"] {
        world.backups[0].set(nil, at: "status", key)
      }
    },
    Lie(
      "a window that begins tomorrow", "nobody can tell", from: clock, .unknown,
      sign: "window.senseless", in: { $0.archiver = .barmanPlugin }
    ) { $0.claim(first: -86_400, last: 25_550) },
  ]
}

extension OperatorWorld {
  /// It was made so long ago.
  mutating func begin(ago seconds: Double) {
    let text = JSONValue.string(Stage.text(ago: seconds))
    cluster.set(text, at: "metadata", "creationTimestamp")
    cluster.set(text, at: "status", "currentPrimaryTimestamp")
    cluster.set(
      .array(
        (cluster[path: "status", "conditions"]?.array ?? []).map {
          var condition = $0
          condition["lastTransitionTime"] = .string(Stage.text(ago: seconds - 30))
          return condition
        }), at: "status", "conditions")
    for index in claims.indices { claims[index].set(text, at: "metadata", "creationTimestamp") }
  }

  /// The second instance took over two hours ago: the next timeline, and all of it is archived.
  mutating func promote() {
    let timeline = shape.timeline + 1
    for (pod, status) in statuses {
      var status = status
      status["timeLineID"] = .integer(Int(timeline))
      statuses[pod] = status
    }
    let (last, current) = (
      file(Self.lastArchived, timeline: timeline), file(Self.lastArchived + 1, timeline: timeline)
    )
    status { status in
      status["lastArchivedWAL"] = .string(last)
      status["currentWAL"] = .string(current)
    }
    cluster.set(.integer(Int(timeline)), at: "status", "timelineID")
    cluster.set(.string(Stage.text(ago: 7200)), at: "status", "currentPrimaryTimestamp")
  }
}
