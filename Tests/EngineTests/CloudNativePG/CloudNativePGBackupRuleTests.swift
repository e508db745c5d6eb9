import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG backup rules") struct CloudNativePGBackupRuleTests {
  /// The sample's only backup, with an end in a segment that is not archived yet.
  private func notEnded(minutesAgo: Double) throws -> CloudNativePGFacts {
    try Stage.facts {
      try $0.changeBackups {
        $0[0].status?.beginWal = WALFileName("00000002000000000000000A")
        $0[0].status?.endWal = WALFileName("00000002000000000000000A")
        $0[0].status?.stoppedAt = KubernetesTime(Stage.text(ago: minutesAgo * 60))
        $0[0].status?.reconciliationTerminatedAt = KubernetesTime(Stage.text(ago: minutesAgo * 60))
      }
    }
  }

  @Test("completed without its end WAL")
  func endWAL() throws {
    let facts = try notEnded(minutesAgo: 2)
    let finding = try #require(Stage.finding("cnpg.backup.end-wal", facts))
    #expect(finding.ceiling == .notRecoverable && finding.severity == .critical)
    #expect(finding.evidence.map(\.what).contains("last archived 000000020000000000000009"))
    #expect(Stage.assessed(facts).verdict == .notRecoverable)
    #expect(Stage.finding("cnpg.backup.end-wal", try Stage.facts()) == nil)
    var silent = facts
    silent.silencePrimary()
    #expect(Stage.finding("cnpg.backup.end-wal", silent) == nil)
    var unnamed = facts
    try unnamed.changeBackups { $0[0].status?.endWal = nil }
    #expect(Stage.finding("cnpg.backup.end-wal", unnamed)?.ceiling == .likely)
  }

  @Test("a snapshot of a server that ran needs its end WAL too", arguments: [true, false, nil])
  func endWALOfASnapshot(online: Bool?) throws {
    var facts = try notEnded(minutesAgo: 20)
    try facts.changeBackups {
      $0[0].status?.method = "volumeSnapshot"
      $0[0].status?.online = online
      $0[0].status?.snapshotBackupStatus = .init(
        elements: [.init(name: "s", type: "PG_DATA"), .init(name: "w", type: "PG_WAL")])
    }
    #expect((Stage.finding("cnpg.backup.end-wal", facts) != nil) == (online == true))
    try facts.changeBackups { $0[0].status?.endWal = nil }
    #expect(Stage.finding("cnpg.backup.end-wal", facts) == nil)
  }

  @Test("with an older backup at hand it may wait, but not for long")
  func endWALBesideAnOlder() throws {
    let older: CNPGBackup = try Stage.sample("backup-completed")
    for (minutes, ceiling) in [(2.0, Verdict.likely), (30, .atRisk)] {
      var facts = try notEnded(minutesAgo: minutes)
      try facts.changeBackups {
        $0[0].metadata.name = "later"
        $0.append(older)
      }
      #expect(Stage.finding("cnpg.backup.end-wal", facts)?.ceiling == ceiling)
    }
  }

  @Test("the backup's own file went out last: it was waited for")
  func ownFile() throws {
    var facts = try notEnded(minutesAgo: 2)
    try facts.changeBackups { $0[0].status?.endWal = WALFileName("00000002000000000000000B") }
    facts.changePrimary { $0.lastArchivedWAL = "00000002000000000000000A.00000028.backup" }
    #expect(facts.lastArchived?.number == 10)
    #expect(Stage.finding("cnpg.backup.end-wal", facts) == nil)
  }

  @Test("a failed backup counted as the last good one")
  func failedCounted() throws {
    let failed: CNPGBackup = try Stage.sample("backup-failed")
    let claimed = "2026-08-21T10:00:19Z"
    let inTree = try Stage.facts {
      try $0.changeBackups { $0.append(failed) }
      $0.cluster.status?.lastSuccessfulBackup = claimed
    }
    let plugin = try Stage.pluginFacts { facts in
      try facts.changeBackups { $0.append(failed) }
      var stores = facts.objectStores.value ?? []
      stores[0].status?.serverRecoveryWindow?["pg-main"]?.lastSuccessfulBackupTime = claimed
      facts.objectStores = Stage.observed(stores, "ObjectStores")
    }
    for facts in [inTree, plugin] {
      let finding = try #require(Stage.finding("cnpg.backup.failed-counted", facts))
      #expect(finding.headline.contains("pg-main-manual-1 as the last good one"))
      #expect(
        CloudNativePGReport.catalog(facts).lastGood?.id
          == "pg-main-nightly-20260821030000")
    }
    let honest = try Stage.facts { try $0.changeBackups { $0.append(failed) } }
    #expect(Stage.finding("cnpg.backup.failed-counted", honest) == nil)
    var unknown = inTree
    unknown.backups = Stage.refused("backups")
    #expect(Stage.finding("cnpg.backup.failed-counted", unknown) == nil)
  }

  @Test("False means running, or failed: the reason tells")
  func condition() throws {
    let running = try Stage.facts {
      $0.setCondition("LastBackupSucceeded", "False", reason: "BackupStarted")
    }
    let finding = try #require(Stage.finding("cnpg.backup.condition", running))
    #expect(finding.severity == .info && finding.ceiling == .proven)
    let failed = try Stage.facts {
      $0.setCondition(
        "LastBackupSucceeded", "False", reason: "LastBackupFailed", message: "exit status 4")
    }
    #expect(Stage.finding("cnpg.backup.condition", failed)?.ceiling == .atRisk)
    let unknown = try Stage.facts { $0.cluster.status?.conditions = nil }
    #expect(Stage.finding("cnpg.backup.condition", unknown) == nil)
  }

  @Test("of Backups that were put back in one moment the newest is that which began last")
  func newestFailedOfOneMoment() throws {
    let earlier = try Stage.backup("a-good", phase: "completed", created: 60)
    var later = try Stage.backup("b-failed", phase: "failed", created: 60)
    later.status?.reconciliationStartedAt = KubernetesTime(Stage.text(ago: 30))
    var good = earlier
    good.status?.startedAt = KubernetesTime(Stage.text(ago: 3600))
    for order in [[good, later], [later, good]] {
      let facts = try Stage.facts { facts in try facts.changeBackups { $0 = order } }
      #expect(facts.newestFailed?.name == "b-failed")
    }
  }

  @Test("walArchivingFailing blocks all later ones")
  func blocked() throws {
    let facts = try Stage.facts {
      try $0.changeBackups {
        $0.append(try Stage.backup("later", phase: "pending", created: 600))
        $0.append(try Stage.backup("stuck", phase: "walArchivingFailing", created: 7200))
      }
    }
    let finding = try #require(Stage.finding("cnpg.backup.blocked", facts))
    #expect(finding.headline.contains("stuck"))
    #expect(finding.headline.contains("since 2h 00m and blocks 1 behind it"))
    #expect(finding.remedy.contains("kubectl -n prod delete backup stuck"))
    #expect(finding.ceiling == .atRisk)
    #expect(CloudNativePGReport.catalog(facts).backups.count == 1)
    var unknown = facts
    unknown.backups = Stage.refused("backups")
    #expect(Stage.finding("cnpg.backup.blocked", unknown) == nil)
  }

  @Test(
    "what blocks and what merely waits",
    arguments: [
      ("pending", 7200.0, nil, true), ("pending", 600, nil, false),
      ("invalid backup definition", 60, nil, true), ("started", 600, "pg-main-2", false),
      ("started", 600, "pg-main-9", true), ("running", 30_000, "pg-main-2", true),
      ("failed", 90_000, nil, false), ("", 60, nil, false),
    ] as [(String, Double, String?, Bool)])
  func blocking(phase: String, age: Double, pod: String?, blocks: Bool) throws {
    let facts = try Stage.facts {
      try $0.changeBackups {
        $0.append(try Stage.backup("b", phase: phase, created: age, pod: pod))
      }
    }
    #expect((Stage.finding("cnpg.backup.blocked", facts) != nil) == blocks)
  }

  /// What is found stuck can be cleared, and the other way round: both ask the queue.
  @Test(
    "the finding, the key and the clearing agree",
    arguments: [
      ("pending", 7200.0, true), ("pending", 600, false), ("", 600, true), ("", 60, false),
      ("walArchivingFailing", 60, true), ("running", 30_000, true), ("odd", 30_000, true),
    ])
  func oneCondition(phase: String, age: Double, blocks: Bool) throws {
    let facts = try Stage.facts {
      try $0.changeBackups {
        $0.append(try Stage.backup("b", phase: phase, created: age, pod: nil))
      }
    }
    let stuck = facts.queue.stuck(pods: facts.podNames, now: Stage.now)
    #expect((stuck?.backup.name == "b") == blocks)
    let finding = Stage.finding("cnpg.backup.blocked", facts)
    #expect((finding != nil) == blocks)
    if let stuck { #expect(finding?.headline.contains(stuck.why.predicate) == true) }
    let blocking = BlockedBackupRule.blocking(facts, now: Stage.now)
    // Nobody who takes backups comes: to delete one helps none of the others.
    #expect((blocking?.name == "b") == (blocks && stuck?.why.isClearedByDeletion == true))
    if let stuck, !stuck.why.isClearedByDeletion {
      #expect(finding?.remedy.contains("kubectl -n prod delete") == false)
    }
  }

  @Test func aQueueIsExplained() throws {
    let facts = try Stage.facts {
      try $0.changeBackups {
        $0.append(try Stage.backup("one", phase: "running", created: 7200, pod: "pg-main-2"))
        $0.append(try Stage.backup("two", phase: "pending", created: 3600))
      }
    }
    let queue = Stage.finding("cnpg.backup.queue", facts)
    #expect(queue?.headline.hasPrefix("Backup two waits since 1h 00m for one (running") == true)
    #expect(queue?.severity == .info)
    #expect(Stage.finding("cnpg.backup.blocked", facts) == nil)
  }
}
