import FoundationEssentials
import Kubernetes
import PostgresServers
import RecoveryModel

/// All that is known of one CloudNativePG cluster at one moment: its objects as the API server has them and what its
/// instance managers answered. What reports and rules are made of; values only.
package struct CloudNativePGFacts: Sendable, Equatable {
  package var cluster: CNPGCluster
  /// When the Cluster was last known to be in step with the server.
  package var clusterAt: Date
  /// Backups of this cluster; those of others do no harm.
  package var backups: Observed<[CNPGBackup]> = .pending {
    didSet {
      let all = backups.value
      // Nearly always all of them are its own: then there is nothing to copy.
      ownBackups =
        all?.allSatisfy { $0.clusterName == name } ?? true
        ? all : all?.filter { $0.clusterName == name }
    }
  }
  /// Sorted out once: nearly every rule asks for them.
  package private(set) var ownBackups: [CNPGBackup]?
  /// Made once for a report: rules and a drill's choice ask for it, and with tens of Backups it is dear; nil = not yet.
  var knownCatalog: BackupCatalog?
  /// ScheduledBackups of the namespace, also those that name no existing cluster.
  package var schedules: Observed<[CNPGScheduledBackup]> = .pending
  /// ObjectStores of the namespace.
  package var objectStores: Observed<[BarmanObjectStore]> = .pending
  package var pods: Observed<[Pod]> = .pending
  package var claims: Observed<[PersistentVolumeClaim]> = .pending
  package var jobs: Observed<[Job]> = .pending
  /// `/pg/status` by name of the instance: its answer, or why there is none.
  package var statuses: [String: Observed<InstanceManagerStatus>] = [:]
  /// What servers told by SQL that gave no answer at `/pg/status`.
  package var servers: [String: InstanceAnswer] = [:]
  /// Names of all clusters of the namespace; nil where they may not be listed.
  package var namespaceClusters: Set<String>?
  /// Other clusters of the context that archive to the same place, as far as they are watched.
  package var archiveSharers: [ObjectKey] = []
  /// Clusters that were recovered from this one by pgvigil and stay, wherever they can be seen.
  package var recovered: [CNPGCluster] = []
  /// Other clusters that are being recovered in sight, or were by pgvigil.
  var candidates: [CNPGCluster] = []
  /// Those of them that are recovered from this one.
  var beside: [CloudNativePGFacts] = []
  /// The kubeconfig's context.
  var context = ""
  /// As a command that is printed names the cluster.
  var typed: String
  /// In-tree backups of other clusters that are under way, wherever they can be seen: the operator takes one at a time.
  package var elsewhere: [CNPGBackup] = []
  /// Backups of some namespaces cannot be seen.
  package var isScopeNarrow = false
  /// What the logs of pods told of failures.
  var logReasons = LogReasons()
  /// What is missing of a recovery to the end of an archive, by whoever archives there.
  var shortfall: RecoveryShortfall?
  /// Such a recovery came as far as the archiver had by then.
  var isReplayWhole = false
  /// What the log of the recovery that makes it has told so far.
  var recoveryReading: RecoveryReading?
  /// The cluster that it was recovered from, where that is in sight.
  var descendsFrom: ClusterPlace?
  /// Warnings about what is to make it, where this account may read events.
  var startWarnings: [Event] = []
  /// Who archives where it is recovered from, where that is in sight.
  var recoveryOrigin: ArchiveReach.Archiver?
  /// What lies in the store, where it could be read.
  package var stored: Observed<StoredServer> = .pending
  /// What is found in it by itself; judged with each look.
  var storeFindings: [Finding] = []
  /// What is amiss with the cluster's own credentials for it, by a look at the Secret.
  var storeSecretFault: String?
  /// How the snapshots of volumes stand, by name, where it is backed up by them and this account may look.
  package var snapshots: Observed<[String: VolumeSnapshot.Status]> = .pending
  /// CronJobs of ours for this cluster, where this account may look at them.
  package var nightly: [NightlyJob] = []
  /// The operator's own Deployments, where this account may look at them.
  package var operators: Observed<[Deployment]> = .pending
  /// Version of the installed operator, as `1.30.0`.
  package var operatorVersion: String?
  /// Seconds east of UTC of the operator's clock; schedules run by it.
  package var operatorUTCOffset = 0
  /// How full the volumes are, by name of the claim, where metrics or SQL told.
  package var volumes: [String: VolumeFill] = [:]
  /// Size of all databases, where metrics or SQL told.
  package var databaseBytes: Int64?
  /// The primary's metrics, where they could be read.
  package var primaryMetrics: InstanceMetrics?
  /// Since when, without a break, the primary was seen to have the same WAL archived last and more waiting.
  package var waitingSince: Date?
  /// An earlier look at the same primary, for rates.
  package var earlier: PrimaryLook?
  /// What is in the way of operations, where that was looked for beforehand (`withObstacles`).
  var knownObstacles: [OperationKind: PlanObstacle]?

  package init(cluster: CNPGCluster, clusterAt: Date) {
    self.cluster = cluster
    self.clusterAt = clusterAt
    typed = Sanitizer.clean(cluster.name, limit: 80)
  }
}

