import ManifestLint
import Testing

@testable import CommandLineUI
@testable import RecoveryModel

@Suite struct CompletenessLintTests {
  private func ids(_ text: String) throws -> [String] {
    try LintTests.findings(text).map(\.id)
      .filter { $0 == "store.base-apart" || $0 == "snapshot.no-class" }
  }

  private func snapshots(_ more: String, classes: String) -> String {
    """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: pg-main, namespace: prod}
    spec:
      instances: 1
      storage: {size: 20Gi}
      \(more)
      backup: {volumeSnapshot: \(classes)}
    """
  }

  @Test("each volume of a snapshot wants its class")
  func classes() throws {
    let wal = "walStorage: {size: 5Gi}"
    #expect(try ids(snapshots(wal, classes: "{className: csi}")) == ["snapshot.no-class"])
    #expect(try ids(snapshots(wal, classes: "{className: csi, walClassName: csi}")).isEmpty)
    #expect(
      try ids(snapshots("primaryUpdateStrategy: unsupervised", classes: "{className: csi}")).isEmpty
    )
    let spaces = "tablespaces: [{name: a, storage: {size: 1Gi}}, {name: b, storage: {size: 1Gi}}]"
    #expect(
      try ids(snapshots(spaces, classes: "{className: csi, tablespaceClassName: {a: csi}}"))
        == ["snapshot.no-class"])
  }

  private func stores(
    _ parameters: String, cold: String = "s3://cold/", kind: String = "Backup"
  )
    -> String
  {
    """
    apiVersion: postgresql.cnpg.io/v1
    kind: Cluster
    metadata: {name: pg-main, namespace: prod}
    spec:
      plugins:
      - name: barman-cloud.cloudnative-pg.io
        isWALArchiver: true
        parameters: {barmanObjectName: store}
    ---
    apiVersion: barmancloud.cnpg.io/v1
    kind: ObjectStore
    metadata: {name: store, namespace: prod}
    spec: {retentionPolicy: 30d, configuration: {destinationPath: "s3://warm/"}}
    ---
    apiVersion: barmancloud.cnpg.io/v1
    kind: ObjectStore
    metadata: {name: glacier, namespace: prod}
    spec: {retentionPolicy: 30d, configuration: {destinationPath: "\(cold)"}}
    ---
    apiVersion: postgresql.cnpg.io/v1
    kind: \(kind)
    metadata: {name: weekly, namespace: prod}
    spec:
      schedule: 0 0 3 * * *
      cluster: {name: pg-main}
      method: plugin
      pluginConfiguration:
        name: barman-cloud.cloudnative-pg.io
        parameters: \(parameters)
    """
  }

  @Test("base backups and WAL in two places", arguments: ["Backup", "ScheduledBackup"])
  func apart(kind: String) throws {
    #expect(try ids(stores("{barmanObjectName: glacier}", kind: kind)) == ["store.base-apart"])
    #expect(try ids(stores("{serverName: other}", kind: kind)) == ["store.base-apart"])
    #expect(try ids(stores("{barmanObjectName: store}", kind: kind)).isEmpty)
    #expect(try ids(stores("{}", kind: kind)).isEmpty)
    #expect(try ids(stores("{barmanObjectName: glacier}", cold: "s3://warm", kind: kind)).isEmpty)
    // Written otherwise, resolved to the same.
    #expect(try ids(stores("{barmanObjectName: glacier}", cold: "S3://warm//", kind: kind)).isEmpty)
    // Two clusters of the name, and no namespace that says which: neither is taken for the other.
    let twice =
      stores("{barmanObjectName: glacier}", kind: kind)
      .replacing("name: weekly, namespace: prod", with: "name: weekly")
    #expect(try ids(twice) == ["store.base-apart"])
    let other =
      "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\n"
      + "metadata: {name: pg-main, namespace: test}"
    #expect(try ids(other + "\n---\n" + twice).isEmpty)
    #expect(try ids(twice + "\n---\n" + other).isEmpty)
  }
}
