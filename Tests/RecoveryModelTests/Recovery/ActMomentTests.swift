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
          ", the last that was found; 1 more before it stay done: see what was found")
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
}
