import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import DrillParts
@testable import Kubernetes
@testable import Transports

@Suite struct DrillDraftTests {
  private static let tag = DrillTag(
    id: "abc123", source: ObjectKey(namespace: "prod", name: "pg-main"), host: "h", user: "u",
    process: 7, started: CloudNativePGStage.now, expires: CloudNativePGStage.now + 3600)

  private static func source(
    _ change: (inout [String: ObjectTree]) -> Void = { _ in }
  ) throws
    -> ObjectTree
  {
    let text = try Fixture.text("cloudnativepg/cluster-live-intree")
    var map = try #require(ObjectTree(json: Array(text.utf8))?.map)
    var spec = map["spec"]?.map ?? [:]
    change(&spec)
    map["spec"] = .map(spec)
    return .map(map)
  }

  private static func draft(
    _ source: ObjectTree, facts: CloudNativePGFacts, store: ObjectTree? = nil
  ) throws -> DrillDraft {
    DrillDraft(
      source: source, sourceStore: store, facts: facts,
      settings: CloudNativePGSettings(cluster: "pg-main"), tag: tag, namespace: "drills",
      copy: ClusterDrillPlanning.copyName(of: "pg-main", id: "abc123"),
      choice: try DrillChoice.make(nil, facts, lastArchived: facts.lastArchived))
  }

  @Test(arguments: [("1e30", "250m"), ("0.1", "100m"), ("-1", "250m"), ("80m", "80m")])
  func `what limits a processor without end is no end of us`(limit: String, request: String) throws
  {
    let source = try Self.source {
      $0["resources"] = ["limits": ["cpu": .string(limit), "memory": "1Gi"]]
    }
    for buffers in ["9223372036854775807GB", "9223372036854775807", "-1MB", nil] {
      let resources = DrillParameters(source: source, sharedBuffers: buffers).resources
      #expect(resources.at("requests", "cpu")?.string == request)
      #expect(resources.at("requests", "memory") == "512Mi")
    }
  }

