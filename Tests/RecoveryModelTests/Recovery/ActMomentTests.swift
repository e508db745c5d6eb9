import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// The moment just before an act that was found: which one, its own time, and what is lost from there.
struct ActMomentTests {
  private static func act(
    _ kind: FoundAct.Kind = .drop, minutesAgo: Double, at lsn: UInt64,
    _ relation: FoundRelation = FoundRelation(oid: 16402)
  ) -> FoundAct {
    FoundAct(
      kind: kind, at: Fixture.ago(minutesAgo * 60 - 0.4), transaction: 700, commit: LSN(lsn),
      database: 16384, relations: [relation])
  }

  private static func search(_ acts: [FoundAct]) -> ActSearch {
    var search = ActSearch(ActSearchOrder(from: Fixture.ago(7200), to: Fixture.date))
    search.acts = acts
    return search
  }

  private static let cluster = IncidentPageTests.cluster { _ in }
  private static let lost = act(minutesAgo: 5, at: 398 << 24 | 0x60)

  private static func third(_ search: ActSearch, chosen: RecoveryMoment? = nil) -> RecoveryChoice? {
    IncidentPage(cluster, acts: [], search: search, chosen: chosen, now: Fixture.date).choices.last
  }

  @Test func itIsToldByItsOwnTimeAndTheLossCountsFromThere() throws {
    let chart = RecoveryChart(
      Self.cluster, now: Fixture.date, search: Self.search([Self.lost]))
    let outlook = chart.outlook(of: Self.lost.moment)
    #expect(outlook.at == Self.lost.at && abs((outlook.loss.seconds ?? 0) - 299.6) < 0.01)
    #expect(!outlook.loss.isUpperBound)
    let lines = outlook.lines(zone: .utc, segmentSize: nil)
    // One figure for one span.
    #expect(
      lines[0].text.contains("just before 2026-11-22T11:55:00.4Z, 5m ago"), "\(lines[0].text)")
    #expect(lines.first { $0.label == "lost" }?.text.hasPrefix("5m of changes") == true)
    // Nobody has read of this one: it is known since when it may have been written.
    let unread = RecoveryChart(Self.cluster, now: Fixture.date).outlook(of: Self.lost.moment)
    #expect(unread.loss.isUpperBound && unread.before == nil)
    // With it instead of before it is another moment.
    let with = chart.outlook(of: RecoveryMoment(.position(Self.lost.target)))
    #expect(with.before == nil && with.loss.isUpperBound)
  }

  @Test("what somebody found is told by its own time, also by who did not look for it")
  func remembered() throws {
    var notes = ClusterNotes()
    notes.note([NotedAct(Self.lost, of: nil), NotedAct(Self.lost, of: nil)])
    #expect(notes.acts?.count == 1)
    let kept = try JSONDecoder().decode(ClusterNotes.self, from: JSONEncoder().encode(notes))
    var cluster = Self.cluster
    cluster.acts = kept.acts ?? []
    let chart = RecoveryChart(cluster, now: Fixture.date)
    let moments = [
      Self.lost.moment, RecoveryMoment(.transaction(700), isExclusive: true),
    ]
    for moment in moments {
      let before = chart.outlook(of: moment).before
      #expect(abs(before?.timeIntervalSince(Self.lost.at) ?? 1) < 1e-5, "\(moment.text)")
    }
  }

  @Test("each act is reachable from the page, and the earliest of a series says so")
  func others() {
    let acts = [
      Self.act(minutesAgo: 50, at: 396 << 24 | 0x60),
      Self.act(minutesAgo: 12, at: 397 << 24 | 0x60), Self.lost,
      Self.act(minutesAgo: 3, at: 399 << 24 | 0x60),
    ]
    let page = IncidentPage(
      Self.cluster, acts: [], search: Self.search(acts), now: Fixture.date)
    #expect(page.advised == acts[3].moment)
    #expect(page.others.map(\.act.moment) == acts.prefix(3).map(\.moment))
    #expect(page.others.map(\.series) == [1, 3, 0] && page.others.allSatisfy(\.isReachable))
    let lines = page.lines(zone: .utc, room: .whole).filter { $0.label == "or before" }
    #expect(lines[1].text.hasSuffix("--at '\(acts[1].moment.text)'; the first of 3 close together"))
    let short = page.lines(zone: .utc).filter { $0.label == "or before" }
    #expect(short.count == 2 && short[1].text.contains("1 more: pgvigil find"))
    let one = IncidentPage(
      Self.cluster, acts: [], search: Self.search([Self.lost]), now: Fixture.date)
    #expect(one.others.isEmpty)
  }

  @Test func anActOfThisSecondIsALoss() {
    let act = Self.act(minutesAgo: 0.4 / 60, at: 400 << 24 | 0x60)
    let outlook = RecoveryChart(Self.cluster, now: Fixture.date, search: Self.search([act]))
      .outlook(of: act.moment)
    #expect(outlook.loss.words.hasPrefix("1s of changes"))
  }

  @Test func oneMomentIsShownAndSaidWhich() throws {
    let later = Self.act(minutesAgo: 3, at: 399 << 24 | 0x60)
    let search = Self.search([Self.lost, later])
    let last = try #require(Self.third(search))
    #expect(
      last.outlook?.moment == later.moment
        && last.why.hasSuffix(
          ", the last that was found; 1 more before it is not taken back: see what was found")
    )
    let chosen = try #require(Self.third(search, chosen: Self.lost.moment))
    #expect(chosen.outlook?.moment == Self.lost.moment)
    #expect(chosen.kind == .beforeAct && chosen.why.hasSuffix(", where the cursor stands"))
    let time = RecoveryMoment(.time(Fixture.ago(1200)))
    let other = try #require(Self.third(search, chosen: time))
    #expect(other.kind == .chosen && other.outlook?.moment == time)
    let page = IncidentPage(
      Self.cluster, acts: [], search: search, chosen: Self.lost.moment, now: Fixture.date)
    #expect(page.advised == Self.lost.moment)
  }

  @Test func whatPgvigilClearsAwayIsNoDisaster() {
    let beside = Self.act(
      .truncate, minutesAgo: 2, at: 400 << 24,
      FoundRelation(oid: 9, name: "public.user_entity_recovered"))
    let marker = Self.act(
      .delete, minutesAgo: 1, at: 400 << 24 | 0x60, FoundRelation(oid: 8, name: "pgvigil.marker"))
    let search = Self.search([Self.lost, beside, marker])
    #expect(search.offered(marker: "pgvigil.marker") == Self.lost)
    #expect(Self.search([marker]).offered(marker: "pgvigil.marker") == nil)
  }

  @Test func whatWasMadeInTheStretchComesLast() {
    var copy = FoundRelation(oid: 9)
    copy.madeAt = Fixture.ago(600)
    let drop = Self.act(minutesAgo: 1, at: 400 << 24, copy)
    #expect(Self.search([Self.lost, drop]).offered(marker: nil) == Self.lost)
    // Where nothing else is found it is offered all the same.
    #expect(Self.search([drop]).offered(marker: nil) == drop)
  }

  // MARK: Which act

  @Test("one transaction is one act, told by what has a name")
  func whole() throws {
    var drop = Self.act(
      minutesAgo: 5, at: 398 << 24 | 0x60, FoundRelation(oid: 16402))
    drop.relations += [FoundRelation(oid: 16410), FoundRelation(oid: 16411)]
    var empty = Self.act(
      .truncate, minutesAgo: 5, at: 398 << 24 | 0x60,
      FoundRelation(oid: 9, name: "public.orders"))
    empty.databaseName = "shop"
    let search = Self.search([drop, empty])
    for chosen in [nil, drop.moment] {
      let why = try #require(Self.third(search, chosen: chosen)).why
      #expect(why.hasPrefix("TRUNCATE of public.orders in shop, with it 3 more relations at"))
      #expect(!why.contains("not taken back"))
    }
    #expect(Self.search([empty, drop]).offered(marker: nil) == empty)
    // The later act is gone back before, whether it has a name or not.
    let later = Self.act(minutesAgo: 4, at: 399 << 24)
    #expect(Self.search([drop, empty, later]).offered(marker: nil) == later)
  }

  @Test func whatIsPostgreSQLsOwnOrMayBeARewriteIsNotOfferedFirst() {
    var system = FoundRelation(oid: 9, name: "pg_catalog.pg_class")
    system.isSystem = true
    let own = Self.act(.truncate, minutesAgo: 2, at: 400 << 24, system)
    #expect(Self.search([Self.lost, own]).offered(marker: nil) == Self.lost)
    #expect(Self.search([own]).offered(marker: nil) == nil)
    let unclear = Self.act(.unclear, minutesAgo: 1, at: 400 << 24)
    #expect(Self.search([Self.lost, unclear]).offered(marker: nil) == Self.lost)
    #expect(Self.search([unclear]).offered(marker: nil) == unclear)
  }

  // MARK: Mended

  /// The step that says how to go back.
  private static func step(
    _ search: ActSearch, in cluster: ClusterSnapshot = cluster, acts: [IncidentAct] = []
  ) -> String? {
    IncidentPage(cluster, acts: acts, search: search, now: Fixture.date).steps.first
  }

  private static var named: ActSearch {
    var act = act(
      .delete, minutesAgo: 5, at: 398 << 24 | 0x60, FoundRelation(oid: 9, name: "public.orders"))
    act.databaseName = "shop"
    return search([act])
  }

  @Test func theCommandNamesTheTableWhereItIsKnown() {
    #expect(
      Self.step(Self.named)
        == "Unless it was mended since: pgvigil plan recovery auth-db --at 'before 1/8E000060' "
        + "--database shop --table public.orders")
    #expect(Self.step(Self.search([Self.lost]))?.hasSuffix("--at 'before 1/8E000060'") == true)
  }

  @Test func whatLiesRecoveredIsGivenBackFrom() {
    var cluster = Self.cluster
    cluster.report.kept = [
      KeptRecovery(
        id: "a", place: "/srv/a", moment: "before 1/8E000060", since: Fixture.ago(60),
        by: "oncall", connect: "")
    ]
    let step = Self.step(Self.named, in: cluster)
    #expect(step?.hasPrefix("It lies recovered in /srv/a. Unless it was given back") == true)
    #expect(step?.contains("--to /srv/a --database shop --table public.orders") == true)
    var done = IncidentAct(
      at: Fixture.ago(120), who: "oncall@jump",
      what: "recover ended done: recovery to before 1/8E000060, made x and kept in /srv/a")
    done.recovered = "before 1/8E000060"
    #expect(
      Self.step(Self.named, acts: [done])?.hasPrefix(
        "Unless it was mended from what oncall@jump recovered 2026-11-22T11:58:00Z: pgvigil plan")
        == true)
  }

  @Test func whatProductionWentBackToBeforeIsUndone() throws {
    let cluster = IncidentPageTests.cluster { report in
      var archive = Fixture.walArchive()
      archive.switches = [
        TimelineSwitch(timeline: 2, parent: 1, switchedAt: Self.lost.target)
      ]
      report.walArchive = Fixture.observed(archive)
      var status = Fixture.archiveStatus()
      status.timeline = 2
      report.archive = Fixture.observed(status)
    }
    let earlier = Self.act(minutesAgo: 9, at: 396 << 24 | 0x60)
    let chart = RecoveryChart(cluster, now: Fixture.date)
    var search = Self.search([earlier, Self.lost])
    search.lastSegment = "000000010000000100000090"
    let choice = try #require(chart.choices(search: search).last)
    #expect(choice.outlook?.moment == earlier.moment)
    #expect(choice.why.contains("but for what was cleared away or is undone"))
    search.acts = [Self.lost]
    let none = try #require(chart.choices(search: search).last)
    #expect(none.outlook == nil && none.why.contains("none of it is left to go back before"))
    // One that was found on the new timeline is not.
    search.lastSegment = "000000020000000100000090"
    let new = try #require(chart.choices(search: search).last)
    #expect(new.outlook?.moment == Self.lost.moment)
  }
}
