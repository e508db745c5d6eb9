import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// WAL does not go where it is said to go.
extension OperatorCorpus.Lie {
  private typealias Lie = OperatorCorpus.Lie

  static let ofTheArchiver: [OperatorCorpus.Lie] = configured + stalled + shared

  // MARK: Nobody archives

  private static let noArchiver = "archive_command ends well without an archiver, and says True"
  private static let baseOnly = "the base backup, nothing after it"

  private static let configured: [OperatorCorpus.Lie] = [
    Lie(
      "isWALArchiver: false", baseOnly, from: noArchiver, .atRisk, sign: "cnpg.archive.claim",
      in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.cluster.set(
        [
          [
            "name": .string(OperatorWorld.plugin),
            "parameters": ["barmanObjectName": "minio-store"],
          ]
        ],
        at: "spec", "plugins")
    },
    Lie(
      "plugin switched off", baseOnly, from: noArchiver, .atRisk, sign: "archive.off",
      in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.cluster.set(
        [
          [
            "name": .string(OperatorWorld.plugin), "enabled": false, "isWALArchiver": true,
            "parameters": ["barmanObjectName": "minio-store"],
          ]
        ], at: "spec", "plugins")
    },
    Lie(
      "plugin gone, its store claims on", baseOnly, from: noArchiver, .atRisk,
      sign: "cnpg.backup.unconfigured", in: { $0.archiver = .barmanPlugin }
    ) { $0.cluster.set(nil, at: "spec", "plugins") },
    Lie(
      "archiving skipped by annotation", baseOnly, from: "archive_mode is off then", .atRisk,
      sign: "archive.off"
    ) { $0.annotate("cnpg.io/skipWalArchiving", "enabled") },
    Lie(
      "no backup section any more", baseOnly, from: noArchiver, .atRisk,
      sign: "cnpg.backup.unconfigured"
    ) { $0.cluster.set(nil, at: "spec", "backup") },
    Lie(
      "online snapshots, no archiver", "nothing: their own WAL is nowhere", from: noArchiver,
      .atRisk, .notRecoverable, sign: "archive.off", in: { $0.method = "volumeSnapshot" }
    ) { $0.cluster.set(nil, at: "spec", "backup", "barmanObjectStore") },
    Lie(
      "ObjectStore deleted", "WAL to its deletion", from: "the plugin waits for it in silence",
      .atRisk, sign: "cnpg.object-store.missing", in: { $0.archiver = .barmanPlugin }
    ) { $0.stores = [] },
    Lie(
      "Secret deleted", "WAL to the next restart or promotion",
      from: "credentials are read anew there", .atRisk, sign: "cnpg.store-secret"
    ) { $0.others = [] },
    Lie(
      "Secret deleted, with the plugin", "WAL to its deletion",
      from: "the sidecar reads it at every segment", .atRisk, sign: "cnpg.store-secret",
      in: { $0.archiver = .barmanPlugin }
    ) { $0.others = [] },
    Lie(
      "Secret without the key", "WAL to its change", from: "credentials are read by that key",
      .atRisk, sign: "cnpg.store-secret"
    ) { $0.others[0].set(nil, at: "data", "ACCESS_SECRET_KEY") },
  ]

  // MARK: It is stuck

  private static let condition = "the condition is written by archive_command alone"

