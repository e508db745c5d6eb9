import FoundationEssentials
import Kubernetes
import ObjectStores
import RecoveryModel
import Testing
import Transports

@testable import CloudNativePG

private typealias Stage = CloudNativePGStage

/// What lies in the store decides; what the operator says of it stands beside.
@Suite("CloudNativePG: backups as the store has them") struct StoredBackupsTests {
  private static let label = "20260821T030004"

  private static func stored(
    _ id: String = label, ended: String = "2026-08-21T03:00:12Z", segment: UInt64 = 4,
    lacks: [String] = []
  ) -> StoredBackup {
    let end = Stage.date(ended)
    var backup = Backup(
      id: id, kind: .full, startedAt: end.addingTimeInterval(-12), finishedAt: end, timeline: 2,
      startSegment: WALSegment(timeline: 2, number: segment),
      stopSegment: WALSegment(timeline: 2, number: segment), databaseBytes: 900 << 20,
      repositoryBytes: 300 << 20, repositoryAddedBytes: 300 << 20)
    backup.lacks = lacks
    backup.lacksData = !lacks.isEmpty
    var stored = StoredBackup(backup: backup, status: "DONE")
    stored.dataBytes = 300 << 20
    return stored
  }

  private static func server(
    _ backups: [StoredBackup], segments: [UInt64] = Array(4...9)
  ) -> StoredServer {
    var server = StoredServer(name: "pg-main", path: "s3://backups/pg-main")
    server.backups = Stage.observed(backups, "s3://backups/pg-main/base/")
    var wal = StoredWAL(
      archive: WALArchive(
        segmentSize: 16 << 20,
        segments: segments.map {
          ArchivedSegment(
            segment: WALSegment(timeline: 2, number: $0), storedBytes: 1 << 20,
            archivedAt: Stage.ago(Double(9 - $0) * 300 + 60))
        }))
    wal.bytes = Int64(segments.count) << 20
    server.wal = Stage.observed(wal, "s3://backups/pg-main/wals/")
    return server
  }

  private static func cluster(
    _ server: StoredServer, _ change: (inout CloudNativePGFacts) throws -> Void = { _ in }
  ) throws -> ClusterSnapshot {
    Stage.assessed(
      try Stage.facts { facts in
        try facts.changeBackups { backups in
          for index in backups.indices { backups[index].status?.backupId = label }
        }
        facts.stored = Stage.observed(server, server.path)
        try change(&facts)
      })
  }

  @Test func theWindowIsAuditedAndTheBackupHasTheStoresFigures() throws {
    let cluster = try Self.cluster(Self.server([Self.stored()]))
    let backup = try #require(cluster.report.backups.value?.backups.first)
    #expect(cluster.report.backups.value?.backups.count == 1)
    #expect(backup.id != Self.label)
    #expect(backup.databaseBytes == 900 << 20 && backup.repositoryBytes == 300 << 20)
    #expect(cluster.window?.basis == .audited)
    #expect(cluster.window?.lastSegment?.number == 9)
    #expect(cluster.verdict == .likely, "\(cluster.findings.map(\.headline))")
    #expect(cluster.report.storage.value?.repositoryBytes == 306 << 20)
  }

  @Test(
    "a store that refuses, or that does not answer, was not read with what a recovery needs",
    arguments: [(RecoveryError.Code.denied, false), (.unreachable, nil)]
      as [(RecoveryError.Code, Bool?)])
  func refused(code: RecoveryError.Code, satisfied: Bool?) throws {
    var server = Self.server([Self.stored()])
    let settings = CloudNativePGSettings(cluster: "pg-main")
    func reached() throws -> Requirement? {
      try Stage.facts { $0.stored = Stage.observed(server, server.path) }
        .storeReached(by: settings)
    }
    #expect(try reached()?.satisfied == true)
    server.wal = .unavailable(
      Unavailable(part: "WAL", reason: "no", remedy: "look", code: code), at: Stage.ago(1))
    let found = try #require(try reached())
    #expect(found.satisfied == satisfied && found.detail.hasPrefix("no; look"))
  }

