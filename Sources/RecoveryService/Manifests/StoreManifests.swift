import RecoveryModel

/// Where backups go, and how a cluster is told.
enum StoreManifests {
  static let plugin = ManifestMethod.pluginName

  static func objectStore(_ options: ManifestOptions) -> String {
    """
    # The bucket of the Barman Cloud plugin. Its credentials are in the Secret \(options.secretName),
    # in this namespace: `pgvigil manifest secret` prints a template for it.
    # A copy for the drill namespace should carry credentials that may only read.
    apiVersion: barmancloud.cnpg.io/v1
    kind: ObjectStore
    metadata:
      name: \(YAMLText.scalar(options.name ?? options.storeName))
      namespace: \(YAMLText.scalar(options.namespace))
    spec:
      # How far back it must be restorable; the newest backup is never deleted.
      retentionPolicy: \(YAMLText.quoted(options.retention))
      configuration:
    \(configuration(options, indent: 4))

    """
  }

  static func clusterBackup(_ options: ManifestOptions) -> String {
    let head = """
      # Switches backups and WAL archiving on: a patch, to be merged into the Cluster.
      #   kubectl -n \(options.namespace) patch cluster \(options.cluster) --type merge --patch-file FILE
      # It may restart the instances one after the other, as a rolling restart and not an outage.
      # Take a base backup right after it: `pgvigil manifest backup`.
      # A cluster made to verify backups must have none of this.
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata:
        name: \(YAMLText.scalar(options.cluster))
        namespace: \(YAMLText.scalar(options.namespace))
      spec:

      """
    switch options.method {
    case .plugin: return head + pluginSection(options)
    case .inTree: return head + inTreeSection(options)
    }
  }

  /// Placeholders only: a value never passes through here.
  static func secret(_ options: ManifestOptions) -> String {
    let region = options.region.map { "\n  REGION: \(YAMLText.scalar($0))" } ?? ""
    return """
      # A TEMPLATE. Fill it in, encrypt it, and commit only what came out:
      #   sops --encrypt --encrypted-regex '^(data|stringData)$' --in-place FILE
      # Never apply it as it stands: the placeholders would replace working credentials.
      apiVersion: v1
      kind: Secret
      metadata:
        name: \(YAMLText.scalar(options.name ?? options.secretName))
        namespace: \(YAMLText.scalar(options.namespace))
      type: Opaque
      stringData:
        ACCESS_KEY_ID: REPLACE-THEN-ENCRYPT-WITH-SOPS
        ACCESS_SECRET_KEY: REPLACE-THEN-ENCRYPT-WITH-SOPS\(region)

      """
  }

  private static func pluginSection(_ options: ManifestOptions) -> String {
    """
      # A merge patch replaces the whole list: name the cluster's other plugins here as well.
      plugins:
        - name: \(plugin)
          isWALArchiver: true
          parameters:
            barmanObjectName: \(YAMLText.scalar(options.storeName))
            # The directory in the bucket; two clusters with one name would overwrite each other.
            serverName: \(YAMLText.scalar(options.server))

    """
  }

  private static func inTreeSection(_ options: ManifestOptions) -> String {
    """
      # In-tree object stores are deprecated since CloudNativePG 1.26 and announced to go with 1.31:
      # `--method plugin` is what will stay.
      backup:
        retentionPolicy: \(YAMLText.quoted(options.retention))
        barmanObjectStore:
          serverName: \(YAMLText.scalar(options.server))
    \(configuration(options, indent: 6))

    """
  }

  private static func configuration(_ options: ManifestOptions, indent: Int) -> String {
    var lines = ["destinationPath: \(YAMLText.scalar(options.destination))"]
    if let endpoint = options.endpoint {
      lines.append("endpointURL: \(YAMLText.scalar(endpoint))")
    }
    let secret = YAMLText.scalar(options.secretName)
    lines += [
      "s3Credentials:",
      "  accessKeyId: {name: \(secret), key: ACCESS_KEY_ID}",
      "  secretAccessKey: {name: \(secret), key: ACCESS_SECRET_KEY}",
    ]
    if options.region != nil { lines.append("  region: {name: \(secret), key: REGION}") }
    lines += [
      "# No `encryption` here: server-side encryption protects against stolen disks, not against",
      "# whoever holds these credentials.",
      "wal:", "  compression: gzip", "  maxParallel: 4", "data:", "  compression: gzip",
    ]
    let space = String(repeating: " ", count: indent)
    return lines.map { space + $0 }.joined(separator: "\n")
  }
}
