import RecoveryModel

/// Backups and verify drills of one stanza.
struct PgBackRestOperations: Sendable {
  init(
    declaration: ClusterDeclaration, settings: PgBackRestSettings, environment: EngineEnvironment,
    processes: ProcessRunner, connect: @escaping @Sendable ([String: String]) -> SQLClient
  ) {}

  func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan {
    throw Self.missing
  }

  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    AsyncThrowingStream { $0.finish(throwing: Self.missing) }
  }

  func reap() async -> [ReapedDrill] { [] }

  private static let missing = RecoveryError(.refused, "this build has no operations")
}
