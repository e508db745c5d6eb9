import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// The objects as a real operator leaves them (1.30.0 and 0.14.0 of the plugin, recorded), for one shape.
extension OperatorWorld {
  static let system = "7391234567890123456"
  static let uid = "11111111-2222-3333-4444-555555555555"
  static let plugin = "barman-cloud.cloudnative-pg.io"

  private static let place = """
    "destinationPath":"s3://backups/","endpointURL":"http://minio:9000","s3Credentials":{
    "accessKeyId":{"name":"minio","key":"ACCESS_KEY_ID"},
    "secretAccessKey":{"name":"minio","key":"ACCESS_SECRET_KEY"}}
    """

  private var transfers: String {
    var wal = ["\"maxParallel\":2"]
    var data = ["\"jobs\":2"]
    if let compression = shape.compression {
      wal.append("\"compression\":\"\(compression)\"")
      // Barman has fewer of them for data.
      if ["gzip", "bzip2", "snappy"].contains(compression) {
        data.append("\"compression\":\"\(compression)\"")
      }
    }
    if let encryption = shape.encryption {
      wal.append("\"encryption\":\"\(encryption)\"")
      data.append("\"encryption\":\"\(encryption)\"")
    }
    return "\"wal\":{\(wal.joined(separator: ","))},\"data\":{\(data.joined(separator: ","))}"
  }

  // MARK: Cluster

  func makeCluster() throws -> JSONValue {
    var cluster = try JSONValue(
      parsing: """
        {"apiVersion":"postgresql.cnpg.io/v1","kind":"Cluster","metadata":{"name":"\(shape.name)",
        "uid":"\(Self.uid)","generation":3,"creationTimestamp":"2026-05-01T08:00:00Z"},
        "spec":{"instances":\(shape.instances),
        "imageName":"ghcr.io/cloudnative-pg/postgresql:\(shape.major).6-system-trixie",
        "storage":{"size":"20Gi","storageClass":"standard"},
        "bootstrap":{"initdb":{"database":"app","owner":"app"}}},
        "status":{"phase":"Cluster in healthy state","instances":\(shape.instances),
        "readyInstances":\(shape.instances),"timelineID":\(shape.timeline),
        "currentPrimary":"\(instance(1))","targetPrimary":"\(instance(1))",
        "currentPrimaryTimestamp":"2026-08-01T10:00:00Z","systemID":"\(Self.system)",
        "image":"ghcr.io/cloudnative-pg/postgresql:\(shape.major).6-system-trixie"}}
        """)
    let names = (1...shape.instances).map { JSONValue.string(instance($0)) }
    cluster.set(.array(names), at: "status", "instanceNames")
    cluster.set(.array(names), at: "status", "instancesStatus", "healthy")
    cluster.set(
      .array([
        Self.condition("Ready", "True", "ClusterIsReady", ago: 1_700_000),
        Self.condition(
          "ContinuousArchiving", "True", "ContinuousArchivingSuccess", ago: 9_000_000),
        Self.condition("LastBackupSucceeded", "True", "LastBackupSucceeded", ago: 25_546),
        Self.condition("ConsistentSystemID", "True", "Unique", ago: 9_000_000),
      ]), at: "status", "conditions")
    if shape.hasWALVolume { cluster.set(["size": "5Gi"], at: "spec", "walStorage") }
    if !shape.tablespaces.isEmpty {
      cluster.set(
        .array(shape.tablespaces.map { ["name": .string($0), "storage": ["size": "5Gi"]] }),
        at: "spec", "tablespaces")
    }
    if shape.segmentMiB != 16 {
      cluster.set(
        .integer(shape.segmentMiB), at: "spec", "bootstrap", "initdb", "walSegmentSize")
    }
    try configureBackups(&cluster)
    return cluster
  }

