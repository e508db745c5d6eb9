import FoundationEssentials
import Testing

@testable import CommandLineUI
@testable import ManifestLint
@testable import RecoveryModel
@testable import RecoveryService

@Suite struct ManifestTests {
  /// File of the expected text, and the words after `manifest`.
  static let printed: [(file: String, words: [String])] = [
    ("rbac", ["rbac"]),
    ("rbac-drill-exec", ["rbac", "--role", "drill", "--exec"]),
    ("rbac-cluster-wide", ["rbac", "--role", "watch", "--cluster-wide", "-n", "monitoring"]),
    ("drill-cronjob", ["drill-cronjob"]),
    ("scrub-cronjob", ["scrub-cronjob"]),
    ("scrub-cronjob-config", ["scrub-cronjob", "--config-map", "pgvigil"]),
    (
      "drill-cronjob-config",
      ["drill-cronjob", "--config-map", "pgvigil", "--image", "registry.example:5000/pgvigil:1"]
    ),
    ("scheduled-backup", ["scheduled-backup"]),
    ("scheduled-backup-in-tree", ["scheduled-backup", "--method", "in-tree", "--name", "nightly"]),
    (
      "rbac-people",
      ["rbac", "--role", "watch", "--user", "alice", "--user", "oidc:bob", "--group", "dba"]
    ),
    ("rbac-store", ["rbac", "--role", "store", "--secret", "auth-db-s3", "--secret", "store-ca"]),
    ("rbac-scrub", ["rbac", "--role", "scrub", "--secret", "auth-db-s3"]),
    ("backup", ["backup"]),
    ("object-store", ["object-store", "--endpoint", "https://fsn1.example.com", "--bucket", "b"]),
    ("cluster-backup", ["cluster-backup", "--server-name", "auth-db-2"]),
    (
      "cluster-backup-in-tree",
      ["cluster-backup", "--method", "in-tree", "--region", "fsn1", "--bucket", "s3://b/p/"]
    ),
    ("secret", ["secret", "--region", "fsn1"]),
    ("alerts", ["alerts", "--label", "release=prometheus"]),
  ]

  static let crds = [
    "Cluster": "postgresql.cnpg.io_clusters", "Backup": "postgresql.cnpg.io_backups",
    "ScheduledBackup": "postgresql.cnpg.io_scheduledbackups",
    "ObjectStore": "barmancloud.cnpg.io_objectstores",
  ]

  /// Without a place of their own, words are about the cluster auth-db in auth.
  static func placed(_ words: [String]) -> [String] {
    let hasPlace = words.contains("-n") || words.contains("--namespace")
    return ["manifest"] + words + (hasPlace ? [] : ["-n", "auth", "--cluster", "auth-db"])
  }

  static func text(_ words: [String]) async -> String {
    let stage = Stage()
    let status = await stage.run(placed(words))
    #expect(status == .good, "\(stage.state.diagnostics)")
    return stage.state.answer
  }

  @Test(arguments: printed.map(\.file))
  func isPrintedAsExpected(file: String) async throws {
    let words = try #require(Self.printed.first { $0.file == file }?.words)
    Golden.expect(await Self.text(words), is: "manifests/\(file).yaml")
  }

  @Test(arguments: printed.map(\.file))
  func readsBackAndFitsItsSchema(file: String) async throws {
    let words = try #require(Self.printed.first { $0.file == file }?.words)
    let manifests = try ManifestReader.parse(await Self.text(words), file: file).get()
    #expect(!manifests.isEmpty)
    for manifest in manifests {
      #expect(!manifest.name.isEmpty && !manifest.apiVersion.isEmpty)
      guard let crd = Self.crds[manifest.kind] else { continue }
      #expect(try SchemaCheck(crd: crd).problems(of: manifest.root) == [])
    }
  }

