import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG archiving rules") struct CloudNativePGArchiveRuleTests {
  @Test func healthyFactsHaveNothingToSay() throws {
    for facts in [try Stage.facts(), try Stage.pluginFacts()] {
      let findings = CloudNativePGRules.findings(facts: facts, now: Stage.now)
      // Its MinIO is a service of the namespace.
      #expect(findings.map(\.finding.id) == ["cnpg.store-inside"])
      #expect(findings.allSatisfy { $0.finding.severity == .info })
    }
  }

  @Test("archiving OK while nothing is configured")
  func unconfigured() throws {
    let facts = try Stage.facts { $0.cluster.spec.backup = nil }
    let finding = try #require(Stage.finding("cnpg.archive.claim", facts))
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(finding.evidence.contains { $0.what.contains("ContinuousArchiving is True") })
    #expect(Stage.finding("cnpg.backup.unconfigured", facts)?.severity == .critical)
    #expect(Stage.finding("cnpg.backup.unconfigured", try Stage.pluginFacts()) == nil)
    let disabled = try Stage.pluginFacts { $0.cluster.spec.plugins?[0].enabled = false }
    #expect(Stage.finding("cnpg.archive.claim", disabled) != nil)
    let skipped = try Stage.facts {
      $0.cluster.metadata.annotations = ["cnpg.io/skipWalArchiving": "enabled"]
    }
    #expect(
      Stage.finding("cnpg.archive.claim", skipped)?.remedy.contains("skipWalArchiving-") == true)
  }

  @Test("the cluster's own credentials are not there")
  func secret() throws {
    let facts = try Stage.facts { $0.storeSecretFault = "there is no Secret minio of prod" }
    let finding = try #require(Stage.finding("cnpg.store-secret", facts))
    #expect(finding.headline.contains("there is no Secret minio of prod"))
    #expect(Stage.assessed(facts).verdict == .atRisk)
    // Neither would come to an end.
    let obstacles = facts.obstacles(now: Stage.now)
    #expect(obstacles[.backup]?.remedy == "put the right Secret back")
    #expect(obstacles[.drill]?.why.contains("there is no Secret minio") == true)
  }

  @Test("a replica cluster whose receiver is down")
  func replicaStill() throws {
    func finding(_ change: (inout CloudNativePGFacts) throws -> Void) throws -> Finding? {
      Stage.finding(
        "cnpg.replica.still",
        try Stage.facts {
          $0.cluster.spec.replica = try Stage.decode(#"{"enabled":true,"source":"origin"}"#)
          $0.cluster.spec.externalClusters = try Stage.decode(
            #"[{"name":"origin","connectionParameters":{"host":"origin-rw"}}]"#)
          $0.changePrimary {
            $0.isPrimary = false
            $0.lastArchivedAt = Stage.ago(7200)
          }
          try change(&$0)
        })
    }
    #expect(try finding { _ in }?.headline.contains("receives no WAL from origin") == true)
    #expect(try finding { $0.changePrimary { $0.isWALReceiverActive = true } } == nil)
    #expect(try finding { $0.changePrimary { $0.lastArchivedAt = Stage.ago(60) } } == nil)
    #expect(try finding { $0.cluster.spec.replica?.enabled = false } == nil)
    // Fed from an archive alone it has no receiver.
    #expect(
      try finding {
        $0.cluster.spec.externalClusters = try Stage.decode(#"[{"name":"origin"}]"#)
      } == nil)
  }

  @Test("archiving OK while a hung archiver piles up WAL")
  func hung() throws {
    let facts = try Stage.facts {
      $0.changePrimary {
        $0.readyWALFiles = 12
        $0.lastArchivedAt = Stage.ago(1800)
      }
    }
    let finding = try #require(Stage.finding("cnpg.archive.claim", facts))
    #expect(finding.headline.contains("12 segments wait and none has gone out for 30m"))
    // One that was closed after a day of rest, and one that was seen to wait.
    var closed = try Stage.facts {
      $0.changePrimary {
        $0.readyWALFiles = 1
        $0.lastArchivedAt = Stage.ago(86_400)
      }
    }
    #expect(Stage.finding("cnpg.archive.claim", closed) == nil)
    closed.waitingSince = Stage.ago(30)
    #expect(Stage.finding("cnpg.archive.claim", closed) == nil)
    closed.waitingSince = Stage.ago(400)
    #expect(Stage.finding("cnpg.archive.claim", closed) != nil)
    let idle = try Stage.facts { $0.changePrimary { $0.lastArchivedAt = Stage.ago(86_400) } }
    #expect(Stage.finding("cnpg.archive.claim", idle) == nil)
  }

  @Test("archiving OK and nothing has ever arrived")
  func never() throws {
    let facts = try Stage.facts {
      $0.changePrimary {
        $0.lastArchivedWAL = nil
        $0.lastArchivedAt = nil
        $0.isArchivingWAL = false
      }
    }
    #expect(
      Stage.finding("cnpg.archive.claim", facts)?.headline.contains("tells of no segment") == true)
    var promoted = facts
    promoted.cluster.status?.currentPrimaryTimestamp = Format.timestamp(Stage.ago(3))
    #expect(Stage.finding("cnpg.archive.claim", promoted) == nil)
    var young = facts
    young.cluster.metadata.creationTimestamp = KubernetesTime(Stage.text(ago: 300))
    #expect(Stage.finding("cnpg.archive.claim", young) == nil)
    var silent = facts
    silent.silencePrimary()
    #expect(Stage.finding("cnpg.archive.claim", silent) == nil)
  }

  /// What a new primary's own statistics do not tell, since when it fails, makes no earlier backup a later one.
  @Test func aBackupOfBeforeItFailedSaysNothingOfTheSecret() throws {
    func remedy(since: Double, fault: String? = nil) throws -> String {
      let facts = try Stage.facts {
        $0.storeSecretFault = fault
        $0.setCondition(
          "ContinuousArchiving", "False", reason: "ContinuousArchivingFailing", message: "no",
          since: since)
        $0.changePrimary {
          $0.lastArchivedWAL = nil
          $0.lastArchivedAt = nil
          $0.lastFailedAt = Stage.ago(1)
        }
      }
      return facts.archiveFailure.remedy
    }
    #expect(try !remedy(since: 60).contains("so the Secret is right"))
    #expect(try remedy(since: 30 * 86_400).contains("so the Secret is right"))
    #expect(try !remedy(since: 30 * 86_400, fault: "wrong").contains("so the Secret is right"))
  }

  @Test("a primary that crashed has forgotten what it archived before")
  func restarted() throws {
    func finding(_ server: String) throws -> Finding? {
      let facts = try Stage.facts { facts in
        facts.changePrimary {
          $0.lastArchivedWAL = nil
          $0.lastArchivedAt = nil
        }
        let sidecar = #"{"running":{"startedAt":"\#(Stage.text(ago: 86_400))"}}"#
        let status = """
          {"containerStatuses":[{"name":"plugin","state":\(sidecar)},
          {"name":"postgres","state":\(server)}]}
          """
        var pods = facts.pods.value ?? []
        let index = try #require(pods.firstIndex { $0.name == facts.currentPrimary })
        pods[index].status = try Stage.decode(status)
        facts.pods = Stage.observed(pods, "pods")
      }
      return Stage.finding("cnpg.archive.claim", facts)
    }
    #expect(try finding(#"{"running":{"startedAt":"\#(Stage.text(ago: 60))"}}"#) == nil)
    #expect(try finding(#"{"running":{"startedAt":"\#(Stage.text(ago: 3600))"}}"#) != nil)
    #expect(try finding("{}") != nil)
  }

  @Test func failing() throws {
    let facts = try Stage.facts {
      $0.setCondition(
        "ContinuousArchiving", "False", reason: "ContinuousArchivingFailing",
        message: "ERROR: WAL archive check failed: Expected empty archive", since: 1800)
      $0.changePrimary { $0.lastArchivedAt = Stage.ago(1900) }
    }
    let finding = try #require(Stage.finding("cnpg.archive.failing", facts))
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(finding.headline.contains("Expected empty archive"))
    #expect(Stage.finding("cnpg.archive.failing", try Stage.facts()) == nil)
    // The server has archived since the operator was told: it knows better.
    let repaired = try Stage.facts {
      $0.setCondition("ContinuousArchiving", "False", reason: "ContinuousArchivingFailing")
    }
    #expect(Stage.finding("cnpg.archive.failing", repaired) == nil)
    let unknown = try Stage.facts {
      $0.cluster.status?.conditions?.removeAll { $0.type == "ContinuousArchiving" }
    }
    #expect(Stage.finding("cnpg.archive.failing", unknown) == nil)
    #expect(Stage.finding("cnpg.archive.claim", unknown) == nil)
  }

  @Test("refusing WAL during a switchover is no failure")
  func switchover() throws {
    let facts = try Stage.facts {
      $0.setCondition(
        "ContinuousArchiving", "False", reason: "ContinuousArchivingFailing",
        message: "switchover in progress, refusing archiving", since: 20)
    }
    #expect(Stage.finding("cnpg.archive.failing", facts)?.severity == .info)
  }

  @Test("a backlog is set against the volume that it lies on")
  func backlog() throws {
    let facts = try Stage.facts {
      $0.changePrimary {
        $0.readyWALFiles = 161
        $0.lastArchivedAt = Stage.ago(2600)
      }
    }
    let finding = try #require(Stage.finding("cnpg.wal.backlog", facts))
    #expect(finding.headline.contains("2.5 GiB of WAL wait to be archived, 50 %"))
    #expect(finding.headline.contains("full in at most 42m"))
    #expect(finding.severity == .critical)
    #expect(Stage.finding("cnpg.wal.backlog", try Stage.facts()) == nil)
    var silent = facts
    silent.silencePrimary()
    #expect(Stage.finding("cnpg.wal.backlog", silent) == nil)
    // One that is worked off has no end, however fast it is written to.
    let busy = try Stage.facts {
      $0.changePrimary {
        $0.readyWALFiles = 160
        $0.currentLSN = LSN(0xA000140 + 60 << 24)
        $0.lastArchivedAt = Stage.ago(3)
      }
      $0.earlier = PrimaryLook(instance: "pg-main-1", lsn: LSN(0xA000140), at: Stage.ago(60))
    }
    let worked = try #require(Stage.finding("cnpg.wal.backlog", busy))
    #expect(!worked.headline.contains("full in"))
  }
}
