/// A cluster as the user declared it: who it is, what is expected of it, and the engine's own options.
public struct ClusterDeclaration: Sendable, Equatable {
  public var name: String
  /// Where it runs, for clusters of an orchestrator; nil = on hosts.
  public var place: ClusterPlace?
  /// An `EngineDescriptor.id`, as `pgbackrest`.
  public var engine: String
  public var targets: RecoveryTargets
  public var smokeTests: [SmokeTest]
  public var drill: DrillSettings
  /// What a GiB in the repository is taken to cost per month; USD.
  public var pricePerGiBMonth: Double
  /// Keys that belong to the engine alone; checked against its `EngineDescriptor.options`.
  public var options: [String: OptionValue]

  public init(
    name: String, place: ClusterPlace? = nil, engine: String,
    targets: RecoveryTargets = RecoveryTargets(),
    smokeTests: [SmokeTest] = [], drill: DrillSettings = DrillSettings(),
    pricePerGiBMonth: Double = RepositoryCost.defaultPricePerGiBMonth,
    options: [String: OptionValue] = [:]
  ) {
    self.name = name
    self.place = place
    self.engine = engine
    self.targets = targets
    self.smokeTests = smokeTests
    self.drill = drill
    self.pricePerGiBMonth = pricePerGiBMonth
    self.options = options
  }
}

/// Where an orchestrator keeps a cluster.
public struct ClusterPlace: Sendable, Hashable {
  /// The kubeconfig's context.
  public var context: String
  public var namespace: String
  /// The name within its namespace.
  public var name: String

  public init(context: String, namespace: String, name: String) {
    self.context = context
    self.namespace = namespace
    self.name = name
  }
}

/// A YAML value of an engine option, kept with no more structure than engines need.
public indirect enum OptionValue: Sendable, Equatable {
  case string(String)
  case list([OptionValue])
  case map([String: OptionValue])

  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }
  public var list: [OptionValue]? {
    if case .list(let values) = self { values } else { nil }
  }
  public var map: [String: OptionValue]? {
    if case .map(let values) = self { values } else { nil }
  }
}

/// What the cluster is held to. Seconds. Defaults: a nightly base backup with an hour's grace, a weekly drill
/// (peers.md §5: pg_hardstorage alarms a drill after 168 h).
public struct RecoveryTargets: Sendable, Equatable {
  public var rpo: Double
  public var rto: Double
  public var backupInterval: Double
  /// Somebody asked for that interval; else what schedules the backups says it better.
  public var isBackupIntervalGiven: Bool
  public var drillInterval: Double
  /// Retention the user expects of the repository; nil = whatever the engine is set to.
  public var retention: Double?

  public init(
    rpo: Double = 300, rto: Double = 3600, backupInterval: Double? = nil,
    drillInterval: Double = 604_800, retention: Double? = nil
  ) {
    self.rpo = rpo
    self.rto = rto
    self.backupInterval = backupInterval ?? 86_400
    isBackupIntervalGiven = backupInterval != nil
    self.drillInterval = drillInterval
    self.retention = retention
  }

  /// How late the next base backup is, when the newest is so old; nil = it is not late. What every face goes by.
  /// Times the interval: 25 h and 30 h of a nightly schedule, as CloudNativePG's dashboard has it.
  public func lateness(ofBackupAged seconds: Double) -> Severity? {
    guard backupInterval > 0, seconds > 1.04 * backupInterval else { return nil }
    return seconds > 1.25 * backupInterval ? .critical : .warning
  }

  /// Held to the schedule in force, where nobody asked for another interval.
  func following(schedule interval: Double?) -> RecoveryTargets {
    guard !isBackupIntervalGiven, let interval else { return self }
    var targets = self
    targets.backupInterval = interval
    return targets
  }
}

/// Where and within which limits a drill may run.
public struct DrillSettings: Sendable, Equatable {
  /// Directory for throw-away copies; nil = the engine's default.
  public var place: String?
  /// A drill that takes longer than this is cancelled and recorded as failed; seconds.
  public var timeout: Double
  /// `shared_buffers` of the restored copy, as PostgreSQL spells it; nil = the backup's own.
  public var sharedBuffers: String?

  public init(place: String? = nil, timeout: Double = 14_400, sharedBuffers: String? = nil) {
    self.place = place
    self.timeout = timeout
    self.sharedBuffers = sharedBuffers
  }
}
