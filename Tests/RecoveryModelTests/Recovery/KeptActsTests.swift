import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What somebody found destroyed stands on the page of whoever comes later.
struct KeptActsTests {
  private static func act(
    _ name: String?, minutesAgo: Double, at segment: UInt64, kind: FoundAct.Kind = .drop,
    tables: Int = 1
  ) -> FoundAct {
    var act = FoundAct(
      kind: kind, at: Fixture.ago(minutesAgo * 60 - 0.25), transaction: UInt32(segment),
      commit: LSN(segment << 24 | 0x60), database: 16384,
      relations: (0..<tables).map {
        FoundRelation(oid: 16402 + UInt32($0), name: name.map { "public.\($0)" })
      })
    act.databaseName = name == nil ? nil : "shop"
    return act
  }

  private static func cluster(
    _ acts: [FoundAct], timeline: UInt32? = 1, _ change: (inout EngineReport) -> Void = { _ in }
  ) throws -> ClusterSnapshot {
    var notes = ClusterNotes()
    notes.note(acts.map { NotedAct($0, of: nil, timeline: timeline) })
    let kept = try RecordCoding.decode(ClusterNotes.self, from: RecordCoding.encode(notes))
    var cluster = IncidentPageTests.cluster(change)
    cluster.acts = kept.acts ?? []
    return cluster
  }

  private static func page(_ cluster: ClusterSnapshot, _ search: ActSearch? = nil) -> IncidentPage {
    IncidentPage(cluster, acts: [], search: search, now: Fixture.date)
  }

  @Test func theyStandThereWithTheirNamesAndTheirTime() throws {
    let acts = [Self.act("a", minutesAgo: 30, at: 380), Self.act("b", minutesAgo: 10, at: 395)]
    let page = Self.page(try Self.cluster(acts))
    #expect(page.advised == acts[1].moment && page.others.map(\.act.moment) == [acts[0].moment])
    let text = IncidentPageTests.text(page)
    #expect(
      text.contains("before act: before 1/8B000060, DROP of public.b in shop at 2026"),
      "\(text)")
    #expect(page.steps[0].hasSuffix("--database shop --table public.b"))
    #expect(abs(page.others[0].act.at.timeIntervalSince(acts[0].at)) < 1e-5)
  }

  @Test("a later search adds to them, and what it names wins over what had no name")
  func joined() throws {
    let old = Self.act(nil, minutesAgo: 30, at: 380)
    var cluster = try Self.cluster([old])
    var search = ActSearch(ActSearchOrder(from: Fixture.ago(900), to: Fixture.date))
    #expect(Self.page(cluster, search).advised == old.moment)
    search.acts = [Self.act("b", minutesAgo: 10, at: 395)]
    let page = Self.page(cluster, search)
    #expect(page.advised == search.acts[0].moment && page.others.count == 1)
    var notes = ClusterNotes()
    notes.note([NotedAct(old, of: nil)])
    notes.note([NotedAct(Self.act("a", minutesAgo: 30, at: 380), of: nil)])
    notes.note([NotedAct(old, of: nil)])
    cluster.acts = notes.acts ?? []
    #expect(cluster.acts.map { $0.found?.isNamed } == [true])
  }

  @Test(
    "what production has gone back to before since is none of them, nor what was kept without a word"
  )
  func leftBehind() throws {
    let act = Self.act("a", minutesAgo: 30, at: 380)
    let cluster = try Self.cluster([act]) { report in
      var status = Fixture.archiveStatus()
      status.timeline = 2
      report.archive = Fixture.observed(status)
      var archive = Fixture.walArchive()
      archive.switches = [
        TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(379 << 24))
      ]
      report.walArchive = Fixture.observed(archive)
    }
    #expect(cluster.keptSearch == nil && Self.page(cluster).advised == nil)
    let bare = #"{"seconds":1,"target":"0/7","transaction":3}"#
    let known = try RecordCoding.decode(NotedAct.self, from: Array(bare.utf8))
    #expect(known.found == nil)
  }

  @Test func ofManyRelationsAFewAreKeptAndTheRestCounted() throws {
    let many = Self.act("t", minutesAgo: 5, at: 398, tables: 500)
    let found = try #require(try Self.cluster([many]).acts.first?.found)
    #expect(found.relations.count == 12 && found.untold == 488 && found.what == many.what)
  }

  @Test("production is stopped for a whole database or many tables, and not for one")
  func proportion() throws {
    let stop = "The primary answers: stop what writes to it first"
    func first(_ acts: [FoundAct]) throws -> String { Self.page(try Self.cluster(acts)).steps[0] }
    #expect(try first([Self.act("a", minutesAgo: 5, at: 398)]).hasPrefix("Unless it was mended"))
    #expect(try first([Self.act("a", minutesAgo: 5, at: 398, tables: 4)]).hasPrefix(stop))
    // A table with its indexes, of which nobody tells the names.
    #expect(try !first([Self.act(nil, minutesAgo: 5, at: 398, tables: 9)]).hasPrefix(stop))
    var whole = Self.act(nil, minutesAgo: 5, at: 398, kind: .dropDatabase, tables: 0)
    #expect(try first([whole]).hasPrefix(stop))
    whole.databaseName = "shop"
    #expect(Self.page(try Self.cluster([whole])).steps[1].hasSuffix("--database shop"))
    let series = (0..<4).map { Self.act("a", minutesAgo: 6 - Double($0), at: 395 + UInt64($0)) }
    #expect(try first(series).hasPrefix(stop))
  }

  @Test func eachActTellsWhereItLiesRecovered() throws {
    let acts = [Self.act("a", minutesAgo: 30, at: 380), Self.act("b", minutesAgo: 10, at: 395)]
    let cluster = try Self.cluster(acts) { report in
      report.kept = acts.map { act in
        KeptRecovery(
          id: "k", place: "/srv/\(act.transaction)", moment: act.moment.text,
          since: Fixture.ago(60), by: "ann", connect: "")
      }
    }
    let text = IncidentPageTests.text(Self.page(cluster))
    #expect(text.contains("It lies recovered in /srv/395"))
    #expect(text.contains("--at 'before 1/7C000060'; it lies recovered in /srv/380"), "\(text)")
  }

  @Test("whether each can be reached is asked once, until something is another than before")
  func askedOnce() throws {
    var cluster = try Self.cluster([Self.act("a", minutesAgo: 30, at: 380)])
    var before = cluster
    let target = LSN(380 << 24 | 0x60)
    cluster.judgeActs(after: nil)
    #expect(cluster.reachOfActs == [target: true])
    before.reachOfActs = [target: false]
    cluster.judgeActs(after: before)
    #expect(cluster.reachOfActs == [target: false])
    before.window?.last = Fixture.ago(1)
    cluster.judgeActs(after: before)
    #expect(cluster.reachOfActs == [target: true])
  }
}
