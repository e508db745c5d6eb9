import FoundationEssentials
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

@Suite("Files of a base backup") struct BackupFilesTests {
  private let backup = Backup(
    id: "20261122-100443F", kind: .full, startedAt: Date(timeIntervalSince1970: 0),
    finishedAt: Date(timeIntervalSince1970: 9), repositoryAddedBytes: 300)

  @Test func allThere() throws {
    let json = listing(["backup.manifest": 7, "bundle/1": 100, "pg_data/base/1/2.lz4": 200])
    #expect(try BackupFiles.damage(backup, listing: json) == nil)
  }

  /// `info` calls each of these good.
  @Test(arguments: [
    ([:], "its files are gone from the repository"),
    (["bundle/1": 300], "its backup.manifest is gone from the repository"),
    (["backup.manifest": 0, "bundle/1": 300], "its backup.manifest is gone from the repository"),
    (["backup.manifest": 900, "bundle/1": 100], "200 B of its files are gone from the repository"),
  ])
  func missing(files: [String: Int], words: String) throws {
    #expect(try BackupFiles.damage(backup, listing: listing(files)) == words)
  }

  @Test func noListingIsNoAnswer() {
    #expect(throws: ListingScanner.Malformed.self) {
      try BackupFiles.damage(backup, listing: "{\".\":")
    }
  }

  @Test(arguments: [
    ([], []), (["backup.history", "backup.info", "latest"], []),
    (
      ["20261122-100443F", "20261122-100443F_20261123-100000I"],
      ["20261122-100443F", "20261122-100443F_20261123-100000I"]
    ),
    (
      ["20261122-100443F", "20261122-100443F_20261123-100000D", "20261129-100443F", "backup.info"],
      ["20261129-100443F"]
    ),
  ])
  func whatIsLikelyToBeRestored(directories: [String], labels: [String]) {
    #expect(BackupFiles.guess(directories: directories) == Set(labels))
  }

  /// A listing from before the catalog may be of a backup that was not finished then.
  @Test func badNewsFromBeforeTheCatalogIsAskedForAgain() async throws {
    let whole = listing(["backup.manifest": 7, "bundle/1": 300])
    let asked = PgBackRestWorld.Recorder()
    let settings = try PgBackRestSettings(declaration: PgBackRestWorld.declaration())
    let files = BackupFiles(
      tool: PgBackRestTool(
        settings: settings, sources: OptionSources(settings: settings), repository: 1,
        account: nil,
        processes: ProcessRunner(
          run: { request in
            asked.add(request)
            return ProcessResult(status: 0, output: whole, error: "")
          }, stream: { _ in AsyncThrowingStream { $0.finish() } })))
    for (early, questions) in [
      (Result<String, RecoveryError>.success(whole), 0), (.success(listing([:])), 1),
      (.failure(RecoveryError(.failed, "no such path")), 2),
    ] {
      let damage = try await files.damage(
        BackupCatalog(backups: [backup]), early: [backup.id: early])
      #expect(damage.isEmpty)
      #expect(asked.all.count == questions)
    }
  }

  /// Two programs of a first look: neither waits for the other.
  @Test(.timeLimit(.minutes(1))) func filesAreListedWhileTheCatalogIsAsked() async throws {
    let directory =
      FileManager.default.temporaryDirectory.path
      + "/pgvigil-files-\(UInt.random(in: 0...UInt.max))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createDirectory(
      atPath: "\(directory)/backup/demo/\(backup.id)", withIntermediateDirectories: true)
    try "[global]\nrepo1-path=\(directory)\nlock-path=\(directory)/lock\n".write(
      toFile: "\(directory)/conf", atomically: true, encoding: .utf8)
    var declaration = PgBackRestWorld.declaration()
    declaration.options["config"] = .string("\(directory)/conf")
    let (listed, list) = AsyncStream<Void>.makeStream()
    let info = AnsweringTool.info(
      code: 0, message: "ok", backups: AnsweringTool.backup(backup.id))
    let whole = listing(["backup.manifest": 7])
    let engine = try PgBackRestEngine(
      declaration: declaration, environment: .fixed(),
      processes: ProcessRunner(
        run: { request in
          guard request.arguments.contains("info") else {
            list.yield()
            return ProcessResult(status: 0, output: whole, error: "")
          }
          for await _ in listed { break }
          return ProcessResult(status: 0, output: info, error: "")
        }, stream: { _ in AsyncThrowingStream { $0.finish() } }),
      connect: { PgBackRestWorld(world: .happy).client($0.name) })
    let update = await engine.observe("catalog")
    #expect(update.backups?.value?.backups.map(\.id) == [backup.id])
    #expect(update.backups?.value?.backups.first?.error == nil)
  }

  private func listing(_ files: [String: Int]) -> String {
    let entries = files.map { "\"\($0.key)\":{\"type\":\"file\",\"size\":\($0.value),\"time\":1}" }
    return "{" + (["\".\":{\"type\":\"path\"}"] + entries).joined(separator: ",") + "}"
  }
}
