import Kubernetes
import KubernetesStandIn
import TestSupport
import Testing
import Transports

/// Recovery clusters with a real PostgreSQL behind them.
extension PlayerTests {
  /// One source for all three, because making one takes seconds.
  @Test(
    .enabled(
      if: PostgresTools.programs != nil && Binary.kubectlIsInstalled && !TestServer.isReal,
      "not run: PostgreSQL or kubectl is not installed, or there is no kubelet"))
  func realServersAreRestoredAndFailInTheirOwnWords() async throws {
    let source = try await PlayedSource.make(behind: ObjectKey(namespace: "prod", name: "pg-main"))
    var script = PlayerScript()
    script.recoveries = [
      "late": .targetNotReached, "torn": .endOfBackupMissing, "short": .silentEarlyPromotion,
    ]
    script.attempts = 1
    do {
      try await play(script, source: source) { server, client in
        try await makeCluster(server, "pg-main")
        try await restore("drill", from: source, server, client)
        try await fail(
          "late", server, client,
          saying: "recovery ended before configured recovery target was reached")
        try await fail(
          "torn", server, client, saying: "WAL ends before end of online backup")
        #expect(try await rows(of: "short", server, client) == "\(source.rows - 30)")
      }
    } catch {
      await source.stop()
      throw error
    }
    await source.stop()
  }

  private func restore(
    _ name: String, from source: PlayedSource, _ server: TestServer, _ client: KubernetesClient
  ) async throws {
    let path = Desk.clusters.path(namespace: server.namespace("drills"))
    let last = try #require(try source.archived.last { $0.count == 24 })
    let target = try await source.query(
      "SELECT '0/' || upper(to_hex(x'\(last.suffix(8))'::int * 1048576))")
    _ = try await client.ask(
      "POST", path,
      recovery(name, ["backupID": .string(source.backupID), "targetLSN": .string(target)]))
    #expect(
      await Eventually.holds {
        try await self.phase(server, Desk.clusters, "drills", name) == Self.healthy
      })
    #expect(try await source.query("SELECT count(*) FROM user_entity", in: "app") == "151")
    #expect(try await count(in: name, server) == "\(source.rows)")
    let answer = try await client.ask(
      "GET", "/api/v1/namespaces/prod/pods/https:pg-main-1:8000/proxy/pg/status")
    #expect(answer.body["isArchivingWAL"] == true)
    #expect(answer.body["lastArchivedWAL"]?.string == last)
    _ = try await client.ask("DELETE", path + "/" + name)
    #expect(await Eventually.holds { try await server.names(Desk.pods, "drills").isEmpty })
  }

  /// What a recovery without a target, over a hole, takes for the whole.
  private func rows(
    of name: String, _ server: TestServer, _ client: KubernetesClient
  ) async throws -> String {
    let path = Desk.clusters.path(namespace: server.namespace("drills"))
    _ = try await client.ask("POST", path, recovery(name))
    #expect(
      await Eventually.holds {
        try await self.phase(server, Desk.clusters, "drills", name) == Self.healthy
      })
    return try await count(in: name, server)
  }

  /// Rows of a restored cluster, asked through kubectl.
  private func count(in name: String, _ server: TestServer) async throws -> String {
    let standIn = try #require(server.standIn)
    return try await Forwarding(standIn, namespace: "drills", pod: "\(name)-1").run { port in
      try await PlayedServer.query(port: port, "SELECT count(*) FROM user_entity", in: "app")
    }
  }

  private func fail(
    _ name: String, _ server: TestServer, _ client: KubernetesClient, saying said: String
  ) async throws {
    _ = try await client.ask(
      "POST", Desk.clusters.path(namespace: server.namespace("drills")), recovery(name))
    let pod = "\(name)-1-full-recovery-p0x7k"
    #expect(
      await Eventually.holds {
        try await self.phase(server, Desk.pods, "drills", pod) == "Failed"
      })
    let log = try await client.send(
      "GET", "/api/v1/namespaces/drills/pods/\(pod)/log", deadline: 1800)
    let text = String(decoding: log.body, as: UTF8.self)
    #expect(text.contains(said), "\(text)")
  }
}
