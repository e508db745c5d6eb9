import FoundationEssentials
import KubernetesStandIn
import RecoveryEngines
import Testing

/// The operator's part: Backups through their phases, recovery clusters to health or to each of their failures.
@Suite("Operator player", .serialized) struct PlayerTests {
  /// A server with an operator that plays in `prod` and `drills`, for as long as `body` runs.
  private func play(
    _ script: PlayerScript = PlayerScript(), source: PlayedSource? = nil,
    stub: PortForwardStub? = nil,
    _ body: (StandIn, KubernetesClient, Player) async throws -> Void
  ) async throws {
    let standIn = try await Desk.server()
    try standIn.seed(namespace: "drills")
    var script = script
    script.stepSeconds = 0.01
    script.retrySeconds = 0.01
    let client = try standIn.client()
    let player = Player(
      client: client, namespaces: ["prod", "drills"], kubelet: standIn, source: source, stub: stub,
      script: script)
    let running = Task { await player.run() }
    do {
      try await body(standIn, client, player)
    } catch {
      running.cancel()
      await running.value
      throw error
    }
    running.cancel()
    await running.value
    let troubles = await player.troubles
    #expect(troubles == [])
    standIn.stop()
  }

  private func phase(
    _ standIn: StandIn, _ plural: String, _ namespace: String, _ name: String
  )
    -> String
  {
    standIn.object(plural, namespace, name)?[path: "status", "phase"]?.string ?? ""
  }

  private static let healthy = "Cluster in healthy state"

