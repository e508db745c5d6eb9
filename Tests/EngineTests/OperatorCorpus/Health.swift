import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// What people run: ways of archiving and of base backups, with operators, sizes and schedules.
extension OperatorCorpus.Health {
  private typealias Health = OperatorCorpus.Health
  typealias Shape = OperatorWorld.Shape

  static let all: [OperatorCorpus.Health] =
    setups + readStores + scheduled + kept + named + ofTheServers + ofTheBackups + ofTheCluster

  // MARK: Set-ups

  private static let ways:
    [(id: String, versions: [String], make: @Sendable (inout Shape) -> Void)] = [
      ("in-tree", ["1.22.5", "1.25.3", "1.28.4", "1.30.0"], { _ in }),
      ("plugin", ["1.26.1", "1.29.2", "1.30.0"], { $0.archiver = .barmanPlugin }),
      (
        "snapshots, WAL in-tree", ["1.24.1", "1.30.0"], { $0.method = "volumeSnapshot" }
      ),
      (
        "snapshots, WAL by plugin", ["1.27.4", "1.30.0"],
        {
          $0.archiver = .barmanPlugin
          $0.method = "volumeSnapshot"
        }
      ),
    ]

  private static let setups: [OperatorCorpus.Health] = ways.flatMap { way in
    way.versions.flatMap { version in
      [(1, false), (3, true), (2, false)].map { instances, hasVolume in
        Health.shaped("\(way.id), \(version), \(instances)\(hasVolume ? " with WAL volumes" : "")")
        {
          shape in
          way.make(&shape)
          shape.version = version
          shape.instances = instances
          shape.hasWALVolume = hasVolume
          shape.timeline = instances == 1 ? 1 : 2
        }
      }
    }
  }

  // MARK: Stores that are read

  private static let readStores: [OperatorCorpus.Health] = {
    var rows: [OperatorCorpus.Health] = []
    for compression in [nil, "gzip", "bzip2", "snappy", "lz4", "xz", "zstd"] {
      rows.append(
        Health.shaped("read, WAL by \(compression ?? "no compression")") { shape in
          shape.isRead = true
          shape.compression = compression
        })
    }
    for size in [1, 64, 256] {
      rows.append(
        Health.shaped("read by plugin, segments of \(size) MiB") { shape in
          shape.isRead = true
          shape.archiver = .barmanPlugin
          shape.segmentMiB = size
        })
    }
    rows += [
      Health.shaped("read, two tablespaces") { shape in
        shape.isRead = true
        shape.tablespaces = ["fast", "archive"]
      },
      Health("read, a backup that failed lies there", in: { $0.isRead = true }) { world in
        let text = world.info(30_000, 0x1E).replacing("status=DONE", with: "status=FAILED")
        world.put("\(world.prefix)base/\(OperatorWorld.label(30_000))/backup.info", text)
      },
      Health("read, a stray object", in: { $0.isRead = true }) {
        $0.put($0.prefix + "notes.txt", "x")
      },
      Health("read, files of joins and of a promotion", in: { $0.isRead = true }) { world in
        world.put(world.walKey(0x22).replacing(".gz", with: ".00000028.backup.gz"), "x")
        world.put(
          "\(world.prefix)wals/0000000100000000/000000010000000000000003.partial.gz", "x")
      },
      Health("read, the newest kept for ever", in: { $0.isRead = true }) {
        $0.put($0.base(0) + "annotations/keep", "full\n")
      },
    ]
    return rows
  }()

  // MARK: Schedules and retention

  private static let scheduled: [OperatorCorpus.Health] = [
    ("@daily", 36_360.0), ("@every 12h", 25_550), ("@weekly", 5 * 86_400.0),
    ("0 0 */6 * * *", 14_700), ("0 30 1 * * sun", 5 * 86_400.0), ("@monthly", 20 * 86_400.0),
    ("0 15,45 * * * *", 1200), ("0 0 3 * * 1-5", 25_550), ("0 0 3 ? * *", 25_550),
  ].map { text, age in
    Health("scheduled \(text)") { shape in
      shape.schedule = text
      shape.ages = [age, age + 86_400]
      shape.retention = "6m"
    } make: { world in
      let next = try CronSchedule(text).next(after: Stage.now, utcOffset: 0)
      world.schedules[0].set(
        next.map { .string(Format.timestamp($0)) }, at: "status", "nextScheduleTime")
    }
  }

  private static let kept: [OperatorCorpus.Health] =
    [nil, "7d", "4w", "12m"].flatMap { text in
      [OperatorWorld.Archiver.inTree, .barmanPlugin].map { archiver in
        Health.shaped("kept \(text ?? "for ever"), \(archiver == .inTree ? "in-tree" : "plugin")") {
          shape in
          shape.retention = text
          shape.archiver = archiver
          shape.ages = (0..<6).map { 25_550 + Double($0) * 86_400 }
        }
      }
    }

  // MARK: Names and places

  private static let named: [OperatorCorpus.Health] =
    [
      "db", "a", "pg-2024-11", "x--y", String(repeating: "long-", count: 9) + "name",
    ].map { name in Health.shaped("called \(name)") { $0.name = name } }
    + [
      Health.shaped("a server's name of its own") { $0.serverName = "prod-eu.v2" },
      Health.shaped("a server's name of its own, by plugin") { shape in
        shape.archiver = .barmanPlugin
        shape.serverName = "prod-eu.v2"
      },
      Health.shaped("encrypted by the store") { $0.encryption = "AES256" },
      Health.shaped("encrypted by a KMS key") { $0.encryption = "aws:kms" },
      Health("the nodes' role reads the store") { world in
        world.cluster.set(
          ["inheritFromIAMRole": true],
          at: "spec", "backup", "barmanObjectStore", "s3Credentials")
        world.others = []
      },
      Health("Google's store") { world in
        let store: JSONValue = [
          "destinationPath": "gs://backups/pg", "googleCredentials": ["gkeEnvironment": true],
        ]
        world.cluster.set(store, at: "spec", "backup", "barmanObjectStore")
        for index in world.backups.indices {
          world.backups[index].set("gs://backups/pg", at: "status", "destinationPath")
          world.backups[index].set(nil, at: "status", "endpointURL")
        }
      },
      Health("a service's name with and without its port", in: { $0.archiver = .inTree }) { world in
        world.cluster.set(
          "https://s3.example.org:443", at: "spec", "backup", "barmanObjectStore", "endpointURL")
        for index in world.backups.indices {
          world.backups[index].set(
            "https://S3.example.org/", at: "status", "endpointURL")
        }
      },
      Health("another cluster in the same bucket, by its own name") {
        try $0.addSharer("s3://backups/", "http://minio:9000", server: "copy")
      },
      Health("another cluster of this name in another bucket") {
        try $0.addSharer("s3://others/", "http://minio:9000")
      },
      Health(
        "another cluster's backup ended in the same second", in: { $0.archiver = .barmanPlugin }
      ) {
        world in
        try world.addSharer("s3://other/", "http://minio:9000")
        for field in ["firstRecoverabilityPoint", "lastSuccessfulBackupTime"] {
          world.stores[0].set(
            .string(Stage.text(ago: 25_550)), at: "status", "serverRecoveryWindow", "copy", field)
        }
      },
    ]
}
