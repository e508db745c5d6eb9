/// A cluster as the user declared it: who it is, what is expected of it, and the engine's own options.
package struct ClusterDeclaration: Sendable, Equatable {
  package var name: String
  /// Where it runs, for clusters of an orchestrator; nil = on hosts.
  package var place: ClusterPlace?
  /// An `EngineDescriptor.id`, as `pgbackrest`.
  package var engine: String
  package var targets: RecoveryTargets
  package var smokeTests: [SmokeTest]
  package var drill: DrillSettings
  /// What a GiB in the repository is taken to cost per month; USD.
  package var pricePerGiBMonth: Double
  /// Keys that belong to the engine alone; checked against its `EngineDescriptor.options`.
  package var options: [String: OptionValue]
  /// What pgvigil was told besides the name to come by it, as `["--config", "/etc/pgvigil.yaml"]`.
  package var arguments: [String] = []
  /// The command that starts its servers; nil = that is somebody else's.
  package var start: String?

  /// As a command that is printed names it: `auth-db --config /etc/pgvigil.yaml`; its bare name where no line can hold that.
  package var typed: String {
    let name = Sanitizer.clean(name, limit: 80)
    return ShellWord.command(arguments).map { $0.isEmpty ? name : "\(name) \($0)" } ?? name
  }

  package init(
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
package struct ClusterPlace: Sendable, Hashable {
  /// The kubeconfig's context.
  package var context: String
  package var namespace: String
  /// The name within its namespace.
  package var name: String

  package init(context: String, namespace: String, name: String) {
    self.context = context
    self.namespace = namespace
    self.name = name
  }
}

/// A YAML value of an engine option, kept with no more structure than engines need.
package indirect enum OptionValue: Sendable, Equatable {
  case string(String)
  case list([OptionValue])
  case map([String: OptionValue])

  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }
  package var list: [OptionValue]? {
    if case .list(let values) = self { values } else { nil }
  }
  package var map: [String: OptionValue]? {
    if case .map(let values) = self { values } else { nil }
  }
}

/// What the cluster is held to. Seconds. Defaults: a nightly base backup with an hour's grace, a weekly drill
/// (pg_hardstorage alarms after 168 h).
package struct RecoveryTargets: Sendable, Equatable {
  package var rpo: Double
  package var rto: Double
  package var backupInterval: Double
  /// Somebody asked for that interval; else what schedules the backups says it better.
  package var isBackupIntervalGiven: Bool
  package var drillInterval: Double
  /// Retention the user expects of the repository; nil = whatever the engine is set to.
  package var retention: Double?

  package init(
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

  /// Held to the schedule in force, where nobody asked for another interval.
  func following(schedule interval: Double?) -> RecoveryTargets {
    guard !isBackupIntervalGiven, let interval else { return self }
    var targets = self
    targets.backupInterval = interval
    return targets
  }
}

/// Where and within which limits a drill may run.
package struct DrillSettings: Sendable, Equatable {
  /// Directory for throw-away copies; nil = the engine's default.
  package var place: String?
  /// A drill that takes longer than this is cancelled and recorded as failed; seconds.
  package var timeout: Double
  /// `shared_buffers` of the restored copy, as PostgreSQL spells it; nil = the backup's own.
  package var sharedBuffers: String?
  /// nil = nothing is written to production.
  package var marker: MarkerPlace?

  package init(place: String? = nil, timeout: Double = 14_400, sharedBuffers: String? = nil) {
    self.place = place
    self.timeout = timeout
    self.sharedBuffers = sharedBuffers
  }
}
