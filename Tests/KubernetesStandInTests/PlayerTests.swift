import FoundationEssentials
import Kubernetes
import KubernetesStandIn
import Testing
import Transports

/// The operator's part: Backups through their phases, recovery clusters to health or to each of their failures.
@Suite("Operator player", .serialized) struct PlayerTests {
  /// A server with an operator that plays in `prod` and `drills`, for as long as `body` runs.
  func play(
    _ script: PlayerScript = PlayerScript(), source: PlayedSource? = nil,
    _ body: (TestServer, KubernetesClient) async throws -> Void
  ) async throws {
    let server = try await TestServer.open(namespaces: ["prod", "drills"])
    var script = script
    script.stepSeconds = 0.01
    script.retrySeconds = 0.01
    let player = Player(
      client: server.client, namespaces: ["prod", "drills"].map(server.namespace),
      kubelet: server.kubelet, source: source, script: script)
    let running = Task { await player.run() }
    do {
      try await body(server, server.client)
    } catch {
      running.cancel()
      await running.value
      await server.close()
      throw error
    }
    running.cancel()
    await running.value
    let troubles = await player.troubles
    #expect(troubles == [])
    await server.close()
  }

  func phase(
    _ server: TestServer, _ resource: Resource, _ namespace: String, _ name: String
  ) async throws -> String {
    try await server.object(resource, namespace, name)?[path: "status", "phase"]?.string ?? ""
  }

  static let healthy = "Cluster in healthy state"

