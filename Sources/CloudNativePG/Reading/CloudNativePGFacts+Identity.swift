import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Which database this is, where its WAL goes, and what its Backups say of themselves: what the model judges by.
extension CloudNativePGFacts {
  package var identity: DatabaseIdentity {
    let system = cluster.status?.systemID.flatMap { $0.isEmpty ? nil : $0 }
    return DatabaseIdentity(
      systemIdentifier: system,
      majorVersion: cluster.status?.pgDataImageInfo?.majorVersion
        ?? Self.majorVersion(ofImage: cluster.status?.image),
      objectID: keepsOlderVolumes ? nil : cluster.metadata.uid)
  }

  /// `ghcr.io/cloudnative-pg/postgresql:16.4-12` → 16: before 1.26 nobody says it otherwise.
  package static func majorVersion(ofImage image: String?) -> Int? {
    guard let image, let tag = image.split(separator: "@").first?.split(separator: ":").last,
      image.split(separator: "@").first?.contains(":") == true
    else { return nil }
    let digits = tag.prefix { $0.isASCII && $0.isNumber }
    return Int(digits).flatMap { (10...99).contains($0) ? $0 : nil }
  }

  /// Since when this cluster is, and whether it began empty. A Cluster that was put back with its status (as Velero and
  /// GitOps do) is older than its object.
  package var origin: DatabaseOrigin? {
    guard !keepsOlderVolumes, let created = cluster.metadata.creationTimestamp?.date
    else { return nil }
    let status = cluster.status
    let told =
      [status?.currentPrimaryTimestamp, status?.targetPrimaryTimestamp]
      .compactMap(kubernetesDate) + (status?.conditions ?? []).compactMap(\.since)
    let bootstrap = cluster.spec.bootstrap
    let isRecovered =
      bootstrap?.recovery != nil || bootstrap?.baseBackup != nil || cluster.isReplicaCluster
    return DatabaseOrigin(
      begunAt: ([created] + told).min() ?? created, kind: isRecovered ? .recovered : .new)
  }

  /// Its volumes were there before it: it took over the data of a Cluster that was deleted.
  private var keepsOlderVolumes: Bool {
    guard let created = cluster.metadata.creationTimestamp?.date else { return false }
    return (claims.value ?? []).contains { claim in
      claim.content == .data
        && claim.metadata.creationTimestamp?.date.map { $0 < created } ?? false
    }
  }

  // MARK: Places

  /// Where WAL goes; of a plugin that we do not know its name stands for the place. nil where nobody writes.
  package var walPlace: String? {
    switch cluster.walArchiver {
    case .inTree(let store): place(store.destinationPath, cluster.serverName)
    case .plugin(let plugin) where plugin.name == CNPGCluster.barmanCloudPlugin:
      cluster.objectStoreName.map { place(store: $0, server: cluster.serverName) }
    case .plugin(let plugin): plugin.name.map(Self.place(ofPlugin:))
    case .skipped, .none: nil
    }
  }

  private static func place(ofPlugin name: String) -> String { "plugin \(name)" }

  /// Where a Backup lies, as far as it says so.
  package func place(of backup: CNPGBackup) -> String? {
    switch backup.method {
    case "barmanObjectStore":
      guard let server = backup.status?.serverName,
        let path = backup.status?.destinationPath
          ?? cluster.spec.backup?.barmanObjectStore?.destinationPath
      else { return nil }
      return place(path, server)
    case "plugin":
      let name = backup.spec.pluginConfiguration?.name ?? CNPGCluster.barmanCloudPlugin
      guard name == CNPGCluster.barmanCloudPlugin else { return Self.place(ofPlugin: name) }
      return placeByBarmanCloud(backup)
    default: return nil
    }
  }

  /// By what it asked for, else by which store counts it, else, where others archive, by what the plugin is told.
  private func placeByBarmanCloud(_ backup: CNPGBackup) -> String? {
    let parameters = backup.spec.pluginConfiguration?.parameters ?? [:]
    let plugin = (cluster.spec.plugins ?? []).first { $0.name == CNPGCluster.barmanCloudPlugin }
    let isArchiver =
      if case .plugin(let archiver) = cluster.walArchiver { archiver.name == plugin?.name } else {
        false
      }
    let ownServer =
      isArchiver ? cluster.serverName : plugin?.parameters?["serverName"] ?? name
    let isTold = parameters["barmanObjectName"] != nil || parameters["serverName"] != nil
    if isArchiver, isCounted(backup) { return nil }
    if !isTold, let other = counting(backup, but: ownServer) { return other }
    guard isTold || !isArchiver,
      let store = parameters["barmanObjectName"] ?? cluster.objectStoreName
    else { return nil }
    return place(store: store, server: parameters["serverName"] ?? ownServer)
  }

  /// The place whose status counts it as its last one, where that is not the cluster's own as it is configured now. Of
  /// what is another cluster's nothing is said.
  private func counting(_ backup: CNPGBackup, but own: String) -> String? {
    guard let stopped = backup.toldStoppedAt, let clusters = namespaceClusters else { return nil }
    let window = objectStore?.status?.serverRecoveryWindow?[own]
    // Its own place has counted one as late: nothing was moved since.
    if let last = kubernetesDate(window?.lastSuccessfulBackupTime), last >= stopped { return nil }
    for store in objectStores.value ?? [] {
      for (server, window) in store.status?.serverRecoveryWindow ?? [:]
      where (server == name || !clusters.contains(server))
        && !(store.name == cluster.objectStoreName && server == own)
      {
        let last = kubernetesDate(window.lastSuccessfulBackupTime)
        if let last, abs(last.timeIntervalSince(stopped)) <= 2 {
          return place(store: store.name, server: server)
        }
      }
    }
    return nil
  }

