import FoundationEssentials
import Kubernetes
import RecoveryModel

extension CNPGCluster {
  package struct Status: Sendable, Equatable, Decodable {
    package var phase: String?
    package var phaseReason: String?
    package var instances: Int?
    package var readyInstances: Int?
    package var instanceNames: [String]?
    /// `healthy`, `replicating`, `failed` to names of pods; a key without pods is absent.
    package var instancesStatus: [String: [String]]?
    package var instancesReportedState: [String: ReportedState]?
    package var currentPrimary: String?
    /// Differs from `currentPrimary` during a switchover; `pending` while a failover looks for one.
    package var targetPrimary: String?
    package var currentPrimaryTimestamp: String?
    package var targetPrimaryTimestamp: String?
    package var currentPrimaryFailingSinceTimestamp: String?
    package var systemID: String?
    package var image: String?
    package var pgDataImageInfo: DataImage?
    package var certificates: CertificateStatus?
    /// These four are deprecated since 1.26, never set by plugin backups.
    package var firstRecoverabilityPoint: String?
    package var lastSuccessfulBackup: String?
    package var firstRecoverabilityPointByMethod: [String: String]?
    package var lastSuccessfulBackupByMethod: [String: String]?
    package var conditions: [Condition]?

    package init(
      phase: String? = nil, phaseReason: String? = nil, instances: Int? = nil,
      readyInstances: Int? = nil, instanceNames: [String]? = nil,
      instancesStatus: [String: [String]]? = nil,
      instancesReportedState: [String: ReportedState]? = nil, currentPrimary: String? = nil,
      targetPrimary: String? = nil, currentPrimaryTimestamp: String? = nil,
      targetPrimaryTimestamp: String? = nil, currentPrimaryFailingSinceTimestamp: String? = nil,
      systemID: String? = nil, image: String? = nil,
      pgDataImageInfo: DataImage? = nil,
      certificates: CertificateStatus? = nil, firstRecoverabilityPoint: String? = nil,
      lastSuccessfulBackup: String? = nil,
      firstRecoverabilityPointByMethod: [String: String]? = nil,
      lastSuccessfulBackupByMethod: [String: String]? = nil, conditions: [Condition]? = nil
    ) {
      self.phase = phase
      self.phaseReason = phaseReason
      self.instances = instances
      self.readyInstances = readyInstances
      self.instanceNames = instanceNames
      self.instancesStatus = instancesStatus
      self.instancesReportedState = instancesReportedState
      self.currentPrimary = currentPrimary
      self.targetPrimary = targetPrimary
      self.currentPrimaryTimestamp = currentPrimaryTimestamp
      self.targetPrimaryTimestamp = targetPrimaryTimestamp
      self.currentPrimaryFailingSinceTimestamp = currentPrimaryFailingSinceTimestamp
      self.systemID = systemID
      self.image = image
      self.pgDataImageInfo = pgDataImageInfo
      self.certificates = certificates
      self.firstRecoverabilityPoint = firstRecoverabilityPoint
      self.lastSuccessfulBackup = lastSuccessfulBackup
      self.firstRecoverabilityPointByMethod = firstRecoverabilityPointByMethod
      self.lastSuccessfulBackupByMethod = lastSuccessfulBackupByMethod
      self.conditions = conditions
    }
  }

  package struct ReportedState: Sendable, Equatable, Decodable {
    package var isPrimary: Bool?
    package var timeLineID: Int?
  }

  package struct DataImage: Sendable, Equatable, Decodable {
    package var image: String?
    package var majorVersion: Int?
  }

  package struct CertificateStatus: Sendable, Equatable, Decodable {
    /// Name of the secret to its end, as Go prints a time.
    package var expirations: [String: String]?
  }

  package func condition(_ type: String) -> Condition? {
    status?.conditions?.first { $0.type == type }
  }
}

/// How a cluster ships its WAL, as configured; what is configured may still not work.
package enum WALArchiver: Sendable, Equatable {
  case none
  /// `archive_mode` is off by annotation.
  case skipped
  case inTree(BarmanObjectStoreConfiguration)
  case plugin(CNPGCluster.Plugin)
}

extension CNPGCluster {
  package static let barmanCloudPlugin = ManifestMethod.pluginName

  package var name: String { metadata.name }

  package var walArchiver: WALArchiver {
    if annotation("cnpg.io/skipWalArchiving") == "enabled" { return .skipped }
    if let store = spec.backup?.barmanObjectStore { return .inTree(store) }
    let plugin = (spec.plugins ?? []).first { $0.enabled ?? true && $0.isWALArchiver ?? false }
    return plugin.map { .plugin($0) } ?? .none
  }

  /// Name of the server in the object store that the archiver writes to.
  package var serverName: String {
    let written: String?
    switch walArchiver {
    case .inTree(let store): written = store.serverName
    case .plugin(let plugin): written = plugin.parameters?["serverName"]
    case .none, .skipped: written = spec.backup?.barmanObjectStore?.serverName
    }
    // An empty name is none.
    return written.flatMap { $0.isEmpty ? nil : $0 } ?? name
  }

  /// The `ObjectStore` that the Barman Cloud plugin is told to use.
  package var objectStoreName: String? {
    let plugins = (spec.plugins ?? []).filter { $0.enabled ?? true }
    let plugin =
      plugins.first { $0.name == Self.barmanCloudPlugin && $0.isWALArchiver ?? false }
      ?? plugins.first { $0.name == Self.barmanCloudPlugin }
    return plugin?.parameters?["barmanObjectName"]
  }

  /// Some method of taking base backups is configured.
  package var canBackUp: Bool {
    spec.backup?.barmanObjectStore != nil || spec.backup?.volumeSnapshot != nil
      || (spec.plugins ?? []).contains { $0.enabled ?? true }
  }

  package var isReplicaCluster: Bool {
    guard let replica = spec.replica else { return false }
    if let enabled = replica.enabled { return enabled }
    guard let primary = replica.primary else { return false }
    return primary != (replica.`self` ?? name)
  }

  package var isHibernated: Bool {
    annotation("cnpg.io/hibernation") == "on"
      || condition("cnpg.io/hibernation")?.isTrue == true
  }

  /// Names of fenced instances; `*` stands for all of them.
  package var fencedInstances: [String] {
    guard let text = annotation("cnpg.io/fencedInstances") else { return [] }
    let names = (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) ?? []
    return names.contains("*") ? status?.instanceNames ?? ["*"] : names
  }

  package var segmentBytes: Int {
    let configured = spec.bootstrap?.initdb?.walSegmentSize ?? 16
    let isLegal = (1...1024).contains(configured) && configured.nonzeroBitCount == 1
    return (isLegal ? configured : 16) << 20
  }

  package func annotation(_ key: String) -> String? { metadata.annotations?[key] }
}
