import FoundationEssentials
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

/// A fleet that was found, by its names.
private func found(_ names: String...) -> [ClusterSnapshot] {
  names.map { name in
    var cluster = Fixture.cluster(name: name)
    let parts = name.split(separator: "/").map(String.init)
    if parts.count == 3 {
      cluster.declaration.place = ClusterPlace(
        context: parts[0], namespace: parts[1], name: parts[2])
    }
    return cluster
  }
}

@Suite struct FleetNameTests {
  private let three = found("eu/auth/main", "us/auth/main", "eu/shop/orders")

  @Test func asMuchOfANameAsIsUnique() async {
    for name in ["orders", "shop/orders", "eu/shop/orders"] {
      let stage = Stage(three, finds: true)
      #expect(await stage.run("status", name) == .good, "\(name)")
      #expect(stage.state.refreshed == [["eu/shop/orders"]])
      #expect(stage.state.answer.hasPrefix("eu/shop/orders: "))
    }
  }

  @Test func aNameOfTheConfigurationKeepsThePlacesName() async {
    var clusters = three
    clusters[0].declaration.name = "auth-db"
    let stage = Stage(clusters, finds: true)
    #expect(await stage.run("status", "eu/auth/main", "auth-db") == .good)
    #expect(stage.state.refreshed == [["auth-db"]])
  }

  @Test func anAmbiguousNameListsWhatItMayStandFor() async {
    let stage = Stage(three, finds: true)
    #expect(await stage.run("backup", "auth/main") == .worst)
    #expect(
      stage.state.diagnostics.contains("auth/main may stand for eu/auth/main, us/auth/main"))
    #expect(stage.state.executed.isEmpty)
  }

  @Test func anUnknownNameGetsTheNearestAndWhatDidNotAnswer() async {
    let notice = FleetNotice(subject: "us", severity: .critical, text: "does not answer")
    let stage = Stage(three, finds: true, notices: [notice])
    #expect(await stage.run("status", "ordres") == .undecided)
    let said = stage.state.diagnostics
    #expect(said.contains("no cluster named ordres was found"))
    #expect(said.contains("us: does not answer"))
    #expect(said.contains("did you mean eu/shop/orders?"))
  }

  @Test func whereNobodyAnsweredNobodySaysThatThereIsNothing() async {
    let notice = FleetNotice(subject: "us", severity: .critical, text: "does not answer")
    for (words, answer) in [
      (["drill", "main"], ""),
      (["drills"], "the ledger could not be read: us: does not answer\n"),
      (["reap"], "whether anything was left behind is not known: us: does not answer\n"),
    ] {
      let stage = Stage([], finds: true, notices: [notice])
      #expect(await stage.run(words) == .undecided, "\(words)")
      #expect(stage.state.answer == answer)
      #expect(stage.state.diagnostics.contains("us: does not answer"))
      #expect(!stage.state.diagnostics.contains("no cluster at all"))
    }
  }

  @Test func aDrillUnderWayElsewhereIsNamed() {
    let living = LivingDrill(
      id: "d1", cluster: "prod/pg-main", owner: "eve, process 7 on far", expires: Fixture.date)
    var drills = LivingDrills()
    drills.drills = [living]
    let picture = FleetSnapshot(takenAt: Fixture.date)
    let text = ReapReport(Reaping(), living: drills, picture: picture).text(.plain)
      .split { $0.isWhitespace }.joined(separator: " ")
    #expect(text.contains("d1 of prod/pg-main, by eve, process 7 on far: stays; expires "))
    #expect(text.contains(Format.timestamp(Fixture.date)))
  }

  @Test func aContextThatDoesNotAnswerIsToldAndCountsAsUnknown() async throws {
    let notice = FleetNotice(
      subject: "us", severity: .critical, text: "does not answer", remedy: "log in again")
    let stage = Stage(three, finds: true, notices: [notice])
    #expect(await stage.run("status", "--json") == .undecided)
    #expect(stage.state.diagnostics.contains("warning: us: does not answer (log in again)"))
    let document = try JSONDecoder().decode(
      StatusDocument.self, from: Data(stage.state.answer.utf8))
    #expect(document.notices?.map(\.subject) == ["us"])
    #expect(document.complete == false)
    // Whoever names a cluster is told about that one.
    let named = Stage(three, finds: true, notices: [notice])
    #expect(await named.run("status", "orders") == .good)
  }

  @Test func whatHasNotBeenAskedIsUnknown() async {
    let stage = Stage(three, finds: true, isComplete: false)
    #expect(await stage.run("status") == .undecided)
    #expect(stage.state.diagnostics.contains("not every place has answered"))
    let empty = Stage([], finds: true)
    #expect(await empty.run("status") == .undecided)
    #expect(empty.state.answer == "no cluster was found\n")
    let unread = FleetNotice(
      subject: "kubeconfig", severity: .critical, text: "cannot read /k: Permission denied")
    let blind = Stage([], finds: true, notices: [unread])
    #expect(await blind.run("status") == .undecided)
    #expect(
      blind.state.answer
        == "no cluster is known: kubeconfig: cannot read /k: Permission denied\n")
  }

  @Test func kubectlsOptionsGoEverywhere() async {
    for command in [
      ["console"], ["status"], ["backup", "orders"], ["drill", "orders"], ["drills"],
      ["plan", "backup", "orders"], ["reap"], ["metrics"],
    ] {
      let stage = Stage(three, finds: true)
      _ = await stage.run(
        command + ["--kubeconfig", "k", "--context", "eu", "--context", "us", "-n", "shop"])
      let wanted = FleetRequest(kubeconfig: "k", contexts: ["eu", "us"], namespaces: ["shop"])
      let asked = stage.state.requests + stage.state.console.map(\.fleet)
      #expect(asked.first == wanted, "\(command)")
    }
    let all = Stage(three, finds: true)
    _ = await all.run("status", "-n", "shop", "-A")
    #expect(all.state.requests == [FleetRequest(allNamespaces: true)])
  }

  @Test func theBackgroundProcessIsToldTheSame() async {
    let stage = Stage(three, finds: true)
    #expect(
      await stage.run("backup", "orders", "--name", "first", "--context", "eu", "--no-wait")
        == .good)
    #expect(
      stage.state.detached == [
        [
          "backup", "eu/shop/orders", "--kind", "full", "--name", "first", "--context", "eu",
          "--operation-id", "fresh00001",
        ]
      ])
  }

  @Test func dueDrillsOfTheNamedOnes() async {
    let stage = Stage(three, due: ["us/auth/main", "eu/shop/orders"], finds: true)
    #expect(await stage.run("drill", "--due", "orders", "eu/auth/main") == .good)
    #expect(stage.state.executed.map(\.cluster) == ["eu/shop/orders"])
    #expect(await Stage(three).run("drill", "orders", "us/auth/main") == .worst)
  }
}

