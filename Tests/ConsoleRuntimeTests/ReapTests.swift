import ConsoleUI
import FoundationEssentials
import Glibc
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import ConsoleRuntime

@BlockingTests @Suite struct ReapTests {
  private nonisolated static let dead = ReapedDrill(
    id: "d7", record: nil, removed: ["/var/tmp/pgvigil-drill-d7"], remaining: [])

  /// An engine with a dead drill's leftovers, and nothing else.
  private struct LeftoverEngine: BackupEngine {
    static let descriptor = EngineDescriptor(id: "leftover", title: "Leftover", options: []) {
      _, _ in LeftoverEngine()
    }
    var sources: [ObservationSource] { [] }
    func observe(_ source: ObservationSource.ID) async -> ReportUpdate { ReportUpdate() }
    func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan {
      throw RecoveryError(.refused, "not in this test")
    }
    func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
      AsyncThrowingStream { $0.finish() }
    }
    func reap() async -> [ReapedDrill] { [dead] }
  }

  @Test func aConsoleThatMayActClearsDeadDrillsAwayAndTells() throws {
    let directory = "/tmp/pgvigil-reap-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let services = try Services.make(
      configuration: Configuration(clusters: [
        ConfiguredCluster(declaration: ClusterDeclaration(name: "auth-db", engine: "leftover"))
      ]), engines: [LeftoverEngine.descriptor],
      environment: EngineEnvironment(
        now: { Fixture.date }, host: "db1", user: "alice", newID: { "x" }, version: "0"),
      paths: Paths(configurationDirectory: directory, stateDirectory: directory))
    let mailbox = Mailbox()
    EffectRunner(fleet: services.fleet, mailbox: mailbox).reap()
    var source = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&source, 1, -1) == 1)
    #expect(mailbox.drain() == [.drillsReaped([Self.dead])])
  }

  @Test func readOnlyByOptionOrConfiguration() {
    let open = Configuration()
    let closed = Configuration(readOnly: true)
    #expect(Console.readOnlyReason(ConsoleRequest(), open) == nil)
    #expect(
      Console.readOnlyReason(ConsoleRequest(readOnly: true), open) == "started with --read-only")
    #expect(
      Console.readOnlyReason(ConsoleRequest(), closed) == "the configuration says read_only")
  }
}
