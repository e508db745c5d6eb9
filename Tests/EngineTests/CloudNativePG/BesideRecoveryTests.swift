import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

private typealias Stage = CloudNativePGStage

/// What the cluster that one is recovered from tells of it.
@Suite("Recoveries beside their origin") struct BesideRecoveryTests {
  /// `prod/pg-new`, marked as recovered from `prod/pg-main`.
  private func copy(
    job: String, pods: [Pod] = [], status: String = #"{"phase":"Setting up primary"}"#,
    label: String = #""pgvigil.io/recovery":"r1","#
  ) throws -> CloudNativePGFacts {
    let cluster: CNPGCluster = try Stage.decode(
      """
      {"metadata":{"name":"pg-new","namespace":"prod","creationTimestamp":"\(Stage.text(ago: 60))",
      "labels":{\(label)"pgvigil.io/owner":"pgvigil"},
      "annotations":{"pgvigil.io/source":"prod/pg-main","pgvigil.io/host":"jump-1",
      "pgvigil.io/user":"anna","pgvigil.io/started":"\(Stage.text(ago: 60))"}},
      "spec":{"instances":2,"bootstrap":{"recovery":{"source":"pg-main","database":"shop"}},
      "externalClusters":[{"name":"pg-main","barmanObjectStore":
      {"destinationPath":"s3://backups/","endpointURL":"https://s3","serverName":"pg-main"}}]},
      "status":\(status)}
      """)
    var facts = CloudNativePGFacts(cluster: cluster, clusterAt: Stage.now)
    facts.jobs = Stage.observed([try Stage.decode(job)], "jobs")
    facts.pods = Stage.observed(pods, "pods")
    return facts
  }

  private func job(_ status: String) -> String {
    """
    {"metadata":{"name":"pg-new-1-full-recovery","namespace":"prod",
    "labels":{"cnpg.io/cluster":"pg-new","cnpg.io/jobRole":"full-recovery"}},
    "spec":{"backoffLimit":6},"status":\(status)}
    """
  }

  private func report(_ other: CloudNativePGFacts) throws -> EngineReport {
    Stage.assessed(
      try Stage.facts {
        $0.beside = [other]
        $0.recovered = [other.cluster]
      }
    ).report
  }

