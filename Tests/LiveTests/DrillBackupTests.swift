import FoundationEssentials
import PgBackRest
import RecoveryModel
import Testing

/// Base backups on real servers.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct DrillBackupTests {
  private static func label(
    of stream: AsyncThrowingStream<OperationEvent, any Error>
  ) async throws -> String? {
    var label: String?
    for try await event in stream {
      if case .backupFinished(let new) = event.kind { label = new }
    }
    return label
  }

  @Test func `a differential without a full becomes a full one, and is in the catalog`()
    async throws
  {
    try await DrillCluster.with(backup: false) { cluster in
      let operations = cluster.operations()
      var report = EngineReport()
      report.backups = .value(BackupCatalog(backups: []), source: "test", at: Date())
      let plan = try await operations.plan(.backup(.differential), report: report)
      #expect(plan.title == "Take a full base backup of demo")
      #expect(plan.notes.contains { $0.contains("becomes a full one") })
      let label = try #require(try await Self.label(of: operations.start(plan)))
      let known = try await cluster.report().backups.value?.backups.map(\.id)
      #expect(known == [label])
      #expect(label.hasSuffix("F"))
    }
  }

  @Test func `a backup that fails or is cancelled is never called done`() async throws {
    try await DrillCluster.with(backup: false) { cluster in
      let operations = cluster.operations()
      let plan = try await operations.plan(.backup(.full), report: EngineReport())
      let (begun, signal) = AsyncStream.makeStream(of: Void.self)
      let reader = Task {
        for try await event in operations.start(plan) {
          if case .log(let text) = event.kind, text.contains("backup start archive") {
            signal.finish()
          }
          if case .backupFinished = event.kind { return true }
        }
        return false
      }
      for await _ in begun {}
      reader.cancel()
      let finished = (try? await reader.value) ?? false
      _ = await operations.settled(plan)
      let known = try await cluster.report().backups.value?.backups.count
      #expect(finished == (known == 1))
      try await cluster.tool("pg_ctl", ["-D", cluster.directory + "/p", "-m", "immediate", "stop"])
      await #expect(throws: RecoveryError.self) {
        _ = try await Self.label(of: operations.start(plan))
      }
    }
  }
}
