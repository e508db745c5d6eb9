import FoundationEssentials
import Glibc
import KubernetesStandIn
import RecoveryModel
import TestSupport
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// What goes wrong between a drill and its copy, with the real kubectl: told for what it is, and nothing left.
@Suite(.serialized, .closingServers) struct PlayedForwardTests {
  /// Long enough for whatever is to go wrong in the meantime.
  private static let slow = SmokeTest(
    name: "slow", sql: "SELECT count(*) FROM user_entity, pg_sleep(3000)",
    expectation: .atLeast(120),
    timeout: 3600)

  /// Everything that a drill needs, port forwards only if wanted.
  private static func driller(mayForward: Bool) -> User {
    let all = ["*"]
    var rules = [
      Role.Rule(
        groups: all,
        resources: [
          "clusters", "backups", "scheduledbackups", "objectstores", "jobs", "pods", "pods/log",
          "pods/proxy", "persistentvolumeclaims", "secrets", "configmaps", "namespaces",
        ], verbs: all)
    ]
    if mayForward {
      rules.append(
        Role.Rule(groups: [""], resources: ["pods/portforward"], verbs: ["get", "create"]))
    }
    return User("driller", roles: [Role(rules: rules)])
  }

  /// A drill of the real base backup; `happening` is called at each state that it enters.
  private func drill(
    _ theatre: Theatre, _ happening: (DrillState, OperationPlan) async throws -> Void
  ) async throws -> DrillRecord {
    let plan = try await theatre.engine.plan(
      .drill(backup: "base"), report: await theatre.report())
    var record: DrillRecord?
    for try await event in theatre.engine.start(plan) {
      if case .drillEntered(let state) = event.kind { try await happening(state, plan) }
      if case .drillFinished(let finished) = event.kind { record = finished }
    }
    let found = try #require(record)
    try await theatre.expectNothingLeft(of: found)
    return found
  }

  private func forwards(_ theatre: Theatre) -> Int {
    theatre.server.standIn?.requests.count { $0.resource == "pods/portforward" } ?? 0
  }

