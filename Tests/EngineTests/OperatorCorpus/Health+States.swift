import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// Moments of a healthy cluster's life that look odd.
extension OperatorCorpus.Health {
  private typealias Health = OperatorCorpus.Health

  // MARK: Servers

  static let ofTheServers: [OperatorCorpus.Health] = [
    Health("idle for nine hours") { world in
      world.status { $0["lastArchivedWALTime"] = .string(Stage.text(ago: 32_400)) }
    },
    Health("at the very start of a segment") { world in
      world.status { [world] in
        $0["currentLsn"] = .string(world.position(0x2A))
        $0["currentWAL"] = .string(world.file(0x29))
      }
    },
    Health("busy: two segments wait, one went out just now") { world in
      world.move(to: 0x2C, archivedAgo: 3)
      world.status { $0["readyWalFiles"] = 2 }
    },
    Health("a segment that was full in this moment") { $0.move(to: 0x2B, archivedAgo: 3) },
    Health("archiving failed once, months ago") { world in
      world.status {
        $0["lastFailedWAL"] = "000000010000000000000001"
        $0["lastFailedWALTime"] = "2026-05-02T10:00:00Z"
      }
    },
    Health("the file of a backup went out last") { world in
      world.status { [world] in
        $0["lastArchivedWAL"] = .string(world.file(0x29) + ".00000028.backup")
      }
    },
    Health("a standby is fenced") { world in
      world.annotate("cnpg.io/fencedInstances", #"["pg-main-3"]"#)
      world.statuses["pg-main-3"] = nil
    },
    Health("a rolling restart, one standby down") { world in
      world.cluster.set("Upgrading cluster", at: "status", "phase")
      world.condition("Ready", "False", "ClusterIsNotReady", ago: 40)
      world.statuses["pg-main-3"] = nil
      world.pods[2].set([["type": "Ready", "status": "False"]], at: "status", "conditions")
    },
    Health("a new replica is being made") { world in
      world.cluster.set("Creating a new replica", at: "status", "phase")
      world.condition("Ready", "False", "ClusterIsNotReady", ago: 40)
    },
    Health("after a switchover, a standby tells the old timeline") { world in
      world.promote()
      world.statuses["pg-main-2"]?["timeLineID"] = .integer(Int(world.shape.timeline))
    },
    Health("archiving pauses in a switchover") { world in
      world.condition("ContinuousArchiving", "False", "ContinuousArchivingFailing", ago: 20)
      world.cluster.set("Switchover in progress", at: "status", "phase")
      world.cluster.set("pg-main-2", at: "status", "targetPrimary")
      world.cluster.set(.string(Stage.text(ago: 25)), at: "status", "targetPrimaryTimestamp")
    },
    Health("promoted an hour ago") { $0.promote() },
    Health("promoted an hour ago, with 1.28.4", in: { $0.version = "1.28.4" }) { $0.promote() },
    Health("promoted and backed up since, with 1.25.3", in: { $0.version = "1.25.3" }) { world in
      world.promote()
      world.backups.insert(
        try world.makeBackup(3600, name: "pg-main-by-hand", segment: 0x28, timeline: 3), at: 0)
    },
    Health("the primary is number 7") { world in
      world = try world.renumbered(1, to: 7)
    },
    Health("a setting waits for a restart") { world in world.status { $0["pendingRestart"] = true }
    },
    Health("a manager without TLS, as before 1.24", in: { $0.version = "1.23.4" }) { world in
      for index in world.pods.indices {
        world.pods[index].set(
          [
            [
              "name": "postgres", "image": "i",
              "command": ["/controller/manager", "instance", "run"],
            ]
          ], at: "spec", "containers")
      }
    },
    Health("woken from hibernation an hour ago") { world in
      world.annotate("cnpg.io/hibernation", "off")
      world.condition("cnpg.io/hibernation", "False", "Awake")
      for index in world.pods.indices {
        for key in ["startTime"] {
          world.pods[index].set(.string(Stage.text(ago: 3600)), at: "status", key)
        }
      }
    },
    Health("a replica cluster that follows") { try $0.follow() },
    Health("a replica cluster, promoted") { world in
      try world.follow()
      world.cluster.set(false, at: "spec", "replica", "enabled")
      world.statuses["pg-main-1"] = try world.primaryStatus()
    },
  ]

  // MARK: Backups

  static let ofTheBackups: [OperatorCorpus.Health] = [
    Health.shaped("thirty of them") { $0.ages = (0..<30).map { 25_550 + Double($0) * 86_400 } },
    Health.shaped("the first one, ten minutes old") { $0.ages = [600] },
    Health("taken by hand alone") { world in
      world.schedules = []
      world.backups[0].set(nil, at: "metadata", "labels")
    },
    Health("one is being taken") { world in
      try world.addOpen("running", ago: 60)
      world.condition("LastBackupSucceeded", "False", "BackupStarted", ago: 60)
    },
    Health("one is being taken by the plugin", in: { $0.archiver = .barmanPlugin }) {
      try $0.addOpen("started", ago: 60)
    },
    Health("one waits behind another") { world in
      try world.addOpen("running", ago: 600)
      var second = world.backups[0]
      second.set("pg-main-second", at: "metadata", "name")
      second.set(.string(Stage.text(ago: 60)), at: "metadata", "creationTimestamp")
      second["status"] = ["phase": "pending"]
      world.backups.insert(second, at: 0)
    },
    Health("an older one failed") { $0.fail(1) },
    Health("no Backup object is left, the store counts on", in: { $0.archiver = .barmanPlugin }) {
      $0.backups = []
    },
    Health("the store counts one of ten minutes ago not yet", in: { $0.archiver = .barmanPlugin }) {
      world in
      world.backups.insert(
        try world.makeBackup(600, name: "pg-main-by-hand", segment: 0x28), at: 0)
    },
    Health("an older one is of the former major") { world in
      world.backups[2].set(.integer(16), at: "status", "majorVersion")
    },
    Health("older ones are of a former cluster", in: { $0.archiver = .barmanPlugin }) { world in
      world.begin(ago: 90_000)
    },
    Health("five fields in the schedule, so that it runs hourly", in: { $0.ages = [170, 3770] }) {
      world in
      world.schedules[0].set("0 3 * * *", at: "spec", "schedule")
      world.schedules[0].set("2026-08-21T10:03:00Z", at: "status", "lastScheduleTime")
      world.schedules[0].set("2026-08-21T11:03:00Z", at: "status", "nextScheduleTime")
    },
    Health("a second schedule is suspended") { world in
      var second = try world.makeSchedule("pg-main-hourly")
      second.set(true, at: "spec", "suspend")
      world.schedules.append(second)
    },
    Health("weekly to the store, nightly by snapshot", in: { $0.method = "volumeSnapshot" }) {
      world in
      world.backups.append(
        try world.makeBackup(
          300_000, name: "pg-main-weekly-1", segment: 0x16, method: "barmanObjectStore"))
      var second = try world.makeSchedule("pg-main-weekly")
      second.set("@weekly", at: "spec", "schedule")
      second.set("2026-08-23T00:00:00Z", at: "status", "nextScheduleTime")
      second.set("barmanObjectStore", at: "spec", "method")
      world.schedules.append(second)
    },
    Health("cold snapshots", in: { $0.method = "volumeSnapshot" }) { world in
      for index in world.backups.indices {
        world.backups[index].set(false, at: "status", "online")
        // The segment that a stopped server would have begun.
        world.backups[index].set(.string(world.file(0x2A)), at: "status", "endWal")
      }
    },
    Health.shaped("snapshots of tablespaces") {
      $0.method = "volumeSnapshot"
      $0.tablespaces = ["fast", "archive"]
    },
    Health("from the primary") { world in
      world.cluster.set("primary", at: "spec", "backup", "target")
      for index in world.backups.indices {
        world.backups[index].set("pg-main-1", at: "status", "instanceID", "podName")
      }
    },
    Health("the node writes local time and calls it UTC") { world in
      for index in world.backups.indices {
        let age = world.shape.ages[index] - 19_800
        world.backups[index].set(.string(Stage.text(ago: age + 5)), at: "status", "startedAt")
        world.backups[index].set(.string(Stage.text(ago: age)), at: "status", "stoppedAt")
      }
    },
    Health("times with an offset") { world in
      for index in world.backups.indices {
        let local = Stage.text(ago: world.shape.ages[index] - 7200)
          .replacing("Z", with: "+02:00")
        world.backups[index].set(.string(local), at: "status", "stoppedAt")
      }
    },
    Health("moved from in-tree to the plugin, one place", in: { $0.archiver = .barmanPlugin }) {
      world in
      world.backups[1] = try world.makeBackup(111_950, segment: 0x1C, method: "barmanObjectStore")
    },
    Health(
      "moved to the plugin and another place, backed up since", in: { $0.archiver = .barmanPlugin }
    ) { world in
      for index in world.backups.indices.dropFirst() {
        var old = try world.makeBackup(
          world.shape.ages[index], segment: 0x1C, method: "barmanObjectStore")
        old.set("s3://former/", at: "status", "destinationPath")
        world.backups[index] = old
      }
    },
    Health.shaped("another plugin does both") { $0.archiver = .plugin("klio.cnpg.io") },
    Health.shaped("snapshots, and another plugin for WAL") {
      $0.archiver = .plugin("klio.cnpg.io")
      $0.method = "volumeSnapshot"
    },
  ]

  // MARK: The cluster

  static let ofTheCluster: [OperatorCorpus.Health] = [
    Health("its object was put back this morning") { world in
      world.cluster.set(.string(Stage.text(ago: 7200)), at: "metadata", "creationTimestamp")
    },
    Health("it took over older volumes") { world in
      world.begin(ago: 7200)
      for index in world.claims.indices {
        world.claims[index].set("2026-05-01T08:00:30Z", at: "metadata", "creationTimestamp")
      }
    },
    Health("recovered long ago, backed up since") { world in
      world.cluster.set(["recovery": ["source": "origin"]], at: "spec", "bootstrap")
      world.cluster.set([["name": "origin"]], at: "spec", "externalClusters")
    },
    Health("copied from a server that ran") { world in
      world.cluster.set(["pg_basebackup": ["source": "origin"]], at: "spec", "bootstrap")
      world.cluster.set([["name": "origin"]], at: "spec", "externalClusters")
    },
    Health("image by a catalog") { world in
      world.cluster.set(nil, at: "spec", "imageName")
      world.cluster.set(
        ["apiGroup": "postgresql.cnpg.io", "kind": "ImageCatalog", "name": "pg", "major": 17],
        at: "spec", "imageCatalogRef")
    },
    Health("no conditions but Ready, as an old operator", in: { $0.version = "1.20.0" }) { world in
      world.cluster.set(
        [OperatorWorld.condition("Ready", "True", "ClusterIsReady", ago: 9000)],
        at: "status", "conditions")
    },
    Health("the window in the old fields alone", in: { $0.version = "1.21.0" }) { world in
      world.cluster.set(nil, at: "status", "firstRecoverabilityPointByMethod")
      world.cluster.set(nil, at: "status", "lastSuccessfulBackupByMethod")
    },
    Health("a certificate ends in three weeks") { world in
      world.cluster.set(
        ["expirations": ["pg-main-server": "2026-09-11 10:00:00 +0000 UTC"]],
        at: "status", "certificates")
    },
    Health("a volume of a removed instance is left") { world in
      world.claims += try world.makeClaims(4)
    },
    Health("an update waits for somebody") { world in
      world.cluster.set("Waiting for user action", at: "status", "phase")
    },
    Health("metrics over TLS") { world in
      world.cluster.set(["tls": ["enabled": true]], at: "spec", "monitoring")
    },
    Health("the store runs in this Kubernetes") { world in
      world.cluster.set(
        "http://minio.minio.svc.cluster.local:9000", at: "spec", "backup", "barmanObjectStore",
        "endpointURL")
      for index in world.backups.indices {
        world.backups[index].set(
          "http://minio.minio.svc.cluster.local:9000", at: "status", "endpointURL")
      }
    },
    Health("an operator that restarts waits for its plugins", in: { $0.archiver = .barmanPlugin }) {
      world in
      world.cluster.set(
        "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
        at: "status", "phase")
      world.condition("Ready", "False", "ClusterIsNotReady", ago: 9)
    },
  ]
}

extension OperatorWorld {
  /// One instance under another number, in every object.
  func renumbered(_ number: Int, to other: Int) throws -> OperatorWorld {
    let (old, new) = (instance(number), instance(other))
    func renamed(_ object: JSONValue) throws -> JSONValue {
      try JSONValue(
        parsing: object.text.replacing("\"\(old)\"", with: "\"\(new)\"")
          .replacing("\"\(old)-wal\"", with: "\"\(new)-wal\""))
    }
    var world = self
    world.cluster = try renamed(cluster)
    world.pods = try pods.map(renamed)
    world.claims = try claims.map(renamed)
    world.statuses[new] = world.statuses.removeValue(forKey: old)
    return world
  }
}
