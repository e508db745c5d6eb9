import FoundationEssentials

extension CNPGCluster {
  public struct Status: Sendable, Equatable, Decodable {
    public var phase: String?
    public var phaseReason: String?
    public var instances: Int?
    public var readyInstances: Int?
    public var instanceNames: [String]?
    /// `healthy`, `replicating`, `failed` to names of pods; a key without pods is absent.
    public var instancesStatus: [String: [String]]?
    public var instancesReportedState: [String: ReportedState]?
    public var currentPrimary: String?
    /// Differs from `currentPrimary` during a switchover; `pending` while a failover looks for one.
    public var targetPrimary: String?
    public var currentPrimaryTimestamp: String?
    public var targetPrimaryTimestamp: String?
    public var currentPrimaryFailingSinceTimestamp: String?
    public var timelineID: Int?
    public var systemID: String?
    public var image: String?
    public var pgDataImageInfo: DataImage?
    public var danglingPVC: [String]?
    public var unusablePVC: [String]?
    public var certificates: CertificateStatus?
    /// These four are deprecated since 1.26, never set by plugin backups but for the failure.
    public var firstRecoverabilityPoint: String?
    public var lastSuccessfulBackup: String?
    public var firstRecoverabilityPointByMethod: [String: String]?
    public var lastSuccessfulBackupByMethod: [String: String]?
    public var lastFailedBackup: String?
    public var pluginStatus: [PluginStatus]?
    public var conditions: [Condition]?
  }

  public struct ReportedState: Sendable, Equatable, Decodable {
    public var isPrimary: Bool?
    public var timeLineID: Int?
  }

  public struct DataImage: Sendable, Equatable, Decodable {
    public var image: String?
    public var majorVersion: Int?
  }

  public struct CertificateStatus: Sendable, Equatable, Decodable {
    /// Name of the secret to its end, as Go prints a time.
    public var expirations: [String: String]?
  }

  public struct PluginStatus: Sendable, Equatable, Decodable {
    public var name: String?
    public var version: String?
  }

  public func condition(_ type: String) -> Condition? {
    status?.conditions?.first { $0.type == type }
  }
}

/// How a cluster ships its WAL, as configured; what is configured may still not work.
public enum WALArchiver: Sendable, Equatable {
  case none
  /// `archive_mode` is off by annotation.
  case skipped
  case inTree(BarmanObjectStoreConfiguration)
  case plugin(CNPGCluster.Plugin)
}

extension CNPGCluster {
  public static let barmanCloudPlugin = "barman-cloud.cloudnative-pg.io"

  public var name: String { metadata.name }

  public var walArchiver: WALArchiver {
    if annotation("cnpg.io/skipWalArchiving") == "enabled" { return .skipped }
    if let store = spec.backup?.barmanObjectStore { return .inTree(store) }
    let plugin = (spec.plugins ?? []).first { $0.enabled ?? true && $0.isWALArchiver ?? false }
    return plugin.map { .plugin($0) } ?? .none
  }

  /// Name of the server in the object store that the archiver writes to.
  public var serverName: String {
    switch walArchiver {
    case .inTree(let store): store.serverName ?? name
    case .plugin(let plugin): plugin.parameters?["serverName"] ?? name
    case .none, .skipped: spec.backup?.barmanObjectStore?.serverName ?? name
    }
  }

  /// The `ObjectStore` that the Barman Cloud plugin is told to use.
  public var objectStoreName: String? {
    let plugins = (spec.plugins ?? []).filter { $0.enabled ?? true }
    let plugin =
      plugins.first { $0.name == Self.barmanCloudPlugin && $0.isWALArchiver ?? false }
      ?? plugins.first { $0.name == Self.barmanCloudPlugin }
    return plugin?.parameters?["barmanObjectName"]
  }

  /// Some method of taking base backups is configured.
  public var canBackUp: Bool {
    spec.backup?.barmanObjectStore != nil || spec.backup?.volumeSnapshot != nil
      || (spec.plugins ?? []).contains { $0.enabled ?? true }
  }

  public var isReplicaCluster: Bool {
    guard let replica = spec.replica else { return false }
    if let enabled = replica.enabled { return enabled }
    guard let primary = replica.primary else { return false }
    return primary != (replica.`self` ?? name)
  }

  public var isHibernated: Bool {
    annotation("cnpg.io/hibernation") == "on"
      || condition("cnpg.io/hibernation")?.isTrue == true
  }

  /// Names of fenced instances; `*` stands for all of them.
  public var fencedInstances: [String] {
    guard let text = annotation("cnpg.io/fencedInstances") else { return [] }
    let names = (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) ?? []
    return names.contains("*") ? status?.instanceNames ?? ["*"] : names
  }

  public var segmentBytes: Int {
    let configured = spec.bootstrap?.initdb?.walSegmentSize ?? 16
    let isLegal = (1...1024).contains(configured) && configured.nonzeroBitCount == 1
    return (isLegal ? configured : 16) << 20
  }

  func annotation(_ key: String) -> String? { metadata.annotations?[key] }
}