  @Test func aHoleThatTheOperatorDoesNotSee() throws {
    let cluster = try Self.cluster(Self.server([Self.stored()], segments: [4, 5, 7, 8, 9]))
    #expect(cluster.findings.contains { $0.id == "chain.hole" })
    #expect(cluster.verdict == .atRisk)
  }

  @Test("a Backup that calls itself completed and is not there is none")
  func missing() throws {
    let cluster = try Self.cluster(Self.server([]))
    #expect(cluster.report.backups.value?.usable.isEmpty == true)
    #expect(cluster.verdict == .notRecoverable)
    let older = try Self.cluster(
      Self.server(
        [Self.stored("20260820T030000", ended: "2026-08-20T03:00:12Z", segment: 2)],
        segments: Array(2...9)))
    #expect(older.verdict == .atRisk, "\(older.findings.map(\.headline))")
    #expect(older.window?.restorable == ["20260820T030000"])
  }

  @Test("one that ended a moment ago may not be listed yet")
  func justEnded() throws {
    let cluster = try Self.cluster(Self.server([])) { facts in
      try facts.changeBackups {
        $0[0].status?.stoppedAt = KubernetesTime(Stage.text(ago: 5))
        $0[0].status?.reconciliationTerminatedAt = KubernetesTime(Stage.text(ago: 2))
      }
    }
    #expect(cluster.report.backups.value?.usable.count == 1)
  }

  @Test func aPieceThatTheStoreLacksIsLacking() throws {
    let cluster = try Self.cluster(Self.server([Self.stored(lacks: ["the data directory"])]))
    #expect(cluster.report.backups.value?.usable.isEmpty == true)
    #expect(cluster.verdict == .notRecoverable)
  }

  @Test("a backup without an object counts")
  func withoutObject() throws {
    let cluster = try Self.cluster(Self.server([Self.stored()])) {
      try $0.changeBackups { $0 = [] }
    }
    #expect(cluster.report.backups.value?.backups.map(\.id) == [Self.label])
    #expect(cluster.window?.basis == .audited)
  }

  @Test func aClaimThatReachesFurtherIsTold() throws {
    let cluster = try Self.cluster(Self.server([Self.stored()]))
    let early = try #require(cluster.findings.first { $0.id == "cnpg.window.early" })
    #expect(early.headline.contains("2026-08-21T03:00:"))
    let fitting = try Self.cluster(Self.server([Self.stored()])) {
      $0.cluster.status?.firstRecoverabilityPoint = "2026-08-21T03:00:09Z"
      $0.cluster.status?.firstRecoverabilityPointByMethod = nil
    }
    #expect(!fitting.findings.contains { $0.id == "cnpg.window.early" })
  }

  @Test("a store that cannot be read leaves the claim, and says what would allow it")
  func unread() throws {
    let cluster = Stage.assessed(
      try Stage.facts {
        $0.stored = .unavailable(
          Unavailable(part: "WAL archive", reason: "not allowed", remedy: "grant get"),
          at: Stage.now)
      })
    #expect(cluster.window?.basis == .claimed)
    #expect(cluster.verdict == .likely, "\(cluster.findings.map(\.headline))")
    #expect(cluster.report.unavailable.contains { $0.remedy == "grant get" })
  }

  @Test(
    "where credentials come from is one text",
    arguments: [
      ("cluster", StoreOptions.Credentials.cluster), ("off", .off), ("environment", .environment),
      ("identity", .identity), ("identity/x", nil),
      ("profile/ops", .profile("ops")), ("secret/reader", .secret(namespace: nil, name: "reader")),
      ("secret/ops/reader", .secret(namespace: "ops", name: "reader")), ("profile/", nil),
      ("secret/a/b/c", nil), ("", nil), ("none", nil),
    ])
  func credentials(text: String, expected: StoreOptions.Credentials?) {
    #expect(StoreOptions.credentials(text) == expected)
  }

