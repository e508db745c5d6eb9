import FoundationEssentials
import Glibc
import RecoveryModel

/// Everything the faces need, made once by the composition root.
public struct Services: Sendable {
  public var fleet: FleetService
  public var configuration: Configuration
  public var paths: Paths
  public var audit: AuditLog
  public var environment: EngineEnvironment

  public init(
    fleet: FleetService, configuration: Configuration, paths: Paths, audit: AuditLog,
    environment: EngineEnvironment
  ) {
    self.fleet = fleet
    self.configuration = configuration
    self.paths = paths
    self.audit = audit
    self.environment = environment
  }

  /// Makes one engine per declared cluster and the service that watches them; asks nothing yet. Throws what the
  /// engines find wrong with their own options.
  public static func make(
    configuration: Configuration, engines: [EngineDescriptor], environment: EngineEnvironment,
    paths: Paths, assess: @escaping Assess = assessByRules
  ) throws(ConfigurationError) -> Services {
    var problems: [ConfigurationProblem] = []
    var watched: [WatchedCluster] = []
    for (index, cluster) in configuration.clusters.enumerated() {
      do {
        watched.append(
          try watch(cluster, engines: engines, environment: environment, paths: paths))
      } catch {
        problems.append(
          ConfigurationProblem(
            file: configuration.path, line: cluster.line, key: "clusters[\(index)]",
            expected: "options that the engine \(cluster.declaration.engine) can use",
            found: "\(error)"))
      }
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    let audit = AuditLog(path: paths.auditFile)
    let fleet = FleetService(
      clusters: watched, interval: configuration.interval,
      environment: ServiceEnvironment(engine: environment, process: getpid()), audit: audit,
      assess: assess)
    return Services(
      fleet: fleet, configuration: configuration, paths: paths, audit: audit,
      environment: environment)
  }

  private static func watch(
    _ cluster: ConfiguredCluster, engines: [EngineDescriptor], environment: EngineEnvironment,
    paths: Paths
  ) throws -> WatchedCluster {
    let declaration = cluster.declaration
    guard let descriptor = engines.first(where: { $0.id == declaration.engine }) else {
      throw RecoveryError(.invalid, "no such engine")
    }
    let ledger = FileDrillLedger(
      path: cluster.ledger ?? paths.ledgerFile(cluster: declaration.name),
      shared: cluster.ledger != nil)
    return WatchedCluster(
      declaration: declaration, engineTitle: descriptor.title,
      engine: try descriptor.make(declaration, environment), ledger: ledger)
  }
}
