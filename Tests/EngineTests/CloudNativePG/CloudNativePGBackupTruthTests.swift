import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

/// Backups that are `completed` and of no use: what the objects tell of it, and what is made of it.
@Suite("CloudNativePG backups that do not count") struct CloudNativePGBackupTruthTests {
  private func finding(_ id: String, _ facts: CloudNativePGFacts) -> Finding? {
    Stage.assessed(facts).findings.first { $0.id == id }
  }

  private func refusal(_ facts: CloudNativePGFacts, _ label: String? = nil) -> String? {
    do {
      _ = try DrillChoice.make(label, facts, lastArchived: facts.lastArchived)
      return nil
    } catch { return error.message }
  }

  @Test("backups of the major version before an upgrade", arguments: [16, 18])
  func majorVersion(its: Int) throws {
    let facts = try Stage.pluginFacts {
      $0.cluster.status?.pgDataImageInfo = CNPGCluster.DataImage(image: nil, majorVersion: 17)
      try $0.changeBackups { $0[0].status?.majorVersion = its }
    }
    let cluster = Stage.assessed(facts)
    #expect(cluster.verdict == .notRecoverable)
    #expect(
      finding("backup.foreign", facts)?.headline.contains("of PostgreSQL \(its), 17 runs") == true)
    #expect(cluster.window?.first == nil && cluster.window?.restorable == [])
    #expect(try #require(refusal(facts)).contains("is of PostgreSQL \(its)"))
    let same = try Stage.pluginFacts {
      $0.cluster.status?.pgDataImageInfo = CNPGCluster.DataImage(image: nil, majorVersion: its)
      try $0.changeBackups { $0[0].status?.majorVersion = its }
    }
    #expect(finding("backup.foreign", same) == nil && refusal(same) == nil)
  }

  @Test(
    "the major version by the image, where nobody says it",
    arguments: [
      ("ghcr.io/cloudnative-pg/postgresql:16.4-12", Int?.some(16)), ("postgres:17", 17),
      ("registry:5000/pg@sha256:12ab", nil), ("registry:5000/postgresql", nil), ("pg:latest", nil),
      ("pg:2024.1", nil), ("registry:5000/pg:15.3@sha256:99", 15),
    ])
  func image(name: String, major: Int?) {
    #expect(CloudNativePGFacts.majorVersion(ofImage: name) == major)
  }

  @Test func aFormerClusterOfTheSameName() throws {
    func facts(_ change: (inout CloudNativePGFacts) throws -> Void) throws -> CloudNativePGFacts {
      try Stage.pluginFacts {
        $0.cluster.metadata.creationTimestamp = KubernetesTime("2026-08-21T08:00:00Z")
        $0.cluster.status?.currentPrimaryTimestamp = "2026-08-21T08:00:40Z"
        $0.cluster.status?.targetPrimaryTimestamp = nil
        $0.cluster.status?.conditions = []
        try change(&$0)
      }
    }
    let anew = try facts { _ in }
    #expect(Stage.assessed(anew).verdict == .notRecoverable)
    #expect(finding("backup.foreign", anew)?.headline.contains("former cluster") == true)
    #expect(try #require(refusal(anew)).contains("former cluster"))
    // Recovered from it: what was before can be had.
    let recovered = try facts {
      $0.cluster.spec.bootstrap = try Stage.decode(#"{"recovery":{"source":"old"}}"#)
    }
    #expect(Stage.assessed(recovered).verdict == .atRisk)
    // It was put back with its status, or took over volumes that were there: it is older than its object.
    let restored = try facts { $0.cluster.status?.currentPrimaryTimestamp = "2026-05-01T08:00:00Z" }
    #expect(finding("backup.foreign", restored) == nil)
    let kept = try facts {
      var claim = try Stage.claim("pg-main-1")
      claim.metadata.creationTimestamp = KubernetesTime("2026-05-01T08:00:00Z")
      $0.claims = Stage.observed([claim], "persistentvolumeclaims")
    }
    #expect(finding("backup.foreign", kept) == nil)
    let other = try Stage.pluginFacts {
      $0.cluster.metadata.uid = "uid-now"
      try $0.changeBackups { $0[0].status?.pluginMetadata = .init(clusterUID: "uid-then") }
    }
    #expect(finding("backup.foreign", other) != nil)
    let own = try Stage.pluginFacts {
      $0.cluster.metadata.uid = "uid-now"
      try $0.changeBackups { $0[0].status?.pluginMetadata = .init(clusterUID: "uid-now") }
    }
    #expect(finding("backup.foreign", own) == nil)
  }

  private func snapshot(_ elements: String, tablespaces: String? = nil) throws -> CloudNativePGFacts
  {
    try Stage.pluginFacts {
      $0.cluster.spec.walStorage = CNPGCluster.Storage(size: "5Gi", storageClass: nil)
      $0.cluster.spec.tablespaces = try tablespaces.map { try Stage.decode($0) }
      try $0.changeBackups {
        $0[0].status?.method = "volumeSnapshot"
        $0[0].spec.method = "volumeSnapshot"
        $0[0].status?.snapshotBackupStatus = try Stage.decode("{\"elements\":\(elements)}")
      }
    }
  }

  @Test func aSnapshotWithoutItsWALVolume() throws {
    let facts = try snapshot(#"[{"name":"s","type":"PG_DATA"}]"#)
    #expect(Stage.assessed(facts).verdict == .atRisk)
    #expect(finding("backup.lacking", facts)?.headline.contains("PG_WAL") == true)
    #expect(try #require(refusal(facts)).contains("lacks the WAL volume (PG_WAL)"))
    let whole = try snapshot(#"[{"name":"s","type":"PG_DATA"},{"name":"w","type":"PG_WAL"}]"#)
    #expect(finding("backup.lacking", whole) == nil)
    let none = try snapshot("[]")
    #expect(Stage.assessed(none).verdict == .notRecoverable)
    var unsaid = none
    try unsaid.changeBackups { $0[0].status?.snapshotBackupStatus = nil }
    #expect(Stage.assessed(unsaid).verdict == .notRecoverable)
  }

  @Test func aSnapshotWithoutATablespace() throws {
    let wal = #"{"name":"s","type":"PG_DATA"},{"name":"w","type":"PG_WAL"}"#
    let facts = try snapshot("[\(wal)]", tablespaces: #"[{"name":"archive"},{"name":"fast"}]"#)
    #expect(finding("backup.lacking", facts)?.headline.contains("the tablespace archive") == true)
    #expect(Stage.assessed(facts).verdict == .notRecoverable)
    let one = #"{"type":"PG_TABLESPACE","tablespaceName":"archive"}"#
    let half = try snapshot(
      "[\(wal),\(one)]", tablespaces: #"[{"name":"archive"},{"name":"fast"}]"#)
    #expect(try #require(refusal(half)).contains("lacks the tablespace fast"))
  }

  @Test func baseBackupsInAnotherStoreThanWAL() throws {
    func facts(_ parameters: String, cold: String = "s3://cold/") throws -> CloudNativePGFacts {
      try Stage.pluginFacts {
        try $0.changeBackups {
          $0[0].spec.pluginConfiguration = try Stage.decode(
            #"{"name":"barman-cloud.cloudnative-pg.io","parameters":\#(parameters)}"#)
        }
        guard var store = $0.objectStores.value?.first else { return }
        store.status = nil
        var other = store
        other.metadata.name = "glacier"
        other.spec.configuration?.destinationPath = cold
        $0.objectStores = Stage.observed([store, other], "ObjectStores")
      }
    }
    let apart = try facts(#"{"barmanObjectName":"glacier"}"#)
    #expect(Stage.assessed(apart).verdict == .atRisk)
    #expect(finding("backup.apart", apart)?.headline.contains("s3://cold/pg-main") == true)
    #expect(try #require(refusal(apart)).contains("lies in s3://cold/pg-main"))
    #expect(finding("backup.apart", try facts(#"{"serverName":"other"}"#)) != nil)
    #expect(finding("backup.apart", try facts(#"{"barmanObjectName":"minio-store"}"#)) == nil)
    let own = try #require(apart.objectStores.value?.first?.spec.configuration?.destinationPath)
    let sameBucket = try facts(#"{"barmanObjectName":"glacier"}"#, cold: own + "/")
    #expect(finding("backup.apart", sameBucket) == nil)
    var elsewhere = sameBucket
    var stores = elsewhere.objectStores.value ?? []
    stores[1].spec.configuration?.endpointURL = "https://other:9000/"
    elsewhere.objectStores = Stage.observed(stores, "ObjectStores")
    #expect(finding("backup.apart", elsewhere)?.headline.contains("at other:9000") == true)
  }

  // MARK: What is advised

  @Test("no remedy advises a drill that its plan would refuse")
  func drillAdvice() throws {
    func facts(_ parameters: String) throws -> CloudNativePGFacts {
      try Stage.pluginFacts {
        try $0.changeBackups {
          $0[0].spec.pluginConfiguration = try Stage.decode(
            #"{"name":"barman-cloud.cloudnative-pg.io","parameters":\#(parameters)}"#)
        }
        guard var store = $0.objectStores.value?.first else { return }
        store.status = nil
        $0.objectStores = Stage.observed([store], "ObjectStores")
      }
    }
    let good = try #require(finding("cnpg.window.empty", try facts("{}")))
    #expect(good.remedy.hasSuffix("Prove the backup with a verify drill: pgvigil drill pg-main"))
    let apart = try facts(#"{"serverName":"other"}"#)
    #expect(finding("cnpg.window.empty", apart) == nil)
    #expect(finding("backup.apart", apart)?.ceiling == .atRisk)
    for finding in Stage.assessed(apart).findings where finding.remedy.contains("pgvigil drill") {
      #expect(finding.remedy.contains("First take a base backup"), "\(finding.id)")
    }
    let unnamed = try Stage.facts { try $0.changeBackups { $0[0].status?.endWal = nil } }
    let untold = try #require(finding("cnpg.backup.end-wal", unnamed))
    #expect(!untold.remedy.contains("pgvigil drill") && untold.remedy.contains("pgvigil backup"))
  }

  @Test("nor a base backup that would be refused")
  func backupAdvice() throws {
    let asleep = try Stage.facts {
      $0.cluster.metadata.annotations = ["cnpg.io/hibernation": "on"]
      try $0.changeBackups { $0[0].status?.phase = "failed" }
    }
    let advising = Stage.assessed(asleep).findings.filter { $0.remedy.contains("pgvigil backup") }
    #expect(!advising.isEmpty)
    for finding in advising {
      #expect(finding.remedy.contains("hibernation=off (it is hibernated)"), "\(finding.id)")
    }
    #expect(Stage.assessed(try Stage.facts()).report.obstacles.isEmpty)
  }

  @Test("a flaw of the backup is told before that nobody tells of the archive")
  func flawFirst() throws {
    let silent = try Stage.facts {
      $0.silencePrimary()
      $0.cluster.spec.backup?.barmanObjectStore?.serverName = "pg-main-2"
    }
    #expect(try #require(refusal(silent)).contains("WAL goes to"))
    let name = try #require(silent.ownBackups?.first?.name)
    #expect(try #require(refusal(silent, name)).contains("WAL goes to"))
    let unnamed = try Stage.facts {
      $0.silencePrimary()
      try $0.changeBackups { $0[0].status?.endWal = nil }
    }
    #expect(try #require(refusal(unnamed)).contains("where it ends"))
    let good = try Stage.facts { $0.silencePrimary() }
    #expect(try #require(refusal(good)).hasPrefix("nobody says how far WAL is archived"))
    #expect(good.obstacles(now: Stage.now)[.drill]?.remedy == "grant the verb list on pods/proxy")
    // Nobody has asked yet: that is no obstacle.
    let early = try Stage.facts { $0.statuses = [:] }
    #expect(early.obstacles(now: Stage.now).isEmpty)
  }

  // MARK: Clocks

  @Test(
    "whose times are wrong, and by how much",
    arguments: [
      (19_795.0, 19_805.0, Double?.some(19_800)), (-18_010, -17_950, -18_000), (-20, 45, nil),
      (nil, -18_000 + 12, -18_000), (700, 720, 700), (60_000, 60_010, 60_000), (-30, 90_000, nil),
      (nil, nil, nil), (3597, nil, 3600),
    ])
  func clockError(least: Double?, most: Double?, error: Double?) {
    #expect(CNPGBackup.error(least: least, most: most) == error)
  }

  /// Told by a node `ahead` seconds ahead; it ended `ago` seconds ago.
  private func backup(_ name: String, ago: Double, ahead: Double) throws -> CNPGBackup {
    var backup: CNPGBackup = try Stage.sample("backup-completed")
    backup.metadata.name = name
    backup.metadata.creationTimestamp = KubernetesTime(Stage.text(ago: ago + 610))
    backup.status?.startedAt = KubernetesTime(Stage.text(ago: ago + 600 - ahead))
    backup.status?.stoppedAt = KubernetesTime(Stage.text(ago: ago - ahead))
    backup.status?.reconciliationStartedAt = KubernetesTime(Stage.text(ago: ago + 605))
    backup.status?.reconciliationTerminatedAt = KubernetesTime(Stage.text(ago: ago - 5))
    return backup
  }

  @Test("ages go by the operator's clock", arguments: [19_800.0, -28_800, 0])
  func zones(ahead: Double) throws {
    let facts = try Stage.pluginFacts {
      $0.backups = Stage.observed(
        [
          try backup("new", ago: 21_600, ahead: ahead),
          try backup("old", ago: 86_000, ahead: ahead),
          try backup("by-hand", ago: 300, ahead: 0),
        ], "Backups")
      var store = $0.objectStores.value?.first
      store?.status?.serverRecoveryWindow?["pg-main"]?.firstRecoverabilityPoint =
        Stage.text(ago: 86_000 - ahead)
      store?.status?.serverRecoveryWindow?["pg-main"]?.lastSuccessfulBackupTime =
        Stage.text(ago: 300)
      $0.objectStores = Stage.observed([store].compactMap { $0 }, "ObjectStores")
    }
    let cluster = Stage.assessed(facts)
    #expect(cluster.report.backups.value?.backups.map(\.id) == ["old", "new", "by-hand"])
    #expect(cluster.report.backups.value?.backups[1].finishedAt == Stage.ago(21_600))
    #expect(cluster.window?.first == Stage.ago(86_000))
    #expect(
      !cluster.findings.contains { $0.id == "clock.disagrees" || $0.id == "window.senseless" })
    let said = finding("clock.backup", facts)
    #expect((said != nil) == (ahead != 0))
    if ahead > 0 { #expect(said?.headline.contains("exactly 5h 30m ahead") == true) }
  }

  @Test func anObjectThatIsYoungerThanItsBackupWasPutBack() throws {
    var backup = try backup("restored", ago: 86_400, ahead: 0)
    backup.metadata.creationTimestamp = KubernetesTime(Stage.text(ago: 60))
    backup.status?.reconciliationStartedAt = nil
    #expect(backup.clockError == nil)
    backup.status?.reconciliationTerminatedAt = nil
    #expect(backup.clockError == nil && backup.stoppedAt == Stage.ago(86_400))
  }

  @Test func oneThatEndsInTheFutureEndedJustNow() throws {
    let facts = try Stage.pluginFacts {
      $0.backups = Stage.observed([try backup("by-hand", ago: 5, ahead: 19_800)], "Backups")
      var store = $0.objectStores.value?.first
      store?.status?.serverRecoveryWindow?["pg-main"]?.firstRecoverabilityPoint = nil
      store?.status?.serverRecoveryWindow?["pg-main"]?.lastSuccessfulBackupTime =
        Stage.text(ago: 5 - 19_800)
      $0.objectStores = Stage.observed([store].compactMap { $0 }, "ObjectStores")
    }
    let cluster = Stage.assessed(facts)
    #expect(ClusterStatus(snapshot: cluster).backups?.lastAgeSeconds == 5)
    #expect(cluster.window?.last.map { $0 <= Stage.now } == true)
  }
}
