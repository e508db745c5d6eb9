import FoundationEssentials
import ManifestLint
import RecoveryModel
import RecoveryService
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// The manifest of a Cluster that is recovered from another's backups, without a server.
@Suite struct RecoveryDraftTests {
  typealias Stage = CloudNativePGStage

  static func source(
    _ change: (inout [String: ObjectTree]) -> Void = { _ in }
  ) throws -> ObjectTree {
    let text = try Fixture.text("cloudnativepg/cluster-live-intree")
    var map = try #require(ObjectTree(json: Array(text.utf8))?.map)
    var spec = map["spec"]?.map ?? [:]
    change(&spec)
    map["spec"] = .map(spec)
    return .map(map)
  }

  static func order(
    _ target: RecoveryMoment.Target, exclusive: Bool = false, facts: CloudNativePGFacts
  ) throws -> RecoveryOrder {
    try RecoveryChart(Stage.assessed(facts), now: Stage.now).order(
      RecoveryQuestion(RecoveryMoment(target, isExclusive: exclusive)))
  }

  static func cluster(
    _ target: RecoveryMoment.Target = .latest, exclusive: Bool = false,
    facts: CloudNativePGFacts? = nil, source: ObjectTree? = nil, namespace: String = "prod"
  ) throws -> ObjectTree {
    let facts = try facts ?? Stage.facts()
    return try RecoveryDraft(
      source: SourceCluster(tree: try source ?? Self.source(), facts: facts),
      order: try order(target, exclusive: exclusive, facts: facts),
      backup: facts.ownBackups?.first, name: "pg-main-recovered", namespace: namespace,
      serverName: "pg-main-recovered"
    ).cluster()
  }

  private static func target(_ cluster: ObjectTree) -> ObjectTree? {
    cluster.at("spec", "bootstrap", "recovery", "recoveryTarget")
  }

