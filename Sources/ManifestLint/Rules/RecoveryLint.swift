import RecoveryModel

/// What a cluster made by recovery must not be: a danger to the one it was made from.
enum RecoveryLint {
  static let archives = LintRule(
    id: "recovery.archives", severity: .error,
    title: "a verify or recovery cluster with a backup section or a WAL archiver"
  ) { context in
    context.recoveries.flatMap { cluster in
      var marks: [LintRule.Mark] = []
      if cluster.root["spec", "backup"] != nil {
        marks.append(
          cluster.mark(
            cluster.root.line(of: "spec", "backup"),
            "\(cluster.title) is recovered and has a backup section: it could overwrite "
              + "production's backups", remedy: "remove spec.backup", severity: severity(cluster)))
      }
      for plugin in cluster.plugins where archives(plugin) {
        marks.append(
          cluster.mark(
            plugin.line(of: "isWALArchiver"),
            "\(cluster.title) is recovered and has a plugin that archives",
            remedy: "remove it from spec.plugins; recovery needs it under externalClusters only",
            severity: severity(cluster)))
      }
      return marks
    }
  }

  static let productionNamespace = LintRule(
    id: "recovery.production-namespace", severity: .error,
    title: "a verify or recovery cluster in a namespace of production"
  ) { context in
    context.recoveries.compactMap { cluster in
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

  /// What was restored to stay, and says that it archives elsewhere than its source did, is no danger to it.
  private static func severity(_ cluster: Manifest) -> LintSeverity {
    let own =
      cluster.inTreeStore?["serverName"]?.text
      ?? cluster.archiver?["parameters", "serverName"]?.text
    guard !cluster.looksLikeDrill, let own, !own.isEmpty, let source = cluster.recoveredServer,
      own != source
    else { return .error }
    return .warning
  }

  /// The Barman Cloud plugin has no business in a recovered cluster even without the flag.
  private static func archives(_ plugin: ManifestNode) -> Bool {
    plugin["isWALArchiver"]?.isTrue == true || plugin["name"]?.text == ManifestMethod.pluginName
  }
}
