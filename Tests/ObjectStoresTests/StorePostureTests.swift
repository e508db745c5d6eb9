import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Testing

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
  ) async throws -> (posture: StorePosture, said: StoreAssessment) {
    let bucket = try BucketInMemory.recorded()
    change(bucket)
    let (server, said) = try await bucket.assessment("auth-db")
    return (server.posture, said)
  }

  @Test func versionsAreKeptAndNothingIsDeleted() async throws {
    let (posture, said) = try await said { _ in }
    #expect(posture.words == "versioning on; no object lock; no lifecycle rule")
    #expect(said.findings.isEmpty)
  }

  @Test func aRuleThatDeletesByAgeIsToldAndNearTheNewestBackupItIsGrave() async throws {
    let month = try await said { $0.set("lifecycle", Self.lifecycle(Self.rule(Self.month))) }
    #expect(month.posture.words?.contains("lifecycle deletes after 30 days") == true)
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
    #expect(locked.posture.words?.contains("object lock of 14 days (compliance)") == true)
  }

  @Test(
    "a refusal is unknown, and so is what a store does not offer",
    arguments: [
      (403, "AccessDenied", "s3:GetBucketVersioning"), (501, "NotImplemented", ""),
    ])
  func unknown(status: Int, code: String, right: String) async throws {
    let (posture, said) = try await said { bucket in
      for name in ["versioning", "object-lock", "lifecycle"] {
        bucket.set(name, "<Error><Code>\(code)</Code></Error>", status: status)
      }
    }
    #expect(posture.words == "versioning unknown; object lock unknown; lifecycle unknown")
    #expect(posture.versioning.failure?.remedy.contains(right) == true || right.isEmpty)
    #expect(said.findings.isEmpty)
    #expect(said.verdict == .likely)
  }
}