  @Test func `the operator is asked for every kind of target as it takes them`() throws {
    let time = Stage.ago(3600)
    let id: ObjectTree = "20260821T030004"
    func target(_ target: RecoveryMoment.Target, _ exclusive: Bool = false) throws -> ObjectTree? {
      Self.target(try Self.cluster(target, exclusive: exclusive))
    }
    #expect(try target(.latest) == ["backupID": id])
    #expect(
      try target(.time(time))
        == ["backupID": id, "targetTime": .string(RecoveryMoment.exact(time))])
    #expect(
      try target(.time(time.addingTimeInterval(0.5)), true)
        == [
          "backupID": id, "exclusive": true,
          "targetTime": .string(RecoveryMoment.exact(time.addingTimeInterval(0.5))),
        ])
    #expect(
      try target(.position(LSN(0x850_0000))) == ["backupID": id, "targetLSN": "0/8500000"])
    #expect(try target(.transaction(777)) == ["backupID": id, "targetXID": "777"])
    #expect(try target(.restorePoint("before")) == ["backupID": id, "targetName": "before"])
    #expect(
      try target(.backup("pg-main-nightly-20260821030000"))
        == ["backupID": id, "targetImmediate": true])
  }

  @Test func `it reads production's archive and writes to a place of its own`() throws {
    let cluster = try Self.cluster()
    let external = try #require(cluster.at("spec", "externalClusters")?.list?.first)
    #expect(external.at("barmanObjectStore", "serverName") == "pg-main")
    #expect(cluster.at("spec", "backup", "barmanObjectStore", "serverName") == "pg-main-recovered")
    #expect(cluster.at("metadata", "annotations") == nil && cluster.at("metadata", "labels") == nil)
    let recovery = try #require(cluster.at("spec", "bootstrap", "recovery"))
    #expect(recovery.at("database") == "app" && recovery.at("owner") == "app")
    #expect(cluster.at("spec", "bootstrap", "initdb") == nil)
    #expect(cluster.at("spec", "replica") == nil)
    // As large as the real volumes.
    #expect(cluster.at("spec", "storage", "size").flatMap { Quantity.bytes($0.string) } == 20 << 30)
    #expect(
      cluster.at("spec", "walStorage", "size").flatMap { Quantity.bytes($0.string) } == 5 << 30)
    let declared = try Self.source().at("spec", "postgresql", "parameters")
    #expect(cluster.at("spec", "postgresql", "parameters") == declared)
  }

  @Test func `what is production's alone is left out`() throws {
    let cluster = try Self.cluster(
      source: try Self.source {
        $0["managed"] = [
          "roles": [["name": "app"]],
          "services": ["additional": [["serviceTemplate": ["metadata": ["name": "db"]]]]],
        ]
        $0["replica"] = ["enabled": true, "source": "x"]
        $0["storage"] = [
          "size": "30Gi",
          "pvcTemplate": ["volumeName": "pv-7", "accessModes": ["ReadWriteOnce"]],
        ]
        $0["bootstrap"] = [
          "initdb": ["database": "shop", "owner": "seller", "secret": ["name": "seller"]]
        ]
      })
    #expect(cluster.at("spec", "managed") == ["roles": [["name": "app"]]])
    #expect(cluster.at("spec", "replica") == nil)
    #expect(cluster.at("spec", "storage", "size") == "30Gi")
    #expect(
      cluster.at("spec", "storage", "pvcTemplate") == ["accessModes": ["ReadWriteOnce"]])
    let recovery = try #require(cluster.at("spec", "bootstrap", "recovery"))
    #expect(recovery.at("database") == "shop" && recovery.at("owner") == "seller")
    #expect(recovery.at("secret", "name") == "seller")
  }

  @Test func `with the plugin both places are named by parameters`() throws {
    let cluster = try Self.cluster(
      facts: Stage.pluginFacts(),
      source: try Self.source {
        $0["backup"] = nil
        $0["plugins"] = [
          [
            "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": true,
            "parameters": ["barmanObjectName": "minio-store"],
          ]
        ]
      })
    let external = try #require(cluster.at("spec", "externalClusters")?.list?.first)
    #expect(
      external.at("plugin", "parameters")
        == ["barmanObjectName": "minio-store", "serverName": "pg-main"])
    let plugin = try #require(cluster.at("spec", "plugins")?.list?.first)
    #expect(
      plugin.at("parameters")
        == ["barmanObjectName": "minio-store", "serverName": "pg-main-recovered"])
    #expect(plugin.at("isWALArchiver") == true)
  }

  @Test func `from a volume snapshot its volumes are named, and WAL comes from the store`() throws {
    let facts = try Stage.facts { facts in
      try facts.changeBackups { list in
        list[0].status?.method = "volumeSnapshot"
        list[0].status?.snapshotBackupStatus = CNPGBackup.SnapshotStatus(elements: [
          .init(name: "snap-data", type: "PG_DATA"), .init(name: "snap-wal", type: "PG_WAL"),
          .init(name: "snap-idx", type: "PG_TABLESPACE", tablespaceName: "idx"),
        ])
      }
    }
    let recovery = try #require(
      try Self.cluster(facts: facts).at("spec", "bootstrap", "recovery"))
    #expect(
      recovery.at("volumeSnapshots", "storage")
        == ["name": "snap-data", "kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"])
    #expect(recovery.at("volumeSnapshots", "walStorage", "name") == "snap-wal")
    #expect(recovery.at("volumeSnapshots", "tablespaceStorage", "idx", "name") == "snap-idx")
    #expect(recovery.at("source") == "origin" && recovery.at("recoveryTarget", "backupID") == nil)
  }

  @Test(
    "the linter and the schemas of the custom resources take every manifest",
    arguments: [
      RecoveryMoment.Target.latest, .time(CloudNativePGStage.ago(3600)),
      .position(LSN(0x850_0000)), .transaction(777), .restorePoint("before"),
      .backup("pg-main-nightly-20260821030000"),
    ])
  func lint(target: RecoveryMoment.Target) throws {
    let plugin = try Self.cluster(
      target, facts: Stage.pluginFacts(),
      source: try Self.source {
        $0["backup"] = nil
        $0["plugins"] = [
          [
            "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": true,
            "parameters": ["barmanObjectName": "minio-store"],
          ]
        ]
      })
    let store = try #require(
      ObjectTree(json: Array(try Fixture.text("cloudnativepg/objectstore-live").utf8)))
    for trees in [[try Self.cluster(target)], [store, plugin]] {
      let text = trees.map(\.yaml).joined(separator: "---\n")
      let manifests = try ManifestReader.parse(text, file: "recovered.yaml").get()
      #expect(manifests.count == trees.count)
      let findings = Linter.findings(in: manifests, options: LintOptions(now: Stage.now))
        .filter { $0.severity == .error }
      #expect(findings.isEmpty, "\(findings)\n\(text)")
    }
  }

  @Test func `Secrets are counted with their keys, ConfigMaps are not`() throws {
    let cluster = try Self.cluster(
      source: try Self.source {
        $0["monitoring"] = [
          "customQueriesConfigMap": [["name": "queries", "key": "q"]],
          "customQueriesSecret": [["name": "hidden", "key": "q"]],
        ]
        $0["superuserSecret"] = ["name": "root"]
      })
    let secrets = RecoveryDraft.secrets([cluster])
    #expect(secrets.map(\.source) == ["hidden", "minio", "root"])
    #expect(secrets[1].keys == ["ACCESS_KEY_ID", "ACCESS_SECRET_KEY"] && secrets[2].keys == [])
  }

  // MARK: Namespace

  private static func policy(
    _ name: String, _ labels: [String: String], egress: ObjectTree?
  ) -> ObjectTree {
    .object([
      "metadata": ["name": .string(name)],
      "spec": .object([
        "podSelector": .object(["matchLabels": .labels(labels)]), "policyTypes": ["Egress"],
        "egress": egress,
      ]),
    ])
  }

  @Test func `a policy that knows production's labels alone does not let the recovery out`() {
    let new = EgressPolicies.labels(of: "pg-main-recovered", inherited: [:])
    let production = ["cnpg.io/cluster": "pg-main"]
    func standing(_ policies: ObjectTree...) -> Requirement {
      EgressPolicies(policies: policies).requirement(new, production: production)
    }
    let deny = Self.policy("deny-all", [:], egress: nil)
    let own = Self.policy("let-db-out", production, egress: [[:]])
    #expect(standing().satisfied == true)
    #expect(standing(own).satisfied == true)
    let held = standing(deny, own)
    #expect(held.satisfied == false && held.detail.contains("let-db-out, which does not select it"))
    #expect(standing(deny, Self.policy("all", [:], egress: [[:]])).satisfied == true)
    let some = Self.policy(
      "dns", ["cnpg.io/jobRole": "full-recovery"], egress: [["ports": [["port": 53]]]])
    #expect(standing(deny, some).satisfied == nil)
  }

  @Test func `a quota that is too small is named with what is missing`() throws {
    let cluster = try Self.cluster()
    func quota(_ key: String, _ hard: String, used: String) -> ObjectTree {
      .object([
        "metadata": ["name": "small"],
        "status": .object(["hard": .labels([key: hard]), "used": .labels([key: used])]),
      ])
    }
    func standing(_ quotas: ObjectTree...) -> Requirement {
      RecoveryRoom(cluster: cluster, quotas: quotas).requirement
    }
    #expect(standing().satisfied == true)
    // Three instances with a data and a WAL volume each.
    #expect(standing(quota("persistentvolumeclaims", "12", used: "6")).satisfied == true)
    let short = standing(quota("persistentvolumeclaims", "11", used: "6"))
    #expect(short.satisfied == false && short.detail.contains("5 left, 6 are needed"))
    #expect(standing(quota("requests.storage", "74Gi", used: "0")).satisfied == false)
    #expect(standing(quota("requests.storage", "75Gi", used: "0")).satisfied == true)
    #expect(standing(quota("count/clusters.postgresql.cnpg.io", "2", used: "2")).satisfied == false)
  }

  @Test func `what a quota wants every pod to say is held against what the Cluster says`() {
    func standing(_ resources: ObjectTree, _ quotas: ObjectTree...) -> Requirement {
      let cluster: ObjectTree = .object([
        "spec": .object(["instances": .integer(3), "resources": resources])
      ])
      return RecoveryRoom(cluster: cluster, quotas: quotas).requirement
    }
    func quota(_ key: String, _ hard: String, scopes: [String] = []) -> ObjectTree {
      .object([
        "metadata": ["name": "q"], "spec": .object(["scopes": .list(scopes.map { .string($0) })]),
        "status": .object(["hard": .labels([key: hard])]),
      ])
    }
    let unsaid = standing([:], quota("limits.memory", "2Gi"))
    #expect(unsaid.satisfied == nil && unsaid.detail.contains("they limit limits.memory"))
    let limited: ObjectTree = ["limits": ["memory": "512Mi", "cpu": "500m"]]
    #expect(standing(limited, quota("limits.memory", "2Gi")).satisfied == true)
    // A request that is not said is the limit; three instances take 1.5 processors.
    #expect(standing(limited, quota("requests.cpu", "1500m")).satisfied == true)
    let short = standing(limited, quota("cpu", "1"))
    #expect(short.satisfied == false && short.detail == "q: cpu has 1 left, 1.5 are needed")
    // Pods of ours have no deadline, and say what they need.
    for scope in ["Terminating", "BestEffort"] {
      #expect(standing(limited, quota("cpu", "1", scopes: [scope])).satisfied == true)
    }
  }

  @Test func `what YAML would read as something else is quoted`() {
    let tree: ObjectTree = [
      "kind": "A", "apiVersion": "v1", "spec": ["b": "on", "a": [["x": 1, "name": "2"], []]],
    ]
    #expect(
      tree.yaml == """
        apiVersion: v1
        kind: A
        spec:
          a:
            - name: "2"
              x: 1
            - []
          b: "on"

        """)
  }
}