  @Test func theSchemaCheckFindsWhatIsWrong() throws {
    let wrong = """
      apiVersion: postgresql.cnpg.io/v1
      kind: ScheduledBackup
      metadata: {name: x}
      spec: {schedule: 5, method: tape, immediate: maybe, cron: "0 0 3 * * *"}
      """
    let manifest = try #require(try ManifestReader.parse(wrong, file: "x").get().first)
    let check = try SchemaCheck(crd: "postgresql.cnpg.io_scheduledbackups")
    let problems = check.problems(of: manifest.root).map { $0.prefix { $0 != ":" } }
    #expect(
      problems == [
        ".spec.cluster", ".spec.schedule", ".spec.method", ".spec.immediate", ".spec.cron",
      ])
  }

  /// What may be done with what, as `group/resource verb`, of one role.
  static func rights(_ role: Manifest) -> Set<String> {
    var rights: Set<String> = []
    for rule in role.root["rules"]?.list ?? [] {
      for group in rule["apiGroups"]?.list ?? [] {
        for resource in rule["resources"]?.list ?? [] {
          for verb in rule["verbs"]?.list ?? [] {
            rights.insert("\(group.text ?? "")/\(resource.text ?? "") \(verb.text ?? "")")
          }
        }
      }
    }
    return rights
  }

  @Test func watchingChangesNothingAndReadsNoSecret() async throws {
    let manifests = try ManifestReader.parse(
      await Self.text(["rbac", "--role", "watch"]), file: "x"
    ).get()
    let rights = manifests.reduce(into: Set<String>()) { $0.formUnion(Self.rights($1)) }
    #expect(rights.contains("postgresql.cnpg.io/clusters watch"))
    #expect(rights.contains("/pods/proxy get"))
    #expect(rights.allSatisfy { ["get", "list", "watch"].contains($0.split(separator: " ").last) })
    #expect(!rights.contains { $0.contains("secret") || $0.contains("*") })
    // The namespace of the ledger is all that it shares with drills.
    #expect(!manifests.contains { $0.kind != "Namespace" && $0.name.contains("drill") })
  }

  @Test func drillingActsInTheDrillNamespaceOnly() async throws {
    let manifests = try ManifestReader.parse(
      await Self.text(["rbac", "--role", "drill"]), file: "x"
    ).get()
    for role in manifests where role.kind == "Role" && role.namespace == "auth" {
      #expect(
        Self.rights(role).allSatisfy {
          ["get", "list", "watch"].contains($0.split(separator: " ").last)
        })
      let secrets = role.root["rules"]?.list.filter {
        $0["resources"]?.list.contains { $0.text == "secrets" } == true
      }
      #expect(secrets?.allSatisfy { $0["resourceNames"] != nil } == true)
    }
    let drill = try #require(manifests.first { $0.kind == "Role" && $0.name == "pgvigil-drill" })
    #expect(drill.namespace == "pgvigil-drills")
    #expect(Self.rights(drill).contains("postgresql.cnpg.io/clusters create"))
    #expect(!Self.rights(drill).contains { $0.contains("*") || $0.hasSuffix("patch") })
  }

  @Test func alertsUseMetricsThatExist() {
    let known = Set(MetricsDocument.names)
    for rule in AlertsManifest.rules {
      let words = rule.expression.split { !($0.isLetter || $0 == "_") }.map(String.init)
      let metrics = words.filter { $0.hasPrefix("pgvigil_") }
      #expect(!metrics.isEmpty && metrics.allSatisfy(known.contains), "\(rule.name): \(metrics)")
    }
  }

  /// An age that is written down stops growing with whoever wrote it.
  @Test func noAlertRestsOnAnAge() throws {
    #expect(!AlertsManifest.rules.contains { $0.expression.contains("_age_") })
    for name in ["PostgresBaseBackupOverdue", "PostgresDrillOverdue", "PgvigilStale"] {
      let rule = try #require(AlertsManifest.rules.first { $0.name == name })
      #expect(rule.expression.hasPrefix("time() - pgvigil_"))
    }
  }

  /// A verdict or an outcome that an alert waits for is one that the metric can have.
  @Test func alertsWaitForLabelsThatExist() {
    let verdicts = Set(Verdict.allCases.map { MetricTable.label($0.rawValue) })
    let outcomes = Set(DrillOutcome.allCases.map(\.rawValue))
    for rule in AlertsManifest.rules {
      for (label, values) in [("verdict", verdicts), ("outcome", outcomes)] {
        let parts = rule.expression.split(separator: "\(label)=\"")
        guard parts.count > 1 else { continue }
        #expect(values.contains(String(parts[1].prefix { $0 != "\"" })), "\(rule.name)")
      }
    }
  }

  @Test(arguments: [
    ["rbac", "--namespace", "Auth\nx", "--cluster", "auth-db"],
    ["backup", "--name", "under_score"],
    ["scheduled-backup", "--schedule", "0 3 * * *"],
    ["scheduled-backup", "--schedule", "0 0 25 * * *"],
    ["drill-cronjob", "--schedule", "0 0 3 * * *"],
    ["scrub-cronjob", "--schedule", "0 0 3 * * *"], ["drill-cronjob", "--drill-namespace", "auth"],
    ["object-store", "--retention", "forever"], ["everything"],
  ])
  func refusesWhatTheServerWouldRefuse(words: [String]) async {
    let stage = Stage()
    #expect(await stage.run(Self.placed(words)) == .worst)
    #expect(stage.state.answer.isEmpty)
    #expect(!stage.state.diagnostics.isEmpty)
  }

  @Test(
    "a place that is not named is not guessed",
    arguments: ManifestPurpose.allCases.filter { ![.alerts, .bucketPolicy].contains($0) })
  func demandsItsPlace(purpose: ManifestPurpose) async {
    let bare = Stage()
    #expect(await bare.run(["manifest", purpose.rawValue]) == .worst)
    #expect(bare.state.answer.isEmpty)
    #expect(bare.state.diagnostics.contains("needs --namespace and --cluster"))
    let half = Stage()
    #expect(await half.run(["manifest", purpose.rawValue, "-n", "auth"]) == .worst)
    #expect(half.state.diagnostics.contains("needs --cluster"))
  }

  @Test("a store's right is one Secret's, of a namespace, and nobody has it who did not ask for it")
  func readingStores() async throws {
    let printed = try ManifestReader.parse(
      await Self.text(["rbac", "--role", "store", "--secret", "a", "--secret", "b"]), file: "x"
    ).get()
    #expect(
      printed.map { "\($0.kind) \($0.namespace ?? "-")/\($0.name)" } == [
        "Role auth/pgvigil-store-a", "RoleBinding auth/pgvigil-store-a",
        "Role auth/pgvigil-store-b", "RoleBinding auth/pgvigil-store-b",
      ])
    #expect(
      printed.reduce(into: Set<String>()) { $0.formUnion(Self.rights($1)) } == ["/secrets get"])
    #expect(printed[0].root["rules"]?.list[0]["resourceNames"]?.list.map(\.text) == ["a"])
    let usual = await Self.text(["rbac"])
    #expect(!usual.contains("pgvigil-store"))
    let nameless = Stage()
    #expect(await nameless.run(["manifest", "rbac", "--role", "store", "-n", "auth"]) == .worst)
    #expect(nameless.state.diagnostics.contains("needs --secret"))
  }

  @Test("a bucket's policy is IAM's JSON and reads no more than the place")
  func bucketPolicy() async throws {
    let stage = Stage()
    #expect(
      await stage.run(["manifest", "bucket-policy", "s3://acme-backups//k8s/auth/"]) == .good)
    Golden.expect(stage.state.answer, is: "manifests/bucket-policy.json")
    let policy = try JSONDecoder().decode(Policy.self, from: Data(stage.state.answer.utf8))
    let actions = policy.statement.flatMap(\.action)
    #expect(
      actions.allSatisfy { $0.hasPrefix("s3:Get") || $0.hasPrefix("s3:List") }, "\(actions)")
    #expect(policy.statement.allSatisfy { $0.effect == "Allow" })
    #expect(policy.statement[1].resource == ["arn:aws:s3:::acme-backups/k8s/auth/*"])

    let whole = Stage()
    _ = await whole.run(["manifest", "bucket-policy", "S3://b", "--region", "cn-north-1"])
    let wide = try JSONDecoder().decode(Policy.self, from: Data(whole.state.answer.utf8))
    #expect(wide.statement[1].resource == ["arn:aws-cn:s3:::b/*"])

    let other = Stage()
    _ = await other.run(["manifest", "bucket-policy", "s3://b", "--endpoint", "https://rgw.test"])
    let ceph = try JSONDecoder().decode(Policy.self, from: Data(other.state.answer.utf8))
    #expect(
      Set(actions).subtracting(ceph.statement.flatMap(\.action))
        == ["s3:GetEncryptionConfiguration"])
    for action in [
      "s3:ListBucketVersions", "s3:GetReplicationConfiguration", "s3:ListMultipartUploadParts",
    ] { #expect(actions.contains(action)) }
  }

  @Test(arguments: [
    ["bucket-policy"], ["bucket-policy", "gs://b/p"], ["bucket-policy", "s3:///p"],
    ["bucket-policy", "s3://b*/p"], ["bucket-policy", "s3://b/*"], ["bucket-policy", "b/p"],
    ["bucket-policy", "s3://b/${aws:username}"], ["bucket-policy", "s3://b/x\"y"],
    ["bucket-policy", "s3://b/x\ny"], ["alerts", "s3://b/p"],
  ])
  func noPolicyForWhatIsNoPlace(words: [String]) async {
    let stage = Stage()
    #expect(await stage.run(["manifest"] + words) == .worst)
    #expect(stage.state.answer.isEmpty)
  }

  @Test func onlyTheRightsOfDrillsNameACluster() async {
    for role in ["watch", "backup"] {
      #expect(!(await Self.text(["rbac", "--role", role, "-n", "auth"])).isEmpty)
    }
    let stage = Stage()
    #expect(await stage.run(["manifest", "rbac", "--role", "drill", "-n", "auth"]) == .worst)
  }

  /// What `kubectl apply` would replace: an object of the same kind, namespace and name with something else in it.
  @Test func anotherClustersRightsReplaceNothing() async throws {
    let places = [
      ["-n", "auth", "--cluster", "auth-db"], ["-n", "shop", "--cluster", "shop-db"],
      ["-n", "auth", "--cluster", "other-db"], ["-n", "auth", "--cluster", "auth"],
      ["-n", "auth", "--cluster", "auth-db", "--drill-namespace", "copies"],
      ["-n", "shop", "--cluster", "shop-db", "--role", "watch", "--cluster-wide"],
      ["-n", "auth", "--cluster", "auth-db", "--role", "watch", "--cluster-wide"],
    ]
    var applied: [String: String] = [:]
    for place in places {
      for document in await Self.text(["rbac"] + place).split(separator: "---\n") {
        let text = document.split(separator: "\n").joined(separator: "\n")
        let object = try #require(ManifestReader.parse(text, file: "x").get().first)
        let key = "\(object.kind) \(object.namespace ?? "-")/\(object.name)"
        #expect(applied[key, default: text] == text, "\(key) is replaced")
        applied[key] = text
      }
    }
    #expect(applied["Role auth/pgvigil-drill-source-other-db"] != nil)
    #expect(applied["RoleBinding pgvigil-drills/pgvigil-ledger-shop"] != nil)
  }

  @Test(arguments: [
    "s3://b\"\n---\nkind: Secret", "s3://b\u{85}x", "s3://b\u{2028}x", "s3://b\u{FEFF}x\u{1B}[m",
  ])
  func hostileTextStaysOneValue(bucket: String) async throws {
    let text = await Self.text(["object-store", "--bucket", bucket])
    let manifests = try ManifestReader.parse(text, file: "x").get()
    #expect(manifests.count == 1)
    #expect(manifests[0].root["spec", "configuration", "destinationPath"]?.text == bucket)
  }

  @Test func whatIsPrintedPassesTheLinter() async throws {
    var manifests: [Manifest] = []
    for purpose in ["cluster-backup", "object-store", "scheduled-backup", "backup", "rbac"] {
      manifests += try ManifestReader.parse(await Self.text([purpose]), file: purpose).get()
    }
    #expect(Linter.findings(in: manifests, options: LintOptions(now: LintTests.now)) == [])
  }
}

/// What IAM reads of a policy.
private struct Policy: Decodable {
  struct Statement: Decodable {
    var effect: String
    var action: [String]
    var resource: [String]

    enum CodingKeys: String, CodingKey {
      case effect = "Effect"
      case action = "Action"
      case resource = "Resource"
    }
  }
  var statement: [Statement]

  enum CodingKeys: String, CodingKey { case statement = "Statement" }
}