  private func configureBackups(_ cluster: inout JSONValue) throws {
    let last = shape.ages.first.map { JSONValue.string(Stage.text(ago: $0)) }
    let first = shape.ages.last.map { JSONValue.string(Stage.text(ago: $0)) }
    switch shape.archiver {
    case .inTree:
      var store = try JSONValue(parsing: "{\(Self.place),\(transfers)}")
      if let name = shape.serverName { store.set(.string(name), at: "serverName") }
      cluster.set(store, at: "spec", "backup", "barmanObjectStore")
      cluster.set(
        shape.retention.map { .string($0) }, at: "spec", "backup", "retentionPolicy")
      let method = shape.baseMethod == "plugin" ? "barmanObjectStore" : shape.baseMethod
      cluster.set(first, at: "status", "firstRecoverabilityPoint")
      cluster.set(first.map { [method: $0] }, at: "status", "firstRecoverabilityPointByMethod")
      cluster.set(last, at: "status", "lastSuccessfulBackup")
      cluster.set(last.map { [method: $0] }, at: "status", "lastSuccessfulBackupByMethod")
    case .barmanPlugin:
      var parameters: JSONValue = ["barmanObjectName": "minio-store"]
      if let name = shape.serverName { parameters["serverName"] = .string(name) }
      cluster.set(
        [["name": .string(Self.plugin), "isWALArchiver": true, "parameters": parameters]],
        at: "spec", "plugins")
    case .plugin(let name):
      cluster.set([["name": .string(name), "isWALArchiver": true]], at: "spec", "plugins")
    }
    if shape.baseMethod == "volumeSnapshot" {
      cluster.set(["className": "csi"], at: "spec", "backup", "volumeSnapshot")
    }
  }

  // MARK: Backups

  /// One that ended so many seconds ago.
  func makeBackup(
    _ age: Double, name: String? = nil, segment: UInt64, timeline: UInt32? = nil,
    method: String? = nil
  ) throws -> JSONValue {
    let method = method ?? shape.baseMethod
    let label = Self.label(age)
    let file = file(segment, timeline: timeline)
    let name = name ?? "\(shape.name)-nightly-\(label.filter { $0 != "T" })"
    var backup = try JSONValue(
      parsing: """
        {"apiVersion":"postgresql.cnpg.io/v1","kind":"Backup","metadata":{"name":"\(name)",
        "creationTimestamp":"\(Stage.text(ago: age + 9))","labels":{
        "cnpg.io/cluster":"\(shape.name)","cnpg.io/immediateBackup":"false",
        "cnpg.io/scheduled-backup":"\(shape.name)-nightly"}},
        "spec":{"cluster":{"name":"\(shape.name)"},"method":"\(method)"},
        "status":{"phase":"completed","method":"\(method)","backupId":"\(label)",
        "backupName":"backup-\(label)","majorVersion":\(shape.major),
        "beginWal":"\(file)","endWal":"\(file)","beginLSN":"\(position(segment, 0x28))",
        "endLSN":"\(position(segment, 0x158))","startedAt":"\(Stage.text(ago: age + 5))",
        "stoppedAt":"\(Stage.text(ago: age))",
        "instanceID":{"podName":"\(instance(min(2, shape.instances)))"}}}
        """)
    if InTree.has(reconciliationTimes: shape.version) {
      backup.set(.string(Stage.text(ago: age + 9)), at: "status", "reconciliationStartedAt")
      backup.set(.string(Stage.text(ago: age - 3)), at: "status", "reconciliationTerminatedAt")
    }
    switch method {
    case "plugin":
      let name = if case .plugin(let other) = shape.archiver { other } else { Self.plugin }
      backup.set(["name": .string(name)], at: "spec", "pluginConfiguration")
      backup.set(
        [
          "clusterUID": .string(Self.uid), "pluginName": .string(name), "name": .string(name),
          "version": "0.14.0", "displayName": "backup", "timeline": "\(shape.timeline)",
        ], at: "status", "pluginMetadata")
    case "volumeSnapshot":
      backup.set(true, at: "status", "online")
      backup.set(.array(snapshots(name)), at: "status", "snapshotBackupStatus", "elements")
    default:
      let place = try JSONValue(parsing: "{\(Self.place)}")
      for key in ["destinationPath", "endpointURL", "s3Credentials"] {
        backup.set(place[key], at: "status", key)
      }
      backup.set(.string(shape.server), at: "status", "serverName")
    }
    return backup
  }

