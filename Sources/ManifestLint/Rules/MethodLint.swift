import RecoveryModel

/// How a backup is taken, against what its cluster is set up for.
enum MethodLint {
  static let mismatch = LintRule(
    id: "schedule.method", severity: .error,
    title: "a backup method that its cluster is not set up for: every such backup fails"
  ) { context in
    (context.schedules + context.backups).compactMap { object in
      let method = object.method
      guard !ManifestVariable.isOpen(method) else { return nil }
      if method == "plugin", object.root["spec", "pluginConfiguration", "name"] == nil {
        return unnamedPlugin(object, context)
      }
      guard let cluster = context.cluster(of: object) else { return nil }
      return fault(object, method, cluster)
    }
  }

  static let idlePlugin = LintRule(
    id: "schedule.idle-plugin", severity: .warning,
    title: "a `pluginConfiguration` that another method than `plugin` never reads"
  ) { context in
    (context.schedules + context.backups).compactMap { object in
      guard object.root["spec", "pluginConfiguration"] != nil, object.method != "plugin",
        !ManifestVariable.isOpen(object.method),
        context.cluster(of: object).map({ fault(object, object.method, $0) == nil }) ?? true
      else { return nil }
      return object.mark(
        object.root.line(of: "spec", "pluginConfiguration"),
        "\(object.title) is taken by \(words(object)), which reads no pluginConfiguration",
        remedy: "set spec.method: plugin, or remove it")
    }
  }

  private static func unnamedPlugin(_ object: Manifest, _ context: LintContext) -> LintRule.Mark {
    let names = context.cluster(of: object)?.plugins.compactMap { $0["name"]?.text } ?? []
    return object.mark(
      object.root.line(of: "spec", "pluginConfiguration"),
      "\(object.title) is taken by a plugin and does not say by which",
      remedy: "set spec.pluginConfiguration.name: "
        + Sanitizer.clean(names.first ?? ManifestMethod.pluginName, limit: 80))
  }

  private static func fault(
    _ object: Manifest, _ method: String, _ cluster: Manifest
  ) -> LintRule.Mark? {
    let line = object.root.line(of: "spec", "method")
    let backup = cluster.root["spec", "backup"]
    switch method {
    case "barmanObjectStore" where backup?["barmanObjectStore"] == nil:
      return object.mark(
        line,
        "\(object.title) is taken by \(words(object)), and \(cluster.title) has no "
          + "spec.backup.barmanObjectStore: every backup of it fails", remedy: remedy(cluster))
    case "volumeSnapshot" where backup?["volumeSnapshot"] == nil:
      return object.mark(
        line,
        "\(object.title) is taken by volumeSnapshot, and \(cluster.title) has no "
          + "spec.backup.volumeSnapshot: every backup of it fails",
        remedy: "add spec.backup.volumeSnapshot.className to the cluster, or "
          + remedy(cluster))
    case "plugin":
      let name = object.root["spec", "pluginConfiguration", "name"]?.text ?? ""
      let names = cluster.plugins.compactMap { $0["name"]?.text }
      guard !names.contains(name), !(names + [name]).contains(where: ManifestVariable.isOpen) else {
        return nil
      }
      let isOff = (cluster.root["spec", "plugins"]?.list ?? []).contains {
        $0["name"]?.text == name
      }
      return object.mark(
        object.root.line(of: "spec", "pluginConfiguration", "name"),
        "\(object.title) is taken by the plugin \(Sanitizer.clean(name, limit: 80)), which "
          + "\(cluster.title) \(isOff ? "has switched off" : "does not have"): every backup of it "
          + "fails",
        remedy: isOff
          ? "remove enabled: false of that plugin in the cluster"
          : names.isEmpty
            ? "add it to the cluster's spec.plugins, or " + remedy(cluster)
            : "set spec.pluginConfiguration.name: \(Sanitizer.clean(names[0], limit: 80))")
    default: return nil
    }
  }

  /// What the cluster is set up for.
  private static func remedy(_ cluster: Manifest) -> String {
    if let name = (cluster.archiver ?? cluster.plugins.first)?["name"]?.text {
      return "set spec.method: plugin and spec.pluginConfiguration.name: "
        + Sanitizer.clean(name, limit: 80)
    }
    if cluster.inTreeStore != nil { return "set spec.method: barmanObjectStore" }
    if cluster.root["spec", "backup", "volumeSnapshot"] != nil {
      return "set spec.method: volumeSnapshot"
    }
    return "set the cluster up for backups: `pgvigil manifest cluster-backup`"
  }

  private static func words(_ object: Manifest) -> String {
    object.root["spec", "method"] == nil
      ? "\(object.method) (what no method means)" : Sanitizer.clean(object.method, limit: 40)
  }
}

extension Manifest {
  /// Of a Backup or ScheduledBackup, as the server fills it in.
  fileprivate var method: String { root["spec", "method"]?.text ?? "barmanObjectStore" }
}
