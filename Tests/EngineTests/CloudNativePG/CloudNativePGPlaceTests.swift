import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

/// Where base backups and WAL go, told by more than their parameters.
@Suite("CloudNativePG places") struct CloudNativePGPlaceTests {
  private func finding(_ id: String, _ facts: CloudNativePGFacts) -> Finding? {
    Stage.assessed(facts).findings.first { $0.id == id }
  }

  @Test func theServersNameWasChangedSince() throws {
    func facts(
      _ parameters: [String: String], others: Set<String> = [], clusters: Set<String>? = ["pg-main"]
    ) throws -> CloudNativePGFacts {
      try Stage.pluginFacts {
        $0.cluster.spec.plugins?[0].parameters = parameters
        $0.namespaceClusters = clusters.map { $0.union(others) }
      }
    }
    let store = "minio-store"
    #expect(finding("backup.apart", try facts(["barmanObjectName": store])) == nil)
    let moved = try facts(["barmanObjectName": store, "serverName": "v2"])
    #expect(
      finding("backup.apart", moved)?.headline.contains("WAL goes to s3://backups/v2") == true)
    #expect(Stage.assessed(moved).verdict == .atRisk)
    // Where another cluster has that name, it is that one's; where nobody knows the clusters, nothing is said.
    let unknown = try facts(["barmanObjectName": store, "serverName": "v2"], clusters: nil)
    #expect(finding("backup.apart", unknown) == nil)
  }

  @Test(
    "base and WAL by two archivers", arguments: ["klio.cnpg.io", CNPGCluster.barmanCloudPlugin])
  func twoArchivers(archiver: String) throws {
    let facts = try Stage.pluginFacts {
      $0.cluster.spec.plugins?[0].isWALArchiver = false
      $0.cluster.spec.plugins?.append(
        CNPGCluster.Plugin(name: archiver, isWALArchiver: true, parameters: [:]))
    }
    let isApart = archiver == "klio.cnpg.io"
    #expect(facts.walPlace == (isApart ? "plugin klio.cnpg.io" : nil) || !isApart)
    #expect((finding("backup.apart", facts) != nil) == isApart)
    var both = facts
    try both.changeBackups { $0[0].spec.pluginConfiguration = .init(name: archiver) }
    #expect(finding("backup.apart", both) == nil)
    let inTree = try Stage.pluginFacts {
      $0.cluster.spec.plugins?[0].isWALArchiver = nil
      $0.cluster.spec.backup = try Stage.decode(
        #"{"barmanObjectStore":{"destinationPath":"s3://hot/"}}"#)
    }
    #expect(
      finding("backup.apart", inTree)?.headline.contains("WAL goes to s3://hot/pg-main") == true)
  }

  @Test(
    "one store by two names, or two",
    arguments: [
      ("http://minio:9000/", false), ("https://s3.example.org", true), (String?.none, true),
    ])
  func endpoint(url: String?, isSaid: Bool) throws {
    let facts = try Stage.facts {
      $0.cluster.spec.backup?.barmanObjectStore?.endpointURL = url
    }
    #expect((finding("cnpg.backup.endpoint", facts)?.ceiling == .unknown) == isSaid)
    var unsaid = facts
    try unsaid.changeBackups { $0[0].status?.endpointURL = nil }
    #expect(finding("cnpg.backup.endpoint", unsaid) == nil)
  }

  @Test(
    "the plugin counts nothing in its store, though backups completed", arguments: [600.0, 10_000])
  func emptyWindow(age: Double) throws {
    let facts = try Stage.pluginFacts {
      try $0.changeBackups {
        for key in [\CNPGBackup.Status.stoppedAt, \.reconciliationTerminatedAt] {
          $0[0].status?[keyPath: key] = KubernetesTime(Stage.text(ago: age))
        }
      }
      var store = $0.objectStores.value?.first
      store?.status = nil
      $0.objectStores = Stage.observed([store].compactMap { $0 }, "ObjectStores")
    }
    #expect(finding("cnpg.window.empty", facts)?.ceiling == (age > 7200 ? .unknown : .likely))
  }

  @Test(
    "what became of a backup's snapshots",
    arguments: [
      (["s": true, "w": true], Verdict.likely), (["s": true, "w": false], .atRisk),
      (["s": true], .atRisk), (["w": true], .notRecoverable), ([:], .notRecoverable),
    ] as [([String: Bool], Verdict)])
  func snapshots(states: [String: Bool], verdict: Verdict) throws {
    func facts(listed: Date) throws -> CloudNativePGFacts {
      try Stage.facts {
        try $0.changeBackups {
          $0[0].status?.method = "volumeSnapshot"
          $0[0].status?.snapshotBackupStatus = .init(
            elements: [.init(name: "s", type: "PG_DATA"), .init(name: "w", type: "PG_WAL")])
        }
        $0.snapshots = .value(
          states.mapValues { VolumeSnapshot.Status(readyToUse: $0) }, source: "VolumeSnapshots",
          at: listed)
      }
    }
    #expect(Stage.assessed(try facts(listed: Stage.now)).verdict == verdict)
    // Listed before they could be there.
    let before = try facts(listed: Stage.date("2026-08-21T03:00:30Z"))
    #expect(Stage.assessed(before).verdict == .likely)
  }

  @Test("no Backup object tells of the snapshots any more", arguments: ["backup", "none", nil])
  func unlistedSnapshots(owner: String?) throws {
    let facts = try Stage.facts {
      $0.cluster.spec.backup?.volumeSnapshot = CNPGCluster.VolumeSnapshot(
        snapshotOwnerReference: owner)
      $0.cluster.status?.lastSuccessfulBackupByMethod = ["volumeSnapshot": Stage.text(ago: 9000)]
      $0.cluster.status?.lastSuccessfulBackup = Stage.text(ago: 9000)
      $0.backups = Stage.observed([], "Backups")
    }
    #expect(finding("backup.lacking", facts) != nil)
    #expect(Stage.assessed(facts).verdict == (owner == "backup" ? .notRecoverable : .atRisk))
    var inStore = facts
    inStore.cluster.status?.lastSuccessfulBackupByMethod = [
      "barmanObjectStore": Stage.text(ago: 9000)
    ]
    #expect(finding("backup.lacking", inStore) == nil)
  }
}
