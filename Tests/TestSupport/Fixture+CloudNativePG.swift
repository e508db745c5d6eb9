import FoundationEssentials
import RecoveryModel

/// Clusters as the CloudNativePG engine reports them: nobody lists the archive, backups carry no sizes, the window is
/// what the operator claims.
extension Fixture {
  package static func place(
    _ name: String = "pg-main", namespace: String = "prod", context: String = "prod-eu"
  ) -> ClusterPlace {
    ClusterPlace(context: context, namespace: namespace, name: name)
  }

  package static func cloudNativePGReport(primary: String = "pg-main-1") -> EngineReport {
    let cluster = String(primary.dropLast(2))
    var report = EngineReport()
    report.instances = observed(
      cloudNativePGInstances(cluster), source: "Cluster \(cluster), /pg/status")
    var archive = archiveStatus()
    archive.failedCount = 0
    archive.archiveTimeout = 300
    report.archive = observed(archive, source: "/pg/status of \(primary)")
    report.backups = observed(
      BackupCatalog(
        backups: (0..<3).map { cloudNativePGBackup(cluster, daysAgo: 2 - $0) },
        encryption: RepositoryEncryption.none), source: "Backups")
    report.retention = observed(
      RetentionPolicy(period: 30 * 86_400, text: "retentionPolicy: 30d"),
      source: "ObjectStore minio-store")
    report.storage = observed(
      StorageUsage(volumes: volumes(cluster)), source: "persistentvolumeclaims")
    report.configuration = observed(
      ServerConfiguration(asynchronousWALFetch: true, databaseBytes: 980 << 20),
      source: "Cluster \(cluster)")
    report.claimedWindow = observed(
      ClaimedWindow(
        first: ago(hours(57)), lastBackupAt: ago(hours(9)),
        claimant: "ObjectStore minio-store, server \(cluster)"),
      source: "ObjectStore minio-store, server \(cluster)")
    report.engineFindings = observed(cloudNativePGFindings(cluster), source: "CloudNativePG")
    report.backupKinds = [.full]
    return report
  }

  private static func cloudNativePGInstances(_ cluster: String) -> [Instance] {
    (1...3).map { number in
      var instance = instance(
        "\(cluster)-\(number)", role: number == 1 ? .primary : .standby,
        lag: number == 1
          ? nil
          : ReplicationLag(
            write: Lag(bytes: 0), flush: Lag(bytes: 0), replay: Lag(bytes: 512)))
      instance.version = nil
      return instance
    }
  }

  private static func cloudNativePGBackup(_ cluster: String, daysAgo: Int) -> Backup {
    let finished = ago(hours(9 + Double(daysAgo) * 24))
    return Backup(
      id: "\(cluster)-nightly-202611\(22 - daysAgo)030000", kind: .full,
      startedAt: finished.addingTimeInterval(-10), finishedAt: finished, timeline: 1,
      startSegment: segment(129), stopSegment: segment(130), method: "plugin")
  }

  private static func volumes(_ cluster: String) -> [VolumeUsage] {
    [
      VolumeUsage(
        name: "\(cluster)-1", instance: "\(cluster)-1", capacityBytes: 20 << 30,
        usedBytes: 4 << 30,
        growth: VolumeGrowth(bytesPerSecond: 2048, seconds: hours(12))),
      VolumeUsage(
        name: "\(cluster)-1-wal", instance: "\(cluster)-1", content: .wal,
        capacityBytes: 5 << 30, usedBytes: 9 << 29,
        growth: VolumeGrowth(bytesPerSecond: 40_960, seconds: hours(12))),
      VolumeUsage(name: "\(cluster)-2", instance: "\(cluster)-2", capacityBytes: 20 << 30),
    ]
  }

  private static func cloudNativePGFindings(_ cluster: String) -> [EngineFinding] {
    [
      EngineFinding(
        Finding(
          id: "cnpg.volume.filling:\(cluster)-1-wal", severity: .critical,
          headline: "The WAL volume \(cluster)-1-wal is 90 % full, 3h 38m left at the present rate",
          evidence: [
            Evidence(
              what: "4.5 GiB of 5 GiB used", source: "PersistentVolumeClaim \(cluster)-1-wal",
              at: date)
          ], remedy: "Make archiving keep up; raise walStorage.size.", ceiling: .atRisk,
          words: "volume fills up"), .cluster),
      EngineFinding(
        Finding(
          id: "cnpg.schedule.five-fields:\(cluster)-nightly", severity: .warning,
          headline: "ScheduledBackup \(cluster)-nightly has five cron fields and runs every 1h 00m",
          evidence: [
            Evidence(
              what: "\"0 3 * * *\" is second, minute, hour, day, month; "
                + "next run 2026-11-22T12:03:00Z",
              source: "ScheduledBackup \(cluster)-nightly", at: date)
          ], remedy: "Put the seconds in front: \"0 0 3 * * *\".", ceiling: .likely,
          words: "5 cron fields"),
        .backups),
      EngineFinding(
        Finding(
          id: "cnpg.certificate:\(cluster)-server", severity: .info,
          headline: "The certificate in \(cluster)-server expires in 12d 4h",
          evidence: [
            Evidence(what: "expires 2026-12-04T16:00:00Z", source: "Cluster \(cluster)", at: date)
          ], remedy: "Renew it: CloudNativePG does not renew certificates that it was given.",
          ceiling: .proven, words: "certificate"), .cluster),
    ]
  }

  /// Nothing in it is computed.
  package static func cloudNativePGCluster(
    _ place: ClusterPlace = place(), name: String? = nil, verdict: Verdict = .atRisk,
    findings: [Finding]? = nil
  ) -> ClusterSnapshot {
    let report = cloudNativePGReport(primary: "\(place.name)-1")
    return ClusterSnapshot(
      declaration: ClusterDeclaration(
        name: name ?? "\(place.namespace)/\(place.name)", place: place, engine: "cloudnativepg"),
      engineTitle: "CloudNativePG", takenAt: date, interval: 2, report: report,
      drills: [drill("d1")], window: RecoveryWindow.claimed(report),
      exposure: RPOExposure(bytes: 2048, seconds: 12, segments: 0),
      findings: findings ?? report.engineFindings.value?.map(\.finding) ?? [], verdict: verdict)
  }
}
