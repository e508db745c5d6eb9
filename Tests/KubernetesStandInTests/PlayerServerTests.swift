import FoundationEssentials
import KubernetesStandIn
import RecoveryEngines
import TestSupport
import Testing

/// Recovery clusters with a real PostgreSQL behind them.
extension PlayerTests {
  /// One source for all three, because making one takes seconds.
  @Test(
    .enabled(
      if: PostgresTools.programs != nil && !TestServer.isReal,
      "not run: PostgreSQL is not installed, or there is no kubelet"))
  func realServersAreRestoredAndFailInTheirOwnWords() async throws {
    let source = try await PlayedSource.make(behind: ObjectKey(namespace: "prod", name: "pg-main"))
    let stub = try PortForwardStub()
    var script = PlayerScript()
    script.recoveries = [
      "late": .targetNotReached, "torn": .endOfBackupMissing, "short": .silentEarlyPromotion,
    ]
    script.attempts = 1
    do {
      try await play(script, source: source, stub: stub) { server, client in
        try await makeCluster(server, "pg-main")
        try await restore("drill", from: source, stub, server, client)
        try await fail(
          "late", server, client,
          saying: "recovery ended before configured recovery target was reached")
        try await fail(
          "torn", server, client, saying: "WAL ends before end of online backup")
        #expect(try await rows(of: "short", stub, server, client) == "\(source.rows - 30)")
      }
    } catch {
      await source.stop()
      throw error
    }
    await source.stop()
  }

  private func restore(
    _ name: String, from source: PlayedSource, _ stub: PortForwardStub, _ server: TestServer,
    _ client: KubernetesClient
  ) async throws {
    let path = Desk.clusters.path(namespace: server.namespace("drills"))
    let last = try #require(try source.archived.last { $0.count == 24 })
    let target = try await source.query(
      "SELECT '0/' || upper(to_hex(x'\(last.suffix(8))'::int * 1048576))")
    _ = try await client.ask(
      "POST", path,
      recovery(name, ["backupID": .string(source.backupID), "targetLSN": .string(target)]))
    #expect(
      await Eventually.holds(seconds: 60) {
        try await self.phase(server, Desk.clusters, "drills", name) == Self.healthy
      })
    let route = try String(
      contentsOf: URL(filePath: stub.directory + "/routes/drills.\(name)-1"), encoding: .utf8)
    let port = try #require(UInt16(route.filter(\.isNumber)))
    #expect(port != source.port)
    let forward = try await forwarded(stub, pod: "\(name)-1")
    #expect(forward == "Forwarding from 127.0.0.1:\(port) -> 5432\n")
    #expect(try await source.query("SELECT count(*) FROM user_entity", in: "app") == "151")
    #expect(
      try await PlayedServer.query(port: port, "SELECT count(*) FROM user_entity", in: "app")
        == "\(source.rows)")
    let answer = try await client.ask(
      "GET", "/api/v1/namespaces/prod/pods/https:pg-main-1:8000/proxy/pg/status")
    #expect(answer.body["isArchivingWAL"] == true)
    #expect(answer.body["lastArchivedWAL"]?.string == last)
    _ = try await client.ask("DELETE", path + "/" + name)
    #expect(await Eventually.holds { try await server.names(Desk.pods, "drills").isEmpty })
  }

  /// What a recovery without a target, over a hole, takes for the whole.
  private func rows(
    of name: String, _ stub: PortForwardStub, _ server: TestServer, _ client: KubernetesClient
  ) async throws -> String {
    let path = Desk.clusters.path(namespace: server.namespace("drills"))
    _ = try await client.ask("POST", path, recovery(name))
    #expect(
      await Eventually.holds(seconds: 60) {
        try await self.phase(server, Desk.clusters, "drills", name) == Self.healthy
      })
    let route = try String(
      contentsOf: URL(filePath: stub.directory + "/routes/drills.\(name)-1"), encoding: .utf8)
    let port = try #require(UInt16(route.filter(\.isNumber)))
    return try await PlayedServer.query(port: port, "SELECT count(*) FROM user_entity", in: "app")
  }

  /// What the stub prints before it is killed.
  private func forwarded(_ stub: PortForwardStub, pod: String) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      Thread.start {
        continuation.resume(
          with: Result {
            let running = try Command.start(
              "/usr/bin/timeout",
              [
                "1", stub.directory + "/kubectl", "--context", "x", "port-forward", "-n", "drills",
                "pod/\(pod)", ":5432",
              ])
            return running.wait().output
          })
      }
    }
  }

  private func fail(
    _ name: String, _ server: TestServer, _ client: KubernetesClient, saying said: String
  ) async throws {
    _ = try await client.ask(
      "POST", Desk.clusters.path(namespace: server.namespace("drills")), recovery(name))
    let pod = "\(name)-1-full-recovery-p0x7k"
    #expect(
      await Eventually.holds(seconds: 60) {
        try await self.phase(server, Desk.pods, "drills", pod) == "Failed"
      })
    let log = try await client.send(
      "GET", "/api/v1/namespaces/drills/pods/\(pod)/log", deadline: 5)
    let text = String(decoding: log.body, as: UTF8.self)
    #expect(text.contains(said), "\(text)")
  }
}
