import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What the expiry behind the next base backup takes away, and what of it is still open.
struct NextExpiryTests {
  private static func full(_ id: String, hoursAgo: Double, _ segment: UInt64) -> Backup {
    Fixture.backup(
      id, finished: Fixture.ago(Fixture.hours(hoursAgo)), from: segment, through: segment + 1)
  }

  private static let three = [
    full("a", hoursAgo: 9, 129), full("b", hoursAgo: 6, 220), full("c", hoursAgo: 1, 370),
  ]

  private static func cluster(
    _ policy: RetentionPolicy, _ backups: [Backup] = three, acts: [FoundAct] = [],
    _ change: @escaping (inout EngineReport) -> Void = { _ in }
  ) -> ClusterSnapshot {
    var notes = ClusterNotes()
    notes.note(acts.map { NotedAct($0, of: Fixture.systemIdentifier, timeline: 1) })
    return Assessed.cluster(watched: false, notes: notes) { report in
      report.backups = Fixture.observed(Fixture.catalog(backups))
      report.retention = Fixture.observed(policy)
      change(&report)
    }
  }

  private static func act(hoursAgo: Double, at segment: UInt64) -> FoundAct {
    FoundAct(
      kind: .drop, at: Fixture.ago(Fixture.hours(hoursAgo)), transaction: UInt32(segment),
      commit: LSN(segment << 24 | 0x60), database: 16384,
      relations: [FoundRelation(oid: 16402, name: "public.orders")])
  }

  private static let keepingTwo = RetentionPolicy(fullCount: 2, text: "repo1-retention-full=2")

  @Test func byCountTheOldestGoWithAllThatNeedsThem() throws {
    let increment = Fixture.backup(
      "a_i", kind: .incremental, finished: Fixture.ago(Fixture.hours(8)), from: 150, through: 151,
      dependsOn: ["a"])
    let backups = [Self.three[0], increment] + Self.three[1...]
    let gone = Self.keepingTwo.expired(of: backups, after: .full, at: Fixture.date)
    #expect(gone.map(\.id) == ["a", "a_i", "b"])
    #expect(
      Self.keepingTwo.expired(of: backups, after: .incremental, at: Fixture.date).map(\.id)
        == ["a", "a_i"])
    let expiry = try #require(NextExpiry(Self.cluster(Self.keepingTwo), at: Fixture.date))
    #expect(
      expiry.words
        == "Expiry after it takes 2 backups (a, b): nothing before 2026-11-22T11:00:00Z can be reached then"
    )
    let enough = RetentionPolicy(fullCount: 4, text: "")
    #expect(NextExpiry(Self.cluster(enough), at: Fixture.date) == nil)
    let none = RetentionPolicy(text: "not set")
    #expect(NextExpiry(Self.cluster(none), at: Fixture.date) == nil)
  }

  @Test("by time the newest that is older than the period stays, as moments within it need it")
  func byTime() throws {
    let policy = RetentionPolicy(period: Fixture.hours(5), text: "5h")
    #expect(
      policy.expired(of: Self.three, after: .full, at: Fixture.date).map(\.id) == ["a"])
    let long = RetentionPolicy(period: Fixture.hours(7), text: "7h")
    #expect(long.expired(of: Self.three, after: .full, at: Fixture.date).isEmpty)
  }

  @Test func anActThatCouldNotBeGoneBackBeforeThenIsNamed() throws {
    let acts = [Self.act(hoursAgo: 3, at: 310), Self.act(hoursAgo: 0.5, at: 385)]
    let expiry = try #require(
      NextExpiry(Self.cluster(Self.keepingTwo, acts: acts), at: Fixture.date))
    #expect(expiry.wanted.count == 1)
    #expect(
      expiry.words.hasSuffix(
        ". Still open is: DROP of public.orders in database 16384, 2026-11-22T09:00:00Z"))
    let copied = Self.cluster(Self.keepingTwo, acts: [acts[0]]) { report in
      report.kept = [
        KeptRecovery(
          id: "k", place: "/srv/k", moment: acts[0].moment.text, since: Fixture.date, by: "ann",
          connect: "")
      ]
    }
    #expect(NextExpiry(copied, at: Fixture.date)?.wanted == [])
    // What no base backup leads to now is not taken away then.
    let gone = try #require(
      NextExpiry(
        Self.cluster(Self.keepingTwo, acts: [Self.act(hoursAgo: 9.5, at: 110)]), at: Fixture.date))
    #expect(gone.wanted.isEmpty)
  }

  @Test func aPrimaryThatIsGoneAndARecoveryUnderWayAreOpen() throws {
    let cluster = Self.cluster(Self.keepingTwo) { report in
      report.changeInstances { $0[0].state = .unreachable(reason: "connection refused") }
      var recovery = RecoveryUnderWay(
        place: "/srv/copy", stage: .restoring, observedAt: Fixture.date, label: "a")
      var other = recovery
      (other.place, other.label) = ("/srv/other", "c")
      recovery.since = Fixture.ago(10)
      report.recoveries = [recovery, other]
    }
    let expiry = try #require(NextExpiry(cluster, at: Fixture.date))
    #expect(
      expiry.wanted == ["a primary that does not answer", "the recovery into /srv/copy"])
  }

  @Test func whereWALIsKeptOfTheNewestAloneTheNewOneIsTheFirst() throws {
    var policy = RetentionPolicy(fullCount: 9, text: "")
    policy.wal = WALRetention(backups: 1, text: "repo1-retention-archive=1")
    let expiry = try #require(NextExpiry(Self.cluster(policy), at: Fixture.date))
    #expect(
      expiry.words == "Expiry after it takes WAL: nothing before its own end can be reached then")
  }

  @Test func aPlanWarnsWhereSomethingIsOpenAndElseTellsIt() throws {
    func plan(_ acts: [FoundAct]) throws -> OperationPlan {
      var plan = OperationPlan(
        id: "x", cluster: "auth-db", request: .backup(.full), title: "", steps: [], notes: ["other"]
      )
      plan.sparing = "Without expiry: pgbackrest --no-expire-auto"
      plan.note(
        try #require(NextExpiry(Self.cluster(Self.keepingTwo, acts: acts), at: Fixture.date)))
      return plan
    }
    let quiet = try plan([])
    #expect(
      quiet.warnings.isEmpty && quiet.notes[0].hasPrefix("Expiry after it")
        && quiet.notes.count == 2)
    let open = try plan([Self.act(hoursAgo: 3, at: 310)])
    #expect(open.notes == ["other"])
    #expect(open.warnings[0].hasSuffix("Z. Without expiry: pgbackrest --no-expire-auto"))
  }
}
