import FoundationEssentials
import RecoveryModel
import Testing

@testable import PgBackRest

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

  private func listing(_ files: [String: Int]) -> String {
    let entries = files.map { "\"\($0.key)\":{\"type\":\"file\",\"size\":\($0.value),\"time\":1}" }
    return "{" + (["\".\":{\"type\":\"path\"}"] + entries).joined(separator: ",") + "}"
  }
}
