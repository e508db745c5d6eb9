import FoundationEssentials
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI
@testable import ManifestLint
@testable import RecoveryModel

@Suite struct LintTests {
  static let now = Fixture.date

  static func findings(
    _ text: String, options: LintOptions = LintOptions(now: now)
  ) throws
    -> [LintFinding]
  {
    Linter.findings(in: try ManifestReader.parse(text, file: "f.yaml").get(), options: options)
  }

  /// Everything as it should be; line numbers of the rules' tests count from here.
  static let clean = """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: auth-db, namespace: auth}
    spec:
      instances: 3
      storage: {size: 10Gi}
      plugins:
        - name: barman-cloud.cloudnative-pg.io
          isWALArchiver: true
          parameters: {barmanObjectName: store}
    ---
    apiVersion: barmancloud.cnpg.io/v1
    kind: ObjectStore
    metadata: {name: store, namespace: auth}
    spec:
      retentionPolicy: "30d"
      configuration: {destinationPath: "s3://b/"}
    ---
    apiVersion: postgresql.cnpg.io/v1
    kind: ScheduledBackup
    metadata: {name: nightly, namespace: auth}
    spec:
      schedule: "0 0 3 * * *"
      cluster: {name: auth-db}
      method: plugin
      pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}
    ---
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: auth-db-drill, namespace: drills}
    spec:
      instances: 1
      storage: {size: 10Gi}
      bootstrap:
        recovery:
          source: auth-db
          database: keycloak
          owner: keycloak
          recoveryTarget: {targetLSN: 0/9000000}
      externalClusters:
        - name: auth-db
          plugin:
            name: barman-cloud.cloudnative-pg.io
            parameters: {barmanObjectName: store, serverName: auth-db}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: s, namespace: auth}
    stringData:
      KEY: ENC[AES256_GCM,data:abc,type:str]
    sops: {version: 3.9.0}

    """

  @Test func cleanManifestsHaveNoFindings() throws {
    #expect(try Self.findings(Self.clean) == [])
  }

  struct Case: CustomTestStringConvertible {
    var id: String
    var line: Int
    var severity: LintSeverity
    /// What is written instead of what in the clean manifests.
    var old: String
    var new: String
    var options = LintOptions(now: LintTests.now)
    var testDescription: String { "\(id) \(new.prefix(30))" }
  }

