import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// Backups that finished and are of no use for what runs now.
struct UsabilityRuleTests {
  private func catalog(
    _ backups: [Backup], current: DatabaseIdentity = DatabaseIdentity(),
    origin: DatabaseOrigin? = nil, walPlace: String? = nil
  ) -> BackupCatalog {
    var catalog = BackupCatalog(backups: backups)
    catalog.current = current
    catalog.origin = origin
    catalog.walPlace = walPlace
    return catalog
  }

  private func backup(
    _ id: String, hoursAgo: Double, _ change: (inout Backup) -> Void = { _ in }
  ) -> Backup {
    var backup = Fixture.backup(id, finished: Fixture.ago(Fixture.hours(hoursAgo)))
    change(&backup)
    return backup
  }

  private func assessed(_ catalog: BackupCatalog) -> ClusterSnapshot {
    Assessed.cluster { $0.backups = Fixture.observed(catalog, source: "catalog") }
  }

  private static let foreign: [(DatabaseIdentity, DatabaseIdentity)] = [
    (DatabaseIdentity(majorVersion: 16), DatabaseIdentity(majorVersion: 17)),
    (DatabaseIdentity(majorVersion: 17), DatabaseIdentity(majorVersion: 16)),
    (
      DatabaseIdentity(systemIdentifier: "7111111111111111111"),
      DatabaseIdentity(systemIdentifier: Fixture.systemIdentifier)
    ),
    (DatabaseIdentity(catalogID: 1), DatabaseIdentity(catalogID: 2)),
  ]

  @Test("no backup of what runs now: nothing of it can be restored", arguments: Self.foreign)
  func none(its: DatabaseIdentity, current: DatabaseIdentity) throws {
    let cluster = assessed(
      catalog(
        [20, 9].map { hours in backup("b\(hours)", hoursAgo: Double(hours)) { $0.identity = its } },
        current: current))
    #expect(cluster.verdict == .notRecoverable)
    let finding = try #require(cluster.findings.first)
    #expect(finding.id == "backup.foreign" && finding.severity == .critical)
    #expect(finding.headline.contains("b9") && finding.headline.contains("1 more"))
    #expect(finding.evidence.count == 2)
    #expect(!cluster.findings.contains { $0.id == "backup.gap" })
    let status = ClusterStatus(snapshot: cluster)
    #expect(status.backups?.count == 0 && status.backups?.lastFinishedAt == nil)
    #expect(status.window?.first == nil && status.rto == nil)
  }

  @Test("the same system under two numbers of the catalog is the same database")
  func stanzaThatWentBack() {
    let system = Fixture.systemIdentifier
    let cluster = assessed(
      catalog(
        [
          backup("b9", hoursAgo: 9) {
            $0.identity = DatabaseIdentity(systemIdentifier: system, catalogID: 1)
          }
        ], current: DatabaseIdentity(systemIdentifier: system, catalogID: 2)))
    #expect(!cluster.findings.contains { $0.id == "backup.foreign" })
  }

  /// The identifier that initdb would make so many hours before the fixture's date.
  private func madeSystem(hoursAgo hours: Double) -> String {
    "\(UInt64(Fixture.ago(Fixture.hours(hours)).timeIntervalSince1970) << 32 | 0x1234)"
  }

  @Test("a backup from before the database was made is of another", arguments: [12.0, 8.5, 8.95])
  func olderThanTheSystem(hours: Double) throws {
    var old = catalog([backup("b9", hoursAgo: 9)])
    old.systemIdentifier = nil
    let cluster = Assessed.cluster { [old] in
      $0.backups = Fixture.observed(old, source: "catalog")
      $0.changeInstances { list in
        for index in list.indices {
          list[index].systemIdentifier = self.madeSystem(hoursAgo: hours)
        }
      }
    }
    // Clocks may differ by minutes.
    let isOlder = hours == 8.5
    #expect((cluster.verdict == .notRecoverable) == isOlder, "\(cluster.findings.map(\.headline))")
    if isOlder {
      let finding = try #require(cluster.findings.first { $0.id == "backup.foreign" })
      #expect(finding.headline.contains("was made at"))
    }
  }

