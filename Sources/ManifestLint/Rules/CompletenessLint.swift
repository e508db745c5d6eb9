import RecoveryModel

/// Base backups that would lack a piece, or lie elsewhere than the WAL that they need.
enum CompletenessLint {
  static let snapshotClass = LintRule(
    id: "snapshot.no-class", severity: .warning,
    title: "volume snapshots without a class for the WAL volume or for a tablespace"
  ) { context in
    context.clusters.flatMap { cluster -> [LintRule.Mark] in
      guard let snapshot = cluster.root["spec", "backup", "volumeSnapshot"] else { return [] }
      var missing: [(what: String, key: String)] = []
      if cluster.root["spec", "walStorage"] != nil, snapshot["walClassName"] == nil {
        missing.append(("the WAL volume", "walClassName"))
      }
      for name in cluster.root["spec", "tablespaces"]?.list.compactMap({ $0["name"]?.text }) ?? []
      where snapshot["tablespaceClassName", name] == nil {
        missing.append(
          ("the tablespace \(Sanitizer.clean(name, limit: 63))", "tablespaceClassName"))
      }
      return missing.map { piece in
        cluster.mark(
          cluster.root.line(of: "spec", "backup", "volumeSnapshot"),
          "no snapshot class is named for \(piece.what): a snapshot without it cannot be restored",
          remedy: "set spec.backup.volumeSnapshot.\(piece.key), and look whether "
            + "status.snapshotBackupStatus.elements of a Backup has every volume")
      }
    }
  }

  static let otherStore = LintRule(
    id: "store.base-apart", severity: .error,
    title: "base backups that go to another ObjectStore or server than the cluster's WAL"
  ) { context in
    (context.schedules + context.backups).compactMap { object in
      guard let cluster = context.cluster(of: object), let archiver = cluster.archiver,
        archiver["name"]?.text == ManifestMethod.pluginName, let wal = cluster.storeName,
        let parameters = object.root["spec", "pluginConfiguration", "parameters"]
      else { return nil }
      let server = archiver["parameters", "serverName"]?.text ?? cluster.name
      let base = parameters["barmanObjectName"]?.text ?? wal
      let baseServer = parameters["serverName"]?.text ?? server
      let ours = place(wal, server, for: cluster, context)
      let theirs = place(base, baseServer, for: cluster, context)
      guard ours.key != theirs.key else { return nil }
      let key = base != wal ? "barmanObjectName" : "serverName"
      return object.mark(
        object.root.line(of: "spec", "pluginConfiguration", "parameters", key),
        "\(object.title) goes to \(Sanitizer.clean(theirs.words, limit: 120)), the WAL of \(cluster.title) to "
          + "\(Sanitizer.clean(ours.words, limit: 120)): a restore takes both from one",
        remedy: "take \(key) out, or give the cluster's archiver the same")
    }
  }

  /// By the directory in the bucket where the file is given: two ObjectStores can mean one. The key tells places apart,
  /// the words are as they are written.
  private static func place(
    _ store: String, _ server: String, for cluster: Manifest, _ context: LintContext
  ) -> (key: String, words: String) {
    guard
      let configuration = context.store(named: store, for: cluster)?.root["spec", "configuration"],
      var path = configuration["destinationPath"]?.text
    else {
      let words = "ObjectStore \(store), server \(server)"
      return (words, words)
    }
    while path.hasSuffix("/") { path.removeLast() }
    let endpoint = configuration["endpointURL"]?.text.map { " at \($0)" } ?? ""
    return (
      ArchivePlace(configuration, server: server, of: cluster).key,
      "\(path)/\(server)\(endpoint)"
    )
  }
}
