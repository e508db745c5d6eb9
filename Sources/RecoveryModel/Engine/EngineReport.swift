import FoundationEssentials

/// A backup that is stuck and keeps all later ones from starting.
package struct BlockingBackup: Sendable, Equatable {
  package var name: String
  package var since: Date?
  /// Why it does not end, in the engine's words.
  package var reason: String

  package init(name: String, since: Date?, reason: String) {
    self.name = name
    self.since = since
    self.reason = reason
  }
}

/// The place that a cluster is asked through does not answer: nothing is known of the cluster itself.
package struct Outage: Sendable, Equatable {
  /// As `context prod-eu`.
  package var place: String
  package var reason: String
  package var remedy: String
  /// When it was last heard of; nil = never.
  package var since: Date?

  package init(place: String, reason: String, remedy: String, since: Date?) {
    self.place = place
    self.reason = reason
    self.remedy = remedy
    self.since = since
  }
}

/// The repository is there, and what a restore reads first is not to be read: nothing can be restored from it now.
package struct RepositoryFault: Sendable, Equatable {
  /// What is wrong, as `backup.info and its copy cannot be read: checksum error`.
  package var what: String
  package var remedy: String
  package var source: String
  package var at: Date

  package init(what: String, remedy: String, source: String, at: Date) {
    self.what = what
    self.remedy = remedy
    self.source = source
    self.at = at
  }
}

/// Why the plan of an operation would be refused now, as far as it is known without making one.
package struct PlanObstacle: Sendable, Equatable {
  /// As `it is hibernated`.
  package var why: String
  /// What to do first, as `wake it`; empty where nothing can be said.
  package var remedy: String

  package init(why: String, remedy: String) {
    self.why = why
    self.remedy = remedy
  }

  /// `First wake it (it is hibernated); then `, for what was to be advised.
  package var advice: String {
    remedy.isEmpty ? "Once that is mended (\(why)): " : "First \(remedy) (\(why)); then "
  }
}

extension EngineReport {
  /// What an operation would be refused for, or come to nothing by; nil = nothing that is known.
  package func obstacle(to kind: OperationKind) -> PlanObstacle? {
    if let known = obstacles[kind] { return known }
    guard kind == .backup, let status = archive.value, status.enabled, status.failing else {
      return nil
    }
    return PlanObstacle(
      why: "archiving fails, and without its WAL it restores nothing",
      remedy: "have WAL archived again")
  }
}

/// What restores may not follow WAL from one timeline to the next.
package struct CrossingDoubt: Sendable, Equatable {
  /// As `CloudNativePG 1.29.0 may end a recovery at the change of timeline`.
  package var why: String
  /// False where its version is not known.
  package var isKnown: Bool

  package init(_ why: String, isKnown: Bool) {
    self.why = why
    self.isKnown = isKnown
  }
}

/// Everything an engine knows of one cluster. What is `Observed` is a `ReportPart` and stands or falls alone; the rest is
/// told along with them.
package struct EngineReport: Sendable, Equatable {
  package var instances: Observed<[Instance]> = .pending
  package var archive: Observed<ArchiveStatus> = .pending
  package var backups: Observed<BackupCatalog> = .pending
  package var walArchive: Observed<WALArchive> = .pending
  package var retention: Observed<RetentionPolicy> = .pending
  package var storage: Observed<StorageUsage> = .pending
  package var configuration: Observed<ServerConfiguration> = .pending
  /// What the engine itself says can be restored; stands in where nobody looked at the archive.
  package var claimedWindow: Observed<ClaimedWindow> = .pending
  /// Findings of rules that only this engine knows; engines without any leave it pending.
  package var engineFindings: Observed<[EngineFinding]> = .pending
  /// What is being done to the cluster on purpose, or stands as it is on purpose.
  package var activities: [ClusterActivity] = []
  /// Recoveries of it that somebody runs within sight, into other places or its own.
  package var recoveries: [RecoveryUnderWay] = []
  /// Recoveries of it that were carried out here and stay.
  package var kept: [KeptRecovery] = []
  /// It was recovered from another cluster and has no base backup of its own; nil = neither, or not known.
  package var descent: Descent?
  /// Nobody who could be asked answers; nil = somebody does.
  package var outage: Outage?
  /// Nobody is known that archives: what lies in the store is all there is.
  package var isStoreAlone = false
  /// A backup that is stuck and keeps all later ones from starting; nil = none is known.
  package var blockingBackup: BlockingBackup?
  /// Nothing can be restored from the repository as it is; nil = nobody saw that.
  package var repositoryFault: RepositoryFault?
  /// Operations that would be refused now.
  package var obstacles: [OperationKind: PlanObstacle] = [:]
  /// Seconds between two base backups at most, as they are scheduled; nil = no schedule is known.
  package var scheduledInterval: Double?
  /// When the next base backup begins by itself; nil = no schedule is known.
  package var nextBackup: Date?
  /// The kinds of base backup that can be asked for, the usual one first.
  package var backupKinds: [BackupKind] = BackupKind.allCases
  /// What a proof rests on, as far as the engine alone can tell; with the rest: `proofBasis`.
  package var engineBasis = ProofBasis()
  /// Why a recovery may end where a promotion changed the timeline, and look healthy; nil = it follows.
  package var crossingDoubt: CrossingDoubt?
  /// What keeps what lies in its store; empty where none is read.
  package var storeFacts: [StoreFact] = []
  /// What the repository has in common with the primary; nil = nothing that is known.
  package var sharedPlace: SharedPlace?
  /// What reading its store costs; nil = none is read.
  package var traffic: StoreTraffic?
  /// Seconds between two looks at parts that are looked at less often than their source is asked.
  package var ownPaces: [ReportPart: Double] = [:]
  /// What a recovery costs under this engine, until drills tell.
  package var recoveryPrior = RecoveryPrior.direct

  package init() {}

  /// The catalog is known, and there is nothing in it that a recovery could start from.
  package var isWithoutBackup: Bool { backups.value.map { $0.lastGood == nil } == true }

  /// The clusters that it is being recovered from, or was.
  package var origins: [ClusterPlace] {
    [descent?.origin].compactMap { $0 } + recoveries.compactMap(\.origin)
  }

  /// Something of it is still being asked: a later look has more.
  package var isUnderWay: Bool { unavailable.contains { $0.code == .underWay } }

  /// What could not be had, for `status --json` and the screen.
  package var unavailable: [Unavailable] {
    ReportPart.allCases.compactMap { state(of: $0).failure }
      + (instances.value ?? []).flatMap(\.withheld)
  }
}

/// One thing an engine asks, at its own pace and with its own deadline, so that a dead one costs its parts alone.
package struct ObservationSource: Sendable, Equatable, Identifiable {
  package var id: String
  /// How often, relative to the user's refresh interval: the fast ones each time (1).
  package var pace: Pace

  package enum Pace: Sendable, Equatable {
    /// Every refresh interval.
    case live
    /// At most this often, in seconds, and always right after an operation.
    case slow(seconds: Double)
    /// Every refresh interval while somebody looks at this very cluster, else at most this often, in seconds:
    /// for what would be too much to ask of a whole fleet.
    case attended(otherwise: Double)
  }

  package init(id: String, pace: Pace) {
    self.id = id
    self.pace = pace
  }
}