/// How full a volume is.
package struct VolumeFill: Sendable, Equatable {
  package var usedBytes: Int64
  /// nil = not steady, or not watched long enough.
  package var growth: VolumeGrowth?

  package init(usedBytes: Int64, growth: VolumeGrowth? = nil) {
    self.usedBytes = usedBytes
    self.growth = growth
  }
}

/// Where a primary's WAL stood at a moment.
package struct PrimaryLook: Sendable, Equatable {
  package var instance: String
  package var lsn: LSN
  package var at: Date

  package init(instance: String, lsn: LSN, at: Date) {
    self.instance = instance
    self.lsn = lsn
    self.at = at
  }
}

extension CloudNativePGFacts {
  package var name: String { cluster.name }
  package var namespace: String { cluster.metadata.namespace ?? "" }

  package var ownSchedules: [CNPGScheduledBackup]? {
    schedules.value?.filter { $0.clusterName == name }
  }

  package var currentPrimary: String? {
    cluster.status?.currentPrimary.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What the primary answered, of a replica cluster the designated one.
  package var primaryStatus: Observed<InstanceManagerStatus>? {
    let named = currentPrimary.flatMap { statuses[$0] }
    if named?.value?.isPrimary == true || cluster.isReplicaCluster { return named }
    let claiming = statuses.filter { $0.value.value?.isPrimary == true }
    return claiming.min { $0.key < $1.key }?.value ?? named
  }

  /// The ObjectStore that the cluster archives to; nil when it uses none or when it is not there.
  package var objectStore: BarmanObjectStore? {
    cluster.objectStoreName.flatMap(objectStore(named:))
  }

  /// nil also where the ObjectStores are not known.
  func objectStore(named name: String) -> BarmanObjectStore? {
    objectStores.value?.first { $0.name == name }
  }

  /// When the next base backup is due by any schedule that is in force.
  package func nextScheduledBackup(after now: Date) -> Date? {
    crons.compactMap { $0.next(after: now, utcOffset: operatorUTCOffset) }.min()
  }

  /// Seconds between two base backups at most, by the busiest schedule in force: what an age is to be held against
  /// where nobody said otherwise.
  package func scheduledInterval(now: Date) -> Double? {
    crons.compactMap { $0.spacing(from: now, utcOffset: operatorUTCOffset)?.longest }.min()
  }

  private var crons: [CronSchedule] {
    (ownSchedules ?? []).filter { !$0.isSuspended }
      .compactMap { try? CronSchedule($0.spec.schedule ?? "") }
  }

  /// Where backups go, from the Cluster or from the plugin's ObjectStore.
  package var storeConfiguration: BarmanObjectStoreConfiguration? {
    cluster.spec.backup?.barmanObjectStore ?? objectStore?.spec.configuration
  }

  /// WAL written per second, from two looks at the same primary.
  package var walBytesPerSecond: Double? {
    guard let earlier, let status = primaryStatus, let at = status.at,
      let lsn = status.value?.currentLSN, earlier.instance == currentPrimary
    else { return nil }
    let seconds = at.timeIntervalSince(earlier.at)
    return seconds > 0.05 ? Double(lsn.bytes(since: earlier.lsn)) / seconds : nil
  }

  /// Bytes per WAL segment: what the names of the current segment and its position agree on.
  package var segmentBytes: Int {
    let configured = cluster.segmentBytes
    guard let status = primaryStatus?.value, let lsn = status.currentLSN,
      let name = status.currentWAL, let timeline = status.timeline
    else { return configured }
    // At the very start of a segment PostgreSQL still names the one before (pg_walfile_name).
    let positions = [lsn, LSN(lsn.rawValue > 0 ? lsn.rawValue - 1 : 0)]
    func agrees(_ size: Int) -> Bool {
      positions.contains {
        WALSegment(containing: $0, timeline: timeline, segmentSize: size).name(segmentSize: size)
          == name
      }
    }
    if agrees(configured) { return configured }
    return (0...10).map { 1 << (20 + $0) }.first(where: agrees) ?? configured
  }

  package func segment(_ name: WALFileName?) -> WALSegment? { name?.segment(size: segmentBytes) }

  package func segment(_ name: String?) -> WALSegment? {
    // A history or partial file says nothing about finished segments.
    guard let name, !name.contains(".") else { return nil }
    return WALSegment(name: name, segmentSize: segmentBytes)
  }

  /// The last segment known to be archived. The archiver goes by name, so that a backup's file
  /// (`<segment>.<offset>.backup`) follows the segment that it is named after.
  package var lastArchived: WALSegment? {
    guard let name = primaryStatus?.value?.lastArchivedWAL else { return nil }
    return segment(name.hasSuffix(".backup") ? String(name.prefix(24)) : name)
  }
}

extension CloudNativePGFacts {
  /// A name as it may stand in a sentence.
  package func shown(_ text: String) -> String { Sanitizer.clean(text, limit: 80) }

