import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

extension CloudNativePGFacts {
  fileprivate mutating func changeStore(_ change: (inout BarmanObjectStore) -> Void) {
    var stores = objectStores.value ?? []
    change(&stores[0])
    objectStores = Stage.observed(stores, "ObjectStores")
  }
}

@Suite("CloudNativePG store rules") struct CloudNativePGStoreRuleTests {
  @Test func anObjectStoreThatIsNotThere() throws {
    let facts = try Stage.pluginFacts { $0.objectStores = Stage.observed([], "ObjectStores") }
    #expect(Stage.finding("cnpg.object-store.missing", facts)?.ceiling == .atRisk)
    let unknown = try Stage.pluginFacts { $0.objectStores = Stage.refused("objectstores") }
    #expect(Stage.finding("cnpg.object-store.missing", unknown) == nil)
    #expect(Stage.finding("cnpg.window", unknown) == nil)
    #expect(Stage.finding("cnpg.object-store.missing", try Stage.facts()) == nil)
  }

  @Test("a cluster that was recovered under its old name archives elsewhere than its backups lie")
  func backupsOfAnotherPlace() throws {
    let facts = try Stage.facts {
      $0.cluster.spec.backup?.barmanObjectStore?.serverName = "pg-main-2"
    }
    func apart(_ facts: CloudNativePGFacts) -> Finding? {
      Stage.assessed(facts).findings.first { $0.id == "backup.apart" }
    }
    let finding = try #require(apart(facts))
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(finding.headline.contains("/pg-main-2"))
    let moved = try Stage.facts {
      $0.cluster.spec.backup?.barmanObjectStore?.destinationPath = "s3://elsewhere/"
    }
    #expect(apart(moved) != nil)
    let slash = try Stage.facts {
      let path = $0.cluster.spec.backup?.barmanObjectStore?.destinationPath ?? ""
      $0.cluster.spec.backup?.barmanObjectStore?.destinationPath = path + "/"
    }
    #expect(apart(slash) == nil)
    let spelled = try Stage.facts {
      let path = $0.cluster.spec.backup?.barmanObjectStore?.destinationPath ?? ""
      $0.cluster.spec.backup?.barmanObjectStore?.destinationPath =
        path.replacing("s3://", with: "S3://") + "//"
      $0.cluster.spec.backup?.barmanObjectStore?.serverName = ""
    }
    #expect(apart(spelled) == nil)
    #expect(apart(try Stage.facts()) == nil)
    #expect(apart(try Stage.pluginFacts()) == nil)
  }

  @Test("clusters that archive into one directory are told of each other")
  func sharedArchive() throws {
    let one = try Stage.facts().cluster
    var two = one
    two.metadata.name = "pg-two"
    #expect(ArchivePlaces.sharers([one, two], store: { _ in nil }) == [:])
    two.spec.backup?.barmanObjectStore?.serverName = "pg-main"
    two.spec.backup?.barmanObjectStore?.destinationPath = "S3://Backups//"
    var three = try Stage.pluginFacts().cluster
    three.metadata.name = "pg-three"
    three.spec.plugins?[0].parameters?["serverName"] = "pg-main"
    let store = try Stage.pluginFacts().objectStores.value?.first
    let found = ArchivePlaces.sharers([one, two, three], store: { _ in store })
    #expect(found[one.key] == [three.key, two.key] && found[three.key] == [one.key, two.key])
    #expect(ArchivePlaces.sharers([one, three], store: { _ in nil }) == [:])

    let facts = try Stage.facts { $0.archiveSharers = [two.key] }
    let finding = try #require(Stage.finding("cnpg.archive.shared", facts))
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(finding.headline.contains("pg-two"))
    #expect(Stage.finding("cnpg.archive.shared", try Stage.facts()) == nil)
  }

  @Test("no first recoverability point, though backups completed")
  func emptyWindow() throws {
    let plugin = try Stage.pluginFacts { $0.changeStore { $0.status = nil } }
    let finding = try #require(Stage.finding("cnpg.window.empty", plugin))
    #expect(finding.headline.contains("ObjectStore minio-store for server pg-main"))
    let wrongName = try Stage.pluginFacts {
      $0.cluster.spec.plugins?[0].parameters?["serverName"] = "pg-old"
    }
    #expect(Stage.finding("cnpg.window.empty", wrongName) != nil)
    var unknown = plugin
    unknown.backups = Stage.refused("backups")
    #expect(Stage.finding("cnpg.window.empty", unknown) == nil)
  }

