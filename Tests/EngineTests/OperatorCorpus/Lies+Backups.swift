import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// Backups that are `completed` and restore nothing, or that never come.
extension OperatorCorpus.Lie {
  private typealias Lie = OperatorCorpus.Lie

  static let ofBackups: [OperatorCorpus.Lie] = unfinished + failed + pieces + schedules

  private static let day = 86_400.0

  // MARK: They do not end

  private static let needsEnd = "WAL ends before end of online backup"
  private static let strict = "the queue is strict, and nothing ends it"

  private static let unfinished: [OperatorCorpus.Lie] = [
    Lie(
      "completed, its end WAL never archived", "nothing", from: needsEnd, .notRecoverable,
      sign: "cnpg.backup.end-wal"
    ) { world in
      world.backups = [world.backups[0]]
      world.backups[0].set(.string(world.file(0x2A)), at: "status", "endWal")
    },
    Lie(
      "the newest's end WAL never archived", "by an older backup alone", from: needsEnd, .atRisk,
      sign: "cnpg.backup.end-wal"
    ) { $0.backups[0].set(.string($0.file(0x2A)), at: "status", "endWal") },
    Lie(
      "an online snapshot's end WAL never archived", "nothing", from: needsEnd, .notRecoverable,
      sign: "cnpg.backup.end-wal", in: { $0.method = "volumeSnapshot" }
    ) { world in
      world.backups = [world.backups[0]]
      world.backups[0].set(.string(world.file(0x2A)), at: "status", "endWal")
    },
    Lie(
      "running for ever", "ever older backups", from: strict, .atRisk, sign: "cnpg.backup.blocked"
    ) { try $0.addOpen("running", ago: 30_000) },
    Lie(
      "walArchivingFailing", "ever older backups", from: strict, .atRisk,
      sign: "cnpg.backup.blocked"
    ) { try $0.addOpen("walArchivingFailing", ago: 3600) },
    Lie(
      "started in a pod that is gone", "ever older backups", from: strict, .atRisk,
      sign: "cnpg.backup.blocked", in: { $0.archiver = .barmanPlugin }
    ) { world in
      try world.addOpen("started", ago: 3600)
      world.backups[0].set("pg-main-9", at: "status", "instanceID", "podName")
    },
    Lie(
      "nobody picks it up", "ever older backups", from: "the operator is down", .atRisk,
      sign: "cnpg.backup.blocked"
    ) { world in
      try world.addOpen("", ago: 9000)
      world.backups[0]["status"] = nil
    },
    Lie(
      "pending for hours, nothing runs", "ever older backups", from: strict, .atRisk,
      sign: "cnpg.backup.blocked"
    ) { try $0.addOpen("pending", ago: 9000) },
    Lie(
      "invalid backup definition", "ever older backups", from: strict, .atRisk,
      sign: "cnpg.backup.blocked"
    ) { try $0.addOpen("invalid backup definition", ago: 600) },
  ]

  // MARK: They failed

  private static let catalog = "the operator's catalog looks at two times and at no status"

  private static let failed: [OperatorCorpus.Lie] = [
    Lie(
      "the newest failed", "by an older backup alone", from: "its phase", .atRisk,
      sign: "backup.error"
    ) { $0.fail(0) },
    Lie("all failed", "nothing", from: "their phase", .notRecoverable, sign: "backup.gap") {
      world in
      for index in world.backups.indices { world.fail(index) }
      world.claim(first: nil, last: nil)
    },
    Lie(
      "no backup at all", "nothing", from: "WAL without a base", .notRecoverable, sign: "backup.gap"
    ) { world in
      world.backups = []
      world.claim(first: nil, last: nil)
    },
    Lie(
      "a failed one is the last success", "by an older backup alone", from: catalog, .atRisk,
      sign: "cnpg.backup.failed-counted"
    ) { world in
      world.fail(0)
      world.backups[0].set(.string(Stage.text(ago: 25_550)), at: "status", "stoppedAt")
    },
    Lie(
      "the first point is a failed one", "not from where it says", from: catalog, .atRisk,
      sign: "cnpg.backup.failed-counted", in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.fail(2)
      world.backups[2].set(.string(Stage.text(ago: 198_350)), at: "status", "stoppedAt")
    },
    Lie(
      "LastBackupSucceeded is False, its Backup deleted", "by an older backup alone",
      from: "only the condition is left", .atRisk, sign: "cnpg.backup.condition"
    ) { world in
      world.backups.removeFirst()
      world.condition("LastBackupSucceeded", "False", "LastBackupFailed", ago: 25_540)
    },
    Lie(
      "completed, and ended before it began", "nothing by that one", from: "no such run", .atRisk,
      sign: "backup.error"
    ) { world in
      world.backups[0].set(.string(Stage.text(ago: 20_000)), at: "status", "startedAt")
      world.backups[0].set(.string(Stage.text(ago: 25_000)), at: "status", "stoppedAt")
      world.backups[0].set(nil, at: "status", "reconciliationStartedAt")
      world.backups[0].set(nil, at: "status", "reconciliationTerminatedAt")
    },
    Lie(
      "completed, at a position that is none", "nothing by that one", from: "no such position",
      .atRisk, sign: "backup.error"
    ) { $0.backups[0].set("16/ZZ", at: "status", "endLSN") },
  ]

  // MARK: They lack pieces

