import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Testing
import Transports

@testable import ObjectStores

/// What a bucket does with its objects by itself.
@Suite struct StorePostureTests {
  private static func rule(
    _ action: String, prefix: String = "<Filter><Prefix></Prefix></Filter>",
    status: String = "Enabled"
  ) -> String {
    "<Rule><ID>r1</ID>\(prefix)<Status>\(status)</Status>\(action)</Rule>"
  }
  private static func lifecycle(_ rules: String...) -> String {
    "<?xml version=\"1.0\"?><LifecycleConfiguration>\(rules.joined())</LifecycleConfiguration>"
  }
  private static let month = "<Expiration><Days>30</Days></Expiration>"

  private func said(
    _ change: (BucketInMemory) -> Void
  ) async throws -> (facts: [String: String], said: StoreAssessment) {
    let bucket = try BucketInMemory.recorded()
    change(bucket)
    let (server, said) = try await bucket.assessment("auth-db")
    return (Dictionary(uniqueKeysWithValues: server.facts.map { ($0.label, $0.words) }), said)
  }

  @Test func versionsAreKeptAndNothingIsDeleted() async throws {
    let (facts, said) = try await said { _ in }
    #expect(
      facts == [
        "encryption": "none", "new objects": "encrypted where their writer asks for it",
        "versions": "old ones are kept", "old versions": "none", "uploads": "none unfinished",
        "object lock": "none", "lifecycle": "no rule", "replication": "none",
      ])
    #expect(said.findings.isEmpty)
  }

  @Test func aRuleThatDeletesByAgeIsToldAndNearTheNewestBackupItIsGrave() async throws {
    let month = try await said { $0.set("lifecycle", Self.lifecycle(Self.rule(Self.month))) }
    #expect(month.facts["lifecycle"] == "deletes after 30 days")
    #expect(month.said.findings.map(\.id) == ["store.lifecycle"])
    #expect(month.said.verdict == .likely)
    let day = "<Expiration><Days>1</Days></Expiration>"
    let near = try await said { $0.set("lifecycle", Self.lifecycle(Self.rule(day))) }
    #expect(near.said.verdict == .atRisk)
  }

  @Test(
    "rules for other places, out of force, or for what is not current do no harm",
    arguments: [
      rule(month, prefix: "<Filter><Prefix>logs/</Prefix></Filter>"),
      rule(month, prefix: "<Prefix>k8s/shop-db/</Prefix>"), rule(month, status: "Disabled"),
      rule(
        "<NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration>"
      ),
      rule(
        "<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
      ),
      rule("<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"),
    ])
  func harmless(rule: String) async throws {
    let (_, said) = try await said { $0.set("lifecycle", Self.lifecycle(rule)) }
    #expect(said.findings.isEmpty)
  }

  @Test(
    "a rule for a part of it, or with a tag, counts",
    arguments: [
      "<Filter><Prefix>k8s/auth-db/wals/</Prefix></Filter>",
      "<Filter><And><Prefix>k8s/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>",
    ])
  func parts(prefix: String) async throws {
    let (_, said) = try await said {
      $0.set("lifecycle", Self.lifecycle(Self.rule(Self.month, prefix: prefix)))
    }
    #expect(said.findings.map(\.id) == ["store.lifecycle"])
  }

  @Test func aColdClassIsToldAndAWarmOneIsNot() async throws {
    for (name, isTold) in [("GLACIER", true), ("STANDARD_IA", false)] {
      let move = "<Transition><Days>7</Days><StorageClass>\(name)</StorageClass></Transition>"
      let (_, said) = try await said { $0.set("lifecycle", Self.lifecycle(Self.rule(move))) }
      #expect(said.findings.contains { $0.id == "store.cold" } == isTold)
    }
  }

  @Test("no versions and no lock: whoever deletes, deletes for good")
  func unkept() async throws {
    let off = try await said { $0.set("versioning", "<VersioningConfiguration/>") }
    #expect(off.said.findings.map(\.id) == ["store.unkept"])
    #expect(off.said.verdict == .likely)
    let locked = try await said {
      $0.set("versioning", "<VersioningConfiguration/>")
      $0.set(
        "object-lock",
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
          + "<DefaultRetention><Mode>COMPLIANCE</Mode><Days>14</Days></DefaultRetention></Rule>"
          + "</ObjectLockConfiguration>")
    }
    #expect(locked.said.findings.isEmpty)
    #expect(locked.facts["object lock"] == "of 14 days (compliance)")
  }

  @Test(
    "a refusal is unknown and names the right, and so is what a store does not offer",
    arguments: [
      (403, "AccessDenied", true), (501, "NotImplemented", false), (405, "MethodNotAllowed", false),
    ])
  func unknown(status: Int, code: String, isRefused: Bool) async throws {
    let settings = [
      "versioning": "s3:GetBucketVersioning", "lifecycle": "s3:GetLifecycleConfiguration",
      "object-lock": "s3:GetBucketObjectLockConfiguration",
      "replication": "s3:GetReplicationConfiguration",
      "encryption": "s3:GetEncryptionConfiguration", "versions": "s3:ListBucketVersions",
      "uploads": "s3:ListBucketMultipartUploads",
    ]
    let (facts, said) = try await said { bucket in
      for name in settings.keys {
        bucket.set(name, "<Error><Code>\(code)</Code></Error>", status: status)
      }
    }
    let unknown = facts.values.filter { $0.hasPrefix("unknown: ") }
    #expect(unknown.count == settings.count)
    for right in settings.values {
      #expect(unknown.contains { $0.contains(right) } == isRefused, "\(right)")
    }
    #expect(unknown.contains("unknown: this store does not tell") == !isRefused)
    #expect(said.findings.isEmpty)
    #expect(said.verdict == .likely)
  }

  /// As Ceph answers `?encryption`.
  @Test func anAnswerToAnotherQuestionIsNone() async throws {
    let (facts, _) = try await said {
      $0.set("encryption", "<ListBucketResult><Name>backups</Name></ListBucketResult>")
    }
    #expect(facts["new objects"] == "unknown: this store does not tell")
  }

  // MARK: Copies, old versions, uploads

  private static func copies(_ prefix: String, status: String = "Enabled") -> String {
    "<ReplicationConfiguration><Role>r</Role><Rule><ID>1</ID><Status>\(status)</Status>"
      + "<Filter><Prefix>\(prefix)</Prefix></Filter><Destination>"
      + "<Bucket>arn:aws:s3:::copies</Bucket></Destination></Rule></ReplicationConfiguration>"
  }

  @Test(
    "copies are told where a rule in force makes them of these objects",
    arguments: [
      (copies(""), "to copies"), (copies("k8s/"), "to copies"),
      (copies("k8s/auth-db/base/"), "to copies"), (copies("k8s/shop-db/"), "none"),
      (copies("", status: "Disabled"), "none"),
      ("<ReplicationConfiguration><Role></Role></ReplicationConfiguration>", "none"),
    ])
  func replication(xml: String, words: String) async throws {
    let (facts, _) = try await said { $0.set("replication", xml) }
    #expect(facts["replication"] == words)
  }

  private static func version(_ bytes: Int64, latest: Bool = false) -> String {
    "<Version><Key>k8s/auth-db/wals/x</Key><IsLatest>\(latest)</IsLatest><Size>\(bytes)</Size></Version>"
  }
  private static let mark =
    "<DeleteMarker><Key>k8s/auth-db/wals/y</Key><IsLatest>true</IsLatest></DeleteMarker>"

  @Test func oldVersionsAreAddedUpOverAllPagesAndTheirWayOutIsLookedFor() async throws {
    func versions(_ bucket: BucketInMemory) {
      bucket.set(
        "versions",
        "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k8s/auth-db/wals/x"
          + "</NextKeyMarker><NextVersionIdMarker>7</NextVersionIdMarker>\(Self.version(1 << 20))"
          + "\(Self.version(5, latest: true))</ListVersionsResult>")
      bucket.set(
        "key-marker",
        "<ListVersionsResult><IsTruncated>false</IsTruncated>"
          + "\(Self.version(1 << 20))\(Self.mark)</ListVersionsResult>")
    }
    let (facts, said) = try await said(versions)
    #expect(facts["old versions"] == "2, 2 MiB, 1 delete marker")
    let finding = try #require(said.findings.first { $0.id == "store.old-versions" })
    #expect(finding.headline.hasPrefix("Old versions take up 2 MiB, beside "))
    #expect(said.verdict == .likely)
    let swept = try await self.said {
      versions($0)
      $0.set(
        "lifecycle",
        Self.lifecycle(
          Self.rule(
            "<NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration>"
          )))
    }
    #expect(swept.said.findings.isEmpty)
  }

  @Test(
    "a bucket that never kept versions is not listed for them, a suspended one is",
    arguments: [("", false), ("<Status>Suspended</Status>", true)])
  func versionsThatCannotBe(status: String, isAsked: Bool) async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.set("versioning", "<VersioningConfiguration>\(status)</VersioningConfiguration>")
    let (server, _) = try await bucket.assessment("auth-db")
    #expect(server.oldVersions.value == OldVersions())
    #expect(server.posture.versioning.value == false)
    #expect(bucket.requests.contains { $0.url.contains("versions=") } == isAsked)
  }

  private static let uploads =
    "<ListMultipartUploadsResult><Upload><Key>k8s/auth-db/base/x/data.tar</Key><UploadId>u1"
    + "</UploadId><Initiated>2026-11-20T03:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>"

  @Test(arguments: [
    (
      200,
      "<ListPartsResult><Part><Size>5242880</Size></Part><Part><Size>100</Size></Part></ListPartsResult>",
      "1 unfinished, 5 MiB"
    ),
    (403, "<Error><Code>AccessDenied</Code></Error>", "1 unfinished, size unknown"),
    (404, "<Error><Code>NoSuchUpload</Code></Error>", "1 unfinished, 0 B"),
  ])
  func whatUnfinishedUploadsTakeUp(status: Int, parts: String, words: String) async throws {
    let (facts, said) = try await said {
      $0.set("uploads", Self.uploads)
      $0.set("uploadId", parts, status: status)
    }
    #expect(facts["uploads"] == words)
    let finding = try #require(said.findings.first { $0.id == "store.unfinished-uploads" })
    #expect(finding.headline.contains("their parts take up 5 MiB") == (status == 200))
  }

  // MARK: Encryption

  @Test func theNewestBaseBackupAndTheNewestWALAreLookedAt() async throws {
    let (facts, said) = try await said {
      $0.encrypt("k8s/auth-db/wals/0000000200000000/00000002000000000000000D.gz", "AES256")
      $0.set(
        "encryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
          + "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
          + "</ServerSideEncryptionConfiguration>")
    }
    #expect(facts["encryption"] == "base backups none, WAL AES256")
    #expect(facts["new objects"] == "encrypted by the bucket: AES256")
    #expect(said.findings.map(\.id) == ["store.not-encrypted"])
  }
}
