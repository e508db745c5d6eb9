import RecoveryModel
import Testing

@testable import PgBackRest

/// What `pgbackrest verify` 2.45 prints, with a status of 0 in every case.
@Suite struct RepositoryVerificationTests {
  private static let verified = """
    stanza: auth-db
    status: error
      archiveId: 15-1, total WAL checked: 11, total valid WAL: 10
        missing: 0, checksum invalid: 0, size invalid: 0, other: 1
      backup: 20261129-180243F, status: invalid, total files checked: 1276, total valid files: 1275
        missing: 0, checksum invalid: 1, size invalid: 0, other: 0
      backup: 20261129-190243F, status: valid, total files checked: 1276, total valid files: 1276
        missing: 0, checksum invalid: 0, size invalid: 0, other: 0
      backup: 20261129-200243F, status: in-progress, total files checked: 0, total valid files: 0
    """

  private func reading(_ label: String, of text: String) async -> ScrubReading {
    await RepositoryVerification { () throws(RecoveryError) in text }.reading(of: label)
  }

  @Test func eachBackupHasItsOwn() async {
    #expect(
      await reading("20261129-180243F", of: Self.verified)
        == .faulty("pgbackrest verify: checksum invalid: 1"))
    #expect(await reading("20261129-190243F", of: Self.verified) == .good(.files))
    #expect(
      await reading("20261129-200243F", of: Self.verified)
        == .unread("pgbackrest verify says status: in-progress"))
  }

  @Test("silence is no word", arguments: ["", "stanza: auth-db\nstatus: ok\n"])
  func silence(text: String) async {
    #expect(
      await reading("20261129-180243F", of: text)
        == .unread("pgbackrest verify says nothing of it"))
  }

  @Test func whatItCannotDoIsNotReadAndAskedOnce() async {
    let verification = RepositoryVerification { () throws(RecoveryError) in
      throw RecoveryError(.denied, "pgbackrest verify ended with status 41")
    }
    for _ in 0..<2 {
      #expect(
        await verification.reading(of: "a") == .unread("pgbackrest verify ended with status 41"))
    }
  }
}
