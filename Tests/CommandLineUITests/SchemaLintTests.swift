import Testing

@testable import ManifestLint
@testable import RecoveryModel

/// What the API server would drop or refuse, key by key.
@Suite struct SchemaLintTests {
  /// Findings about a Cluster with that in its spec.
  static func findings(_ spec: String) throws -> [LintFinding] {
    let text = """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: a}
      spec: {\(spec)}
      """
    return try LintTests.findings(text).filter { $0.id.hasPrefix("schema.") }
  }

  @Test(arguments: [
    "instances: 3, storage: {size: 10Gi}", "instances: null", "instances: 3.0",
    "resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}",
    "postgresql: {parameters: {max_connections: \"100\", jit: 'off'}}",
    "inheritedMetadata: {labels: {a: b}, annotations: {c: d}}",
    "affinity: {enablePodAntiAffinity: yes, nodeSelector: {a: b}, additionalPodAffinity: "
      + "{requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: "
      + "{matchExpressions: [{key: a, operator: In, values: [b]}]}}]}}",
    "projectedVolumeTemplate: {sources: [{secret: {name: s, items: [{key: a, path: b, mode: 420}]}}]}",
    "ephemeralVolumeSource: {volumeClaimTemplate: {spec: {resources: {requests: {storage: 1Gi}}}}}",
    "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]",
    "managed: {services: {additional: [{selectorType: rw, serviceTemplate: {metadata: {name: x}, "
      + "spec: {type: LoadBalancer, ports: [{port: 5432, targetPort: pg}]}}}]}}",
    "backup: {barmanObjectStore: {destinationPath: \"s3://b\", tags: {k: v}}, retentionPolicy: 30d}",
  ])
  func whatTheServerTakesHasNoFinding(spec: String) throws {
    #expect(try Self.findings(spec) == [])
  }

  @Test(arguments: [
    ("backups: {}", "spec.backups", "did you mean backup?"),
    ("backup: {barmanObjectStorage: {}}", "spec.backup.barmanObjectStorage", "barmanObjectStore?"),
    ("storage: {sise: 1Gi}", "spec.storage.sise", "did you mean size?"),
    ("plugins: [{name: p, isWalArchiver: true}]", "plugins[0].isWalArchiver", "isWALArchiver?"),
    ("postgresql: {params: {a: b}}", "spec.postgresql.params", "did you mean parameters?"),
    ("barmanObjectStore: {destinationPath: x}", "spec.barmanObjectStore", "under spec.backup"),
    ("walSegmentSize: 32", "spec.walSegmentSize", "under spec.bootstrap.initdb"),
    (
      "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecutions: []}}",
      "IgnoredDuringExecutions", "IgnoredDuringExecution?"
    ),
  ])
  func anUnknownKeyNamesTheNearestThatThereIs(spec: String, path: String, hint: String) throws {
    let found = try Self.findings(spec)
    #expect(found.map(\.id) == ["schema.unknown-key"], "\(found)")
    #expect(found.first?.severity == .error)
    #expect(found.first?.message.contains(path) == true)
    #expect(found.first?.remedy.contains(hint) == true, "\(found)")
  }

  @Test(arguments: [
    ("instances: \"3\"", "without quotes"), ("instances: three", "a whole number"),
    ("instances: 0", "at least 1"), ("instances: 2.5", "a whole number"),
    ("storage: {size: 10}", "must be text: quote it"), ("storage: 10Gi", "keys and values"),
    ("postgresql: {parameters: {max_connections: 100}}", "quote it"),
    ("postgresql: {parameters: {jit: off}}", "quote it"),
    ("enablePDB: \"true\"", "true or false"), ("primaryUpdateMethod: switch", "one of switchover"),
    ("backup: {retentionPolicy: 30}", "quote it"),
    ("backup: {retentionPolicy: 4 weeks}", "must be like"),
    ("backup: {barmanObjectStore: {destinationPath: \"\"}}", "must not be"),
    ("backup: {barmanObjectStore: {destinationPath: x, wal: {compression: gzipp}}}", "mean gzip?"),
    ("plugins: {name: p}", "a list"), ("resources: {limits: {cpu: 0.5}}", "quote it"),
    ("inheritedMetadata: {labels: {a: yes}}", "quote it"),
    ("bootstrap: {initdb: {walSegmentSize: 2048}}", "at most 1024"),
  ])
  func aWrongValueIsRefused(spec: String, words: String) throws {
    let found = try Self.findings(spec)
    #expect(found.map(\.id) == ["schema.wrong-value"], "\(found)")
    #expect(found.first?.message.contains(words) == true, "\(found)")
  }

