import ConsoleRuntime
import FoundationEssentials
import Glibc
import RecoveryModel
import RecoveryService

/// An engine that knows nothing of its cluster, and whose backups end only when they are cancelled.
struct EndlessEngine: BackupEngine {
  static let descriptor = EngineDescriptor(id: "endless", title: "Endless", options: []) { _, _ in
    EndlessEngine()
  }

  var sources: [ObservationSource] { [] }

  func observe(_ source: ObservationSource.ID) async -> ReportUpdate { ReportUpdate() }

  func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan {
    OperationPlan(
      id: "endless1", cluster: "auth-db", request: request, title: "Take an endless backup",
      steps: ["wait"])
  }

  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    AsyncThrowingStream {
      $0.yield(OperationEvent(at: Date(), kind: .stepBegan("resting for ever")))
    }
  }

  func reap() async -> [ReapedDrill] { [] }
}

/// The real console over that engine, with its files under `directory`.
func runConsole(directory: String) -> Int32 {
  let environment = EngineEnvironment(
    now: { Date() }, host: "probe", user: "probe", newID: { "endless1" }, version: "0")
  let cluster = ConfiguredCluster(
    declaration: ClusterDeclaration(name: "auth-db", engine: EndlessEngine.descriptor.id))
  do {
    let services = try Services.make(
      configuration: Configuration(clusters: [cluster]), engines: [EndlessEngine.descriptor],
      environment: environment,
      paths: Paths(configurationDirectory: directory, stateDirectory: directory))
    return Console.run(services: services, options: ConsoleRequest())
  } catch {
    return 70
  }
}