  @Test func aStaleWindow() throws {
    let facts = try Stage.pluginFacts {
      $0.changeStore {
        $0.status?.serverRecoveryWindow?["pg-main"]?.lastSuccessfulBackupTime =
          "2026-08-18T03:00:09Z"
      }
    }
    #expect(Stage.finding("cnpg.window.stale", facts)?.ceiling == .likely)
    #expect(Stage.finding("cnpg.window.stale", try Stage.pluginFacts()) == nil)
  }

  @Test("retention that is not enforced")
  func retention() throws {
    let old = "2026-06-01T03:00:00Z"
    let plugin = try Stage.pluginFacts {
      $0.changeStore { $0.status?.serverRecoveryWindow?["pg-main"]?.firstRecoverabilityPoint = old }
    }
    let inTree = try Stage.facts {
      $0.cluster.status?.firstRecoverabilityPointByMethod = ["barmanObjectStore": old]
    }
    for facts in [plugin, inTree] {
      let finding = try #require(Stage.finding("cnpg.retention.unenforced", facts))
      #expect(finding.headline.contains("30d is not enforced: backups are kept since 81d"))
    }
    let unknown = try Stage.facts {
      $0.cluster.status?.firstRecoverabilityPoint = nil
      $0.cluster.status?.firstRecoverabilityPointByMethod = nil
    }
    #expect(Stage.finding("cnpg.retention.unenforced", unknown) == nil)
  }

  @Test("the newest backup is never deleted, however old")
  func retentionWithoutLaterBackups() throws {
    let facts = try Stage.facts {
      $0.cluster.status?.firstRecoverabilityPoint = "2026-06-01T03:00:00Z"
      $0.cluster.status?.firstRecoverabilityPointByMethod = nil
      $0.cluster.status?.lastSuccessfulBackup = "2026-06-01T03:00:00Z"
      try $0.changeBackups { $0[0].status?.stoppedAt = KubernetesTime("2026-06-01T03:00:00Z") }
    }
    #expect(Stage.finding("cnpg.retention.unenforced", facts) == nil)
  }

  @Test func noRetention() throws {
    let facts = try Stage.facts { $0.cluster.spec.backup?.retentionPolicy = nil }
    #expect(Stage.finding("cnpg.retention.unset", facts)?.severity == .info)
    #expect(CloudNativePGReport.retention(facts).value?.period == nil)
    let unknown = try Stage.pluginFacts { $0.objectStores = Stage.refused("objectstores") }
    #expect(Stage.finding("cnpg.retention.unset", unknown) == nil)
    #expect(CloudNativePGReport.retention(unknown).failure != nil)
  }

  @Test(
    "in-tree configuration and the installed operator",
    arguments: [
      ("1.25.3", nil), ("1.26.0", Severity.info), ("v1.30.1", .info), ("1.31.0", .critical),
      ("2.0.0", .critical), (nil, .info),
    ] as [(String?, Severity?)])
  func inTree(version: String?, severity: Severity?) throws {
    let facts = try Stage.facts {
      $0.operatorVersion = version
      if version == nil { $0.silencePrimary() }
    }
    #expect(Stage.finding("cnpg.in-tree", facts)?.severity == severity)
    let plugin = try Stage.pluginFacts { $0.operatorVersion = version }
    #expect(Stage.finding("cnpg.in-tree", plugin) == nil)
  }

  @Test(
    "encryption as configured",
    arguments: [
      (nil, nil, RepositoryEncryption.none, nil), ("AES256", "AES256", .serverSide, nil),
      ("aws:kms", "aws:kms", .serverSide, Severity.info), ("AES256", nil, nil, .warning),
      (nil, "AES256", nil, .warning),
    ] as [(String?, String?, RepositoryEncryption?, Severity?)])
  func encryption(
    wal: String?, data: String?, catalog: RepositoryEncryption?, severity: Severity?
  ) throws {
    let facts = try Stage.facts {
      $0.cluster.spec.backup?.barmanObjectStore?.wal?.encryption = wal
      $0.cluster.spec.backup?.barmanObjectStore?.data?.encryption = data
    }
    #expect(CloudNativePGReport.catalog(facts).encryption == catalog)
    #expect(Stage.finding("cnpg.encryption", facts)?.severity == severity)
    let unknown = try Stage.pluginFacts { $0.objectStores = Stage.refused("objectstores") }
    #expect(Stage.finding("cnpg.encryption", unknown) == nil)
    #expect(CloudNativePGReport.catalog(unknown).encryption == nil)
  }

