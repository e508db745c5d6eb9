import FoundationEssentials
import RecoveryModel

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// A healthy cluster `prod/pg-main` at one fixed moment, from the example objects; tests change the one thing they are
/// about.
///
/// Three instances on timeline 2, a nightly backup at 03:00 that completed, retention 30d, segment 9 archived a minute
/// before `now`, the current one begun.
enum CloudNativePGStage {
  static let now = date("2026-08-21T10:06:00Z")

  static func date(_ text: String) -> Date { kubernetesDate(text) ?? .distantPast }

  static func ago(_ seconds: Double) -> Date { now.addingTimeInterval(-seconds) }

  static func text(ago seconds: Double) -> String { Format.timestamp(ago(seconds)) }

  static func decode<Value: Decodable>(_ json: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json.utf8))
  }

  static func sample<Value: Decodable>(_ name: String) throws -> Value {
    try decode(Fixture.text("cloudnativepg/\(name)"))
  }

  static func observed<Value>(_ value: Value, _ source: String) -> Observed<Value> {
    .value(value, source: source, at: now)
  }

  static func refused<Value>(_ resource: String) -> Observed<Value> {
    .unavailable(
      Unavailable(
        part: resource, reason: "not allowed to list \(resource)",
        remedy: "grant the verb list on \(resource)", code: .denied), at: now)
  }

  /// In-tree `barmanObjectStore`.
  static func facts(
    _ change: (inout CloudNativePGFacts) throws -> Void = { _ in }
  ) throws -> CloudNativePGFacts {
    var cluster: CNPGCluster = try sample("cluster-live-intree")
    cluster.metadata.annotations = nil
    cluster.status?.readyInstances = 3
    cluster.status?.instancesStatus = ["healthy": ["pg-main-1", "pg-main-2", "pg-main-3"]]
    cluster.status?.firstRecoverabilityPoint = "2026-07-22T03:00:09Z"
    cluster.status?.firstRecoverabilityPointByMethod = ["barmanObjectStore": "2026-07-22T03:00:09Z"]
    var facts = CloudNativePGFacts(cluster: cluster, clusterAt: now)
    facts.backups = observed([try sample("backup-completed")], "Backups")
    facts.schedules = observed([try schedule()], "ScheduledBackups")
    facts.objectStores = observed([], "ObjectStores")
    let names = ["pg-main-1", "pg-main-2", "pg-main-3"]
    facts.pods = observed(try names.map { try pod($0) }, "pods")
    facts.claims = observed(
      try names.flatMap { [try claim($0), try claim("\($0)-wal", of: $0, role: "PG_WAL", "5Gi")] },
      "persistentvolumeclaims")
    facts.jobs = observed([], "jobs")
    facts.namespaceClusters = ["pg-main"]
    facts.operatorVersion = "1.25.3"
    let primary: InstanceManagerStatus = try sample("pg-status-primary")
    facts.statuses["pg-main-1"] = observed(primary, "/pg/status of pg-main-1")
    for name in names.dropFirst() {
      facts.statuses[name] = observed(try standby(), "/pg/status of \(name)")
    }
    try change(&facts)
    return facts
  }

  /// The same with the Barman Cloud plugin.
  static func pluginFacts(
    _ change: (inout CloudNativePGFacts) throws -> Void = { _ in }
  ) throws -> CloudNativePGFacts {
    try facts { facts in
      facts.cluster.spec.backup = nil
      facts.cluster.spec.plugins = [
        CNPGCluster.Plugin(
          name: CNPGCluster.barmanCloudPlugin, isWALArchiver: true,
          parameters: ["barmanObjectName": "minio-store"])
      ]
      facts.cluster.status?.firstRecoverabilityPoint = nil
      facts.cluster.status?.firstRecoverabilityPointByMethod = nil
      facts.cluster.status?.lastSuccessfulBackup = nil
      facts.cluster.status?.lastSuccessfulBackupByMethod = nil
      var store: BarmanObjectStore = try sample("objectstore-live")
      store.status?.serverRecoveryWindow?["pg-main"]?.firstRecoverabilityPoint =
        "2026-07-22T03:00:09Z"
      facts.objectStores = observed([store], "ObjectStores")
      try facts.changeSchedules {
        $0[0].spec.method = "plugin"
        $0[0].spec.pluginConfiguration = .init(name: CNPGCluster.barmanCloudPlugin)
      }
      try facts.changeBackups {
        $0[0].status?.method = "plugin"
        $0[0].spec.method = "plugin"
      }
      try change(&facts)
    }
  }

  static func standby() throws -> InstanceManagerStatus {
    try decode(
      """
      {"receivedLsn":"0/A000140","replayLsn":"0/A000140","systemID":"7391234567890123456",
      "isWalReceiverActive":true,"timeLineID":2,"instanceManagerVersion":"1.25.3"}
      """)
  }

  static func schedule(
    _ name: String = "pg-main-nightly", _ schedule: String = "0 0 3 * * *",
    cluster: String = "pg-main", next: String? = "2026-08-22T03:00:00Z"
  ) throws -> CNPGScheduledBackup {
    var object: CNPGScheduledBackup = try decode(
      """
      {"metadata":{"name":"\(name)","namespace":"prod","creationTimestamp":"2026-05-01T08:00:00Z"},
      "spec":{"schedule":"\(schedule)","cluster":{"name":"\(cluster)"},"unknownYet":[1]},
      "status":{"lastCheckTime":"2026-08-21T03:00:00Z","lastScheduleTime":"2026-08-21T03:00:00Z"}}
      """)
    object.status?.nextScheduleTime = next
    return object
  }

  static func backup(
    _ name: String, phase: String, created: Double, schedule: String? = nil, pod: String? = nil
  ) throws -> CNPGBackup {
    var object: CNPGBackup = try decode(
      """
      {"metadata":{"name":"\(name)","namespace":"prod","creationTimestamp":"\(text(ago: created))"},
      "spec":{"cluster":{"name":"pg-main"}},"status":{"phase":"\(phase)"}}
      """)
    object.metadata.labels = schedule.map { ["cnpg.io/scheduled-backup": $0] }
    object.status?.instanceID = pod.map { CNPGBackup.InstanceID(podName: $0) }
    return object
  }

  static func pod(_ name: String, ready: Bool = true) throws -> Pod {
    try decode(
      """
      {"metadata":{"name":"\(name)","namespace":"prod","labels":{"cnpg.io/cluster":"pg-main",
      "cnpg.io/podRole":"instance","cnpg.io/instanceName":"\(name)"}},
      "spec":{"nodeName":"node-1","containers":[{"name":"postgres",
      "command":["/controller/manager","instance","run","--status-port-tls"]}]},
      "status":{"phase":"Running","startTime":"2026-08-01T10:00:00Z",
      "conditions":[{"type":"Ready","status":"\(ready ? "True" : "False")"}]}}
      """)
  }

  static func claim(
    _ name: String, of instance: String? = nil, role: String = "PG_DATA", _ size: String = "20Gi"
  ) throws -> PersistentVolumeClaim {
    try decode(
      """
      {"metadata":{"name":"\(name)","labels":{"cnpg.io/cluster":"pg-main",
      "cnpg.io/instanceName":"\(instance ?? name)","cnpg.io/pvcRole":"\(role)"}},
      "spec":{"resources":{"requests":{"storage":"1Gi"}}},
      "status":{"phase":"Bound","capacity":{"storage":"\(size)"}}}
      """)
  }

  /// The finding whose id is this, or begins with this and a colon.
  static func finding(
    _ id: String, _ facts: CloudNativePGFacts, now: Date = now
  ) -> Finding? {
    CloudNativePGRules.findings(facts: facts, now: now).map(\.finding).first {
      $0.id == id || $0.id.hasPrefix(id + ":")
    }
  }

  /// The report of these facts, judged with everything else in order.
  static func assessed(
    _ facts: CloudNativePGFacts, drills: [DrillRecord] = []
  ) -> ClusterSnapshot {
    var report = EngineReport()
    report.merge(CloudNativePGReport.make(facts: facts, now: now))
    // Its backup is from before a promotion, and its operator an old one: that has tests of its own.
    report.crossingDoubt = nil
    return ClusterAssessment.assess(
      declaration: ClusterDeclaration(name: "prod/pg-main", engine: "cloudnativepg"),
      engineTitle: "CloudNativePG", interval: 2, report: report, drills: drills, operation: nil,
      outcomes: [], clock: WALClock(), now: now)
  }
}