  /// A condition's message, else its reason, as it may stand in a sentence.
  package func words(_ condition: Condition) -> String {
    let said = [condition.message, condition.reason].compactMap { $0 }
      .map { FailureSentence.lead($0, limit: 200) }
    return said.first { !$0.isEmpty } ?? "no reason given"
  }

  /// A name as it may stand in a command that somebody copies: as it is where it is a name, else in quotes.
  package func quoted(_ text: String) -> String { ShellWord.quoted(text) }

  /// A command for the reader, in the cluster's namespace.
  package func kubectl(_ arguments: String) -> String {
    "kubectl -n \(quoted(namespace)) \(arguments)"
  }

  package func evidence(_ what: String, _ source: String, at: Date? = nil) -> Evidence {
    Evidence(
      what: Sanitizer.clean(what, limit: 300), source: Sanitizer.clean(source, limit: 120),
      at: at ?? clusterAt)
  }

  func clusterEvidence(_ what: String, at: Date? = nil) -> Evidence {
    evidence(what, "Cluster \(name)", at: at)
  }

  func statusEvidence(_ what: String) -> Evidence {
    evidence(
      what, "/pg/status of \(currentPrimary ?? "the primary")", at: primaryStatus?.at)
  }

  package func evidence(_ backup: CNPGBackup, _ what: String) -> Evidence {
    evidence(
      what, "Backup \(backup.name)",
      at: backup.stoppedAt ?? backup.status?.reconciliationTerminatedAt?.date
        ?? backup.createdAt)
  }

  package func evidence(_ schedule: CNPGScheduledBackup, _ what: String) -> Evidence {
    evidence(what, "ScheduledBackup \(schedule.name)", at: schedule.lastCheck)
  }
}