  static let cases: [Case] = [
    Case(
      id: "cluster.no-backup", line: 4, severity: .error, old: "isWALArchiver: true",
      new: "isWALArchiver: false"),
    Case(
      id: "cluster.no-backup", line: 4, severity: .error, old: "isWALArchiver: true",
      new: "isWALArchiver: true\n      enabled: false"),
    Case(
      id: "store.no-retention", line: 15, severity: .warning, old: "retentionPolicy: \"30d\"",
      new: "instanceSidecarConfiguration: {}"),
    Case(
      id: "store.missing", line: 10, severity: .warning, old: "barmanObjectName: store}",
      new: "barmanObjectName: stoer}"),
    Case(
      id: "store.server-side-encryption", line: 17, severity: .info, old: "\"s3://b/\"}",
      new: "\"s3://b/\", data: {encryption: AES256}}"),
    Case(
      id: "schedule.five-fields", line: 23, severity: .error, old: "0 0 3 * * *", new: "0 3 * * *"),
    Case(
      id: "schedule.invalid", line: 23, severity: .error, old: "0 0 3 * * *",
      new: "0 0 3 30 feb *"),
    Case(
      id: "schedule.invalid", line: 23, severity: .error, old: "0 0 3 * * *", new: "0 0 3 * * 7"),
    Case(
      id: "schedule.unknown-cluster", line: 24, severity: .error, old: "cluster: {name: auth-db}",
      new: "cluster: {name: auth-bd}"),
    Case(
      id: "schedule.suspended", line: 24, severity: .warning, old: "cluster: {name: auth-db}",
      new: "suspend: true\n  cluster: {name: auth-db}"),
    Case(
      id: "schedule.rare", line: 23, severity: .warning, old: "0 0 3 * * *", new: "0 0 3 * * 0"),
    Case(id: "schedule.rare", line: 23, severity: .warning, old: "0 0 3 * * *", new: "@monthly"),
    Case(
      id: "schedule.rare", line: 23, severity: .info, old: "0 0 3 * * *", new: "@weekly",
      options: LintOptions(rto: 86_400, now: now)),
    Case(
      id: "recovery.archives", line: 32, severity: .error, old: "  instances: 1",
      new: "  backup: {retentionPolicy: 1d}\n  instances: 1"),
    Case(
      id: "recovery.archives", line: 32, severity: .error, old: "  instances: 1",
      new: "  plugins: [{name: barman-cloud.cloudnative-pg.io}]\n  instances: 1"),
    Case(
      id: "recovery.production-namespace", line: 30, severity: .error, old: "namespace: drills",
      new: "namespace: auth"),
    Case(
      id: "recovery.production-name", line: 30, severity: .error, old: "name: auth-db-drill",
      new: "name: auth-db"),
    Case(
      id: "recovery.no-target", line: 39, severity: .warning,
      old: "recoveryTarget: {targetLSN: 0/9000000}", new: "recoveryTarget: {backupID: x}"),
    Case(
      id: "recovery.no-owner", line: 35, severity: .warning, old: "      database: keycloak\n",
      new: ""),
    Case(
      id: "recovery.no-server-name", line: 44, severity: .error, old: ", serverName: auth-db",
      new: ""),
    Case(
      id: "secret.plain-text", line: 50, severity: .error,
      old: "ENC[AES256_GCM,data:abc,type:str]\nsops: {version: 3.9.0}", new: "hunter2"),
    Case(
      id: "secret.partly-encrypted", line: 51, severity: .warning, old: "\nsops:",
      new: "\n  OTHER: hunter2\nsops:"),
    Case(
      id: "cluster.oversized", line: 6, severity: .warning, old: "storage: {size: 10Gi}",
      new: "storage: {size: 100Gi}", options: LintOptions(dataBytes: 10 << 30, now: now)),
    Case(
      id: "cluster.archiving-off", line: 3, severity: .error,
      old: "{name: auth-db, namespace: auth}",
      new: "{name: auth-db, namespace: auth, annotations: {cnpg.io/skipWalArchiving: enabled}}"),
    Case(
      id: "cluster.archive-check-off", line: 3, severity: .warning,
      old: "{name: auth-db, namespace: auth}",
      new:
        "{name: auth-db, namespace: auth, annotations: {cnpg.io/skipEmptyWalArchiveCheck: enabled}}"
    ),
    Case(
      id: "cluster.two-archivers", line: 10, severity: .error, old: "  instances: 3\n",
      new: "  instances: 3\n  backup: {barmanObjectStore: {destinationPath: \"s3://b/\"}}\n"),
    Case(
      id: "schedule.method", line: 25, severity: .error, old: "method: plugin",
      new: "method: volumeSnapshot"),
    Case(
      id: "schedule.method", line: 22, severity: .error, old: "  method: plugin\n", new: ""),
    Case(
      id: "schedule.method", line: 22, severity: .error,
      old: "\n  pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}", new: ""),
    Case(
      id: "schedule.method", line: 26, severity: .error,
      old: "pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}",
      new: "pluginConfiguration: {name: barman.cloudnative-pg.io}"),
    Case(
      id: "schedule.method", line: 26, severity: .error, old: "isWALArchiver: true",
      new: "enabled: false"),
    Case(
      id: "schema.unknown-kind", line: 20, severity: .error, old: "kind: ScheduledBackup",
      new: "kind: ScheduleBackup"),
    Case(
      id: "schema.unknown-kind", line: 1, severity: .error, old: "postgresql.cnpg.io/v1",
      new: "postgresql.cnpg.io/v1beta1"),
    Case(
      id: "schema.unknown-kind", line: 12, severity: .error, old: "barmancloud.cnpg.io/v1",
      new: "barman.cnpg.io/v1"),
    Case(
      id: "schema.unknown-key", line: 9, severity: .error, old: "isWALArchiver: true",
      new: "isWalArchivr: true"),
    Case(
      id: "schema.unknown-key", line: 5, severity: .error, old: "instances: 3",
      new: "retentionPolicy: 30d"),
    Case(
      id: "schema.unknown-key", line: 5, severity: .warning, old: "instances: 3",
      new: "zzzz: 30d"),
    Case(
      id: "schema.wrong-value", line: 5, severity: .error, old: "instances: 3",
      new: "instances: \"3\""),
    Case(
      id: "schema.wrong-value", line: 16, severity: .error, old: "\"30d\"", new: "30 days"),
    Case(
      id: "schema.missing-key", line: 17, severity: .error, old: "destinationPath: \"s3://b/\"",
      new: "endpointURL: \"https://s3\""),
  ]

  @Test(arguments: cases)
  func ruleFindsItsCase(wanted: Case) throws {
    let text = Self.clean.replacing(wanted.old, with: wanted.new, maxReplacements: 1)
    #expect(text != Self.clean)
    let found = try Self.findings(text, options: wanted.options)
    let place = found.first { $0.id == wanted.id }
    #expect(place?.line == wanted.line, "\(found)")
    #expect(place?.severity == wanted.severity)
    #expect(found.allSatisfy { !$0.message.isEmpty && !$0.remedy.isEmpty })
  }

  static let inTree = """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: NAME}
    spec:
      instances: 1
      backup:
        barmanObjectStore: {destinationPath: "s3://b/x", serverName: one, wal: {encryption: AES256}}

    """

