import RecoveryModel

/// What a cluster made by recovery must not be: a danger to the one it was made from.
enum RecoveryLint {
  static let archives = LintRule(
    id: "recovery.archives", severity: .error,
    title: "a verify cluster that archives or is backed up, or a recovered one that does so where "
      + "its source did"
  ) { context in
    context.recoveries.flatMap { cluster in
      var marks: [LintRule.Mark] = []
      if cluster.root["spec", "backup"] != nil {
        let line = cluster.root.line(of: "spec", "backup")
        if cluster.looksLikeDrill {
          marks.append(
            cluster.mark(
              line,
              "\(cluster.title) is made to verify backups and has a backup section: it could "
                + "overwrite production's", remedy: "remove spec.backup"))
        } else if let store = cluster.inTreeStore {
          let own = OwnArchive(store: store, server: store["serverName"]?.text, of: cluster)
          marks += own.mark(line, context).map { [$0] } ?? []
        }
      }
      for plugin in cluster.plugins where archives(plugin) {
        let line = plugin.line(of: "isWALArchiver")
        if cluster.looksLikeDrill {
          marks.append(
            cluster.mark(
              line, "\(cluster.title) is made to verify backups and has a plugin that archives",
              remedy: "remove it from spec.plugins; recovery needs it under externalClusters only"))
        } else {
          let store = plugin["parameters", "barmanObjectName"]?.text
          let own = OwnArchive(
            store: store.flatMap { context.store(named: $0, for: cluster) }?
              .root["spec", "configuration"],
            server: plugin["parameters", "serverName"]?.text, of: cluster)
          marks += own.mark(line, context).map { [$0] } ?? []
        }
      }
      return marks
    }
  }

  static let productionNamespace = LintRule(
    id: "recovery.production-namespace", severity: .error,
    title: "a verify or recovery cluster in a namespace of production"
  ) { context in
    context.recoveries.filter { !$0.isProduction }.compactMap { cluster in
      let others =
        context.production.filter { $0.namespace == cluster.namespace }.map(\.name)
        + context.assumed.filter { $0.namespace != nil && $0.namespace == cluster.namespace }
        .map(\.name)
      guard let other = others.first.map({ Sanitizer.clean($0, limit: 80) }) else { return nil }
      let remedy = "restore into a namespace where nothing of production lives"
      guard let namespace = cluster.namespace, !ManifestVariable.isOpen(namespace) else {
        // Whoever applies both decides; most likely it is one place.
        let reason =
          cluster.namespace == nil ? "says its namespace" : "says more than a variable as namespace"
        return cluster.mark(
          cluster.root.line(of: "metadata"),
          "neither \(cluster.title) nor \(other) \(reason): they would land in one",
          remedy: remedy, severity: .warning)
      }
      return cluster.mark(
        cluster.root.line(of: "metadata", "namespace"),
        "\(cluster.title) is recovered in the namespace of \(other)", remedy: remedy)
    }
  }

  static let productionName = LintRule(
    id: "recovery.production-name", severity: .error,
    title: "a verify or recovery cluster with the name of production"
  ) { context in
    context.recoveries.compactMap { cluster in
      let names =
        context.production.map(\.name) + context.assumed.map(\.name)
        + [cluster.recoveredServer].compactMap { $0 }
      guard names.contains(cluster.name), !ManifestVariable.isOpen(cluster.name) else {
        return nil
      }
      return cluster.mark(
        cluster.root.line(of: "metadata", "name"),
        "\(cluster.title) is recovered under the name of the cluster that it comes from",
        remedy: "give it a new name, as \(Sanitizer.clean(cluster.name, limit: 60))-drill")
    }
  }