  @Test("a backup of a timeline that the server has not come to is another server's")
  func laterTimeline() throws {
    func flawed(asked: Double) -> [BackupFlaw] {
      var catalog = BackupCatalog(backups: [
        backup("b20", hoursAgo: 20), backup("b9", hoursAgo: 9) { $0.timeline = 3 },
      ])
      catalog = catalog.judged(by: [
        Instance(
          name: "p", role: .primary, state: .running,
          observedAt: Fixture.ago(Fixture.hours(9)).addingTimeInterval(asked), timeline: 2)
      ])
      return catalog.flawed.map(\.flaw)
    }
    #expect(flawed(asked: 3600) == [.laterTimeline(its: 3, current: 2)])
    // What a server said before a failover says nothing of the backups after it.
    #expect(flawed(asked: -60) == [] && flawed(asked: 60) == [])
  }

  @Test(
    "a backup that ended after the server's history left its timeline is of another branch",
    arguments: [
      (UInt32(1), UInt64(0x500), UInt32(2), true), (1, 0x300, 2, false), (1, 0x500, 1, false),
      (2, 0x300, 3, true), (3, 0x900, 3, false),
    ] as [(UInt32, UInt64, UInt32, Bool)])
  func otherBranch(timeline: UInt32, stop: UInt64, running: UInt32, isOther: Bool) {
    let switches = [
      TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(0x400)),
      // From the first again, as after a recovery to an earlier moment.
      TimelineSwitch(timeline: 3, parent: 1, switchedAt: LSN(0x350)),
    ]
    let primary = Instance(
      name: "p", role: .primary, state: .running, observedAt: Fixture.date, timeline: running)
    var catalog = BackupCatalog(backups: [
      backup("b9", hoursAgo: 9) {
        $0.timeline = timeline
        $0.startLSN = LSN(0x100)
        $0.stopLSN = LSN(stop)
      }
    ])
    catalog = catalog.judged(by: [primary], switches: switches)
    let isFlawed = catalog.flawed.contains {
      if case .otherBranch = $0.flaw { true } else { false }
    }
    #expect(isFlawed == isOther, "\(catalog.flawed)")
    #expect(catalog.judged(by: [primary]).line == (running == 1 ? catalog.line : nil))
  }

  @Test("the same database, or one that nobody names, counts", arguments: Self.foreign)
  func same(its: DatabaseIdentity, current: DatabaseIdentity) {
    // The server that runs is of 15, and it is the one to say so.
    var own = current
    own.majorVersion = current.majorVersion.map { _ in 15 }
    let known = assessed(
      catalog([backup("b", hoursAgo: 9) { [own] in $0.identity = own }], current: own))
    #expect(known.verdict == .likely || known.verdict == .proven)
    let silent = assessed(catalog([backup("b", hoursAgo: 9)], current: current))
    #expect(!silent.findings.contains { $0.id == "backup.foreign" })
    let unknown = assessed(catalog([backup("b", hoursAgo: 9) { $0.identity = its }]))
    // The server that runs says who it is, whatever the catalog knows.
    let told = its.systemIdentifier != nil || its.majorVersion != nil
    #expect(
      unknown.findings.contains { $0.id == "backup.foreign" } == (told && its.majorVersion != 15))
  }

  @Test func olderOnesOfAFormerDatabaseAreARemark() throws {
    let cluster = assessed(
      catalog(
        [
          backup("old", hoursAgo: 30) { $0.identity.majorVersion = 14 },
          backup("20261122-030000F", hoursAgo: 9) { $0.identity.majorVersion = 15 },
        ], current: DatabaseIdentity(majorVersion: 15)))
    let finding = try #require(cluster.findings.first { $0.id == "backup.foreign" })
    #expect(finding.severity == .info && finding.ceiling == .proven)
    #expect(cluster.verdict == .proven)
    #expect(ClusterStatus(snapshot: cluster).backups?.count == 1)
  }

  @Test func aNewerOneOfAnotherDatabaseNeedsAPerson() throws {
    let cluster = assessed(
      catalog(
        [
          backup("20261122-030000F", hoursAgo: 9),
          backup("strange", hoursAgo: 1) { $0.identity.catalogID = 3 },
        ], current: DatabaseIdentity(catalogID: 2)))
    let finding = try #require(cluster.findings.first { $0.id == "backup.foreign" })
    #expect(finding.severity == .critical && cluster.verdict == .atRisk)
    #expect(finding.headline.contains("20261122-030000F is the newest that can"))
  }

  @Test("a former cluster of the same name", arguments: [DatabaseOrigin.Kind.new, .recovered])
  func former(kind: DatabaseOrigin.Kind) throws {
    let origin = DatabaseOrigin(begunAt: Fixture.ago(Fixture.hours(5)), kind: kind)
    let before = assessed(catalog([backup("b", hoursAgo: 9)], origin: origin))
    #expect(before.verdict == (kind == .new ? .notRecoverable : .atRisk))
    #expect(before.findings.first?.id == "backup.foreign")
    let since = assessed(catalog([backup("b", hoursAgo: 4)], origin: origin))
    #expect(!since.findings.contains { $0.id == "backup.foreign" })
    // One that ended after it began, but says that another object took it.
    let other = assessed(
      catalog(
        [backup("b", hoursAgo: 4) { $0.identity.objectID = "u-1" }],
        current: DatabaseIdentity(objectID: "u-2"), origin: origin))
    let said = other.findings.first { $0.id == "backup.foreign" }
    #expect(said?.headline.contains("its object had another UID") == true)
  }

  @Test("a piece is missing", arguments: [(true, Verdict.notRecoverable), (false, .atRisk)])
  func lacking(dataToo: Bool, verdict: Verdict) throws {
    let cluster = assessed(
      catalog([
        backup("snap", hoursAgo: 9) {
          $0.lacks = ["the WAL volume (PG_WAL)"]
          $0.lacksData = dataToo
        }
      ]))
    #expect(cluster.verdict == verdict)
    // Words that say that all is lost do not stand beside a verdict that says otherwise.
    #expect((cluster.windowWords == nil) == dataToo)
    let finding = try #require(cluster.findings.first { $0.id == "backup.lacking" })
    #expect(finding.headline.contains("snap lacks the WAL volume (PG_WAL)"))
  }

  @Test func baseAndWALInTwoPlacesLeaveSomethingToAPerson() throws {
    func cluster(_ place: String?) -> ClusterSnapshot {
      assessed(catalog([backup("b", hoursAgo: 9) { $0.place = place }], walPlace: "s3://a/x"))
    }
    let apart = cluster("s3://b/x")
    #expect(apart.verdict == .atRisk)
    let finding = try #require(apart.findings.first { $0.id == "backup.apart" })
    #expect(finding.headline.contains("s3://b/x") && finding.headline.contains("s3://a/x"))
    #expect(!cluster("s3://a/x").findings.contains { $0.id == "backup.apart" })
    #expect(!cluster(nil).findings.contains { $0.id == "backup.apart" })
  }

  @Test func aClaimOfAnotherDatabasesWindowIsNotBelieved() {
    let cluster = Assessed.cluster { report in
      report.walArchive = .pending
      report.backups = Fixture.observed(
        catalog(
          [
            backup("old", hoursAgo: 90) { $0.identity.majorVersion = 14 },
            backup("new", hoursAgo: 9) { $0.identity.majorVersion = 15 },
          ], current: DatabaseIdentity(majorVersion: 15)))
      report.claimedWindow = Fixture.observed(
        ClaimedWindow(
          first: Fixture.ago(Fixture.hours(90)), lastBackupAt: Fixture.ago(Fixture.hours(9)),
          claimant: "ObjectStore store"))
    }
    #expect(cluster.window?.first == Fixture.ago(Fixture.hours(9)))
    #expect(cluster.window?.restorable == ["new"])
  }

  @Test func aDrillOfABackupThatBecameForeignProvesNothingAnyMore() throws {
    let cluster = assessed(
      catalog(
        [
          backup("20261122-030000F", hoursAgo: 9) { $0.identity.catalogID = 1 },
          backup("new", hoursAgo: 7) { $0.identity.catalogID = 2 },
        ], current: DatabaseIdentity(catalogID: 2)))
    let finding = try #require(cluster.findings.first { $0.id == "drill.superseded" })
    #expect(finding.headline.contains("another database"))
    #expect(cluster.verdict == .likely)
  }
}
