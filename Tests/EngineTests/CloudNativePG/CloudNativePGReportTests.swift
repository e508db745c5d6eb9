import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG report") struct CloudNativePGReportTests {
  @Test func instances() throws {
    let report = CloudNativePGReport.make(facts: try Stage.facts(), now: Stage.now)
    let instances = try #require(report.instances?.value)
    #expect(instances.map(\.name) == ["pg-main-1", "pg-main-2", "pg-main-3"])
    #expect(instances.map(\.role) == [.primary, .standby, .standby])
    #expect(instances.allSatisfy { $0.state == .running && $0.timeline == 2 })
    #expect(instances[1].lag?.replay == Lag(bytes: 0, seconds: 0))
    #expect(instances[1].syncState == "async")
    #expect(instances[1].slot?.name == "_cnpg_pg_main_2")
    #expect(instances[2].lag == nil)
    #expect(instances[0].systemIdentifier == "7391234567890123456")
  }

  @Test("a status that may not be read withholds figures, not the instance")
  func withoutStatus() throws {
    let facts = try Stage.facts { $0.silencePrimary() }
    let report = CloudNativePGReport.make(facts: facts, now: Stage.now)
    let primary = try #require(report.instances?.value?.first)
    #expect(primary.state == .running && primary.role == .primary)
    #expect(primary.withheld.first?.remedy == "grant the verb list on pods/proxy")
    #expect(report.archive?.failure?.reason == "not allowed to list pods/proxy")
    #expect(Stage.assessed(facts).verdict == .unknown)
  }

  @Test func instancesThatAreNotThere() throws {
    let facts = try Stage.facts { facts in
      facts.pods = Stage.observed(
        [try Stage.pod("pg-main-1"), try Stage.pod("pg-main-2", ready: false)], "pods")
      facts.statuses["pg-main-2"] = Stage.refused("/pg/status")
      facts.statuses["pg-main-3"] = nil
    }
    let instances = InstanceList(facts: facts).instances
    #expect(instances[1].state == .unreachable(reason: "the pod is not ready"))
    #expect(instances[2].state == .unreachable(reason: "it has no pod"))
    #expect(instances[1].promotion?.hasPrefix("kubectl cnpg promote pg-main pg-main-2 -n ") == true)
    let blind = try Stage.facts {
      $0.pods = Stage.refused("pods")
      $0.statuses = [:]
      $0.cluster.status?.instancesStatus = ["healthy": ["pg-main-1"]]
    }
    #expect(InstanceList(facts: blind).instances.map(\.state.word).sorted().first == "running")
  }

  @Test("who streams from the primary is on its timeline, whatever its own control file still says")
  func timelineOfAStandby() throws {
    let timelines = { (state: String) in
      let facts = try Stage.facts { facts in
        let senders: [InstanceManagerStatus.Replication] = try Stage.decode(
          #"[{"applicationName":"pg-main-2","state":"\#(state)"}]"#)
        facts.changePrimary { primary in
          primary.timeline = 5
          primary.replication = senders
        }
      }
      return InstanceList(facts: facts).instances.map(\.timeline)
    }
    #expect(try timelines("streaming")[1] == 5)
    #expect(try timelines("catchup")[1] != 5)
  }

  @Test(
    "intervals as PostgreSQL prints them",
    arguments: [("00:00:01.5", 1.5), ("01:02:03", 3723), ("2 days 00:00:01", 172_801), ("x", nil)]
      as [(String, Double?)])
  func intervals(text: String, seconds: Double?) {
    #expect(InstanceList.seconds(text) == seconds)
  }

  @Test func archive() throws {
    let report = CloudNativePGReport.make(facts: try Stage.facts(), now: Stage.now)
    let archive = try #require(report.archive?.value)
    #expect(archive.enabled && !archive.failing)
    #expect(archive.lastArchivedSegment == WALSegment(timeline: 2, number: 9))
    #expect(archive.waitingSegments == 0)
    #expect(archive.unarchivedBytes == 0x140)
    #expect(archive.archiveTimeout == 300)
    #expect(report.archive?.source == "/pg/status of pg-main-1")
    let behind = try Stage.facts {
      $0.changePrimary {
        $0.readyWALFiles = 1
        $0.lastFailedAt = Stage.ago(10)
        $0.currentLSN = LSN(0xB00_0140)
        $0.currentWAL = "00000002000000000000000B"
      }
      $0.cluster.spec.postgresql = CNPGCluster.PostgreSQL(parameters: ["archive_timeout": "2min"])
    }
    let late = try #require(CloudNativePGReport.archive(behind).value)
    #expect(late.failing && late.unarchivedBytes == 0x100_0140 && late.archiveTimeout == 120)
  }

  @Test("the segment size is the one that name and position agree on")
  func segmentSize() throws {
    let facts = try Stage.facts {
      $0.changePrimary {
        $0.currentLSN = LSN(text: "1/A000140")
        $0.currentWAL = "000000020000000100000002"
        $0.lastArchivedWAL = "000000020000000100000001"
      }
    }
    #expect(facts.segmentBytes == 64 << 20)
    #expect(facts.lastArchived?.number == 65)
  }

  @Test("archiving that nobody configured is off, and says why")
  func archiveOff() throws {
    let facts = try Stage.facts { $0.cluster.spec.backup?.barmanObjectStore = nil }
    let finding = try #require(Stage.assessed(facts).findings.first { $0.id == "archive.off" })
    #expect(finding.evidence[0].what.contains("isWALArchiver"))
    #expect(finding.remedy.contains("ObjectStore"))
  }

  @Test func catalog() throws {
    let failed: CNPGBackup = try Stage.sample("backup-failed")
    let facts = try Stage.facts {
      try $0.changeBackups {
        $0.append(failed)
        $0.append(try Stage.backup("now", phase: "started", created: 30, pod: "pg-main-2"))
        var foreign = $0[0]
        foreign.metadata.name = "foreign"
        foreign.spec.cluster = LocalReference(name: "other")
        $0.append(foreign)
      }
    }
    let catalog = CloudNativePGReport.catalog(facts)
    #expect(catalog.backups.map(\.id) == ["pg-main-nightly-20260821030000", "pg-main-manual-1"])
    let good = try #require(catalog.lastGood)
    #expect(good.finishedAt == Stage.date("2026-08-21T03:00:09Z"))
    #expect(good.startSegment == WALSegment(timeline: 1, number: 8))
    #expect(good.stopLSN == LSN(text: "0/8000158"))
    #expect(good.kind == .full && good.method == "barmanObjectStore")
    #expect(catalog.backups[1].finishedAt == nil)
    #expect(catalog.backups[1].error?.contains("exit status 4") == true)
    #expect(catalog.running?.startedAt == Stage.ago(30))
  }

  @Test("the gap: WAL flows, no base backup")
  func gap() throws {
    let facts = try Stage.facts {
      try $0.changeBackups { $0 = [] }
      $0.cluster.status?.lastSuccessfulBackup = nil
      $0.cluster.status?.lastSuccessfulBackupByMethod = nil
      $0.cluster.status?.firstRecoverabilityPoint = nil
      $0.cluster.status?.firstRecoverabilityPointByMethod = nil
    }
    let cluster = Stage.assessed(facts)
    #expect(cluster.verdict == .notRecoverable)
    #expect(cluster.findings.first?.id == "backup.gap")
    #expect(Stage.assessed(try Stage.facts()).findings.contains { $0.id == "backup.gap" } == false)
    var unknown = facts
    unknown.backups = Stage.refused("backups")
    #expect(Stage.assessed(unknown).verdict == .unknown)
  }

  @Test("a base backup that only the store's status tells of is no gap")
  func unlisted() throws {
    let facts = try Stage.pluginFacts { try $0.changeBackups { $0 = [] } }
    #expect(CloudNativePGReport.catalog(facts).lastGood?.id == "unlisted")
  }

  @Test("the window is a claim until somebody looks")
  func claimedWindow() throws {
    for facts in [try Stage.facts(), try Stage.pluginFacts()] {
      let cluster = Stage.assessed(facts)
      let window = try #require(cluster.window)
      #expect(window.basis == .claimed)
      #expect(window.first == Stage.date("2026-07-22T03:00:09Z"))
      #expect(window.last == Stage.date("2026-08-21T10:05:00.123456Z"))
      #expect(cluster.verdict == .likely, "\(cluster.findings.map(\.id))")
      #expect(!cluster.findings.contains { $0.id == "part.pending" })
    }
    let plugin = CloudNativePGReport.claimedWindow(try Stage.pluginFacts())
    #expect(plugin.source == "ObjectStore minio-store, server pg-main")
  }

  @Test func retentionAndStorage() throws {
    let report = CloudNativePGReport.make(facts: try Stage.facts(), now: Stage.now)
    #expect(report.retention?.value?.period == 2_592_000)
    #expect(CloudNativePGReport.retentionSeconds("2w") == 1_209_600)
    #expect(CloudNativePGReport.retentionSeconds("1m") == 2_678_400)
    #expect(CloudNativePGReport.retentionSeconds("d") == nil)
    let volumes = try #require(report.storage?.value?.volumes)
    #expect(volumes.count == 6)
    #expect(volumes[1].content == .wal && volumes[1].capacityBytes == 5 << 30)
    let refused = try Stage.facts { $0.claims = Stage.refused("persistentvolumeclaims") }
    #expect(CloudNativePGReport.storage(refused).failure != nil)
  }

  @Test("every finding has evidence and a remedy, and its text is clean")
  func texts() throws {
    let facts = try Stage.facts { facts in
      facts.cluster.status?.phase = "Failing over"
      facts.cluster.status?.phaseReason = "\u{1B}[31mred"
      facts.operatorVersion = "1.31.0\u{202E}"
      facts.cluster.spec.backup?.retentionPolicy = nil
      facts.setCondition(
        "ContinuousArchiving", "False", reason: "x", message: "\u{1B}]0;title\u{7}")
      try facts.changeBackups {
        $0.append(try Stage.backup("b", phase: "walArchivingFailing", created: 90_000))
        $0[1].status?.error = "a\u{8}\u{1B}[0m"
      }
      try facts.changeSchedules { $0[0].spec.schedule = "0 \u{1B}[2J * * *" }
    }
    let findings = CloudNativePGRules.findings(facts: facts, now: Stage.now).map(\.finding)
    #expect(findings.count >= 5)
    for finding in findings {
      #expect(!finding.evidence.isEmpty && !finding.remedy.isEmpty, "\(finding.id)")
      for text in [finding.id, finding.headline, finding.remedy] + finding.evidence.map(\.what) {
        #expect(Sanitizer.clean(text, limit: 1000) == text, "\(text)")
      }
    }
  }
}