  static let noTarget = LintRule(
    id: "recovery.no-target", severity: .warning,
    title: "recovery without a `recoveryTarget`: a hole in the WAL would look like success"
  ) { context in
    context.recoveries.compactMap { cluster in
      let target = cluster.root["spec", "bootstrap", "recovery", "recoveryTarget"]
      let keys = [
        "targetLSN", "targetTime", "targetXID", "targetName", "targetImmediate",
      ]
      guard !keys.contains(where: { target?[$0] != nil }),
        cluster.root["spec", "bootstrap", "recovery", "volumeSnapshots"] == nil
          || cluster.recoverySource != nil
      else { return nil }
      return cluster.mark(
        cluster.root.line(of: "spec", "bootstrap", "recovery", "recoveryTarget"),
        "recovery without a target ends at the first hole in the WAL and looks healthy",
        remedy: "set recoveryTarget.targetLSN to a position known to be archived",
        severity: cluster.looksLikeDrill ? .warning : .info)
    }
  }

  static let noOwner = LintRule(
    id: "recovery.no-owner", severity: .warning,
    title: "recovery without `database` and `owner`: `app` would be created"
  ) { context in
    context.recoveries.compactMap { cluster in
      let recovery = cluster.root["spec", "bootstrap", "recovery"]
      let absent = ["database", "owner"].filter { recovery?[$0] == nil }
      guard !absent.isEmpty else { return nil }
      return cluster.mark(
        cluster.root.line(of: "spec", "bootstrap", "recovery"),
        "recovery without \(absent.joined(separator: " and ")): the operator makes a database and "
          + "a role `app` and resets its password",
        remedy: "name the real \(absent.joined(separator: " and "))")
    }
  }

  static let noServerName = LintRule(
    id: "recovery.no-server-name", severity: .error,
    title: "recovery through the plugin without `serverName`: it looks under the new name"
  ) { context in
    context.recoveries.compactMap { cluster in
      guard let plugin = cluster.recoverySource?["plugin"],
        plugin["parameters", "serverName"] == nil
      else { return nil }
      return cluster.mark(
        plugin.line(of: "parameters"),
        "without serverName the plugin looks for backups of "
          + "\(Sanitizer.clean(cluster.name, limit: 80)), which has none",
        remedy: "set parameters.serverName to the source cluster's")
    }
  }

  /// The Barman Cloud plugin has no business in a recovered cluster even without the flag.
  private static func archives(_ plugin: ManifestNode) -> Bool {
    plugin["isWALArchiver"]?.isTrue == true || plugin["name"]?.text == ManifestMethod.pluginName
  }
}

/// Where a cluster that was recovered to stay archives, against where it was recovered from: only one place for both is a
/// danger.
private struct OwnArchive {
  /// nil = no file says where it is.
  var store: ManifestNode?
  var server: String
  var cluster: Manifest

  init(store: ManifestNode?, server: String?, of cluster: Manifest) {
    self.store = store
    self.cluster = cluster
    // The operator's default is the cluster's own name.
    self.server = server.flatMap { $0.isEmpty ? nil : $0 } ?? cluster.name
  }

  /// nil where they are two places.
  func mark(_ line: Int, _ context: LintContext) -> LintRule.Mark? {
    let remedy = "give it a serverName of its own, which nothing has archived under"
    guard let source = cluster.recoveredServer,
      source == server || !(ManifestVariable.isOpen(source) || ManifestVariable.isOpen(server))
    else {
      return cluster.mark(
        line,
        "\(cluster.title) is recovered and archives: whether that is where its source archived "
          + "cannot be told from here", remedy: remedy, severity: .warning)
    }
    guard source == server else { return nil }
    if let own = place(store), let its = place(sourceStore(context)), own != its { return nil }
    return cluster.mark(
      line,
      "\(cluster.title) archives where it was recovered from, as server "
        + "\(Sanitizer.clean(server, limit: 80)): it overwrites production's WAL and backups",
      remedy: remedy)
  }

  /// nil = not known, as behind a variable.
  private func place(_ store: ManifestNode?) -> String? {
    let key = store.map { ArchivePlace($0, server: "", of: cluster).key }
    return key.flatMap { ManifestVariable.isOpen($0) ? nil : $0 }
  }

  private func sourceStore(_ context: LintContext) -> ManifestNode? {
    if let inTree = cluster.recoverySource?["barmanObjectStore"] { return inTree }
    return cluster.recoverySource?["plugin", "parameters", "barmanObjectName"]?.text
      .flatMap { context.store(named: $0, for: cluster) }?.root["spec", "configuration"]
  }
}