  /// Until the copy works on the slow test: then it is too late to notice anything at the first contact.
  private func waitForTheSlowTest(_ theatre: Theatre, _ plan: OperationPlan) async throws -> pid_t {
    let running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
    while true {
      let found = try await theatre.player.answers(to: running + "'%pg_sleep(3000)'")
      if found == ["1"], let pid = Forwarders.pids(of: plan.id).first { return pid }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `the missing right is told before, and in kubectl's words when it goes later`() async throws
  {
    try await Theatre.play(
      isReal: true, tests: [Theatre.users], user: Self.driller(mayForward: false)
    ) { theatre in
      let before = try await drill(theatre) { _, _ in }
      #expect(before.outcome == .couldNotRun)
      #expect(before.reason?.contains("pods/portforward") == true, "\(before.reason ?? "")")
      #expect(forwards(theatre) == 0)
      theatre.server.standIn?.add(Self.driller(mayForward: true))
      let later = try await drill(theatre) { state, _ in
        if state == .restoring { theatre.server.standIn?.add(Self.driller(mayForward: false)) }
      }
      #expect(later.outcome == .notTested)
      let reason = later.reason ?? ""
      #expect(reason.contains("cannot create resource \"pods/portforward\""), "\(reason)")
      #expect(reason.contains("manifest rbac --exec"), "\(reason)")
      #expect(reason.contains("it needs get and create on pods/portforward in drills"))
      #expect(later.tests == [])
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a tunnel that is lost again and again says nothing of the backup`() async throws {
    try await Theatre.play(isReal: true, tests: [Self.slow]) { theatre in
      let record = try await drill(theatre) { state, plan in
        guard state == .smokeTesting else { return }
        var last: pid_t = 0
        for _ in 0..<3 {
          var pid = last
          while pid == last { pid = try await waitForTheSlowTest(theatre, plan) }
          kill(pid, SIGKILL)
          last = pid
        }
      }
      #expect(record.outcome == .notTested, "\(record.reason ?? "")")
      let reason = record.reason ?? ""
      #expect(reason.contains("kubectl port-forward was killed (signal 9)"), "\(reason)")
      #expect(reason.contains("drill again"))
      #expect(record.tests.map(\.passed) == [nil])
      #expect(record.measuredRTO ?? 0 > 0)
      #expect(record.reachedLSN ?? LSN(0) >= record.targetLSN ?? LSN(.max))
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a tunnel that is lost once is opened anew, and the test put again`() async throws {
    let patient = SmokeTest(
      name: "patient", sql: "SELECT count(*) FROM user_entity, pg_sleep(1.5)",
      expectation: .atLeast(120))
    try await Theatre.play(isReal: true, tests: [patient, Theatre.users]) { theatre in
      let record = try await drill(theatre) { state, plan in
        guard state == .smokeTesting else { return }
        for pid in Forwarders.pids(of: plan.id) { kill(pid, SIGKILL) }
      }
      #expect(record.outcome == .passed, "\(record.reason ?? "")")
      #expect(record.tests.map(\.passed) == [true, true])
    }
  }

  /// The runtime resets what a TLS connection leaves, and kubectl gives the tunnel up: with the first that closes.
  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)), arguments: [false, true])
  func `a drill passes whether its copy takes plain connections or demands TLS`(
    demandsTLS: Bool
  ) async throws {
    var script = PlayerScript()
    script.demandsTLS = demandsTLS
    let elsewhere = SmokeTest(
      name: "elsewhere", database: "postgres", sql: "SELECT 1", expectation: .equals("1"))
    let encrypted = SmokeTest(
      name: "encrypted",
      sql: "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      expectation: .equals(demandsTLS ? "true" : "false"))
    try await Theatre.play(
      script, isReal: true, tests: [Theatre.users, elsewhere, Theatre.users, encrypted]
    ) { theatre in
      for _ in 0..<3 {
        let record = try await drill(theatre) { _, _ in }
        #expect(record.outcome == .passed, "\(record.reason ?? "")")
        #expect(record.tests.map(\.passed) == [true, true, true, true])
      }
      // One tunnel did for each of them.
      #expect(forwards(theatre) <= 6)
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a test that ran out of time costs the tunnel of a copy with TLS, and no other test`()
    async throws
  {
    var script = PlayerScript()
    script.demandsTLS = true
    let late = SmokeTest(
      name: "late", sql: "SELECT pg_sleep(30)", expectation: .atLeast(0), timeout: 0.5)
    try await Theatre.play(script, isReal: true, tests: [late, Theatre.users]) { theatre in
      let record = try await drill(theatre) { _, _ in }
      #expect(record.outcome == .notTested)
      #expect(record.tests.map(\.passed) == [nil, true], "\(record.reason ?? "")")
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a copy's server that goes away fails the drill, a pod that is gone does not`() async throws
  {
    try await Theatre.play(isReal: true, tests: [Self.slow, Theatre.users]) { theatre in
      let crashed = try await drill(theatre) { state, plan in
        guard state == .smokeTesting else { return }
        _ = try await waitForTheSlowTest(theatre, plan)
        await theatre.player.loseServers()
      }
      #expect(crashed.outcome == .failed)
      let reason = crashed.reason ?? ""
      #expect(reason.contains("the copy's PostgreSQL went away"), "\(reason)")
      #expect(reason.contains("memory limit"))

      let evicted = try await drill(theatre) { state, plan in
        guard state == .smokeTesting else { return }
        _ = try await waitForTheSlowTest(theatre, plan)
        let pod = try (plan.order?.as(ClusterDrillOrder.self)).orThrow().copy + "-1"
        _ = try await theatre.server.client.ask(
          "DELETE", "/api/v1/namespaces/drills/pods/\(pod)", ["gracePeriodSeconds": 0])
        await theatre.player.loseServers()
      }
      #expect(evicted.outcome == .notTested)
      #expect(evicted.reason?.contains("is gone: evicted") == true, "\(evicted.reason ?? "")")
      #expect(evicted.reason?.contains("get events") == true)
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a drill that is cancelled while its forward opens ends kubectl first`() async throws {
    try await Theatre.play(isReal: true, tests: [Theatre.users]) { theatre in
      theatre.server.standIn?.order(
        Fault(.hang(seconds: 100), times: 10) { $0.resource == "pods/portforward" })
      let plan = try await theatre.engine.plan(
        .drill(backup: "base"), report: await theatre.report())
      let engine = theatre.engine
      let reader = Task { for try await _ in engine.start(plan) {} }
      while forwards(theatre) == 0 {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(forwards(theatre) > 0)
      #expect(Forwarders.pids(of: plan.id).count == 1)
      reader.cancel()
      let record = try #require(await engine.settled(plan))
      _ = try? await reader.value
      #expect(record.outcome == .cancelled, "\(record.reason ?? "")")
      try await theatre.expectNothingLeft(of: record)
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a kubectl that vanishes meanwhile is to be installed`() async throws {
    let link = "/tmp/pgvigil-kubectl-" + String(UInt64.random(in: .min ... .max), radix: 36)
    try FileManager.default.createDirectory(atPath: link, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: link) }
    symlink(try #require(Binary.kubectl), link + "/kubectl")
    try await Theatre.play(isReal: true, tests: [Theatre.users], kubectl: link + "/kubectl") {
      theatre in
      let record = try await drill(theatre) { state, _ in
        if state == .restoring { unlink(link + "/kubectl") }
      }
      #expect(record.outcome == .notTested)
      let reason = record.reason ?? ""
      #expect(reason.contains("kubectl is not installed here"), "\(reason)")
      #expect(reason.contains("apt-get install kubernetes-client"), "\(reason)")
    }
  }
}
