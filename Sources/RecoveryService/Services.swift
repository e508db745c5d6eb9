import FoundationEssentials
import Glibc
import RecoveryModel

/// Everything the faces need, made once by the composition root.
package struct Services: Sendable {
  package var fleet: FleetService
  package var configuration: Configuration
  package var paths: Paths
  package var audit: AuditLog
  package var environment: EngineEnvironment
  /// Clusters are looked for; what is declared is not all there is.
  package var looksForClusters: Bool

  package init(
    fleet: FleetService, configuration: Configuration, paths: Paths, audit: AuditLog,
    environment: EngineEnvironment, looksForClusters: Bool = false
  ) {
    self.fleet = fleet
    self.configuration = configuration
    self.paths = paths
    self.audit = audit
    self.environment = environment
    self.looksForClusters = looksForClusters
  }

  /// Makes one engine per declared cluster, and the service that watches them and what is found; asks nothing yet.
  /// Throws what the engines find wrong with their own options.
  package static func make(
    configuration: Configuration, engines: [EngineDescriptor], environment: EngineEnvironment,
    paths: Paths, request: FleetRequest = FleetRequest(), discoverer: Discoverer? = nil,
    assess: @escaping Assess = assessByRules
  ) throws(ConfigurationError) -> Services {
    let configuration = configuration.reached(by: request.arguments)
    let settings = configuration.discovery
    let hosts =
      request.isScoped
      ? []
      : configuration.clusters.enumerated().filter {
        !(discoverer?.takes($0.element.declaration, settings: settings) ?? false)
      }
    var problems: [ConfigurationProblem] = []
    var watched: [WatchedCluster] = []
    for (index, cluster) in hosts {
      do {
        watched.append(
          try watch(cluster, engines: engines, environment: environment, paths: paths))
      } catch {
        problems.append(
          ConfigurationProblem(error, of: cluster, at: index, in: configuration.path))
      }
    }
    var discovery: FleetDiscovery?
    do {
      discovery = try discover(
        request, configuration: configuration, discoverer: discoverer, environment: environment,
        paths: paths)
    } catch {
      problems.append(
        ConfigurationProblem(
          file: configuration.path.isEmpty ? "pgvigil" : configuration.path,
          expected: "clusters that can be looked for", found: "\(error)"))
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    let audit = AuditLog(path: paths.auditFile, isSandbox: configuration.isSandbox)
    let fleet = FleetService(
      clusters: watched, discovery: discovery, interval: configuration.interval,
      environment: ServiceEnvironment(engine: environment, process: getpid()), audit: audit,
      assess: assess)
    return Services(
      fleet: fleet, configuration: configuration, paths: paths, audit: audit,
      environment: environment, looksForClusters: discovery != nil)
  }

  /// nil = nothing asks for it.
  private static func discover(
    _ request: FleetRequest, configuration: Configuration, discoverer: Discoverer?,
    environment: EngineEnvironment, paths: Paths
  ) throws -> FleetDiscovery? {
    let declared = configuration.clusters.filter {
      discoverer?.takes($0.declaration, settings: configuration.discovery) ?? false
    }
    let wanted =
      request.asksForDiscovery || configuration.discovery.isWanted || !declared.isEmpty
      || configuration.clusters.isEmpty
    guard wanted else { return nil }
    guard let discoverer else {
      guard request.asksForDiscovery || configuration.discovery.isWanted else { return nil }
      throw RecoveryError(.invalid, "no engine of this program looks for clusters")
    }
    let source = try discoverer.open(
      DiscoveryRequest(
        request, settings: configuration.discovery, declared: declared.map(\.declaration)),
      environment)
    let ledgers = Dictionary(
      declared.compactMap { cluster in cluster.ledger.map { (cluster.declaration.name, $0) } },
      uniquingKeysWith: { first, _ in first })
    var discovery = FleetDiscovery(source: source) { declaration in
      FileDrillLedger(
        path: ledgers[declaration.name] ?? paths.ledgerFile(cluster: declaration.name),
        shared: ledgers[declaration.name] != nil)
    }
    discovery.scrubs = { declaration in
      FileScrubLedger(
        path: ledgers[declaration.name].map { $0 + ".scrub" }
          ?? paths.scrubFile(cluster: declaration.name),
        shared: ledgers[declaration.name] != nil)
    }
    discovery.notes = { declaration in
      NotesFile(
        path: ledgers[declaration.name].map { $0 + ".notes" }
          ?? paths.notesFile(cluster: declaration.name),
        shared: ledgers[declaration.name] != nil)
    }
    return discovery
  }

  private static func watch(
    _ cluster: ConfiguredCluster, engines: [EngineDescriptor], environment: EngineEnvironment,
    paths: Paths
  ) throws -> WatchedCluster {
    let declaration = cluster.declaration
    guard let descriptor = engines.first(where: { $0.id == declaration.engine }) else {
      throw RecoveryError(.invalid, "no such engine")
    }
    let engine = try descriptor.make(declaration, environment)
    let file = FileDrillLedger(
      path: cluster.ledger ?? paths.ledgerFile(cluster: declaration.name),
      shared: cluster.ledger != nil)
    return WatchedCluster(
      declaration: declaration, engineTitle: descriptor.title, engine: engine,
      ledger: engine.ledger ?? file,
      scrubs: engine.scrubs(
        beside: FileScrubLedger(
          path: cluster.ledger.map { $0 + ".scrub" } ?? paths.scrubFile(cluster: declaration.name),
          shared: cluster.ledger != nil)),
      notes: NotesFile(
        path: cluster.ledger.map { $0 + ".notes" } ?? paths.notesFile(cluster: declaration.name),
        shared: cluster.ledger != nil))
  }
}
