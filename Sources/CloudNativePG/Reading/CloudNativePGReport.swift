import FoundationEssentials
import Kubernetes
import RecoveryModel

/// From the facts of one cluster to the parts of a report. Pure.
package enum CloudNativePGReport {
  /// Every part.
  package static func make(facts: CloudNativePGFacts, now: Date) -> ReportUpdate {
    let facts = facts.withCatalog()
    var update = instances(facts: facts, now: now)
    let backups = backups(facts, now: now)
    update.backups = backups
    update.descent = .some(facts.descent(backups.value))
    if facts.stored != .pending {
      update.walArchive = walArchive(facts, from: backups.value?.lastGood?.timeline)
    }
    update.retention = retention(facts, backups.value)
    update.storage = storage(facts)
    update.configuration = configuration(facts)
    update.claimedWindow = claimedWindow(facts)
    update.activities = facts.activities
    update.kept = facts.recovered.compactMap { cluster in
      var kept = cluster.kept(context: facts.context)
      kept?.state = facts.beside.first { $0.cluster.key == cluster.key }?.stateBeside(now: now)
      return kept
    }
    update.recoveries =
      facts.recoveries(now: now) + facts.beside.flatMap { $0.recoveriesBeside(now: now) }
    update.recoveryPrior = .handedOver
    update.engineBasis = facts.proofBasis
    update.crossingDoubt = .some(
      PromotionCrossing.doubt(operatorVersion: facts.operatorVersion))
    if facts.backups.value != nil {
      update.blockingBackup = .some(BlockedBackupRule.blocking(facts, now: now))
    }
    if facts.schedules.value != nil {
      update.scheduledInterval = .some(facts.scheduledInterval(now: now))
      update.nextBackup = .some(facts.nextScheduledBackup(after: now))
    }
    return update
  }

  /// What the instances themselves tell, and the findings that rest on it.
  package static func instances(facts: CloudNativePGFacts, now: Date) -> ReportUpdate {
    let facts = facts.withCatalog().withObstacles(now: now)
    var update = ReportUpdate()
    update.instances = .value(
      InstanceList(facts: facts).instances, source: "Cluster \(facts.name), /pg/status",
      at: facts.clusterAt)
    update.archive = archive(facts)
    update.obstacles = facts.obstacles(now: now)
    update.engineFindings = .value(
      CloudNativePGRules.findings(facts: facts, now: now), source: "CloudNativePG",
      at: facts.clusterAt)
    return update
  }

  /// What metrics fill in.
  package static func sizes(facts: CloudNativePGFacts) -> ReportUpdate {
    var update = ReportUpdate()
    update.storage = storage(facts)
    update.configuration = configuration(facts)
    return update
  }

  // MARK: Parts that are read off

  package static func retention(
    _ facts: CloudNativePGFacts, _ catalog: BackupCatalog? = nil
  ) -> Observed<RetentionPolicy> {
    if facts.cluster.objectStoreName != nil, let failure = facts.objectStores.failure {
      return .unavailable(
        Unavailable(part: "retention policy", reason: failure.reason, remedy: failure.remedy),
        at: facts.objectStores.at ?? facts.clusterAt)
    }
    let source =
      facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)"
    var policy =
      facts.retentionText.map {
        RetentionPolicy(period: retentionSeconds($0), text: "retentionPolicy: \($0)")
      } ?? RetentionPolicy(text: "no retentionPolicy: nothing expires")
    policy.wal = catalog.flatMap { facts.stored.value?.retention($0) }
    return .value(policy, source: source, at: facts.clusterAt)
  }

  /// `30d`, `4w`, `6m`: a month counts 31 days.
  static func retentionSeconds(_ text: String) -> Double? {
    guard let unit = text.last, let count = Int(text.dropLast()), count > 0 else { return nil }
    switch unit {
    case "d": return Double(count) * 86_400
    case "w": return Double(count) * 7 * 86_400
    case "m": return Double(count) * 31 * 86_400
    default: return nil
    }
  }

  package static func storage(_ facts: CloudNativePGFacts) -> Observed<StorageUsage> {
    switch facts.claims {
    case .pending: return .pending
    case .unavailable(let failure, let at): return .unavailable(failure, at: at)
    case .value(_, let source, let at):
      return .value(
        StorageUsage(repositoryBytes: facts.stored.value?.bytes, volumes: facts.volumeUsages),
        source: source, at: at)
    }
  }

  package static func configuration(_ facts: CloudNativePGFacts) -> Observed<ServerConfiguration> {
    let store = facts.storeConfiguration
    let configuration = ServerConfiguration(
      asynchronousWALFetch: store.map { ($0.wal?.maxParallel ?? 1) > 1 },
      asynchronousWALFetchSetting: "wal.maxParallel above 1 in the store's configuration",
      databaseBytes: facts.databaseBytes)
    return .value(configuration, source: "Cluster \(facts.name)", at: facts.clusterAt)
  }

  /// The first recoverability point and the last backup as the engine tells them; where it tells nothing, what
  /// the Backup objects say.
  package static func claimedWindow(_ facts: CloudNativePGFacts) -> Observed<ClaimedWindow> {
    guard let backups = facts.ownBackups else {
      guard let failure = facts.backups.failure else { return .pending }
      return .unavailable(failure, at: facts.backups.at ?? facts.clusterAt)
    }
    if let claim = facts.claim {
      return .value(claim, source: claim.claimant, at: facts.clusterAt)
    }
    let completed = backups.filter { $0.phase == .completed }
    let claim = ClaimedWindow(
      first: completed.compactMap(\.stoppedAt).min(),
      lastBackupAt: completed.compactMap(\.stoppedAt).max(),
      claimant: "Backup objects of \(facts.name)")
    return .value(claim, source: claim.claimant, at: facts.backups.at ?? facts.clusterAt)
  }
}

