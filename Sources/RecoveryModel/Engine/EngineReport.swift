import FoundationEssentials

/// A backup that is stuck and keeps all later ones from starting.
public struct BlockingBackup: Sendable, Equatable {
  public var name: String
  public var since: Date?
  /// Why it does not end, in the engine's words.
  public var reason: String

  public init(name: String, since: Date?, reason: String) {
    self.name = name
    self.since = since
    self.reason = reason
  }
}

/// The place that a cluster is asked through does not answer: nothing is known of the cluster itself.
public struct Outage: Sendable, Equatable {
  /// As `context prod-eu`.
  public var place: String
  public var reason: String
  public var remedy: String
  /// When it was last heard of; nil = never.
  public var since: Date?

  public init(place: String, reason: String, remedy: String, since: Date?) {
    self.place = place
    self.reason = reason
    self.remedy = remedy
    self.since = since
  }
}

/// The repository is there, and what a restore reads first is not to be read: nothing can be restored from it now.
public struct RepositoryFault: Sendable, Equatable {
  /// What is wrong, as `backup.info and its copy cannot be read: checksum error`.
  public var what: String
  public var remedy: String
  public var source: String
  public var at: Date

  public init(what: String, remedy: String, source: String, at: Date) {
    self.what = what
    self.remedy = remedy
    self.source = source
    self.at = at
  }
}

/// Everything an engine knows of one cluster; each part stands or falls alone.
public struct EngineReport: Sendable, Equatable {
  public var instances: Observed<[Instance]> = .pending
  public var archive: Observed<ArchiveStatus> = .pending
  public var backups: Observed<BackupCatalog> = .pending
  public var walArchive: Observed<WALArchive> = .pending
  public var retention: Observed<RetentionPolicy> = .pending
  public var storage: Observed<StorageUsage> = .pending
  public var configuration: Observed<ServerConfiguration> = .pending
  /// What the engine itself says can be restored; stands in where nobody looked at the archive.
  public var claimedWindow: Observed<ClaimedWindow> = .pending
  /// Findings of rules that only this engine knows; engines without any leave it pending.
  public var engineFindings: Observed<[Finding]> = .pending
  /// What is being done to the cluster on purpose, or stands as it is on purpose.
  public var activities: [ClusterActivity] = []
  /// Nobody who could be asked answers; nil = somebody does.
  public var outage: Outage?
  /// A backup that is stuck and keeps all later ones from starting; nil = none is known.
  public var blockingBackup: BlockingBackup?
  /// Nothing can be restored from the repository as it is; nil = nobody saw that.
  public var repositoryFault: RepositoryFault?
  /// Seconds between two base backups at most, as they are scheduled; nil = no schedule is known.
  public var scheduledInterval: Double?
  /// When the next base backup begins by itself; nil = no schedule is known.
  public var nextBackup: Date?
  /// The kinds of base backup that can be asked for, the usual one first.
  public var backupKinds: [BackupKind] = BackupKind.allCases
  /// What a recovery costs under this engine, until drills tell.
  public var recoveryPrior = RecoveryPrior.direct

  public init() {}

  /// What could not be had, for `status --json` and the screen.
  public var unavailable: [Unavailable] {
    [
      instances.failure, archive.failure, backups.failure, walArchive.failure, retention.failure,
      storage.failure, configuration.failure, claimedWindow.failure, engineFindings.failure,
    ].compactMap { $0 } + (instances.value ?? []).flatMap(\.withheld)
  }
}

/// One thing an engine asks, at its own pace and with its own deadline, so that a dead one costs its parts alone.
public struct ObservationSource: Sendable, Equatable, Identifiable {
  public var id: String
  /// How often, relative to the user's refresh interval: the fast ones each time (1).
  public var pace: Pace

  public enum Pace: Sendable, Equatable {
    /// Every refresh interval.
    case live
    /// At most this often, in seconds, and always right after an operation.
    case slow(seconds: Double)
    /// Every refresh interval while somebody looks at this very cluster, else at most this often, in seconds:
    /// for what would be too much to ask of a whole fleet.
    case attended(otherwise: Double)
  }

  public init(id: String, pace: Pace) {
    self.id = id
    self.pace = pace
  }
}

/// What one source answered: only the parts it speaks for are set.
public struct ReportUpdate: Sendable, Equatable {
  public var instances: Observed<[Instance]>?
  public var archive: Observed<ArchiveStatus>?
  public var backups: Observed<BackupCatalog>?
  public var walArchive: Observed<WALArchive>?
  public var retention: Observed<RetentionPolicy>?
  public var storage: Observed<StorageUsage>?
  public var configuration: Observed<ServerConfiguration>?
  public var claimedWindow: Observed<ClaimedWindow>?
  public var engineFindings: Observed<[Finding]>?
  public var activities: [ClusterActivity]?
  /// Outer nil = this source does not know; inner nil = there is none.
  public var outage: Outage??
  /// Outer nil = this source does not know; inner nil = none is stuck.
  public var blockingBackup: BlockingBackup??
  /// The same for a repository that nothing can be restored from.
  public var repositoryFault: RepositoryFault??
  /// Outer nil = this source does not know; inner nil = nothing is scheduled.
  public var scheduledInterval: Double??
  /// The same for the next base backup.
  public var nextBackup: Date??
  public var recoveryPrior: RecoveryPrior?

  public init() {}
}

extension EngineReport {
  /// Seconds after which an answer of a source that is asked at this pace says nothing any more: three of its looks,
  /// and never less than ten seconds, since one slow answer is no outage. In an outage no look comes to anything, so
  /// that only the refreshes count, whatever the pace.
  public func patience(pace: Double, interval: Double) -> Double {
    3 * max(outage == nil ? pace : interval, 10.0 / 3)
  }

  public mutating func merge(_ update: ReportUpdate) {
    if let part = update.instances { instances = part }
    if let part = update.archive { archive = part }
    if let part = update.backups { backups = part }
    if let part = update.walArchive { walArchive = part }
    if let part = update.retention { retention = part }
    if let part = update.storage { storage = part }
    if let part = update.configuration { configuration = part }
    if let part = update.claimedWindow { claimedWindow = part }
    if let part = update.engineFindings { engineFindings = part }
    if let activities = update.activities { self.activities = activities }
    if let outage = update.outage { self.outage = outage }
    if let blocking = update.blockingBackup { blockingBackup = blocking }
    if let fault = update.repositoryFault { repositoryFault = fault }
    if let interval = update.scheduledInterval { scheduledInterval = interval }
    if let next = update.nextBackup { nextBackup = next }
    if let prior = update.recoveryPrior { recoveryPrior = prior }
  }
}