  private func recovery(_ name: String, _ target: [String: JSONValue] = [:]) -> JSONValue {
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
    try await play(script) { standIn, client, _ in
      try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 0)
      for name in ["b1", "b2", "b3"] {
        _ = try await client.ask(
          "POST", Desk.backups.path(namespace: "prod"), Desk.backup(name, of: "pg-main"))
      }
      #expect(
        await Eventually.holds { self.phase(standIn, "backups", "prod", "b1") == "completed" })
      let status = standIn.object("backups", "prod", "b1")?["status"]
      #expect(status?["backupId"]?.string?.count == 15)
      #expect(status?["endWal"]?.string?.count == 24)
      #expect(status?["serverName"] == "pg-main")
      #expect(
        await Eventually.holds {
          self.phase(standIn, "backups", "prod", "b2") == "walArchivingFailing"
            && self.phase(standIn, "backups", "prod", "b3") == "pending"
        })
      // The stuck one is cleared away: the next has its turn.
      _ = try await client.ask("DELETE", Desk.backups.path(namespace: "prod", name: "b2"))
      #expect(
        await Eventually.holds { self.phase(standIn, "backups", "prod", "b3") == "completed" })
    }
  }

  @Test func aRecoveryComesUpAndItsJobIsClearedAway() async throws {
    try await play { standIn, client, _ in
      let path = Desk.clusters.path(namespace: "drills")
      #expect(try await client.ask("POST", path, recovery("drill-1")).status == 201)
      #expect(
        await Eventually.holds {
          self.phase(standIn, "clusters", "drills", "drill-1") == Self.healthy
        })
      #expect(await Eventually.holds { standIn.names("jobs", namespace: "drills").isEmpty })
      #expect(
        await Eventually.holds {
          standIn.names("pods", namespace: "drills") == ["drills/drill-1-1"]
        })
      #expect(standIn.names("secrets", namespace: "drills") == ["drills/drill-1-app"])
      _ = try await client.ask("DELETE", path + "/drill-1")
      #expect(
        await Eventually.holds {
          ["pods", "secrets", "services", "persistentvolumeclaims"].allSatisfy {
            standIn.names($0, namespace: "drills").isEmpty
          }
        })
    }
  }

  @Test(arguments: RecoveryFailure.allCases)
  func everyFailureLooksAsDocumented(failure: RecoveryFailure) async throws {
    var script = PlayerScript()
    script.recoveries = ["*": failure]
    script.attempts = 2
    try await play(script) { standIn, client, _ in
      let path = Desk.clusters.path(namespace: "drills")
      _ = try await client.ask("POST", path, recovery("drill-1"))
      let job = "drill-1-1-full-recovery"
      switch failure {
      case .missingObjectStore:
        try await Task.sleep(for: .milliseconds(200))
        #expect(phase(standIn, "clusters", "drills", "drill-1") == "")
      case .silentEarlyPromotion:
        #expect(
          await Eventually.holds {
            self.phase(standIn, "clusters", "drills", "drill-1") == Self.healthy
          })
      case .imagePullError, .podPending:
        #expect(
          await Eventually.holds {
            self.phase(standIn, "pods", "drills", "\(job)-p0x7k") == "Pending"
          })
        #expect(phase(standIn, "clusters", "drills", "drill-1") == "Setting up primary")
      case .olderOperator:
        #expect(
          await Eventually.holds {
            (standIn.object("jobs", "drills", job)?[path: "status", "conditions"]?.array ?? [])
              .contains { $0["type"] == "Failed" }
          })
        #expect(phase(standIn, "clusters", "drills", "drill-1") == "Setting up primary")
      default:
        #expect(
          await Eventually.holds {
            self.phase(standIn, "clusters", "drills", "drill-1")
              == "Cluster is unrecoverable and needs manual intervention"
          })
        let log = try await client.send(
          "GET", "/api/v1/namespaces/drills/pods/\(job)-p0x7k/log", deadline: 5)
        #expect(log.status == 200)
        #expect(String(decoding: log.body, as: UTF8.self).contains("\"logging_pod\":\"\(job)\""))
        #expect(phase(standIn, "pods", "drills", "\(job)-p1x7k") == "Failed")
      }
    }
  }

  @Test func aClusterThatArchivesIntoItsOwnSourceIsRefused() async throws {
    var script = PlayerScript()
    script.attempts = 1
    try await play(script) { standIn, client, _ in
      var cluster = recovery("drill-1")
      cluster.set(
        [
          "destinationPath": "s3://backups/", "serverName": "pg-main",
          "s3Credentials": ["inheritFromIAMRole": true],
        ], at: "spec", "backup", "barmanObjectStore")
      _ = try await client.ask("POST", Desk.clusters.path(namespace: "drills"), cluster)
      #expect(
        await Eventually.holds {
          self.phase(standIn, "pods", "drills", "drill-1-1-full-recovery-p0x7k") == "Failed"
        })
      let log = try await client.send(
        "GET", "/api/v1/namespaces/drills/pods/drill-1-1-full-recovery-p0x7k/log", deadline: 5)
      #expect(String(decoding: log.body, as: UTF8.self).contains("Expected empty archive"))
    }
  }

  // MARK: With a real server behind it

  @Test(.enabled(if: PostgresTools.programs != nil, "not run: PostgreSQL is not installed"))
  func aRealServerIsRestoredToItsTarget() async throws {
    let source = try await PlayedSource.make(
      behind: ObjectKey(namespace: "prod", name: "pg-main"))
    let stub = try PortForwardStub()
    try await play(source: source, stub: stub) { standIn, client, _ in
      try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 0)
      let path = Desk.clusters.path(namespace: "drills")
      let last = try #require(try source.archived.last { $0.count == 24 })
      let target = try await source.query(
        "SELECT '0/' || upper(to_hex(x'\(last.suffix(8))'::int * 1048576))")
      _ = try await client.ask(
        "POST", path,
        recovery("drill-1", ["backupID": .string(source.backupID), "targetLSN": .string(target)]))
      #expect(
        await Eventually.holds(seconds: 60) {
          self.phase(standIn, "clusters", "drills", "drill-1") == Self.healthy
        })
      let route = try String(
        contentsOf: URL(filePath: stub.directory + "/routes/drills.drill-1-1"), encoding: .utf8)
      #expect(UInt16(route.filter(\.isNumber)) != source.port)
      let answer = try await client.ask(
        "GET", "/api/v1/namespaces/prod/pods/https:pg-main-1:8000/proxy/pg/status")
      #expect(answer.body["isArchivingWAL"] == true)
      #expect(answer.body["lastArchivedWAL"]?.string == last)
      _ = try await client.ask("DELETE", path + "/drill-1")
      #expect(await Eventually.holds { standIn.names("pods", namespace: "drills").isEmpty })
    }
    await source.stop()
  }

  @Test(
    .enabled(if: PostgresTools.programs != nil, "not run: PostgreSQL is not installed"),
    arguments: [RecoveryFailure.targetNotReached, .endOfBackupMissing])
  func aRealServerFailsInItsOwnWords(failure: RecoveryFailure) async throws {
    let source = try await PlayedSource.make(
      behind: ObjectKey(namespace: "prod", name: "pg-main"))
    var script = PlayerScript()
    script.recoveries = ["*": failure]
    script.attempts = 1
    try await play(script, source: source) { standIn, client, _ in
      _ = try await client.ask(
        "POST", Desk.clusters.path(namespace: "drills"), recovery("drill-1"))
      let pod = "drill-1-1-full-recovery-p0x7k"
      #expect(
        await Eventually.holds(seconds: 60) {
          self.phase(standIn, "pods", "drills", pod) == "Failed"
        }
      )
      let log = try await client.send(
        "GET", "/api/v1/namespaces/drills/pods/\(pod)/log", deadline: 5)
      let text = String(decoding: log.body, as: UTF8.self)
      let said =
        failure == .targetNotReached
        ? "recovery ended before configured recovery target was reached"
        : "WAL ends before end of online backup"
      #expect(text.contains(said), "\(text)")
    }
    await source.stop()
  }
}