extension CloudNativePGFacts {
  var retentionText: String? {
    cluster.spec.backup?.barmanObjectStore != nil
      ? cluster.spec.backup?.retentionPolicy : objectStore?.spec.retentionPolicy
  }

  /// What CloudNativePG says of the recovery window, of any method; nil when it says nothing.
  package var claim: ClaimedWindow? {
    if let store = objectStore {
      guard let window = store.status?.serverRecoveryWindow?[cluster.serverName] else { return nil }
      let first = corrected(kubernetesDate(window.firstRecoverabilityPoint))
      let last = corrected(kubernetesDate(window.lastSuccessfulBackupTime))
      guard first != nil || last != nil else { return nil }
      return ClaimedWindow(
        first: first, lastBackupAt: last,
        claimant: "ObjectStore \(store.name), server \(cluster.serverName)")
    }
    let status = cluster.status
    let firsts = (status?.firstRecoverabilityPointByMethod ?? [:]).values
    let lasts = (status?.lastSuccessfulBackupByMethod ?? [:]).values
    let first =
      kubernetesDate(status?.firstRecoverabilityPoint) ?? firsts.compactMap(kubernetesDate).min()
    let last =
      kubernetesDate(status?.lastSuccessfulBackup) ?? lasts.compactMap(kubernetesDate).max()
    guard first != nil || last != nil else { return nil }
    return ClaimedWindow(
      first: corrected(first), lastBackupAt: corrected(last),
      claimant: "status of Cluster \(name)")
  }
}

extension CloudNativePGReport {
  /// The report of a cluster that is not known: every part says why.
  package static func without(_ absence: Unavailable, at: Date) -> ReportUpdate {
    func part(_ name: String) -> Unavailable {
      Unavailable(
        part: name, reason: absence.reason, remedy: absence.remedy, code: absence.code)
    }
    var update = ReportUpdate()
    update.instances = .unavailable(part("instances"), at: at)
    update.archive = .unavailable(part("archiver status"), at: at)
    update.backups = .unavailable(part("backup catalog"), at: at)
    update.retention = .unavailable(part("retention policy"), at: at)
    update.storage = .unavailable(part("storage"), at: at)
    update.configuration = .unavailable(part("server settings"), at: at)
    update.claimedWindow = .unavailable(part("recovery window"), at: at)
    update.engineFindings = .unavailable(part("engine's own checks"), at: at)
    update.activities = []
    update.recoveries = []
    return update
  }
}

extension CloudNativePGFacts {
  /// The volumes by name, with how full they are.
  var volumeUsages: [VolumeUsage] {
    (claims.value ?? []).sorted { $0.name < $1.name }.map { claim in
      VolumeUsage(
        name: claim.name, instance: claim.instanceName, content: claim.content,
        capacityBytes: claim.capacityBytes, usedBytes: volumes[claim.name]?.usedBytes,
        growth: volumes[claim.name]?.growth)
    }
  }
}