  @Test(arguments: [
    ("plugins: [{isWALArchiver: true}]", "spec.plugins[0].name"),
    ("backup: {barmanObjectStore: {endpointURL: x}}", "barmanObjectStore.destinationPath"),
    ("superuserSecret: {}", "spec.superuserSecret.name"),
  ])
  func aMissingKeyIsNamed(spec: String, path: String) throws {
    let found = try Self.findings(spec)
    #expect(found.map(\.id) == ["schema.missing-key"], "\(found)")
    #expect(found.first?.remedy.contains(path) == true, "\(found)")
  }

  @Test(arguments: [
    ("2", ScalarType.integer), ("-2", .integer), ("1_000", .integer), ("0x1F", .integer),
    ("007", .integer), ("2.5", .number), ("1e9", .number), (".5", .number), ("5.", .number),
    (".inf", .number), ("yes", .boolean), ("Off", .boolean), ("true", .boolean), ("", .null),
    ("~", .null), ("null", .null), ("10Gi", .text), ("1.2.3", .text), ("0 0 3 * * *", .text),
    ("-", .text), ("y", .text), ("2026-11-01T00:00:00Z", .text), ("0xG", .text), ("1e", .text),
    ("e5", .text), ("--1", .text),
  ])
  func aPlainScalarIsWhatKubectlReads(text: String, type: ScalarType) {
    #expect(ScalarType(plain: text) == type)
  }

  // MARK: Places

  @Test(arguments: [
    ("s3://b/x", "", "s3://b/x/", ""), ("s3://b/x", "", "s3://b//x", ""),
    ("s3://b/", "https://s3.eu-central-1.amazonaws.com", "s3://b", ""),
    ("s3://b", "https://S3.Example.com/", "s3://b", "https://s3.example.com:443"),
    ("S3://B/x", "http://minio:9000", "s3://b/x", "http://MINIO:9000/"),
  ])
  func placesAreComparedAsTheToolsResolveThem(
    path: String, endpoint: String, other: String, otherEndpoint: String
  ) throws {
    #expect(try Self.reuse(path, endpoint, "a", other, otherEndpoint, "a") == 1)
    #expect(try Self.reuse(path, endpoint, "a", other, otherEndpoint, "b") == 0)
  }

  @Test func anEmptyServerNameIsTheClustersOwn() throws {
    #expect(try Self.reuse("s3://b", "", "", "s3://b", "", "one") == 1)
    #expect(try Self.reuse("s3://b", "", "", "s3://b", "", "") == 0)
    #expect(try Self.reuse("s3://b", "https://a", "x", "s3://b", "https://b", "x") == 0)
  }

  /// Findings where the cluster `one` archives to the first place and `two` to the second.
  private static func reuse(
    _ path: String, _ endpoint: String, _ server: String, _ other: String, _ otherEndpoint: String,
    _ otherServer: String
  ) throws -> Int {
    let clusters = [("one", path, endpoint, server), ("two", other, otherEndpoint, otherServer)]
    let text = clusters.map { name, path, endpoint, server in
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata: {name: \(name)}
      spec:
        backup:
          barmanObjectStore: {destinationPath: "\(path)", endpointURL: "\(endpoint)", serverName: "\(server)"}

      """
    }.joined(separator: "---\n")
    return try LintTests.findings(text).count { $0.id == "store.server-name-reuse" }
  }
}