  @Test func inTreeConfigurationHasRulesOfItsOwn() throws {
    let found = try Self.findings(Self.inTree).map { "\($0.line) \($0.id)" }
    #expect(
      found == [
        "3 cluster.no-schedule", "6 cluster.no-retention", "7 cluster.in-tree",
        "7 store.server-side-encryption",
      ])
  }

  @Test func aPluginThatTheMethodNeverAsksIsAWarning() throws {
    let backup = """
      apiVersion: postgresql.cnpg.io/v1
      kind: Backup
      metadata: {name: b}
      spec: {cluster: {name: NAME}, pluginConfiguration: {name: p}}
      """
    let found = try Self.findings(Self.inTree + "---\n" + backup)
    #expect(found.map { "\($0.line) \($0.id)" }.contains("12 schedule.idle-plugin"), "\(found)")
    #expect(!found.contains { $0.id == "schedule.method" })
  }

  @Test func oneDirectoryForTwoClustersIsAnError() throws {
    let two = ["a", "b"].map { Self.inTree.replacing("NAME", with: $0) }.joined(separator: "---\n")
    let reuse = try Self.findings(two).filter { $0.id == "store.server-name-reuse" }
    #expect(reuse.map(\.line) == [15])
    #expect(reuse.first?.severity == .error)
  }

  /// Restored to stay: nothing as long as it archives under a name of its own, which is the cluster's where none is given;
  /// as a replica, nothing.
  @Test(
    arguments: [
      ("\"\"", nil), ("auth-db", .error), ("auth-db-2", nil), ("\"${SERVER}\"", .warning),
    ] as [(String, LintSeverity?)])
  func whatWasRestoredToStayMayArchiveElsewhere(server: String, severity: LintSeverity?) throws {
    let parameters =
      server == "\"\""
      ? "{barmanObjectName: store}"
      : "{barmanObjectName: store, serverName: \(server)}"
    let text = Self.clean.replacing("auth-db-drill", with: "auth-db-new")
      .replacing("namespace: drills", with: "namespace: shop").replacing(
        "  instances: 1\n",
        with: """
            instances: 1
            plugins:
              - {name: barman-cloud.cloudnative-pg.io, isWALArchiver: true, parameters: \(parameters)}

          """)
    let found = try Self.findings(text).first { $0.id == "recovery.archives" }
    #expect(found?.severity == severity)
    let replica = text.replacing(
      "  bootstrap:", with: "  replica: {enabled: true, source: auth-db}\n  bootstrap:")
    #expect(!(try Self.findings(replica).contains { $0.id.hasPrefix("recovery.") }))
  }

  @Test func everyRuleHasACase() {
    let tested = Set(
      Self.cases.map(\.id) + [
        "cluster.no-schedule", "cluster.no-retention", "cluster.in-tree", "store.server-name-reuse",
        "schedule.idle-plugin", "snapshot.no-class", "store.base-apart",
      ])
    #expect(Set(LintRuleTable.all.map(\.id)) == tested)
  }

  @Test func assumedClustersAreKnown() throws {
    let backup = """
      apiVersion: postgresql.cnpg.io/v1
      kind: Backup
      metadata: {name: b, namespace: auth}
      spec: {cluster: {name: auth-db}}
      """
    #expect(try Self.findings(backup).map(\.id) == ["schedule.unknown-cluster"])
    for assumed in ["auth-db", "auth/auth-db", "prod/auth/auth-db"] {
      let options = LintOptions(assumedClusters: [assumed], now: Self.now)
      #expect(try Self.findings(backup, options: options) == [])
    }
    let other = LintOptions(assumedClusters: ["shop/auth-db"], now: Self.now)
    #expect(try Self.findings(backup, options: other).count == 1)
  }

  /// The projection says what it assumes, and grows with what is assumed.
  @Test func rareBackupsAreWeighedAgainstTheTarget() throws {
    let weekly = Self.clean.replacing("0 0 3 * * *", with: "@weekly")
    let message = try #require(try Self.findings(weekly).first).message
    #expect(
      message == "a base backup every 7d 0h means replaying up to that much WAL: about 1h 19m to "
        + "recover against a target of 1h 00m (assumed: 23 GiB of WAL a day, 40 MiB/s and 70 ms a "
        + "segment to replay, the restore itself not counted)")
    let quiet = LintOptions(walPerDay: 1 << 30, now: Self.now)
    #expect(try Self.findings(weekly, options: quiet).map(\.severity) == [.info])
  }

  @Test func listsAreTheirItemsAndOtherDocumentsAreLeftOut() throws {
    let text = """
      # nothing here
      ---
      just: values
      ---
      apiVersion: v1
      kind: List
      items:
        - apiVersion: v1
          kind: Secret
          metadata: {name: a}
          data: {k: aHVudGVyMg==}
      """
    #expect(try Self.findings(text).map { "\($0.line) \($0.id)" } == ["11 secret.plain-text"])
  }

  @Test(arguments: ["a: [", "a: b\n---\nc: {", "\u{1}", "a: 1\na: 2"])
  func whatIsNoYAMLIsNotClean(text: String) {
    guard case .failure(let error) = ManifestReader.parse(text, file: "f") else {
      Issue.record("read")
      return
    }
    #expect(!error.reason.isEmpty)
  }

  @Test func aliasesCannotUnfoldWithoutEnd() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...8 {
      let alias = "*a\(level - 1)"
      text += "a\(level): &a\(level) [" + Array(repeating: alias, count: 10).joined(separator: ", ")
      text += "]\n"
    }
    let read = ManifestReader.parse(text, file: "bomb.yaml")
    #expect(throws: ManifestReadError.self) { try read.get() }
  }
}