  /// Which versions write down what.
  private enum InTree {
    static func has(reconciliationTimes version: String) -> Bool {
      Int(version.split(separator: ".").dropFirst().first ?? "0") ?? 0 >= 29
    }
  }

  func snapshots(_ backup: String) -> [JSONValue] {
    var elements: [JSONValue] = [["name": .string(backup), "type": "PG_DATA"]]
    if shape.hasWALVolume {
      elements.append(["name": .string(backup + "-wal"), "type": "PG_WAL"])
    }
    return elements
      + shape.tablespaces.map {
        [
          "name": .string("\(backup)-tbs-\($0)"), "type": "PG_TABLESPACE",
          "tablespaceName": .string($0),
        ]
      }
  }

  /// What its elements name.
  func makeVolumeSnapshots(_ backup: JSONValue) -> [JSONValue] {
    let elements = backup[path: "status", "snapshotBackupStatus", "elements"]?.array ?? []
    return elements.compactMap { $0["name"]?.string }.map { name in
      [
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
        "metadata": ["name": .string(name), "labels": ["cnpg.io/cluster": .string(shape.name)]],
        "spec": ["volumeSnapshotClassName": "csi"], "status": ["readyToUse": true],
      ]
    }
  }

  func makeSchedule(_ name: String? = nil) throws -> JSONValue {
    let name = name ?? "\(shape.name)-nightly"
    var schedule = try JSONValue(
      parsing: """
        {"apiVersion":"postgresql.cnpg.io/v1","kind":"ScheduledBackup",
        "metadata":{"name":"\(name)","creationTimestamp":"2026-05-01T08:00:00Z"},
        "spec":{"schedule":"\(shape.schedule)","cluster":{"name":"\(shape.name)"},
        "method":"\(shape.baseMethod)","backupOwnerReference":"none"},
        "status":{"lastCheckTime":"\(Stage.text(ago: 25_559))",
        "lastScheduleTime":"\(Stage.text(ago: 25_559))"}}
        """)
    if shape.baseMethod == "plugin" {
      let name = if case .plugin(let other) = shape.archiver { other } else { Self.plugin }
      schedule.set(["name": .string(name)], at: "spec", "pluginConfiguration")
    }
    if let next = try? CronSchedule(shape.schedule).next(after: Stage.ago(25_559), utcOffset: 0) {
      schedule.set(.string(Format.timestamp(next)), at: "status", "nextScheduleTime")
    }
    return schedule
  }

  func makeStore(_ name: String = "minio-store", server: String? = nil) throws -> JSONValue {
    var store = try JSONValue(
      parsing: """
        {"apiVersion":"barmancloud.cnpg.io/v1","kind":"ObjectStore","metadata":{"name":"\(name)",
        "creationTimestamp":"2026-05-01T08:00:00Z"},
        "spec":{"configuration":{\(Self.place),\(transfers)}}}
        """)
    store.set(shape.retention.map { .string($0) }, at: "spec", "retentionPolicy")
    if let last = shape.ages.first, let first = shape.ages.last, shape.baseMethod == "plugin" {
      store.set(
        [
          "firstRecoverabilityPoint": .string(Stage.text(ago: first)),
          "lastSuccessfulBackupTime": .string(Stage.text(ago: last)),
        ], at: "status", "serverRecoveryWindow", server ?? shape.server)
    }
    return store
  }

  func makeSecret() throws -> JSONValue {
    [
      "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "minio"], "type": "Opaque",
      "data": ["ACCESS_KEY_ID": "QUtJREVYQU1QTEU=", "ACCESS_SECRET_KEY": "c2VjcmV0"],
    ]
  }
}
