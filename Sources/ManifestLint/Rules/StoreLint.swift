import RecoveryModel

/// Where backups go.
enum StoreLint {
  static let missing = LintRule(
    id: "store.missing", severity: .warning,
    title: "a WAL archiver that names an ObjectStore in no file given"
  ) { context in
    context.clusters.compactMap { cluster in
      guard let archiver = cluster.archiver, archiver["name"]?.text == ManifestMethod.pluginName
      else {
        return nil
      }
      let line = archiver.line(of: "parameters", "barmanObjectName")
      guard let name = cluster.storeName else {
        return cluster.mark(
          line, "the Barman Cloud plugin has no barmanObjectName",
          remedy: "name an ObjectStore in parameters.barmanObjectName")
      }
      guard context.store(named: name, for: cluster) == nil, !ManifestVariable.isOpen(name),
        !context.stores.contains(where: { ManifestVariable.isOpen($0.name) })
      else { return nil }
      return cluster.mark(
        line,
        "ObjectStore \(Sanitizer.clean(name, limit: 80)) is in no file given; the operator "
          + "waits for a missing one without a word",
        remedy: "give its file too, or add what `pgvigil manifest object-store` prints")
    }
  }

  static let noRetention = LintRule(
    id: "store.no-retention", severity: .warning, title: "an ObjectStore without `retentionPolicy`"
  ) { context in
    context.stores.filter { store in
      store.root["spec", "retentionPolicy"] == nil && !isForReading(store, context)
    }.map { store in
      store.mark(
        store.root.line(of: "spec"), "\(store.title) keeps every backup for ever",
        remedy: "add spec.retentionPolicy: \"30d\"")
    }
  }

  static let serverSideEncryption = LintRule(
    id: "store.server-side-encryption", severity: .info,
    title: "`encryption` that whoever holds the credentials sees through"
  ) { context in
    (context.clusters + context.stores).flatMap { manifest in
      configurations(manifest).flatMap { configuration in
        ["wal", "data"].compactMap { part -> LintRule.Mark? in
          guard let kind = configuration[part, "encryption"]?.text else { return nil }
          return manifest.mark(
            configuration.line(of: part, "encryption"),
            "\(Sanitizer.clean(kind, limit: 40)) is server-side: it protects against stolen disks, "
              + "not against whoever holds the bucket's credentials",
            remedy: "guard the credentials; only SSE-C or client-side encryption protects against "
              + "their theft")
        }
      }
    }
  }

  static let serverNameReuse = LintRule(
    id: "store.server-name-reuse", severity: .error,
    title: "two clusters that archive into one directory of the bucket"
  ) { context in
    var first: [String: Manifest] = [:]
    return context.clusters.compactMap { cluster in
      // What a variable stands for differs from one use of the file to the next.
      guard let (place, line) = archive(of: cluster, context), !ManifestVariable.isOpen(place)
      else { return nil }
      guard let other = first[place] else {
        first[place] = cluster
        return nil
      }
      return cluster.mark(
        line,
        "\(cluster.title) archives where \(other.title) does: each overwrites the other's WAL",
        remedy: "give each cluster a serverName of its own")
    }
  }

  /// A drill's own copy: what is only read has nothing to retain.
  private static func isForReading(_ store: Manifest, _ context: LintContext) -> Bool {
    let writers = context.clusters.filter { $0.storeName == store.name }
    let readers = context.recoveries.filter {
      $0.recoverySource?["plugin", "parameters", "barmanObjectName"]?.text == store.name
        && $0.mayShareNamespace(with: store.namespace)
    }
    return !readers.isEmpty
      && !writers.contains { $0.mayShareNamespace(with: store.namespace) }
  }

  /// Where a cluster archives, as one key, and the line that says so.
  private static func archive(of cluster: Manifest, _ context: LintContext) -> (String, Int)? {
    if let store = cluster.inTreeStore {
      let line = store.line(of: "serverName")
      return (ArchivePlace(store, server: store["serverName"]?.text, of: cluster).key, line)
    }
    guard let archiver = cluster.archiver, let name = cluster.storeName else { return nil }
    let server = archiver["parameters", "serverName"]?.text
    let line = archiver.line(of: "parameters", "serverName")
    if let store = context.store(named: name, for: cluster)?.root["spec", "configuration"] {
      return (ArchivePlace(store, server: server, of: cluster).key, line)
    }
    let directory = server.flatMap { $0.isEmpty ? nil : $0 } ?? cluster.name
    return ("\(cluster.namespace ?? "")/\(name) \(directory)", line)
  }

  /// Every object store that a manifest configures for writing.
  private static func configurations(_ manifest: Manifest) -> [ManifestNode] {
    [manifest.inTreeStore, manifest.root["spec", "configuration"]].compactMap { $0 }
  }
}
