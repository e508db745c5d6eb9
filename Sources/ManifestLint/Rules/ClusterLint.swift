import RecoveryModel

/// What a production cluster should have.
enum ClusterLint {
  static let noBackup = LintRule(
    id: "cluster.no-backup", severity: .error,
    title: "a cluster without a backup section or a WAL archiver"
  ) { context in
    context.production.filter { !$0.hasBackup }.map { cluster in
      cluster.mark(
        cluster.root.line(of: "spec"), "\(cluster.title) is not backed up: lost with its volumes",
        remedy: "add what `pgvigil manifest cluster-backup` prints")
    }
  }

  static let noRetention = LintRule(
    id: "cluster.no-retention", severity: .warning,
    title: "an in-tree backup section without `retentionPolicy`"
  ) { context in
    context.clusters.filter { $0.inTreeStore != nil && $0.root[policy] == nil }.map { cluster in
      cluster.mark(
        cluster.root.line(of: "spec", "backup"),
        "\(cluster.title) keeps every backup for ever: no retentionPolicy",
        remedy: "add spec.backup.retentionPolicy: \"30d\"")
    }
  }

  static let noSchedule = LintRule(
    id: "cluster.no-schedule", severity: .info,
    title: "a cluster that no ScheduledBackup in the files names"
  ) { context in
    context.production.filter { cluster in
      cluster.hasBackup
        && !context.schedules.contains {
          context.mayName($0.root["spec", "cluster", "name"]?.text ?? "", cluster.name)
            && $0.mayShareNamespace(with: cluster.namespace)
        }
    }.map { cluster in
      cluster.mark(
        cluster.root.line(of: "metadata", "name"),
        "no ScheduledBackup in these files names \(cluster.title): WAL alone restores nothing",
        remedy: "add what `pgvigil manifest scheduled-backup` prints, or give its file too")
    }
  }

  static let inTree = LintRule(
    id: "cluster.in-tree", severity: .warning,
    title: "in-tree `barmanObjectStore`, deprecated since CloudNativePG 1.26"
  ) { context in
    context.clusters.filter { $0.inTreeStore != nil }.map { cluster in
      cluster.mark(
        cluster.root.line(of: "spec", "backup", "barmanObjectStore"),
        "in-tree barmanObjectStore is deprecated and announced to be removed in 1.31",
        remedy: "move to the Barman Cloud plugin: `pgvigil manifest object-store`, `cluster-backup`"
      )
    }
  }

  static let oversized = LintRule(
    id: "cluster.oversized", severity: .warning,
    title: "a volume many times its data (`--data-size`, `--volume-factor`)"
  ) { context in
    guard let data = context.options.dataBytes, data > 0 else { return [] }
    return context.clusters.compactMap { cluster in
      guard let size = cluster.root["spec", "storage", "size"]?.text.flatMap(Quantity.bytes),
        Double(size) > Double(data) * context.options.volumeFactor
      else { return nil }
      return cluster.mark(
        cluster.root.line(of: "spec", "storage", "size"),
        "\(Format.bytes(size)) of storage for \(Format.bytes(data)) of data: \(size / data) times",
        remedy: "start smaller: a volume can grow, and never shrinks; snapshots and drills pay "
          + "for its size")
    }
  }

  static let archivingOff = LintRule(
    id: "cluster.archiving-off", severity: .error,
    title: "the annotation that switches WAL archiving off"
  ) { context in
    annotated(context, "cnpg.io/skipWalArchiving").map { cluster, line in
      cluster.mark(
        line, "WAL archiving is off: everything since the last base backup would be lost",
        remedy: "remove cnpg.io/skipWalArchiving")
    }
  }

  static let archiveCheckOff = LintRule(
    id: "cluster.archive-check-off", severity: .warning,
    title: "the annotation that lets a cluster write into another's archive"
  ) { context in
    annotated(context, "cnpg.io/skipEmptyWalArchiveCheck").map { cluster, line in
      cluster.mark(
        line, "nothing stops \(cluster.title) from writing into an archive that is not empty",
        remedy: "remove cnpg.io/skipEmptyWalArchiveCheck and give it a serverName of its own")
    }
  }

  static let twoArchivers = LintRule(
    id: "cluster.two-archivers", severity: .error,
    title: "more than one WAL archiver, which CloudNativePG refuses"
  ) { context in
    context.clusters.compactMap { cluster in
      let plugins = cluster.plugins.filter { $0["isWALArchiver"]?.isTrue == true }
      guard let last = plugins.last, plugins.count > 1 || cluster.inTreeStore != nil else {
        return nil
      }
      let other =
        plugins.count > 1 ? "two plugins that archive WAL" : "barmanObjectStore and a plugin"
      return cluster.mark(
        last.line(of: "isWALArchiver"), "\(cluster.title) has \(other): CloudNativePG refuses it",
        remedy: plugins.count > 1
          ? "leave isWALArchiver to one of them" : "remove spec.backup.barmanObjectStore")
    }
  }

  private static let policy = ["spec", "backup", "retentionPolicy"]

  private static func annotated(_ context: LintContext, _ key: String) -> [(Manifest, Int)] {
    context.clusters.compactMap { cluster in
      guard let entry = cluster.root["metadata", "annotations"]?.entry(key),
        entry.value.text == "enabled"
      else { return nil }
      return (cluster, entry.line)
    }
  }
}