  private static let stalled: [OperatorCorpus.Lie] = [
    Lie(
      "True, and 40 segments wait for 3h", "WAL to 3 hours ago", from: condition, .atRisk,
      sign: "cnpg.archive.claim"
    ) { world in
      world.move(to: 0x52, archivedAgo: 10_800)
      world.status { $0["readyWalFiles"] = 40 }
    },
    Lie(
      "True, and the new primary never archived", "WAL to the failover", from: condition, .atRisk,
      sign: "cnpg.archive.claim"
    ) { world in
      world.move(to: 0x40, archivedAgo: nil)
      world.status { $0["readyWalFiles"] = 23 }
    },
    Lie(
      "neither archived nor waiting", "WAL to 3 hours ago",
      from: "without a .ready file nothing is ever archived", .atRisk, sign: "archive.skipped"
    ) { $0.move(to: 0x52, archivedAgo: 10_800) },
    Lie(
      "neither archived nor waiting since the failover", "WAL to the failover",
      from: "without a .ready file nothing is ever archived", .atRisk, sign: "archive.skipped"
    ) { world in
      world.move(to: 0x52, archivedAgo: 10_800)
      world.status { $0["timeLineID"] = 3 }
    },
    Lie(
      "the archiver is 31 GiB behind", "the WAL of hours is missing",
      from: "the time of the last success says nothing of what was in it", .atRisk,
      sign: "rpo.target"
    ) { world in
      world.claims = world.claims.map {
        var claim = $0
        claim.set("500Gi", at: "status", "capacity", "storage")
        return claim
      }
      world.move(to: 0x29 + 2001, archivedAgo: 30)
      world.status { $0["readyWalFiles"] = 2000 }
    },
    Lie(
      "archive_timeout off, 12 MiB in an open segment",
      "what was committed ten minutes ago is lost",
      from: "nothing closes a segment then", .atRisk, sign: "rpo.target"
    ) { world in
      world.cluster.set("0", at: "spec", "postgresql", "parameters", "archive_timeout")
      world.seenBefore = LSN(text: world.position(0x2A))
      world.status { [world] in
        $0["currentLsn"] = .string(world.position(0x2A, 12 << 20))
        $0["lastArchivedWALTime"] = .string(Stage.text(ago: 7200))
      }
    },
    Lie(
      "every attempt fails for an hour", "WAL to an hour ago", from: condition, .atRisk,
      sign: "archive.failing"
    ) { world in
      world.move(to: 0x30, archivedAgo: 3600)
      world.status { [world] in
        $0["readyWalFiles"] = 7
        $0["isArchivingWAL"] = nil
        $0["lastFailedWAL"] = .string(world.file(0x2A))
        $0["lastFailedWALTime"] = .string(Stage.text(ago: 20))
      }
    },
    Lie(
      "False for 3h, the server's counters anew", "WAL to 3 hours ago",
      from: "a crash forgets pg_stat_archiver", .atRisk, sign: "cnpg.archive.failing"
    ) { world in
      world.move(to: 0x2B, archivedAgo: nil)
      world.condition("ContinuousArchiving", "False", "ContinuousArchivingFailing", ago: 10_800)
    },
    Lie(
      "the primary's manager is silent", "nobody can tell", from: "its last word is hours old",
      .unknown
    ) { $0.statuses["pg-main-1"] = nil },
    Lie(
      "the primary is fenced", "WAL to the fencing, and nothing runs", from: "PostgreSQL is down",
      .atRisk, sign: "primary.unreachable"
    ) { world in
      world.annotate("cnpg.io/fencedInstances", #"["pg-main-1"]"#)
      world.statuses["pg-main-1"] = nil
    },
    Lie(
      "all instances are fenced", "WAL to the fencing, and nothing runs",
      from: "PostgreSQL is down", .atRisk, sign: "primary.unreachable"
    ) { world in
      world.annotate("cnpg.io/fencedInstances", #"["*"]"#)
      world.statuses = [:]
    },
    Lie(
      "hibernated", "whether its last WAL went out nobody can tell",
      from: "cloudnative-pg's issue 10341", .unknown
    ) { world in
      world.annotate("cnpg.io/hibernation", "on")
      world.condition("cnpg.io/hibernation", "True", "Hibernated")
      world.cluster.set(nil, at: "status", "readyInstances")
      (world.pods, world.statuses) = ([], [:])
    },
    Lie(
      "the volume is full", "WAL to the end of the room", from: "the server stops", .atRisk,
      sign: "cnpg.phase"
    ) { world in
      world.cluster.set("Not enough disk space", at: "status", "phase")
      world.statuses["pg-main-1"] = nil
    },
    Lie(
      "the operator's list is all there is left", "WAL to the end of the node",
      from: "an operator that is down writes nothing", .atRisk, sign: "primary.unreachable"
    ) { ($0.pods, $0.statuses) = ([], [:]) },
    Lie(
      "the replica cluster stands still", "what its source wrote for 2 days is not here",
      from: "its receiver is down, and it archives what it receives", .atRisk,
      sign: "cnpg.replica.still"
    ) { world in
      try world.follow()
      world.status {
        $0["isWalReceiverActive"] = nil
        $0["lastArchivedWALTime"] = .string(Stage.text(ago: 172_800))
      }
    },
  ]

  // MARK: Somebody else archives

  private static let overwritten = "each overwrites the other's segments"

  private static let shared: [OperatorCorpus.Lie] = [
    Lie(
      "two clusters in one place", "whose WAL it is, chance decides", from: overwritten, .atRisk,
      sign: "cnpg.archive.shared"
    ) { try $0.addSharer("s3://backups/", "http://minio:9000") },
    Lie(
      "two clusters in one place, spelled otherwise", "whose WAL it is, chance decides",
      from: overwritten, .atRisk, sign: "cnpg.archive.shared"
    ) { try $0.addSharer("s3://Backups", "http://minio:9000/") },
    Lie(
      "one by the plugin, one in-tree", "whose WAL it is, chance decides", from: overwritten,
      .atRisk, sign: "cnpg.archive.shared", in: { $0.archiver = .barmanPlugin }
    ) { try $0.addSharer("s3://backups/", "http://minio:9000") },
  ]
}

extension OperatorWorld {
  /// The primary writes in this segment now, and archived its last one so long ago; nil = it tells of none.
  mutating func move(to segment: UInt64, archivedAgo: Double?) {
    let (lsn, name) = (position(segment, 0x140), file(segment))
    status { status in
      status["currentLsn"] = .string(lsn)
      status["currentWAL"] = .string(name)
      if let archivedAgo {
        status["lastArchivedWALTime"] = .string(Stage.text(ago: archivedAgo))
      } else {
        status["lastArchivedWAL"] = nil
        status["lastArchivedWALTime"] = "-infinity"
        status["isArchivingWAL"] = nil
      }
    }
  }

  /// It follows another cluster, over a connection; nothing of it says that it is primary.
  mutating func follow() throws {
    cluster.set(["enabled": true, "source": "origin"], at: "spec", "replica")
    cluster.set(
      [["name": "origin", "connectionParameters": ["host": "origin-rw", "user": "streaming"]]],
      at: "spec", "externalClusters")
    status { status in
      status["replayLsn"] = status["currentLsn"]
      status["receivedLsn"] = status["currentLsn"]
      for key in ["currentLsn", "currentWAL"] { status[key] = nil }
      status["isPrimary"] = false
      status["isWalReceiverActive"] = true
    }
  }

  /// Another cluster of the namespace, which archives in-tree, as a server of this one's name.
  mutating func addSharer(_ path: String, _ endpoint: String, server: String? = nil) throws {
    var other = Shape()
    other.name = "copy"
    other.serverName = server ?? shape.server
    var cluster = try OperatorWorld(other).cluster
    cluster.set("22222222-2222-3333-4444-555555555555", at: "metadata", "uid")
    cluster.set(
      .string(path), at: "spec", "backup", "barmanObjectStore", "destinationPath")
    cluster.set(
      .string(endpoint), at: "spec", "backup", "barmanObjectStore", "endpointURL")
    others.append(cluster)
  }
}