extension CloudNativePGFacts {
  mutating func changeBackups(_ change: (inout [CNPGBackup]) throws -> Void) throws {
    var list = backups.value ?? []
    try change(&list)
    backups = CloudNativePGStage.observed(list, "Backups")
  }

  mutating func changeSchedules(_ change: (inout [CNPGScheduledBackup]) throws -> Void) throws {
    var list = schedules.value ?? []
    try change(&list)
    schedules = CloudNativePGStage.observed(list, "ScheduledBackups")
  }

  mutating func changePrimary(_ change: (inout InstanceManagerStatus) -> Void) {
    guard var status = statuses["pg-main-1"]?.value else { return }
    change(&status)
    statuses["pg-main-1"] = CloudNativePGStage.observed(status, "/pg/status of pg-main-1")
  }

  mutating func silencePrimary() {
    statuses["pg-main-1"] = CloudNativePGStage.refused("pods/proxy")
  }

  mutating func setCondition(
    _ type: String, _ status: String, reason: String, message: String = "", since: Double = 3600
  ) {
    cluster.status?.conditions?.removeAll { $0.type == type }
    cluster.status?.conditions?.append(
      Condition(
        type: type, status: status, reason: reason, message: message,
        lastTransitionTime: CloudNativePGStage.text(ago: since)))
  }
}