  @Test("a Secret that may not be read names the command that allows it, and no hostile name in it")
  func grants() {
    let remedy = StoreAccess.grant(["auth-db-s3", "store-ca"], in: "auth")
    #expect(
      remedy.contains(
        "pgvigil manifest rbac --role store -n auth --secret auth-db-s3 --secret store-ca;"))
    #expect(remedy.contains("store_credentials"))
    #expect(!StoreAccess.grant(["x; rm -rf /"], in: "auth").contains("rm -rf"))
  }

  @Test func aSecretIsReadByTheKeysThatTheClusterNames() throws {
    let keys = BarmanObjectStoreConfiguration.S3Credentials(
      accessKeyId: .init(name: "s", key: "id"), secretAccessKey: .init(name: "s", key: "key"))
    let own = try StoreAccess.settings(["id": "a\n", "key": "b"], keys, named: "s")
    #expect(
      own.credentials
        == .written(
          AWSCredentials(accessKey: Secret("a"), secretKey: Secret("b"), source: "Secret s")))
    let usual = try StoreAccess.settings(
      ["ACCESS_KEY_ID": "a", "ACCESS_SECRET_KEY": "b", "AWS_REGION": "eu-west-1"], nil, named: "s")
    #expect(usual.region == "eu-west-1")
    #expect(throws: RecoveryError.self) {
      try StoreAccess.settings(["id": "a"], keys, named: "s")
    }
  }

  // MARK: Other stores

  private func access(
    _ credentials: StoreOptions.Credentials, _ environment: [String: String] = [:]
  ) -> StoreAccess {
    var options = StoreOptions()
    options.credentials = credentials
    return StoreAccess(
      options: options, client: { nil }, namespace: "auth",
      seams: StoreSeams(
        http: { HTTPClient { _ in AsyncThrowingStream { $0.finish() } } },
        environment: { environment.merging(["AWS_EC2_METADATA_DISABLED": "true"]) { $1 } },
        read: { _ in nil }))
  }

  private func open(
    _ destination: String, _ credentials: StoreOptions.Credentials,
    _ environment: [String: String] = [:],
    azure: BarmanObjectStoreConfiguration.AzureCredentials? = nil
  ) async throws -> any ObjectStore {
    var configuration = try #require(try Stage.facts().storeConfiguration)
    configuration.endpointURL = nil
    configuration.s3Credentials = nil
    configuration.azureCredentials = azure
    let place = StorePlace(
      configuration: configuration, destination: destination, server: "auth-db")
    return try await access(credentials, environment).open(place, at: try place.address)
  }

  @Test func googleNeedsAnHMACKey() async throws {
    let error = await #expect(throws: RecoveryError.self) {
      try await open("gs://b/p", .cluster)
    }
    #expect(error?.message.contains("signs with RSA") == true)
    #expect(error?.remedy.contains("gcloud storage ls --long --recursive gs://b") == true)
    let keys = ["AWS_ACCESS_KEY_ID": "GOOG1E", "AWS_SECRET_ACCESS_KEY": "s"]
    let store = try await open("gs://b/p", .environment, keys)
    #expect(store.server == "https://storage.googleapis.com")
    #expect(store.words("p/") == "gs://b/p/")
  }

  @Test func azureNeedsASignature() async throws {
    let destination = "https://acme.blob.core.windows.net/c/p"
    let key = BarmanObjectStoreConfiguration.AzureCredentials(
      storageAccount: .init(name: "s", key: "account"), storageKey: .init(name: "s", key: "key"))
    for (azure, words) in [(key, "an account's key"), (nil, "identity, which is not ours")] {
      let error = await #expect(throws: RecoveryError.self) {
        try await open(destination, .cluster, azure: azure)
      }
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
      #expect(error?.remedy.contains("generate-sas --name c") == true)
    }
    let store = try await open(
      destination, .environment, ["AZURE_STORAGE_SAS_TOKEN": "sv=1&sig=x"])
    #expect(store.words("p/") == destination + "/")
    let named = try StoreAccess.signature(
      ["token": "sv=1&sig=y"], .init(storageSasToken: .init(name: "s", key: "token")), "c")
    #expect(named.revealed == "sv=1&sig=y")
  }
}
