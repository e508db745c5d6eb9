import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG objects") struct CloudNativePGObjectTests {
  @Test func aClusterAsTheOperatorKeepsIt() throws {
    let cluster: CNPGCluster = try Stage.sample("cluster-live-intree")
    #expect(cluster.key == ObjectKey(namespace: "prod", name: "pg-main"))
    #expect(cluster.fencedInstances == ["pg-main-3"])
    #expect(cluster.serverName == "pg-main")
    #expect(cluster.spec.backup?.barmanObjectStore?.wal?.maxParallel == 4)
    #expect(cluster.spec.backup?.barmanObjectStore?.secretNames == ["minio"])
    #expect(cluster.status?.instancesReportedState?["pg-main-2"]?.timeLineID == 2)
    #expect(cluster.condition("Ready")?.isTrue == true)
    #expect(CNPGCluster.resource.title == "clusters.postgresql.cnpg.io")
    guard case .inTree = cluster.walArchiver else {
      Issue.record("archiver is \(cluster.walArchiver)")
      return
    }
  }

  @Test("missing and unknown fields do no harm")
  func tolerance() throws {
    let cluster: CNPGCluster = try Stage.decode(
      #"{"metadata":{"name":"c"},"spec":{"tomorrow":{"a":1}}}"#)
    #expect(cluster.walArchiver == .none)
    #expect(!cluster.canBackUp && !cluster.isHibernated && !cluster.isReplicaCluster)
    #expect(cluster.segmentBytes == 16 << 20)
    let backup: CNPGBackup = try Stage.decode(#"{"metadata":{"name":"b"},"spec":{}}"#)
    #expect(backup.phase == .new && backup.method == "barmanObjectStore")
    let scheduled: CNPGScheduledBackup = try Stage.decode(
      #"{"metadata":{"name":"s"},"spec":{},"status":{}}"#)
    #expect(!scheduled.isSuspended)
    let store: BarmanObjectStore = try Stage.decode(#"{"metadata":{"name":"o"},"spec":{}}"#)
    #expect(store.spec.configuration == nil)
    let pod: Pod = try Stage.decode(#"{"metadata":{"name":"p"}}"#)
    #expect(!pod.isReady && !pod.statusPortUsesTLS)
    let claim: PersistentVolumeClaim = try Stage.decode(#"{"metadata":{"name":"v"}}"#)
    #expect(claim.capacityBytes == nil)
    let job: Job = try Stage.decode(#"{"metadata":{"name":"j"}}"#)
    #expect(!job.isComplete && !job.hasFailed)
    let status: InstanceManagerStatus = try Stage.decode("{}")
    #expect(!status.isPrimary && !status.isArchivingWAL && status.readyWALFiles == 0)
    #expect(status.timeline == nil && status.currentLSN == nil)
  }

  @Test func aPrimaryAnswers() throws {
    let status: InstanceManagerStatus = try Stage.sample("pg-status-primary")
    #expect(status.isPrimary && status.isArchivingWAL)
    #expect(status.currentLSN == LSN(text: "0/A000140"))
    #expect(status.lastArchivedAt != nil)
    #expect(status.lastFailedAt == nil)
    #expect(status.replication.first?.applicationName == "pg-main-2")
    #expect(status.slots.first?.active == true)
  }

  @Test(
    "backup phases",
    arguments: [
      ("", CNPGBackup.Phase.new), ("pending", .pending), ("started", .started),
      ("running", .running), ("finalizing", .finalizing), ("completed", .completed),
      ("failed", .failed), ("walArchivingFailing", .walArchivingFailing),
      ("invalid backup definition", .invalid), ("later", .other("later")),
    ])
  func phases(text: String, phase: CNPGBackup.Phase) throws {
    let backup = try Stage.backup("b", phase: text, created: 60)
    #expect(backup.phase == phase)
    #expect(backup.phase.isDone == (text == "completed" || text == "failed"))
  }

  @Test func aFailedBackupSaysWhy() throws {
    let backup: CNPGBackup = try Stage.sample("backup-failed")
    #expect(backup.errorText == "exit status 4")
    #expect(backup.leftNothing)
    #expect(backup.begunAt == Stage.date("2026-08-21T10:00:01Z"))
    #expect(backup.method == "plugin")
  }

  @Test func aPluginArchives() throws {
    let facts = try Stage.pluginFacts {
      $0.cluster.spec.plugins?[0].parameters?["serverName"] = "pg-old"
    }
    #expect(facts.cluster.serverName == "pg-old")
    #expect(facts.cluster.objectStoreName == "minio-store")
    #expect(facts.storeConfiguration?.destinationPath == "s3://backups/")
  }

  @Test(
    "replica clusters",
    arguments: [
      (CNPGCluster.Replica(enabled: true, source: "o"), true),
      (CNPGCluster.Replica(enabled: false, source: "o"), false),
      (CNPGCluster.Replica(source: "o", primary: "pg-other"), true),
      (CNPGCluster.Replica(source: "o", primary: "pg-main"), false),
      (CNPGCluster.Replica(source: "o", primary: "site-b", self: "site-b"), false),
    ])
  func replica(section: CNPGCluster.Replica, expected: Bool) throws {
    var cluster: CNPGCluster = try Stage.sample("cluster-live-intree")
    cluster.spec.replica = section
    #expect(cluster.isReplicaCluster == expected)
  }

  @Test(
    "quantities",
    arguments: [
      ("20Gi", 21_474_836_480), ("500M", 500_000_000), ("1.5Ki", 1536), ("1073741824", 1 << 30),
      ("1e9", 1_000_000_000), ("big", nil), ("-1Gi", nil), ("", nil),
    ] as [(String, Int64?)])
  func quantities(text: String, bytes: Int64?) {
    #expect(Quantity.bytes(text) == bytes)
  }

  @Test(
    "times as Kubernetes writes them",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-22T12:00:00Z", 1_795_348_800),
      ("2024-02-29T23:59:59Z", 1_709_251_199), ("2026-11-22T12:00:00.5Z", 1_795_348_800.5),
      ("2026-11-22T12:00:00.000001Z", 1_795_348_800.000001),
      ("2026-11-22T14:00:00+02:00", 1_795_348_800), ("-infinity", nil), ("", nil),
      ("2026-13-22T12:00:00Z", nil), ("2026-11-22", nil),
    ] as [(String, Double?)])
  func times(text: String, seconds: Double?) {
    let read = kubernetesDate(text)?.timeIntervalSince1970
    #expect((read == nil) == (seconds == nil))
    if let read, let seconds { #expect(abs(read - seconds) < 0.000_002) }
  }

  @Test("why a pod does not run")
  func trouble() throws {
    let waiting: Pod = try Stage.decode(
      """
      {"metadata":{"name":"p"},"status":{"phase":"Pending","containerStatuses":[
      {"name":"postgres","state":{"waiting":{"reason":"ImagePullBackOff"}}}]}}
      """)
    #expect(waiting.trouble == "container waits: ImagePullBackOff")
    let homeless: Pod = try Stage.decode(
      """
      {"metadata":{"name":"p"},"status":{"phase":"Pending","conditions":[
      {"type":"PodScheduled","status":"False","message":"0/3 nodes are available"}]}}
      """)
    #expect(homeless.trouble == "0/3 nodes are available")
    #expect(try Stage.pod("p").trouble == nil)
    #expect(try Stage.pod("p").statusPortUsesTLS)
  }
}
