import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG identity and second-hand rules") struct CloudNativePGIdentityRuleTests {
  @Test("a standby that is another database")
  func strangers() throws {
    #expect(Stage.finding("cnpg.system-id", try Stage.facts()) == nil)
    let facts = try Stage.facts { facts in
      var standby = try Stage.standby()
      standby.systemID = "7000000000000000000"
      facts.statuses["pg-main-2"] = Stage.observed(standby, "/pg/status of pg-main-2")
    }
    let finding = try #require(Stage.finding("cnpg.system-id", facts))
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(finding.evidence.contains { $0.what.contains("7000000000000000000") })
    #expect(finding.headline.hasPrefix("pg-main-2: another database than the primary's"))
    #expect(finding.remedy.contains("deleting"))
  }

  /// The system of each instance, and of the Cluster's status.
  private func told(_ systems: [String], status: String) throws -> Finding? {
    let facts = try Stage.facts { facts in
      for (index, system) in systems.enumerated() {
        var answer = index == 0 ? facts.statuses["pg-main-1"]?.value : try Stage.standby()
        answer?.systemID = system
        guard let answer else { continue }
        facts.statuses["pg-main-\(index + 1)"] = Stage.observed(answer, "/pg/status")
      }
      facts.cluster.status?.systemID = status
    }
    return Stage.finding("cnpg.system-id", facts)
  }

  @Test("instances that agree are not to be deleted because the status says otherwise")
  func staleStatus() throws {
    let finding = try #require(try told(["7", "7", "7"], status: "9"))
    #expect(finding.headline.contains("All 3 instances that answer are of one database"))
    #expect(finding.remedy.hasPrefix("Delete nothing.") && !finding.remedy.contains("deleting"))
    #expect(finding.evidence.contains { $0.what == "system identifier 9" })
  }

  @Test(
    "where it is open who is right, nothing is to be deleted",
    arguments: [
      (["7", "8", "8"], "7"), (["7", "8", "9"], "7"), (["7", "7", "8"], "8"),
      (["7", "7", "8"], "9"),
    ])
  func openSplit(systems: [String], status: String) throws {
    let finding = try #require(try told(systems, status: status))
    #expect(finding.headline.hasPrefix("The instances hold different databases"))
    #expect(finding.remedy.contains("delete nothing") && !finding.remedy.contains("deleting"))
  }

  @Test func theOperatorsOwnWordCountsToo() throws {
    let facts = try Stage.facts {
      $0.setCondition("ConsistentSystemID", "False", reason: "Mismatch", message: "two systems")
    }
    #expect(
      Stage.finding("cnpg.system-id", facts)?.evidence.contains { $0.what.contains("two systems") }
        == true)
    let starting = try Stage.facts {
      $0.setCondition("ConsistentSystemID", "False", reason: "NotFound")
    }
    #expect(Stage.finding("cnpg.system-id", starting) == nil)
  }

  @Test("what is known of the archiver without its primary is told as what it is")
  func secondHand() throws {
    #expect(Stage.finding("cnpg.archive.second-hand", try Stage.facts()) == nil)
    let facts = try Stage.facts { $0.silencePrimary() }
    let finding = try #require(Stage.finding("cnpg.archive.second-hand", facts))
    #expect(finding.severity == .info)
    #expect(finding.headline.contains("second hand"))
    #expect(finding.remedy.contains("the verb get on pods/proxy"))
    // No right was refused: none is advised.
    for (reason, remedy) in [
      ("pg-main-1 did not answer within 3 s", "look at its node"),
      ("the API server cannot reach port 8000 of pg-main-1: refused", "look at its node"),
      ("the pod pg-main-1 is gone", "wait for the operator to make it anew"), ("broken", ""),
    ] {
      let silent = try Stage.facts {
        $0.statuses["pg-main-1"] = .unavailable(
          Unavailable(part: "instance status", reason: reason, remedy: remedy), at: Stage.now)
      }
      let told = try #require(Stage.finding("cnpg.archive.second-hand", silent))
      #expect(!told.remedy.contains("pods/proxy") && !told.remedy.contains("rbac"))
      #expect(told.remedy.contains(reason) && told.remedy.contains(remedy))
    }
    #expect(Stage.assessed(facts).verdict == .unknown)
    let measured = try Stage.facts {
      $0.silencePrimary()
      $0.primaryMetrics = InstanceMetrics(
        text: """
          cnpg_pg_stat_archiver_last_archived_time 1787306700
          cnpg_pg_stat_archiver_last_failed_time -1
          cnpg_collector_pg_wal_archive_status{value="ready"} 3
          """)
    }
    #expect(measured.primaryMetrics?.lastFailedAt == nil)
    let told = try #require(Stage.finding("cnpg.archive.second-hand", measured))
    #expect(told.evidence.contains { $0.what == "3 .ready files" })
    #expect(told.headline.contains("the last segment went out"))
  }

  @Test("the operator's note of a silent standby's timeline may be an old one")
  func notedTimeline() throws {
    let facts = try Stage.facts { facts in
      facts.statuses["pg-main-2"] = Stage.refused("pods/proxy")
      facts.cluster.status?.instancesReportedState?["pg-main-2"]?.timeLineID = 1
    }
    let standby = CloudNativePGReport.make(facts: facts, now: Stage.now).instances?.value?
      .first { $0.name == "pg-main-2" }
    #expect(standby != nil && standby?.timeline == nil)
    #expect(!Stage.assessed(facts).findings.contains { $0.id == "identity.timeline" })
  }

  @Test func theScheduleGoesIntoTheReport() throws {
    let update = CloudNativePGReport.make(facts: try Stage.facts(), now: Stage.now)
    #expect(update.scheduledInterval == .some(86_400))
    #expect(update.nextBackup == .some(Stage.date("2026-08-22T03:00:00Z")))
    #expect(update.blockingBackup == .some(nil))
  }

  @Test("a cluster that is being deleted is no cluster to rely on")
  func deletion() throws {
    let facts = try Stage.facts {
      $0.cluster.metadata.deletionTimestamp = "2026-08-21T10:00:00Z"
    }
    let finding = try #require(Stage.finding("cnpg.deletion", facts))
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(finding.evidence.first?.what.contains("2026-08-21T10:00:00Z") == true)
    #expect(Stage.finding("cnpg.deletion", try Stage.facts()) == nil)
  }
}
