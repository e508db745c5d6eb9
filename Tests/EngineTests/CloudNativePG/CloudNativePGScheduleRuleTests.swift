import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG schedule rules") struct CloudNativePGScheduleRuleTests {
  private func facts(_ schedules: [CNPGScheduledBackup]) throws -> CloudNativePGFacts {
    try Stage.facts { try $0.changeSchedules { $0 = schedules } }
  }

  private static let rules = [
    "cnpg.schedule.missing", "cnpg.schedule.invalid", "cnpg.schedule.suspended",
    "cnpg.schedule.overdue", "cnpg.schedule.five-fields", "cnpg.schedule.no-cluster",
    "cnpg.schedule.method",
  ]

  @Test("says nothing of schedules that may not be read", arguments: rules)
  func unknown(rule: String) throws {
    let facts = try Stage.facts { $0.schedules = Stage.refused("scheduledbackups") }
    #expect(Stage.finding(rule, facts) == nil)
    #expect(Stage.finding(rule, try Stage.facts()) == nil)
  }

  @Test func missing() throws {
    let facts = try facts([])
    #expect(Stage.finding("cnpg.schedule.missing", facts)?.ceiling == .likely)
    let other = try self.facts([try Stage.schedule(cluster: "other")])
    #expect(Stage.finding("cnpg.schedule.missing", other) != nil)
  }

  @Test(
    "never runs",
    arguments: [
      ("0 0 25 * * *", "End of range (25) above maximum (23): 25"),
      ("0 0 3 30 2 *", "no such day comes within five years"), ("", "Empty spec string"),
    ])
  func invalid(schedule: String, why: String) throws {
    let facts = try facts([try Stage.schedule("bad", schedule)])
    let finding = try #require(Stage.finding("cnpg.schedule.invalid", facts))
    #expect(finding.headline.contains(why))
    #expect(finding.severity == .critical)
  }

  @Test(
    "a method that the cluster is not set up for",
    arguments: [
      (nil, nil, "no barmanObjectStore"), ("plugin", nil, "by which plugin"),
      ("plugin", "other.io", "no plugin other.io"), ("volumeSnapshot", nil, "volumeSnapshot"),
      ("plugin", CNPGCluster.barmanCloudPlugin, nil), ("unheardOf", nil, nil),
    ] as [(String?, String?, String?)])
  func method(method: String?, plugin: String?, why: String?) throws {
    var schedule = try Stage.schedule()
    schedule.spec.method = method
    schedule.spec.pluginConfiguration = plugin.map { .init(name: $0) }
    let facts = try Stage.pluginFacts { try $0.changeSchedules { $0 = [schedule] } }
    let finding = Stage.finding("cnpg.schedule.method", facts)
    #expect((finding == nil) == (why == nil))
    guard let why, let finding else { return }
    #expect(finding.headline.contains(why) && finding.severity == .critical)
    #expect(finding.remedy.contains(CNPGCluster.barmanCloudPlugin))
    var good = try Stage.schedule("good")
    good.spec.method = "plugin"
    good.spec.pluginConfiguration = .init(name: CNPGCluster.barmanCloudPlugin)
    let beside = try Stage.pluginFacts { try $0.changeSchedules { $0 = [schedule, good] } }
    #expect(Stage.finding("cnpg.schedule.method", beside)?.severity == .warning)
    schedule.spec.suspend = true
    let off = try Stage.pluginFacts { try $0.changeSchedules { $0 = [schedule] } }
    #expect(Stage.finding("cnpg.schedule.method", off) == nil)
  }

  @Test("base backups that go where WAL does not are told by the schedule that sends them there")
  func store() throws {
    var schedule = try Stage.schedule()
    schedule.spec.method = "plugin"
    schedule.spec.pluginConfiguration = .init(
      name: CNPGCluster.barmanCloudPlugin, parameters: ["barmanObjectName": "glacier"])
    let facts = try Stage.pluginFacts { facts in
      try facts.changeSchedules { $0 = [schedule] }
      try facts.changeBackups { $0[0].metadata.labels = nil }
      var cold = try #require(facts.objectStores.value?.first)
      cold.metadata.name = "glacier"
      cold.spec.configuration?.destinationPath = "s3://acme-cold/"
      facts.objectStores = Stage.observed(
        (facts.objectStores.value ?? []) + [cold], "ObjectStores")
    }
    let finding = try #require(Stage.finding("cnpg.schedule.store", facts))
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(
      finding.headline.contains("pg-main-nightly sends base backups to s3://acme-cold/pg-main"))
    #expect(finding.evidence.contains { $0.what.contains("barmanObjectName: glacier") })
    #expect(finding.remedy.contains(#""parameters":{"barmanObjectName":null}"#))
    #expect(finding.remedy.contains("patch scheduledbackups.postgresql.cnpg.io pg-main-nightly"))
    // The first Backup that it made lies where WAL goes, whatever it was asked for.
    var counted = facts
    try counted.changeBackups {
      $0[0].metadata.labels = ["cnpg.io/scheduled-backup": "pg-main-nightly"]
    }
    #expect(Stage.finding("cnpg.schedule.store", counted) == nil)
    #expect(Stage.finding("cnpg.schedule.store", try Stage.pluginFacts()) == nil)
    #expect(Stage.finding("cnpg.schedule.store", try Stage.facts()) == nil)
  }

  @Test func theOperatorsOwnComplaintIsShown() throws {
    var schedule = try Stage.schedule()
    schedule.status?.error = "admission refused"
    let finding = Stage.finding("cnpg.schedule.invalid", try facts([schedule]))
    #expect(finding?.headline.contains("admission refused") == true)
  }

  @Test("suspended: its old next run is no delay")
  func suspended() throws {
    var schedule = try Stage.schedule(next: "2026-07-01T03:00:00Z")
    schedule.spec.suspend = true
    let alone = try facts([schedule])
    #expect(Stage.finding("cnpg.schedule.suspended", alone)?.ceiling == .likely)
    #expect(Stage.finding("cnpg.schedule.overdue", alone) == nil)
    let beside = try facts([schedule, try Stage.schedule("other")])
    #expect(Stage.finding("cnpg.schedule.suspended", beside)?.severity == .info)
  }

  @Test(
    "overdue",
    arguments: [
      ("2026-08-21T10:00:00Z", nil), ("2026-08-21T03:00:00Z", Severity.warning),
      ("2026-08-19T03:00:00Z", .critical),
    ] as [(String, Severity?)])
  func overdue(next: String, severity: Severity?) throws {
    let facts = try facts([try Stage.schedule(next: next)])
    #expect(Stage.finding("cnpg.schedule.overdue", facts)?.severity == severity)
  }

  @Test("no next run in the status yet: it follows from the last look")
  func firstRun() throws {
    var schedule = try Stage.schedule(next: nil)
    #expect(Stage.finding("cnpg.schedule.overdue", try facts([schedule])) == nil)
    schedule.status?.lastCheckTime = "2026-08-20T12:00:00Z"
    let finding = try #require(Stage.finding("cnpg.schedule.overdue", try facts([schedule])))
    #expect(finding.headline.contains("7h 06m overdue"))
  }

  @Test func theBackupThatHoldsItUpIsNamed() throws {
    var facts = try facts([try Stage.schedule(next: "2026-08-20T03:00:00Z")])
    try facts.changeBackups {
      $0.append(
        try Stage.backup(
          "stuck", phase: "walArchivingFailing", created: 90_000, schedule: "pg-main-nightly"))
    }
    let finding = try #require(Stage.finding("cnpg.schedule.overdue", facts))
    #expect(finding.headline.contains("held up by Backup stuck"))
  }

  @Test("five fields run every hour")
  func fiveFields() throws {
    let facts = try facts([try Stage.schedule("unix", "0 3 * * *")])
    let finding = try #require(Stage.finding("cnpg.schedule.five-fields", facts))
    #expect(finding.headline.contains("runs every 1h 00m"))
    #expect(finding.evidence[0].what.contains("next run 2026-08-21T10:03:00Z") == false)
    #expect(finding.evidence[0].what.contains("next run 2026-08-21T11:03:00Z"))
    #expect(finding.remedy.contains("\"0 0 3 * * *\""))
  }

  @Test("what an age is held against, and the next run")
  func interval() throws {
    let weekly = try Stage.schedule("weekly", "0 0 3 * * 0")
    var suspended = try Stage.schedule("hourly", "@hourly")
    suspended.spec.suspend = true
    let facts = try facts([weekly, suspended])
    #expect(facts.scheduledInterval(now: Stage.now) == 604_800)
    #expect(facts.nextScheduledBackup(after: Stage.now) == Stage.date("2026-08-23T03:00:00Z"))
    #expect(try self.facts([]).scheduledInterval(now: Stage.now) == nil)
  }

  @Test("a schedule for a cluster that does not exist")
  func stray() throws {
    let stray = try Stage.schedule("stray", cluster: "pg-mian")
    let alone = try facts([stray])
    let finding = try #require(Stage.finding("cnpg.schedule.no-cluster", alone))
    #expect(finding.headline.contains("names the cluster pg-mian"))
    #expect(finding.severity == .warning)
    let beside = try facts([stray, try Stage.schedule()])
    #expect(Stage.finding("cnpg.schedule.no-cluster", beside)?.ceiling == .proven)
    var unknown = alone
    unknown.namespaceClusters = nil
    #expect(Stage.finding("cnpg.schedule.no-cluster", unknown) == nil)
  }
}