@Suite struct ClearTests {
  private static var blocked: ClusterSnapshot {
    var cluster = Fixture.cluster()
    cluster.report.blockingBackup = BlockingBackup(
      name: "nightly-1", since: Fixture.ago(3600), reason: "WAL archiving fails")
    return cluster
  }

  @Test func theTypedNameAgrees() async {
    let stage = Stage([Self.blocked], typed: "auth-db")
    #expect(await stage.run("clear", "auth-db") == .good)
    #expect(stage.state.executed.map(\.request) == [.clear(backup: "nightly-1")])
    #expect(stage.state.questions == ["Type auth-db to go on:"])
  }

  @Test(arguments: [nil, "", "auth", "auth-db "])
  func nothingElseDoes(typed: String?) async {
    let stage = Stage([Self.blocked], typed: typed)
    #expect(await stage.run("clear", "auth-db") == .worst)
    #expect(stage.state.executed.isEmpty)
  }

  @Test func withoutATerminalItMustBeSaid() async {
    let mute = Stage([Self.blocked], hasTerminal: false, typed: "auth-db")
    #expect(await mute.run("clear", "auth-db", "nightly-2") == .worst)
    #expect(mute.state.executed.isEmpty && mute.state.questions.isEmpty)
    #expect(mute.state.diagnostics.contains("--confirm auth-db"))
    let said = Stage([Self.blocked], hasTerminal: false)
    #expect(await said.run("clear", "auth-db", "nightly-2", "--confirm", "auth-db") == .good)
    #expect(said.state.executed.map(\.request) == [.clear(backup: "nightly-2")])
  }

  @Test func nothingBlocksNothingIsCleared() async {
    let stage = Stage(typed: "auth-db")
    #expect(await stage.run("clear", "auth-db") == .worst)
    #expect(stage.state.diagnostics.contains("no backup is known to block"))
    #expect(await Stage([Self.blocked]).run("plan", "clear", "auth-db") == .good)
    #expect(await Stage([Self.blocked], readOnly: true).run("clear", "auth-db") == .worst)
  }
}