  /// A cluster that archives, brought up by the operator.
  func makeCluster(_ server: TestServer, _ name: String) async throws {
    let cluster = Desk.cluster(
      name,
      spec: [
        "backup": [
          "barmanObjectStore": [
            "destinationPath": "s3://backups/", "serverName": "pg-main",
            "s3Credentials": ["inheritFromIAMRole": true],
          ]
        ]
      ])
    let path = Desk.clusters.path(namespace: server.namespace("prod"))
    #expect(try await server.client.ask("POST", path, cluster).status == 201)
    #expect(
      await Eventually.holds {
        try await self.phase(server, Desk.clusters, "prod", name) == Self.healthy
      })
  }

  func recovery(_ name: String, _ target: [String: JSONValue] = [:]) -> JSONValue {
    Desk.cluster(
      name,
      spec: [
        "bootstrap": [
          "recovery": [
            "source": "origin", "database": "app", "owner": "app",
            "recoveryTarget": .object(target),
          ]
        ],
        "externalClusters": [
          [
            "name": "origin",
            "barmanObjectStore": [
              "destinationPath": "s3://backups/", "serverName": "pg-main",
              "s3Credentials": ["inheritFromIAMRole": true],
            ],
          ]
        ],
      ])
  }

  @Test func backupsGoThroughTheirPhasesOneAtATime() async throws {
    var script = PlayerScript()
    script.backups = ["b2": .walArchivingFails]
    try await play(script) { server, client in
      try await makeCluster(server, "pg-main")
      for name in ["b1", "b2", "b3"] {
        _ = try await client.ask(
          "POST", Desk.backups.path(namespace: server.namespace("prod")),
          Desk.backup(name, of: "pg-main"))
      }
      #expect(
        await Eventually.holds {
          try await self.phase(server, Desk.backups, "prod", "b1") == "completed"
        })
      let status = try await server.object(Desk.backups, "prod", "b1")?["status"]
      #expect(status?["backupId"]?.string?.count == 15)
      #expect(status?["endWal"]?.string?.count == 24)
      #expect(status?["serverName"] == "pg-main")
      #expect(
        await Eventually.holds {
          let stuck = try await self.phase(server, Desk.backups, "prod", "b2")
          let next = try await self.phase(server, Desk.backups, "prod", "b3")
          return stuck == "walArchivingFailing" && next == "pending"
        })
      // The stuck one is cleared away: the next has its turn.
      _ = try await client.ask(
        "DELETE", Desk.backups.path(namespace: server.namespace("prod"), name: "b2"))
      #expect(
        await Eventually.holds {
          try await self.phase(server, Desk.backups, "prod", "b3") == "completed"
        })
    }
  }

  @Test func aRecoveryComesUpAndItsJobIsClearedAway() async throws {
    try await play { server, client in
      let path = Desk.clusters.path(namespace: server.namespace("drills"))
      #expect(try await client.ask("POST", path, recovery("drill-1")).status == 201)
      #expect(
        await Eventually.holds {
          try await self.phase(server, Desk.clusters, "drills", "drill-1") == Self.healthy
        })
      #expect(await Eventually.holds { try await server.names(Desk.jobs, "drills").isEmpty })
      #expect(
        await Eventually.holds {
          try await server.names(Desk.pods, "drills") == ["drill-1-1"]
        })
      #expect(try await server.names(Desk.secrets, "drills") == ["drill-1-app"])
      _ = try await client.ask("DELETE", path + "/drill-1")
      #expect(
        await Eventually.holds {
          for resource in [Desk.pods, Desk.secrets, Desk.services, Desk.claims] {
            if try await !server.names(resource, "drills").isEmpty { return false }
          }
          return true
        })
    }
  }

  @Test(arguments: RecoveryFailure.allCases)
  func everyFailureLooksAsDocumented(failure: RecoveryFailure) async throws {
    var script = PlayerScript()
    script.recoveries = ["*": failure]
    script.attempts = 2
    try await play(script) { server, client in
      let path = Desk.clusters.path(namespace: server.namespace("drills"))
      _ = try await client.ask("POST", path, recovery("drill-1"))
      let job = "drill-1-1-full-recovery"
      switch failure {
      case .missingObjectStore:
        try await Task.sleep(for: .milliseconds(200))
        #expect(try await phase(server, Desk.clusters, "drills", "drill-1") == "")
      case .silentEarlyPromotion:
        #expect(
          await Eventually.holds {
            try await self.phase(server, Desk.clusters, "drills", "drill-1") == Self.healthy
          })
      case .imagePullError, .podPending:
        #expect(
          await Eventually.holds {
            try await self.phase(server, Desk.pods, "drills", "\(job)-p0x7k") == "Pending"
          })
        #expect(try await phase(server, Desk.clusters, "drills", "drill-1") == "Setting up primary")
      case .olderOperator:
        #expect(
          await Eventually.holds {
            let status = try await server.object(Desk.jobs, "drills", job)?["status"]
            return (status?["conditions"]?.array ?? []).contains { $0["type"] == "Failed" }
          })
        #expect(try await phase(server, Desk.clusters, "drills", "drill-1") == "Setting up primary")
      default:
        #expect(
          await Eventually.holds {
            try await self.phase(server, Desk.clusters, "drills", "drill-1")
              == "Cluster is unrecoverable and needs manual intervention"
          })
        #expect(try await phase(server, Desk.pods, "drills", "\(job)-p1x7k") == "Failed")
        // A real server without a kubelet has no logs: not run.
        guard server.standIn != nil else { return }
        let log = try await client.send(
          "GET", "/api/v1/namespaces/drills/pods/\(job)-p0x7k/log", deadline: 1800)
        #expect(log.status == 200)
        #expect(String(decoding: log.body, as: UTF8.self).contains("\"logging_pod\":\"\(job)\""))
      }
    }
  }

  @Test func aClusterThatArchivesIntoItsOwnSourceIsRefused() async throws {
    var script = PlayerScript()
    script.attempts = 1
    try await play(script) { server, client in
      var cluster = recovery("drill-1")
      cluster.set(
        [
          "destinationPath": "s3://backups/", "serverName": "pg-main",
          "s3Credentials": ["inheritFromIAMRole": true],
        ], at: "spec", "backup", "barmanObjectStore")
      _ = try await client.ask(
        "POST", Desk.clusters.path(namespace: server.namespace("drills")), cluster)
      #expect(
        await Eventually.holds {
          try await self.phase(server, Desk.pods, "drills", "drill-1-1-full-recovery-p0x7k")
            == "Failed"
        })
      guard server.standIn != nil else { return }
      let log = try await client.send(
        "GET", "/api/v1/namespaces/drills/pods/drill-1-1-full-recovery-p0x7k/log", deadline: 1800)
      #expect(String(decoding: log.body, as: UTF8.self).contains("Expected empty archive"))
    }
  }
}
