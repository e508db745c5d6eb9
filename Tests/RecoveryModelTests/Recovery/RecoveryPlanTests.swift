import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What a recovery is asked for with, before any engine has its say.
struct RecoveryPlanTests {
  private static func chart(_ cluster: ClusterSnapshot? = nil) -> RecoveryChart {
    RecoveryChart(
      cluster ?? RecoveryChartTests.cluster(Fixture.walArchive(), RecoveryChartTests.two),
      now: Fixture.date)
  }

  private static func order(
    _ target: RecoveryMoment.Target, exclusive: Bool = false, from label: String? = nil
  ) throws -> RecoveryOrder {
    try chart().order(
      RecoveryQuestion(RecoveryMoment(target, isExclusive: exclusive), from: label))
  }

  @Test("a target has PostgreSQL's names and a form that needs nobody's zone")
  func settings() {
    func settings(_ target: RecoveryMoment.Target, _ exclusive: Bool = false) -> [String] {
      PostgresTarget(RecoveryMoment(target, isExclusive: exclusive)).settings(timeline: 3)
        .map { "\($0.name)=\($0.value)" }
    }
    let end = ["recovery_target_timeline=3", "recovery_target_action=promote"]
    let time = Date(timeIntervalSince1970: 1_795_300_000.25)
    #expect(settings(.latest) == ["recovery_target_timeline=3"])
    #expect(settings(.time(time)) == ["recovery_target_time=2026-11-21 22:26:40.25+00"] + end)
    #expect(
      settings(.time(time), true) == [
        "recovery_target_time=2026-11-21 22:26:40.25+00", "recovery_target_inclusive=off",
      ] + end)
    #expect(settings(.position(LSN(0x3_7A00_0060))) == ["recovery_target_lsn=3/7A000060"] + end)
    // The log knows the lower half of a transaction's number alone.
    #expect(settings(.transaction(0x2_0000_0309)) == ["recovery_target_xid=777"] + end)
    #expect(settings(.restorePoint("before")) == ["recovery_target_name=before"] + end)
    #expect(settings(.backup("x")) == ["recovery_target=immediate"] + end)
  }

  @Test func theBaseIsTheLastThatHadEndedAndTheTimelineIsTold() throws {
    let order = try Self.order(.time(Fixture.ago(7_000)))
    #expect(order.baseID == "old" && order.timeline == 1 && order.doubt == nil)
    #expect(order.checks.allSatisfy { $0.satisfied != false })
    #expect(try Self.order(.time(Fixture.ago(600))).baseID == "new")
    #expect(try Self.order(.backup("old")).target.kind == .immediate)
    let slip = #expect(throws: RecoveryError.self) {
      try Self.order(.time(Fixture.date + 86_400 * 365))
    }
    #expect(slip?.message.contains("has not come yet") == true)
    // The same of a place in the WAL that nobody has written to.
    for target in [
      RecoveryMoment.Target.position(LSN(.max)), .transaction(1 << 40),
    ] {
      let error = #expect(throws: RecoveryError.self) { try Self.order(target) }
      #expect(error?.code == .invalid && error?.message.contains("has not come yet") == true)
    }
  }

  @Test func anotherBaseCanBeNamedIfItLeadsThere() throws {
    #expect(try Self.order(.time(Fixture.ago(600)), from: "old").baseID == "old")
    #expect(throws: RecoveryError.self) { try Self.order(.time(Fixture.ago(7_000)), from: "new") }
    let error = #expect(throws: RecoveryError.self) { try Self.order(.latest, from: "nosuch") }
    #expect(error?.message.contains("no backup is named nosuch") == true)
    #expect(error?.remedy.contains("old, new") == true)
  }

  @Test("what lies recovered gives back though no base backup leads there any more")
  func keptWithoutABase() throws {
    let moment = RecoveryMoment(.time(Fixture.ago(90_000)))
    let question = RecoveryQuestion(moment, into: "/srv/copy")
    var cluster = RecoveryChartTests.cluster(Fixture.walArchive(), RecoveryChartTests.two)
    #expect(throws: RecoveryError.self) { try Self.chart(cluster).order(question) }
    cluster.report.kept = [
      KeptRecovery(
        id: "k", place: "/srv/copy", moment: moment.text, since: Fixture.ago(600), by: "ann",
        connect: "")
    ]
    let order = try Self.chart(cluster).order(question)
    #expect(order.base == nil && order.checksOfKept.allSatisfy { $0.satisfied == nil })
    // Nothing is recovered from a base backup that came later.
    #expect(order.checks.contains { $0.satisfied == false })
    let other = RecoveryQuestion(moment, into: "/srv/other")
    #expect(throws: RecoveryError.self) { try Self.chart(cluster).order(other) }
  }

  @Test func withoutATargetItIsToldHowFarItMustHaveCome() throws {
    let order = try Self.order(.latest)
    #expect(order.floor == LSN(400 << 24))
    #expect(order.proof(psql: "psql").what.contains("\(LSN(400 << 24)) or later"))
    #expect(try Self.order(.backup("old")).floor == nil)
  }

  @Test func whereNobodyKnowsWhereTheTargetLiesThatIsUnknownAndNotPassed() throws {
    for target in [RecoveryMoment.Target.restorePoint("before-upgrade"), .transaction(77)] {
      let order = try Self.order(target)
      #expect(order.baseID == "new" && order.doubt != nil)
      let reach = try #require(order.checks.first)
      #expect(reach.satisfied == nil && reach.detail.contains("name an older backup"))
    }
    #expect(try Self.order(.restorePoint("x"), from: "old").baseID == "old")
  }

  @Test("a backup that ended after the moment is refused for that, in plans and in drills")
  func tooLate() throws {
    let time = RecoveryMoment(.time(Fixture.ago(7_000)))
    let planned = #expect(throws: RecoveryError.self) { try Self.order(time.target, from: "new") }
    let drilled = #expect(throws: RecoveryError.self) {
      try Self.chart().outlook(ofDrillTo: time, from: "new")
    }
    for error in [planned, drilled] {
      #expect(error?.message.contains("backup new ended at ") == true, "\(error?.message ?? "")")
      #expect(error?.message.contains("after \(time.text)") == true)
    }
    // One that ended long before is another matter.
    let early = #expect(throws: RecoveryError.self) {
      try Self.chart().outlook(ofDrillTo: RecoveryMoment(.time(Fixture.ago(600))), from: "old")
    }
    #expect(early?.message.contains("is not the one") == true)
  }

  @Test(
    "a restore point that no setting can carry is refused before anybody is asked",
    arguments: [
      ("it's", true, false), (#"a\b"#, true, false), ("a\nb", true, true),
      (String(repeating: "x", count: 64), true, true), ("good one", false, false),
      ("größe \"q\"", false, false),
    ])
  func names(name: String, verbatim: Bool, always: Bool) throws {
    let moment = RecoveryMoment(.restorePoint(name))
    #expect((moment.objection(isVerbatim: true) != nil) == verbatim)
    #expect((moment.objection(isVerbatim: false) != nil) == always)
    guard always else { return }
    let planned = #expect(throws: RecoveryError.self) { try Self.order(moment.target) }
    let drilled = #expect(throws: RecoveryError.self) {
      try Self.chart().outlook(ofDrillTo: moment, from: nil)
    }
    #expect(planned?.code == .refused && planned == drilled)
    #expect(planned?.remedy.contains("LSN") == true)
  }

  @Test(
    "what is to stand in commands is a name",
    arguments: [
      ("public.user_entity", "public.user_entity_recovered"),
      (#""My shop".orders"#, #""My shop".orders_recovered"#),
      (#"s."T""#, #"s."T_recovered""#), ("a; DROP TABLE b", nil), (#"a."b"#, nil), ("", nil),
      ("a'b", nil), ("a\nb", nil),
    ] as [(String, String?)])
  func lostTables(name: String, beside: String?) {
    #expect(LostTable(database: "d", name: name)?.beside == beside)
    #expect(LostTable(database: "", name: name) == nil)
  }

  @Test func whatCannotBeReachedHasNoPlanAndSaysWhatCan() {
    let error = #expect(throws: RecoveryError.self) {
      try Self.order(.time(Fixture.ago(40_000)))
    }
    #expect(error?.code == .refused && error?.message.contains("no base backup had ended") == true)
    #expect(error?.remedy.contains("backup old") == true)
  }

  @Test func aMomentWithoutALaterCommitIsNotCalledGood() throws {
    let check = try #require(
      try Self.order(.time(Fixture.ago(7_000))).checks.first { $0.what.contains("commit") })
    #expect(check.satisfied == nil)
  }

  // MARK: What is written

  static func plan(_ order: RecoveryOrder) -> RecoveryPlan {
    RecoveryPlan(
      order: order, engineTitle: "pgBackRest", place: "/srv/copy",
      checks: [
        .met("the moment can be reached", "reachable"), .unknown("port 5433 is free", "not seen"),
        .notMet("there is room for it", "1 GiB free, 2 GiB needed"),
      ],
      roads: [
        RecoveryRoad(
          .inPlace, title: "IN PLACE",
          steps: [RecoveryStep("Overwrite", ["rm -rf /prod"], changes: "all", undo: "none")]),
        RecoveryRoad(
          .beside, title: "Beside",
          steps: [
            RecoveryStep("Restore\u{1B}[31m it", ["restore 'a b'"], changes: "x", undo: "rm x"),
            RecoveryStep("Tell somebody"),
          ]),
      ])
  }

  @Test func theScriptRunsTheRoadThatLeavesProductionAloneAndTellsTheOthers() throws {
    let artefact = Self.plan(try Self.order(.latest)).artefact
    #expect(artefact.name == "auth-db-recovery.sh")
    #expect(artefact.text.hasPrefix("#!/bin/sh\n"))
    #expect(artefact.text.contains("set -eu\n"))
    #expect(
      artefact.text.contains("# 1. Restore it\n#    changes: x\n#    undo: rm x\nrestore 'a b'\n"))
    #expect(artefact.text.contains("# 2. Tell somebody\n\n# IN PLACE\n"))
    #expect(artefact.text.hasSuffix("#    undo: none\n# rm -rf /prod\n"))
    let dangerous = artefact.text.split(separator: "\n").filter { $0.contains("/prod") }
    #expect(dangerous.allSatisfy { $0.hasPrefix("# ") })
  }

  @Test func aManifestHasTheStepsBehindIt() throws {
    var plan = Self.plan(try Self.order(.latest))
    plan.manifest = RecoveryManifest(name: "x.yaml", text: "kind: Cluster\n")
    #expect(plan.artefact.name == "x.yaml" && plan.artefact.text.hasPrefix("kind: Cluster\n\n# IN"))
    let more = plan.artefact.text.split(separator: "\n").dropFirst()
    #expect(more.allSatisfy { $0.hasPrefix("#") } && more.contains("# restore 'a b'"))
  }

  @Test func whatWasRecoveredLeadsToGivingBackWhatIsLost() throws {
    let kept = KeptRecovery(
      id: "k1", place: "/srv/x y", moment: "before xid 9183", since: Fixture.ago(60), by: "alice",
      connect: "psql")
    var cluster = Fixture.declaration()
    cluster.arguments = ["--config", "/srv/c.yaml"]
    let head = "pgvigil plan recovery auth-db --at 'before xid 9183' --to '/srv/x y' --database "
    #expect(
      kept.givingBack([], to: cluster)
        == head + "NAME --table SCHEMA.TABLE --config /srv/c.yaml")
    let lost = ["public.a", "public.b"].compactMap { LostTable(database: "app", name: $0) }
    #expect(
      kept.givingBack(lost, to: cluster)
        == head + "app --table public.a --table public.b --config /srv/c.yaml")
  }

  @Test func whatIsNotSoStandsFirstAndWhatOverwritesIsMarked() throws {
    let lines = Self.plan(try Self.order(.latest)).lines
    let checks = lines.compactMap { line -> String? in
      if case .fact(let fact) = line.kind { fact.label } else { nil }
    }
    #expect(checks == ["into", "first", "NOT MET", "unknown", "met"])
    #expect(Self.plan(try Self.order(.latest)).checkWords == "3 checks: 1 not met, 1 unknown")
    #expect(lines.filter(\.isDangerous).map(\.text) == ["IN PLACE", "Overwrite", "rm -rf /prod"])
  }

  @Test(
    "a word stands in a shell as it is, or in quotes, or not at all",
    arguments: [
      ("a-b_c/d.e:f=1", "a-b_c/d.e:f=1"), ("", "''"), ("a b", "'a b'"), ("$(x)", "'$(x)'"),
      ("it's", "'it'\\''s'"), ("a\nb", nil), ("a\u{202E}b", nil),
    ] as [(String, String?)])
  func words(text: String, shown: String?) { #expect(ShellWord.argument(text) == shown) }
}
