import RecoveryModel

/// The documents that `pgvigil manifest` prints: one purpose each, a row here and a function beside it.
package enum ManifestPurpose: String, Sendable, CaseIterable {
  case rbac
  case drillCronJob = "drill-cronjob"
  case scrubCronJob = "scrub-cronjob"
  case scheduledBackup = "scheduled-backup"
  case backup
  case objectStore = "object-store"
  case clusterBackup = "cluster-backup"
  case secret
  case bucketPolicy = "bucket-policy"
  case alerts

  package var abstract: String {
    switch self {
    case .rbac:
      "Service accounts and their rights: to watch, to back up and to drill, apart; stores, if asked."
    case .drillCronJob: "A CronJob that drills every night what is due."
    case .scrubCronJob: "A CronJob that reads a part of the archive's contents every night."
    case .scheduledBackup: "A ScheduledBackup: a base backup every night."
    case .backup: "One Backup, now, as after a deployment."
    case .objectStore: "An ObjectStore for the Barman Cloud plugin."
    case .clusterBackup: "The part of a Cluster that switches its backups on, as a patch."
    case .secret: "A template of the bucket's credentials, to be encrypted with SOPS."
    case .bucketPolicy:
      "A policy, as JSON, that lets one place of a bucket be read and nothing else."
    case .alerts: "A PrometheusRule on the metrics of `pgvigil metrics`."
    }
  }

  /// YAML, one or more documents, or JSON; the same text for the same options. Throws `.invalid` where an option cannot
  /// stand in the document.
  package func text(_ options: ManifestOptions) throws(RecoveryError) -> String {
    try ManifestCheck(purpose: self, options: options).run()
    return switch self {
    case .rbac: AccessManifest.text(options)
    case .drillCronJob: DrillCronJobManifest.text(options)
    case .scrubCronJob: ScrubCronJobManifest.text(options)
    case .scheduledBackup: BackupManifests.scheduledBackup(options)
    case .backup: BackupManifests.backup(options)
    case .objectStore: StoreManifests.objectStore(options)
    case .clusterBackup: StoreManifests.clusterBackup(options)
    case .secret: StoreManifests.secret(options)
    case .bucketPolicy: try BucketPolicy(options).text
    case .alerts: AlertsManifest.text(options)
    }
  }
}

/// Refuses what the API server would refuse, before anything is printed.
struct ManifestCheck {
  var purpose: ManifestPurpose
  var options: ManifestOptions

  func run() throws(RecoveryError) {
    for (option, name) in names {
      guard let name, !ObjectName.isValid(name) else { continue }
      throw RecoveryError(
        .invalid, "\(option) `\(Sanitizer.clean(name, limit: 80))` is no name for Kubernetes",
        remedy: "lower-case letters, digits and `-`, at most 253 characters")
    }
    let hasDrills =
      purpose == .drillCronJob || purpose == .rbac && options.roles != [.store]
    if options.drillNamespace == options.namespace, hasDrills {
      throw RecoveryError(
        .invalid, "--drill-namespace is the cluster's own namespace",
        remedy: "drills belong into a namespace where no cluster of production lives")
    }
    guard Self.isRetention(options.retention) else {
      throw RecoveryError(
        .invalid, "--retention `\(Sanitizer.clean(options.retention, limit: 40))`",
        remedy: "a number and d, w or m, as 30d")
    }
    try checkSchedule()
  }

  private var names: [(String, String?)] {
    [
      ("--namespace", options.namespace), ("--cluster", options.cluster),
      ("--drill-namespace", options.drillNamespace), ("--name", options.name),
      ("--store", options.store), ("--config-map", options.configMap),
    ] + options.secrets.map { ("--secret", $0) }
  }

  private func checkSchedule() throws(RecoveryError) {
    guard let text = options.schedule else { return }
    let fields = text.split { $0 == " " || $0 == "\t" }.count
    if purpose == .drillCronJob || purpose == .scrubCronJob, fields != 5, !text.hasPrefix("@") {
      throw RecoveryError(
        .invalid, "--schedule has \(fields) fields",
        remedy: "a Kubernetes CronJob counts five: minute hour day month weekday, as `30 4 * * *`")
    }
    guard purpose == .scheduledBackup else { return }
    let remedy =
      "CloudNativePG counts six fields: second minute hour day month weekday, as `0 0 3 * * *`"
    let schedule: CronSchedule
    do throws(CronError) {
      schedule = try CronSchedule(text)
    } catch {
      throw RecoveryError(.invalid, "--schedule: \(error.message)", remedy: remedy)
    }
    if schedule.isFiveFields {
      throw RecoveryError(.invalid, "--schedule has five fields", remedy: remedy)
    }
  }

  /// `^[1-9][0-9]*[dwm]$`.
  static func isRetention(_ text: String) -> Bool {
    guard let unit = text.last, "dwm".contains(unit), text.count > 1 else { return false }
    let digits = text.dropLast().unicodeScalars
    return digits.first != "0" && digits.allSatisfy { ("0"..."9").contains($0) }
  }
}
