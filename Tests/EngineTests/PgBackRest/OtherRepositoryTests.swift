import FoundationEssentials
import RecoveryModel
import Testing

@testable import PgBackRest

/// How far a second repository is behind the one that a cluster is judged by.
@Suite struct OtherRepositoryTests {
  /// `info` of one repository whose WAL ends there and whose newest backup ended then.
  private static func info(_ repository: Int, max: String?, ended: Int = 1_795_300_100) -> String {
    AnsweringTool.info(
      code: 0, message: "ok", repository: repository,
      backups: AnsweringTool.backup("20261120-000000F", repository: repository)
        .replacing("1795300100", with: "\(ended)")
    ).replacing(
      "\"archive\":[]",
      with: max.map {
        "\"archive\":[{\"database\":{\"id\":1,\"repo-key\":\(repository)},\"id\":\"15-1\","
          + "\"min\":\"000000010000000000000001\",\"max\":\"\($0)\"}]"
      } ?? "\"archive\":[]")
  }

  private func finding(_ other: String?, ended: Int = 1_795_300_100) async throws -> Finding {
    let engine = try AnsweringTool([
      "info 1": Self.info(1, max: "000000010000000000000020"),
      "info 2": Self.info(2, max: other, ended: ended),
    ]).engine { declaration in
      declaration.options["environment"] = .map([
        "PGBACKREST_REPO2_TYPE": .string("s3"), "PGBACKREST_REPO2_PATH": .string("/x"),
      ])
      declaration.options["repository"] = .string("1")
    }
    _ = await engine.observe("catalog")
    let update = await engine.observe("repositories")
    let all = update.engineFindings?.value ?? []
    return try #require(all.first { $0.finding.id == "pgbackrest.repository:2" }).finding
  }

  @Test(arguments: [
    ("000000010000000000000020", Severity.info, "its WAL is as far as that of repository 1"),
    // It was asked later.
    ("000000010000000000000021", .info, "its WAL is as far as that of repository 1"),
    ("00000001000000000000001F", .info, "its WAL is 1 segment behind repository 1"),
    ("000000010000000000000010", .warning, "its WAL is 16 segments behind repository 1"),
    ("000000020000000000000021", .info, "the newest good one is"),
  ])
  func wal(last: String, severity: Severity, words: String) async throws {
    let finding = try await finding(last)
    #expect(finding.severity == severity, "\(finding.headline)")
    #expect(finding.headline.contains(words), "\(finding.headline)")
    #expect(finding.remedy.contains("archive-push") == (severity == .warning))
  }

  @Test func noWALAtAllIsFarBehind() async throws {
    let finding = try await finding(nil)
    #expect(finding.severity == .warning && finding.headline.contains("no WAL is in it"))
  }

  @Test func anOlderBaseBackupIsSaid() async throws {
    let finding = try await finding("000000010000000000000020", ended: 1_795_300_100 - 2 * 86_400)
    #expect(finding.headline.contains("its newest base backup is 2d 0h older"))
    #expect(finding.severity == .info)
  }
}