  @Test(
    "certificates that expire",
    arguments: [
      (40.0, false, nil), (6.5, false, nil), (5, false, Severity.warning),
      (-1, false, .critical), (20, true, .info), (5, true, .warning), (40, true, nil),
    ] as [(Double, Bool, Severity?)])
  func certificates(days: Double, provided: Bool, severity: Severity?) throws {
    let end = Stage.text(ago: -days * 86_400)
    let facts = try Stage.facts {
      let go = end.replacing("T", with: " ").replacing("Z", with: " +0000 UTC")
      $0.cluster.status?.certificates = CNPGCluster.CertificateStatus(
        expirations: ["pg-main-server": go])
      if provided {
        $0.cluster.spec.certificates = CNPGCluster.Certificates(serverTLSSecret: "pg-main-server")
      }
    }
    #expect(CertificateRule.date("2026-11-20 10:00:00 +0000 UTC") != nil)
    #expect(Stage.finding("cnpg.certificate", facts)?.severity == severity)
    #expect(Stage.finding("cnpg.certificate", try Stage.facts()) == nil)
  }

  @Test(
    "volumes that fill",
    arguments: [
      (0.5, nil, nil), (0.85, nil, Severity.warning), (0.93, nil, .critical),
      (0.5, 12.0, .warning), (0.5, 2, .critical), (0.5, 100, nil),
    ] as [(Double, Double?, Severity?)])
  func filling(share: Double, hours: Double?, severity: Severity?) throws {
    let capacity = Double(20 << 30)
    let growth = hours.map { capacity * (1 - share) / $0 / 3600 }
    let facts = try Stage.facts {
      $0.volumes["pg-main-1"] = VolumeFill(
        usedBytes: Int64(capacity * share),
        growth: growth.map { VolumeGrowth(bytesPerSecond: $0, seconds: 400_000) })
    }
    #expect(Stage.finding("cnpg.volume.filling", facts)?.severity == severity)
    #expect(Stage.finding("cnpg.volume.filling", try Stage.facts()) == nil)
  }

  @Test func oversized() throws {
    let facts = try Stage.facts { facts in
      facts.databaseBytes = 1 << 30
      facts.claims = Stage.observed([try Stage.claim("pg-main-1", "100Gi")], "claims")
    }
    #expect(
      Stage.finding("cnpg.volume.oversized", facts)?.headline
        == "The volume of 100 GiB holds 1 GiB of data")
    var fitting = facts
    fitting.databaseBytes = 30 << 30
    #expect(Stage.finding("cnpg.volume.oversized", fitting) == nil)
    var unknown = facts
    unknown.databaseBytes = nil
    #expect(Stage.finding("cnpg.volume.oversized", unknown) == nil)
  }

  @Test(
    "a store within Kubernetes is told, one outside is not",
    arguments: [
      ("http://minio:9000", true), ("http://minio.storage.svc:9000", true),
      ("https://minio.storage.svc.cluster.local", true), ("https://fsn1.example.com", false),
      ("http://10.0.0.4:9000", false), ("http://localhost:9000", false), (nil, false),
    ])
  func storeInside(endpoint: String?, isInside: Bool) throws {
    let facts = try Stage.facts {
      $0.cluster.spec.backup?.barmanObjectStore?.endpointURL = endpoint
    }
    let finding = Stage.finding("cnpg.store-inside", facts)
    #expect((finding != nil) == isInside)
    #expect(finding.map { $0.severity == .info && $0.ceiling == .proven } ?? true)
  }

  @Test(
    "encryption that is asked for and is not there",
    arguments: [
      ("AES256", "none", true), ("aws:kms", "AES256", true), ("AES256", "AES256", false),
      (nil, "none", false), (nil, "AES256", false), ("AES256", nil, false),
    ] as [(String?, String?, Bool)])
  func storedEncryption(asked: String?, found: String?, isTold: Bool) throws {
    let facts = try Stage.facts { facts in
      facts.cluster.spec.backup?.barmanObjectStore?.data?.encryption = asked
      var server = StoredServer(name: "pg-main", path: "s3://backups/pg-main")
      if let found { server.encryption = Stage.observed(found, "base/x/data.tar") }
      server.walEncryption = Stage.observed("none", "wals/x")
      facts.stored = Stage.observed(server, server.path)
    }
    let finding = Stage.finding("cnpg.encryption-missing:data.encryption", facts)
    #expect((finding != nil) == isTold)
    #expect(finding?.headline.contains("the newest base backup in the store") ?? true)
    #expect(Stage.finding("cnpg.encryption-missing:wal.encryption", facts) == nil)
    #expect(try Stage.finding("cnpg.encryption-missing:data.encryption", Stage.facts()) == nil)
  }
}