  @Test(arguments: [
    (
      RecoveryMoment(.time(Date(timeIntervalSince1970: 1_795_300_000))), "targetTime",
      "2026-11-21T22:26:40Z" as ObjectTree
    ),
    (RecoveryMoment(.position(LSN(0x800_0000))), "targetLSN", "0/8000000"),
    (RecoveryMoment(.transaction(9183), isExclusive: true), "targetXID", "9183"),
    (RecoveryMoment(.restorePoint("a")), "targetName", "a"),
    (RecoveryMoment(.backup("a")), "targetImmediate", true),
  ])
  func `a moment is the copy's recovery target`(
    moment: RecoveryMoment, key: String, value: ObjectTree
  ) throws {
    var draft = try Self.draft(Self.source(), facts: CloudNativePGStage.facts())
    draft.choice.moment = moment
    let cluster = try draft.draw().cluster
    #expect(DrillSafety.violations(of: cluster) == [])
    var target: [String: ObjectTree] = [
      "backupID": "20260821T030004", "targetTLI": "2", key: value,
    ]
    if moment.isExclusive { target["exclusive"] = true }
    #expect(
      cluster.at("spec", "bootstrap", "recovery", "recoveryTarget") == .map(target))
  }

  @Test func `in-tree, the copy restores from the source's store and writes nowhere`() throws {
    let drawing = try Self.draft(Self.source(), facts: CloudNativePGStage.facts()).draw()
    let cluster = drawing.cluster
    #expect(DrillSafety.violations(of: cluster) == [])
    #expect(cluster.at("metadata", "name") == "drill-pg-main-abc123")
    #expect(cluster.at("metadata", "labels", OwnLabel.drill) == "abc123")
    #expect(cluster.at("metadata", "annotations", DrillLabel.source) == "prod/pg-main")
    let recovery = try #require(cluster.at("spec", "bootstrap", "recovery"))
    #expect(
      recovery.at("recoveryTarget")
        == ["backupID": "20260821T030004", "targetLSN": "0/9000000", "targetTLI": "2"])
    #expect(recovery.at("database") == "app" && recovery.at("owner") == "app")
    let external = try #require(cluster.at("spec", "externalClusters")?.list?.first)
    #expect(external.at("barmanObjectStore", "serverName") == "pg-main")
    #expect(external.at("barmanObjectStore", "wal", "maxParallel") == 4)
    #expect(external.at("barmanObjectStore", "data") == nil)
    #expect(
      external.at("barmanObjectStore", "s3Credentials", "accessKeyId", "name")
        == "drill-pg-main-abc123-minio")
    #expect(
      drawing.secrets == [
        ClusterDrillOrder.SecretCopy(
          source: "minio", copy: "drill-pg-main-abc123-minio",
          keys: ["ACCESS_KEY_ID", "ACCESS_SECRET_KEY"])
      ])
    // 20 GiB and 5 GiB, times 1.2.
    #expect(cluster.at("spec", "storage", "size") == "24576Mi")
    #expect(cluster.at("spec", "storage", "storageClass") == "standard")
    #expect(cluster.at("spec", "walStorage", "size") == "6144Mi")
    #expect(
      cluster.at("spec", "imageName") == "ghcr.io/cloudnative-pg/postgresql:17.6-system-trixie")
    #expect(cluster.at("spec", "instances") == 1)
  }

  @Test func `with the plugin, the copy has an ObjectStore of its own without retention`() throws {
    let facts = try CloudNativePGStage.pluginFacts()
    let text = try Fixture.text("cloudnativepg/objectstore-live")
    let store = try #require(ObjectTree(json: Array(text.utf8)))
    let drawing = try Self.draft(
      Self.source { $0["backup"] = nil }, facts: facts, store: store
    ).draw()
    let external = try #require(drawing.cluster.at("spec", "externalClusters")?.list?.first)
    #expect(
      external.at("plugin", "parameters")
        == ["barmanObjectName": "drill-pg-main-abc123", "serverName": "pg-main"])
    let made = try #require(drawing.store)
    #expect(made.at("metadata", "name") == "drill-pg-main-abc123")
    #expect(made.at("spec", "retentionPolicy") == nil)
    #expect(
      made.at("spec", "instanceSidecarConfiguration", "retentionPolicyIntervalSeconds") == nil)
    #expect(DrillSafety.violations(ofStore: made) == [])
    #expect(DrillSafety.violations(ofStore: store) != [])
    #expect(drawing.cluster.at("spec", "plugins") == nil)
    #expect(drawing.secrets.map(\.source) == ["minio"])
  }

  @Test func `settings that start a server come along, those that act do not`() throws {
    let source = try Self.source {
      $0["postgresql"] = [
        "shared_preload_libraries": ["timescaledb", "pg_cron"],
        "parameters": [
          "max_connections": "400", "archive_mode": "on", "cron.database_name": "x",
          "timescaledb.license": "apache", "pgaudit.log": "all", "shared_buffers": "64GB",
        ],
      ]
      $0["resources"] = ["limits": ["memory": "1Gi", "cpu": "100m"]]
    }
    let section = DrillParameters(source: source, sharedBuffers: "256MB").section
    #expect(section.at("shared_preload_libraries") == ["timescaledb"])
    #expect(
      section.at("parameters")?.strings == [
        "max_connections": "400", "timescaledb.license": "apache",
        "timescaledb.max_background_workers": "0", "max_logical_replication_workers": "0",
        "shared_buffers": "256MB",
      ])
    let resources = DrillParameters(source: source, sharedBuffers: "2GB").resources
    #expect(resources.at("requests") == ["cpu": "100m", "memory": "1024Mi"])
  }

  @Test func `catalogs, pull secrets and declared names are followed`() throws {
    let source = try Self.source {
      $0["imageName"] = nil
      $0["imageCatalogRef"] = [
        "apiGroup": "postgresql.cnpg.io", "kind": "ClusterImageCatalog", "name": "pg", "major": 17,
      ]
      $0["imagePullSecrets"] = [["name": "registry"]]
      $0["bootstrap"] = ["initdb": ["database": "auth", "owner": "auth_owner"]]
      $0["tablespaces"] = [
        ["name": "big", "owner": ["name": "auth_owner"], "storage": ["size": "100Gi"]]
      ]
    }
    let drawing = try Self.draft(source, facts: CloudNativePGStage.facts()).draw()
    let spec = try #require(drawing.cluster.at("spec"))
    #expect(spec.at("imageCatalogRef", "name") == "pg" && spec.at("imageName") == nil)
    #expect(spec.at("imagePullSecrets") == [["name": "drill-pg-main-abc123-registry"]])
    #expect(drawing.secrets.contains { $0.source == "registry" && $0.keys == [] })
    #expect(spec.at("bootstrap", "recovery", "owner") == "auth_owner")
    #expect(drawing.database == "auth")
    #expect(
      spec.at("tablespaces")?.list?.first?.at("storage", "size") == "122880Mi")

    let local = try Self.source {
      $0["imageName"] = nil
      $0["imageCatalogRef"] = ["kind": "ImageCatalog", "name": "pg", "major": 17]
    }
    let resolved = try Self.draft(local, facts: CloudNativePGStage.facts()).draw()
    #expect(resolved.cluster.at("spec", "imageName")?.string?.contains("17.6") == true)
  }

  @Test func `a copy's name is no longer than the operator allows, and never the source's`() {
    let long = String(repeating: "a", count: 49) + "-x"
    let name = ClusterDrillPlanning.copyName(of: long, id: "abcdefghij")
    #expect(name.count <= 50 && name.hasPrefix("drill-") && name.hasSuffix("-abcdefghij"))
  }

  @Test(
    arguments: [
      ("backup", ["retentionPolicy": "7d"]), ("plugins", [["name": "x", "isWALArchiver": true]]),
      ("replica", ["enabled": true]), ("instances", 3),
      ("externalClusters", [["name": "o", "plugin": ["name": "x", "isWALArchiver": true]]]),
    ] as [(String, ObjectTree)])
  func `whatever could write to production's archive is seen`(
    key: String, value: ObjectTree
  )
    throws
  {
    let drawing = try Self.draft(Self.source(), facts: CloudNativePGStage.facts()).draw()
    var map = try #require(drawing.cluster.map)
    var spec = try #require(map["spec"]?.map)
    spec[key] = value
    map["spec"] = .map(spec)
    #expect(DrillSafety.violations(of: .map(map)).count == 1)
  }

  // MARK: What is restored, and how far

  private static func refusal(
    _ label: String? = nil, _ change: (inout CloudNativePGFacts) throws -> Void
  ) throws -> String {
    let facts = try CloudNativePGStage.facts(change)
    do {
      _ = try DrillChoice.make(label, facts, lastArchived: facts.lastArchived)
      return ""
    } catch {
      return error.message
    }
  }

  @Test func `without a target that is known to be archived there is no drill`() throws {
    #expect(try Self.refusal { $0.silencePrimary() }.contains("no target"))
    #expect(
      try Self.refusal { $0.changePrimary { $0.lastArchivedWAL = "000000020000000000000007" } }
        .contains("is not archived"))
    #expect(
      try Self.refusal {
        try $0.changeBackups {
          $0[0].status?.method = "volumeSnapshot"
          $0[0].status?.snapshotBackupStatus = CNPGBackup.SnapshotStatus(elements: [
            .init(name: "d", type: "PG_DATA"), .init(name: "w", type: "PG_WAL"),
            .init(name: "i", type: "PG_TABLESPACE", tablespaceName: "idx"),
          ])
        }
      }.contains("is a volume snapshot: a recovery beside production starts from"))
    #expect(
      try Self.refusal { $0.changePrimary { $0.lastArchivedWAL = nil } }
        .contains("has archived no segment since"))
    #expect(
      try Self.refusal { $0.changePrimary { $0.lastArchivedWAL = "00000003.history" } }
        .contains("has archived only 00000003.history since"))
    #expect(try Self.refusal("nope") { _ in }.contains("no Backup nope"))
    #expect(
      try Self.refusal("later") {
        try $0.changeBackups {
          $0.append(try CloudNativePGStage.backup("later", phase: "running", created: 5))
        }
      }.contains("not completed"))
  }

  @Test func `a snapshot is a base backup, which a drill alone cannot use`() throws {
    let facts = try CloudNativePGStage.facts { facts in
      facts.cluster.spec.walStorage = nil
      facts.cluster.spec.backup?.volumeSnapshot = CNPGCluster.VolumeSnapshot(className: "csi")
      try facts.changeBackups {
        $0[0].status?.method = "volumeSnapshot"
        $0[0].spec.method = "volumeSnapshot"
        $0[0].status?.snapshotBackupStatus = CNPGBackup.SnapshotStatus(elements: [
          .init(name: "d", type: "PG_DATA")
        ])
      }
    }
    let obstacle = try #require(facts.obstacles(now: CloudNativePGStage.now)[.drill])
    #expect(
      obstacle.remedy.contains("kubectl cnpg backup pg-main -n prod --method barmanObjectStore"))
    let cluster = CloudNativePGStage.assessed(facts)
    #expect(!cluster.findings.contains { $0.remedy.contains("ake a base backup") })
    #expect(cluster.lastGoodBackup != nil && cluster.loss != .everything)
    let outlook = RecoveryChart(cluster, now: CloudNativePGStage.now).outlook(of: .latest)
    #expect(outlook.base?.method == "volumeSnapshot" && outlook.effective == .latest)
  }

  @Test func `the size of segments is told by a position between two of them too`() throws {
    let facts = try CloudNativePGStage.facts {
      $0.changePrimary {
        $0.currentLSN = LSN(text: "0/F00000")
        $0.currentWAL = "00000002000000000000000E"
      }
    }
    #expect(facts.segmentBytes == 1 << 20)
    #expect(
      try Self.refusal { facts in
        facts.changePrimary {
          $0.currentLSN = LSN(text: "0/F00000")
          $0.currentWAL = "00000002000000000000000E"
        }
      }.contains("does not fit segments"))
  }

  @Test func `a backup is found by its name and by its id in the store`() throws {
    let facts = try CloudNativePGStage.facts()
    for label in ["pg-main-nightly-20260821030000", "20260821T030004"] {
      let choice = try DrillChoice.make(label, facts, lastArchived: facts.lastArchived)
      #expect(choice.backupID == "20260821T030004")
      #expect(choice.target == LSN(text: "0/9000000") && choice.timeline == 2)
    }
  }

  @Test func `the newest whose end WAL is not there yet gives way to the one before`() throws {
    let facts = try CloudNativePGStage.facts { facts in
      try facts.changeBackups {
        var newer = $0[0]
        newer.metadata.name = "newer"
        newer.status?.stoppedAt = KubernetesTime("2026-08-21T10:05:30Z")
        newer.status?.endWal = WALFileName("00000002000000000000000A")
        newer.status?.endLSN = "0/A000158"
        $0.append(newer)
      }
    }
    let choice = try DrillChoice.make(nil, facts, lastArchived: facts.lastArchived)
    #expect(choice.backup.name == "pg-main-nightly-20260821030000")
  }

  // MARK: Logs

  @Test func `the lines of the instance manager, the server and the plugin are understood`() {
    var log = CopyLog()
    func read(_ line: String) { _ = log.read(line, at: 1) }
    let line = { (severity: String, message: String) in
      #"{"level":"info","logger":"postgres","msg":"record","record":{"error_severity":"\#(severity)","#
        + #""message":"\#(message)"}}"#
    }
    read(line("LOG", "redo starts at 0/8000028"))
    read(line("LOG", "restored log file \\\"000000010000000000000008\\\" from archive"))
    read(line("LOG", "redo in progress, elapsed time: 10.00 s, current LSN: 0/8F00000"))
    #expect(log.recovery.position(segmentSize: 16 << 20) == LSN(text: "0/8F00000"))
    read(line("FATAL", "the database system is starting up"))
    #expect(log.errors == [])
    read(
      #"{"level":"info","msg":"WAL file not found in the recovery object store","walName":"X"}"#)
    #expect(log.missing == ["X"])
    read(line("FATAL", RecoveryLog.endedEarly))
    #expect(log.errors == [RecoveryLog.endedEarly])
    for text in ["", "{", "not json", "{\"level\":3}"] { read(text) }
    #expect(log.errors.count == 1)
  }

  @Test(
    arguments: [
      (["Can't restore backup: exit status 1", "An error occurred (AccessDenied)"], false),
      (["could not write: No space left on device", RecoveryLog.endedEarly], false),
      (["ERROR: WAL archive check failed for server X: Expected empty archive"], false),
      (["Could not connect to the endpoint URL: http://minio"], false),
      (["WAL ends before end of online backup"], true), ([RecoveryLog.endedEarly], true),
      (["no backup found with ID 20260821T030004"], true),
      (["requested timeline 3 is not a child of this server's history"], true),
      (["could not locate required checkpoint record at 0/8000060"], true),
      (["something new"], true),
    ] as [([String], Bool)])
  func `a failure speaks against the backup or not, in words`(errors: [String], against: Bool) {
    switch RecoveryFailureText.end(of: errors, fallback: "it failed") {
    case .failed(let words), .momentNotReached(let words): #expect(against && !words.isEmpty)
    case .couldNotRun(let words), .credentialsRefused(let words), .notTested(let words):
      #expect(!against && !words.isEmpty)
    }
  }
}

extension ObjectTree: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  public init(arrayLiteral elements: ObjectTree...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, ObjectTree)...) {
    self = .map(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}
