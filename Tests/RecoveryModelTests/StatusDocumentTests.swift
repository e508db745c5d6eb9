import Foundation
import RecoveryModel
import TestSupport
import Testing

struct StatusDocumentTests {
  static func object(_ cluster: ClusterSnapshot) throws -> [String: Any] {
    let document = StatusDocument(snapshot: Fixture.fleet([cluster]))
    let data = try JSONEncoder().encode(document)
    #expect(try JSONDecoder().decode(StatusDocument.self, from: data) == document)
    let top = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(top.keys) == ["schema_version", "generated_at", "clusters", "notices", "complete"])
    #expect(top["generated_at"] as? String == "2026-11-22T12:00:00Z")
    #expect(top["schema_version"] as? Int == 1)
    return try #require((top["clusters"] as? [[String: Any]])?.first)
  }

  static func keys(_ object: Any?) -> Set<String> {
    if let list = object as? [[String: Any]] { return keys(list.first) }
    return Set((object as? [String: Any])?.keys.map { $0 } ?? [])
  }

  @Test func theKeysAreTheContract() throws {
    var full = Fixture.cluster(findings: [Fixture.finding()])
    full.window?.holes = [
      WALHole(first: Fixture.segment(5), missing: 1, from: Fixture.ago(9), to: Fixture.ago(5))
    ]
    full.report.storage = Fixture.unavailable("storage")
    let cluster = try Self.object(full)
    #expect(
      Self.keys(cluster) == [
        "name", "engine", "verdict", "instances", "archive", "rpo", "backups", "window", "rto",
        "last_drill", "findings", "unavailable",
      ])
    let standby = (cluster["instances"] as? [[String: Any]])?.last
    #expect(
      Self.keys(standby) == ["name", "role", "state", "timeline", "lag_bytes", "lag_seconds"])
    #expect(
      Self.keys(cluster["archive"]) == [
        "last_archived_wal", "last_archived_at", "waiting_segments", "failing",
      ])
    #expect(Self.keys(cluster["rpo"]) == ["bytes", "seconds"])
    #expect(Self.keys(cluster["backups"]) == ["count", "last_finished_at", "last_age_seconds"])
    let window = cluster["window"] as? [String: Any]
    #expect(Self.keys(window) == ["first", "last", "holes", "basis"])
    #expect(Self.keys(window?["holes"]) == ["from", "to"])
    #expect(
      Self.keys(cluster["rto"]) == [
        "expected_seconds", "low_seconds", "high_seconds", "target_seconds", "basis", "drills",
      ])
    var handedOver = Fixture.cluster()
    handedOver.projection?.fixed = 26
    let more = try Self.object(handedOver)["rto"] as? [String: Any]
    #expect(more?["fixed_seconds"] as? Double == 26)
    let drill = cluster["last_drill"] as? [String: Any]
    #expect(
      Self.keys(drill) == [
        "id", "finished_at", "outcome", "backup", "predicted_rto_seconds", "measured_rto_seconds",
        "phases", "tests",
      ])
    #expect(Self.keys((drill?["phases"] as? [[String: Any]])?[2]) == ["name", "seconds", "bytes"])
    #expect(Self.keys(drill?["tests"]) == ["name", "rows", "expectation", "passed"])
    let finding = (cluster["findings"] as? [[String: Any]])?.first
    #expect(Self.keys(finding) == ["id", "severity", "headline", "evidence", "remedy"])
    #expect(Self.keys(finding?["evidence"]) == ["what", "source", "at"])
    #expect(Self.keys(cluster["unavailable"]) == ["part", "reason", "remedy"])
  }

  @Test func theValuesAreWhatTheScreenShows() throws {
    let cluster = try Self.object(Fixture.cluster())
    #expect(cluster["verdict"] as? String == "PROVEN")
    let archive = cluster["archive"] as? [String: Any]
    #expect(archive?["last_archived_wal"] as? String == "000000010000000100000090")
    let backups = cluster["backups"] as? [String: Any]
    #expect(backups?["last_age_seconds"] as? Double == 32_400)
    #expect(backups?["count"] as? Int == 1)
    let drill = cluster["last_drill"] as? [String: Any]
    #expect(drill?["outcome"] as? String == "passed")
  }

  @Test func whatIsUnknownIsAbsent() throws {
    let blank = Fixture.cluster(
      verdict: .unknown, report: EngineReport(), drills: [], window: nil, exposure: nil,
      projection: nil)
    #expect(
      Self.keys(try Self.object(blank)) == ["name", "engine", "verdict", "findings", "unavailable"])
    var never = Fixture.cluster()
    never.report.archive = Fixture.observed(
      ArchiveStatus(enabled: true, timeline: 1, segmentSize: 1 << 24, currentLSN: LSN(0)))
    #expect(Self.keys(try Self.object(never)["archive"]) == ["failing"])
  }

  @Test func noInfinityAndNoEscapeGetsOut() throws {
    var odd = Fixture.cluster(name: "a\u{1B}[31mb")
    odd.projection?.total.high = .infinity
    odd.exposure = RPOExposure(bytes: 1, seconds: .nan, segments: nil)
    let cluster = try Self.object(odd)
    #expect(cluster["name"] as? String == "ab")
    #expect(Self.keys(cluster["rpo"]) == ["bytes"])
    #expect(!Self.keys(cluster["rto"]).contains("high_seconds"))
  }
}