  @Test func whatIsUnderWayIsToldAtItsOrigin() throws {
    let other = try copy(job: job(#"{"active":1}"#))
    let report = try report(other)
    #expect(report.recoveries.map(\.place) == ["prod/pg-new"])
    // How long it takes is known here, and of no other cluster.
    #expect(report.recoveries.allSatisfy { $0.origin == nil })
    let kept = try #require(report.kept.first)
    #expect(kept.sentence.hasSuffix("kept in prod/pg-new, under way"), "\(kept.sentence)")
    #expect(
      try #require(Stage.facts { $0.beside = [other] }.beside.first).cluster.name == "pg-new")
  }

  @Test func triesThatFailAreToldAtItsOriginAndCostNoVerdict() throws {
    let other = try copy(job: job(#"{"failed":2,"active":1}"#))
    let facts = try Stage.facts { $0.beside = [other] }
    let finding = try #require(Stage.finding("cnpg.beside", facts))
    #expect(finding.id == "cnpg.beside:prod/pg-new")
    #expect(finding.headline.hasPrefix("prod/pg-new: Recovery from "), "\(finding.headline)")
    #expect(finding.headline.contains("try 3 of 7 runs after 2 that failed"))
    #expect(finding.severity == .warning && finding.ceiling == .proven)
    #expect(try report(other).kept.first?.state == "under way, 2 of 7 tries failed")
    #expect(Stage.finding("cnpg.beside", try Stage.facts()) == nil)
  }

  @Test("the first instance serves: the recovery is done, whatever still joins")
  func replicasJoin() throws {
    let done = job(#"{"succeeded":1,"conditions":[{"type":"Complete","status":"True"}]}"#)
    let status =
      #"{"phase":"Waiting for the instances to become active","currentPrimary":"pg-new-1"}"#
    let starting = try copy(
      job: done, pods: [try Stage.pod("pg-new-1", ready: false)], status: status)
    #expect(
      starting.bootstrap?.stage == .starting && starting.recoveries(now: Stage.now).count == 1)
    let serving = try copy(job: done, pods: [try Stage.pod("pg-new-1")], status: status)
    #expect(serving.bootstrap == nil && serving.recoveries(now: Stage.now).isEmpty)
    let words = "its recovery is done and serves; 1 replica still joins"
    #expect(serving.activities.map(\.sentence) == [words])
    let kept = try #require(try report(serving).kept.first)
    #expect(kept.sentence.hasSuffix("done and serves; 1 replica still joins"))
    #expect(kept.connect.hasSuffix("exec -it pg-new-1 -c postgres -- psql -d shop"))
    let whole = try copy(
      job: done, pods: [try Stage.pod("pg-new-1"), try Stage.pod("pg-new-2")], status: status)
    // The operator has not said so yet, as it has not for some seconds on a real node.
    #expect(whole.joining == nil && whole.bootstrap == nil)
  }

  @Test("whose recovery it is: by its mark, else by the place that it reads")
  func origins() throws {
    let facts = try Stage.facts()
    let marked = try copy(job: job("{}"))
    #expect(facts.isOrigin(of: marked, context: "x"))
    let place = try #require(facts.cluster.archivePlace(facts.objectStore(named:)))
    var plain = try copy(job: job("{}"), label: "")
    #expect(RecoveryTag(plain.cluster.metadata) == nil)
    #expect(!facts.isOrigin(of: plain, context: "x"))
    plain.cluster.spec.externalClusters?[0].barmanObjectStore =
      facts.cluster.spec.backup?
      .barmanObjectStore
    plain.cluster.spec.externalClusters?[0].barmanObjectStore?.serverName = place.server
    #expect(facts.isOrigin(of: plain, context: "x"))
    #expect(marked.cluster.concernsOthers && plain.cluster.concernsOthers)
    plain.cluster.status?.currentPrimary = "pg-new-1"
    #expect(!plain.cluster.concernsOthers && !facts.cluster.concernsOthers)
  }

  // MARK: What cannot begin

  private func pod(_ status: String) throws -> Pod {
    try Stage.decode(
      """
      {"metadata":{"name":"pg-new-1-full-recovery-x","namespace":"prod",
      "creationTimestamp":"\(Stage.text(ago: 50))",
      "labels":{"cnpg.io/cluster":"pg-new","cnpg.io/jobRole":"full-recovery"}},"status":\(status)}
      """)
  }

  private static let unplaced = #"""
    {"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",
    "message":"0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."}]}
    """#
  private static let pulling = #"""
    {"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True"}],
    "initContainerStatuses":[{"name":"bootstrap-controller","state":{"waiting":
    {"reason":"ImagePullBackOff","message":"Back-off pulling image"}}}]}
    """#

  private func blocked(
    _ status: String?, _ events: [Event] = []
  ) throws -> CloudNativePGFacts {
    var other = try copy(
      job:
        #"{"metadata":{"name":"pg-new-1-full-recovery","namespace":"prod","creationTimestamp":"\#(Stage.text(ago: 50))","labels":{"cnpg.io/cluster":"pg-new","cnpg.io/jobRole":"full-recovery"}},"spec":{"backoffLimit":6},"status":{}}"#,
      pods: try status.map { [try pod($0)] } ?? [])
    other.claims = Stage.observed(
      [
        try Stage.decode(
          #"{"metadata":{"name":"pg-new-1","labels":{"cnpg.io/cluster":"pg-new"}},"status":{"phase":"Pending"}}"#
        ) as PersistentVolumeClaim
      ], "persistentvolumeclaims")
    other.startWarnings = events
    return other
  }

  @Test(
    "a pod that cannot begin: its cause in the words of whoever saw it, no time, and what to do",
    arguments: [
      (unplaced, nil, nil, "FailedScheduling: 0/1 nodes are available", "Make room"),
      (
        unplaced, "PersistentVolumeClaim/pg-new-1/ProvisioningFailed",
        #"storageclass.storage.k8s.io "nope" not found"#, "ProvisioningFailed: storageclass",
        "class cannot be changed"
      ),
      (
        pulling, "Pod/pg-new-1-full-recovery-x/Failed", "not found: no such image",
        "ImagePullBackOff: not found: no such image", "can be pulled"
      ),
      (pulling, nil, nil, "ImagePullBackOff: Back-off", "can be pulled"),
      (
        nil, "Job/pg-new-1-full-recovery/FailedCreate", "exceeded quota: small",
        "FailedCreate: exceeded quota", "Raise the quota"
      ),
      (nil, nil, nil, "its job has made no pod", "describe cluster"),
    ] as [(String?, String?, String?, String, String)])
  func cannotBegin(
    status: String?, event: String?, message: String?, cause: String, remedy: String
  ) throws {
    let parts = event?.split(separator: "/").map(String.init) ?? []
    let events =
      parts.count == 3
      ? [Event(of: .init(kind: parts[0], name: parts[1]), reason: parts[2], message: message)] : []
    let other = try blocked(status, events)
    let own = try #require(Stage.finding("cnpg.recovery", other))
    #expect(own.headline.contains(cause) && own.headline.contains("cannot begin"))
    #expect(own.remedy.contains(remedy) && own.words == "cannot begin", "\(own.remedy)")
    let facts = try Stage.facts {
      $0.beside = [other]
      $0.recovered = [other.cluster]
    }
    let told = try #require(Stage.finding("cnpg.beside", facts))
    #expect(told.headline.contains(cause) && told.remedy == own.remedy && told.ceiling == .proven)
    let snapshot = Stage.assessed(facts)
    let forecast = try #require(snapshot.recoveries.first)
    #expect(forecast.remaining == nil && forecast.brief == "cannot begin")
    #expect(forecast.sentence.contains("prod/pg-new cannot begin: \(cause)"))
    #expect(snapshot.report.kept.first?.state?.hasPrefix("cannot begin: ") == true)
  }

  @Test("one that has only just been made may still begin")
  func mayBegin() throws {
    var other = try blocked(Self.unplaced)
    #expect(other.startObstacle(now: Stage.ago(45)) == nil)
    #expect(other.startObstacle(now: Stage.now) != nil)
    other = try blocked(#"{"phase":"Running"}"#)
    #expect(other.startObstacle(now: Stage.now) == nil)
  }

  @Test("a server that ends in a FATAL promotes nothing")
  func fatal() throws {
    var other = try copy(
      job: job(#"{"active":1}"#), pods: [try pod(#"{"phase":"Running"}"#)])
    var reading = RecoveryReading(pod: "pg-new-1-full-recovery-x")
    let lines = [
      ("LOG", "starting point-in-time recovery to WAL location (LSN) \"0/FF000000\""),
      ("LOG", "redo starts at 0/9000028"), ("LOG", "redo done at 0/9000110"),
      ("FATAL", "recovery ended before configured recovery target was reached"),
    ].map { severity, message in
      let escaped = message.replacing("\"", with: "\\\"")
      return
        #"{"level":"info","ts":"\#(Stage.text(ago: 5))","logger":"postgres","msg":"record","record":{"error_severity":"\#(severity)","message":"\#(escaped)"}}"#
    }
    reading.take(lines, of: "full-recovery", at: Stage.now)
    other.recoveryReading = reading
    let recovery = try #require(other.recoveries(now: Stage.now).first)
    #expect(recovery.stage != .promoting)
    #expect(recovery.obstacle?.cause.hasPrefix("recovery ended before configured") == true)
  }

  @Test("a target behind the end of the archive: the share goes by that end, and it is said")
  func beyond() throws {
    let archiver = ArchiveReach.Archiver(
      cluster: ObjectKey(namespace: "prod", name: "pg-main"), context: "x",
      place: ArchivePlace(destination: "s3://b/", endpoint: nil, server: "pg-main"),
      marks: [.init(segment: "00000002000000000000000A", at: Stage.ago(600))])
    let size = 16 << 20
    let lsn = try #require(archiver.end(of: .lsn(LSN(0xFF00_0000)), segmentSize: size))
    #expect(lsn.lsn == LSN(0xB00_0000) && lsn.isBefore)
    #expect(archiver.end(of: .lsn(LSN(0x100_0000)), segmentSize: size) == nil)
    #expect(archiver.end(of: .time(Stage.now), segmentSize: size)?.isBefore == true)
    #expect(archiver.end(of: .time(Stage.ago(700)), segmentSize: size)?.isBefore == false)
    #expect(archiver.end(of: .latest, segmentSize: size)?.isBefore == false)
    var recovery = RecoveryUnderWay(
      place: "prod/pg-new", stage: .replaying, since: Stage.ago(60), observedAt: Stage.now,
      replayedFrom: LSN(0x900_0000), replayedTo: LSN(0xA00_0000), aim: .lsn(LSN(0xFF00_0000)))
    (recovery.end, recovery.isBeyondEnd) = lsn
    let forecast = RecoveryForecast(recovery, backup: nil, archive: nil, projection: nil)
    #expect(forecast.fraction == 0.5 && forecast.remaining == nil)
    #expect(forecast.sentence.contains("beyond the end of the archive: it fails there"))
  }
}