  /// The store that WAL goes to counts it as its last one: it lies there, whatever it was asked for.
  private func isCounted(_ backup: CNPGBackup) -> Bool {
    let window = objectStore?.status?.serverRecoveryWindow?[cluster.serverName]
    guard let last = kubernetesDate(window?.lastSuccessfulBackupTime),
      let stopped = backup.toldStoppedAt
    else { return false }
    return abs(last.timeIntervalSince(stopped)) <= 60
  }

  /// Two ObjectStores can name one place.
  func place(store name: String, server: String) -> String {
    func place(_ store: String?) -> ArchivePlace? {
      store.flatMap { objectStore(named: $0)?.spec.configuration?.place(of: server) }
    }
    guard let own = place(name) else { return "ObjectStore \(name), server \(server)" }
    // A bucket of one name at another server is another; said only where it tells them apart.
    let other = place(cluster.objectStoreName).map { $0.endpoint != own.endpoint } ?? false
    return other ? "\(own.words) at \(own.endpoint ?? "amazonaws.com")" : own.words
  }

  /// What a Backup in the Cluster's own store says of its server is left out: it may be another name of the same.
  func place(_ path: String?, _ server: String) -> String {
    ArchivePlace(destination: path ?? "", endpoint: nil, server: server).words
  }

  /// Every ObjectStore that the cluster, what it was recovered from or one of its Backups names.
  var objectStoreNames: [String] {
    let asked = (ownBackups ?? []).compactMap {
      $0.spec.pluginConfiguration?.parameters?["barmanObjectName"]
    }
    let scheduled = (ownSchedules ?? []).compactMap {
      $0.spec.pluginConfiguration?.parameters?["barmanObjectName"]
    }
    let source = cluster.spec.externalClusters?.first {
      $0.name == cluster.spec.bootstrap?.recovery?.source
    }
    let named = [cluster.objectStoreName, source?.plugin?.parameters?["barmanObjectName"]]
    return Set(named.compactMap { $0 } + asked + scheduled).sorted()
  }

  // MARK: Pieces

  /// What a snapshot has not that this cluster needs, each in words.
  func missingPieces(of backup: CNPGBackup) -> (words: [String], dataToo: Bool) {
    guard backup.method == "volumeSnapshot", backup.phase == .completed else { return ([], false) }
    let elements = backup.status?.snapshotBackupStatus?.elements ?? []
    let types = Set(elements.compactMap(\.type))
    var words: [String] = []
    if !types.contains("PG_DATA") { words.append("the data volume (PG_DATA)") }
    let spaces = Set(elements.filter { $0.type == "PG_TABLESPACE" }.compactMap(\.tablespaceName))
    for name in (cluster.spec.tablespaces ?? []).compactMap(\.name) where !spaces.contains(name) {
      words.append("the tablespace \(name)")
    }
    words += elements.filter { $0.type != "PG_WAL" }.compactMap { unusable($0, of: backup) }
    let dataToo = !words.isEmpty
    words += elements.filter { $0.type == "PG_WAL" }.compactMap { unusable($0, of: backup) }
    if cluster.spec.walStorage != nil, !types.contains("PG_WAL") {
      words.append("the WAL volume (PG_WAL)")
    }
    return (words, dataToo)
  }

  /// Seconds in which a snapshot that was just made may not be listed yet.
  private static let settling = 60.0

  /// What became of one of its snapshots; nil = it is there, or nobody may look.
  private func unusable(
    _ element: CNPGBackup.SnapshotStatus.Element, of backup: CNPGBackup
  ) -> String? {
    guard let name = element.name, case .value(let snapshots, _, let at) = snapshots,
      let stopped = backup.stoppedAt, at.timeIntervalSince(stopped) > Self.settling
    else { return nil }
    guard let found = snapshots[name] else {
      return "the VolumeSnapshot \(name), which is gone"
    }
    guard found.readyToUse != true else { return nil }
    return "a VolumeSnapshot \(name) that can be used"
      + (found.error?.message.map { " (\($0))" } ?? "")
  }

  // MARK: Times

  /// A claim's time on the clock that ages go by: it was written by the same hand as the Backup's own.
  func corrected(_ claimed: Date?) -> Date? {
    guard let claimed else { return nil }
    let backup = (ownBackups ?? []).first { backup in
      [backup.toldStoppedAt, backup.toldStartedAt].contains { told in
        told.map { abs($0.timeIntervalSince(claimed)) <= 60 } ?? false
      }
    }
    return claimed.addingTimeInterval(-(backup?.clockError ?? 0))
  }
}

extension CloudNativePGFacts {
  /// What its instances run; nil = the operator does not tell.
  var runningImage: String? { cluster.status?.image ?? cluster.status?.pgDataImageInfo?.image }

  /// What a drill of this cluster would prove, but for what every engine tells.
  var proofBasis: ProofBasis {
    ProofBasis(
      image: cluster.spec.imageName ?? cluster.status?.pgDataImageInfo?.image,
      tool: operatorVersion.map { "CloudNativePG \($0)" },
      method: {
        switch cluster.walArchiver {
        case .inTree: "barmanObjectStore"
        case .plugin(let plugin): plugin.name
        case .none, .skipped: nil
        }
      }(),
      credentials: cluster.archiveStore(objectStore(named:))?.secretNames.joined(separator: ", "))
  }
}