  private static let pieces: [OperatorCorpus.Lie] = [
    Lie(
      "snapshot without its WAL volume", "not as it is", from: "cloudnative-pg's issue 9053",
      .atRisk, sign: "backup.lacking", in: { $0.method = "volumeSnapshot" }
    ) { world in
      for index in world.backups.indices { world.keep(["PG_DATA"], ofSnapshot: index) }
    },
    Lie(
      "snapshot without a tablespace", "nothing", from: "its files are on that volume",
      .notRecoverable, sign: "backup.lacking",
      in: {
        $0.method = "volumeSnapshot"
        $0.tablespaces = ["fast", "archive"]
      }
    ) { world in
      for index in world.backups.indices { world.keep(["PG_DATA", "PG_WAL"], ofSnapshot: index) }
    },
    Lie(
      "snapshot of nothing", "nothing", from: "no element", .notRecoverable,
      sign: "backup.lacking", in: { $0.method = "volumeSnapshot" }
    ) { world in
      for index in world.backups.indices { world.keep([], ofSnapshot: index) }
    },
    Lie(
      "completed, and its VolumeSnapshots are deleted", "nothing", from: "no such object",
      .notRecoverable, sign: "backup.lacking", in: { $0.method = "volumeSnapshot" }
    ) { $0.volumeSnapshots = [] },
    Lie(
      "the newest VolumeSnapshot cannot be used", "by an older backup alone",
      from: "readyToUse: false",
      .atRisk, sign: "backup.lacking", in: { $0.method = "volumeSnapshot" }
    ) { world in
      world.volumeSnapshots[0].set(
        ["readyToUse": false, "error": ["message": "snapshot not found in the backend"]],
        at: "status")
    },
    Lie(
      "snapshots went with their Backups", "nothing", from: "snapshotOwnerReference: backup",
      .notRecoverable, sign: "backup.lacking", in: { $0.method = "volumeSnapshot" }
    ) { world in
      world.cluster.set("backup", at: "spec", "backup", "volumeSnapshot", "snapshotOwnerReference")
      (world.backups, world.volumeSnapshots) = ([], [])
    },
    Lie(
      "a tablespace since the newest snapshot", "nothing by them",
      from: "its files are on no snapshot", .notRecoverable, sign: "backup.lacking",
      in: { $0.method = "volumeSnapshot" }
    ) { $0.cluster.set([["name": "new", "storage": ["size": "5Gi"]]], at: "spec", "tablespaces") },
  ]

  // MARK: They do not come any more

  private static let schedules: [OperatorCorpus.Lie] = [
    Lie(
      "suspended for 4 days", "by hours of replay", from: "suspend: true", .atRisk,
      sign: "backup.overdue"
    ) { world in
      try world.age(by: 4 * day)
      world.schedules[0].set(true, at: "spec", "suspend")
    },
    Lie(
      "the schedule names another cluster", "by hours of replay", from: "cluster.name", .atRisk,
      sign: "cnpg.schedule.no-cluster"
    ) { world in
      try world.age(by: 4 * day)
      world.schedules[0].set("pg-mian", at: "spec", "cluster", "name")
    },
    Lie(
      "the next run is 3 days past", "by hours of replay", from: "the operator is down", .atRisk,
      sign: "cnpg.schedule.overdue"
    ) { world in
      try world.age(by: 3 * day)
      world.schedules[0].set(.string(Stage.text(ago: 3 * day)), at: "status", "nextScheduleTime")
    },
    Lie(
      "the schedule's method is not set up", "by hours of replay", from: "each run fails at once",
      .atRisk, sign: "cnpg.schedule.method", in: { $0.archiver = .barmanPlugin }
    ) { world in
      try world.age(by: 4 * day)
      world.schedules[0].set("barmanObjectStore", at: "spec", "method")
      world.schedules[0].set(nil, at: "spec", "pluginConfiguration")
    },
    Lie(
      "the schedule names a day that never comes", "by hours of replay", from: "30 February",
      .atRisk, sign: "cnpg.schedule.invalid"
    ) { world in
      try world.age(by: 4 * day)
      world.schedules[0].set("0 0 3 30 2 *", at: "spec", "schedule")
    },
    Lie(
      "no schedule, the last by hand is a week old", "by a week of replay", from: "no object",
      .atRisk, sign: "cnpg.schedule.missing"
    ) { world in
      try world.age(by: 7 * day)
      world.schedules = []
    },
    Lie(
      "no Backup left, and a claim of 20 days", "by weeks of replay at best",
      from: "the claim alone",
      .atRisk, sign: "backup.overdue", in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.backups = []
      world.claim(first: 30 * day, last: 20 * day)
    },
  ]
}

extension OperatorWorld {
  /// One more, which is not done.
  mutating func addOpen(_ phase: String, ago: Double) throws {
    var open = try makeBackup(ago, name: "\(shape.name)-open", segment: 0x29)
    open["status"] = [
      "phase": .string(phase), "method": .string(shape.baseMethod),
      "instanceID": ["podName": .string(instance(1))],
    ]
    open.set(.string(Stage.text(ago: ago)), at: "metadata", "creationTimestamp")
    backups.insert(open, at: 0)
  }

  mutating func fail(_ index: Int) {
    var status: JSONValue = [
      "phase": "failed", "method": .string(shape.baseMethod), "error": "exit status 1",
    ]
    for key in ["instanceID", "reconciliationStartedAt", "reconciliationTerminatedAt"] {
      status[key] = backups[index][path: "status", key]
    }
    backups[index]["status"] = status
  }

  mutating func keep(_ types: [String], ofSnapshot index: Int) {
    let elements = backups[index][path: "status", "snapshotBackupStatus", "elements"]?.array ?? []
    backups[index].set(
      .array(elements.filter { types.contains($0["type"]?.string ?? "") }),
      at: "status", "snapshotBackupStatus", "elements")
  }
}
