import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Synchronization
import Testing
import Transports

@testable import ObjectStores

/// A container tells what a bucket with the same objects does.
@Suite final class AzureTests: Sendable {
  private let time = Mutex(BucketInMemory.now)
  private var now: Date { time.withLock { $0 } }

  @Test("the recorded bucket, read by Azure's lists", arguments: [5000, 7])
  func itTellsTheSame(pageSize: Int) async throws {
    let bucket = try BucketInMemory.recorded()
    let container = ContainerInMemory(of: bucket, pageSize: pageSize)
    let survey = try await container.survey()
    #expect(survey.place == "https://acme.blob.core.windows.net/backups/k8s/")
    #expect(survey.servers.map(\.name) == ["auth-db", "shop-db"])
    let s3 = try await bucket.survey()
    for (one, other) in zip(survey.servers, s3.servers) {
      #expect(one.backups.value?.map(\.backup.id) == other.backups.value?.map(\.backup.id))
      #expect(one.bytes == other.bytes)
      let segments = one.wal.value?.archive.segments.map(\.segment)
      #expect(segments == other.wal.value?.archive.segments.map(\.segment))
      #expect(one.wal.value?.archive.switches == other.wal.value?.archive.switches)
      #expect(StoreAssessment(one, now: now).verdict == .likely)
    }
    let auth = try #require(survey.servers.first)
    let at = auth.wal.value?.archive.segments.first?.archivedAt
    let other = s3.servers.first?.wal.value?.archive.segments.first?.archivedAt
    let gap = try #require(at).timeIntervalSince(try #require(other))
    #expect(abs(gap) < 1)
    let facts = Dictionary(uniqueKeysWithValues: auth.facts.map { ($0.label, $0.words) })
    #expect(facts["encryption"] == "AES256")
    #expect(facts["lifecycle"]?.contains("az storage account management-policy show") == true)
  }

  @Test func theSignatureIsNeverShown() async throws {
    let container = ContainerInMemory(of: try BucketInMemory.recorded())
    _ = try await container.survey()
    for request in container.requests {
      #expect(!request.url.contains("sig=") && !"\(request)".contains("c2lnbmF0dXJl"))
    }
  }

  @Test("a later look lists the end and not the rest, and tells what a first one would")
  func laterLooks() async throws {
    let bucket = try BucketInMemory.recorded()
    let container = ContainerInMemory(of: bucket)
    let watch = StoreWatch(
      prefix: "k8s/auth-db/", now: { self.now },
      open: { () throws(RecoveryError) in
        try container.seams().store(
          StoreQuestion(address: ""), at: try StoreAddress(ContainerInMemory.address))
      })
    let wals = "k8s/auth-db/wals/"
    for number in 14...255 {
      let digits = String(number, radix: 16, uppercase: true)
      bucket.put(
        wals + "0000000200000000/0000000200000000000000" + (number < 16 ? "0" : "") + digits
          + ".gz", .init(bytes: 70_000, modified: "2026-11-29T11:20:00.000Z"))
    }
    let first: StoredServer = try await watch.server(mark: "")
    #expect(first.wal.value?.archive.segments.count == 13 + 242)
    bucket.put(
      wals + "0000000200000001/000000020000000100000000.gz",
      .init(bytes: 70_000, modified: "2026-11-29T11:21:00.000Z"))
    bucket.remove(under: wals + "0000000100000000/")
    time.withLock { $0 += StoreWatch.pace }
    let before = container.requests.count
    let second: StoredServer = try await watch.server(mark: "")
    #expect(second.wal.value?.archive.segments.count == 13 + 243)
    let cost = container.requests.count - before
    #expect(cost <= 3, "its directory, the next one, and their list")
    // An hour later what is gone from the beginning is seen.
    time.withLock { $0 += 3_600 }
    _ = try await watch.server(mark: "")
    time.withLock { $0 += StoreWatch.pace }
    let third: StoredServer = try await watch.server(mark: "")
    #expect(third.wal.value?.timelines.map(\.timeline) == [2])
  }

  @Test func aBusyStoreIsAskedAgainAndARefusalIsNot() async throws {
    let container = ContainerInMemory(of: try BucketInMemory.recorded())
    container.answerFirst(ContainerInMemory.refusal(503, "ServerBusy"))
    _ = try await container.survey()
    let refused = ContainerInMemory(of: BucketInMemory())
    refused.answerFirst(ContainerInMemory.refusal(403, "AuthorizationPermissionMismatch"))
    let error = await #expect(throws: RecoveryError.self) { try await refused.survey() }
    #expect(refused.requests.count == 1)
    #expect(error?.code == .denied && error?.remedy.contains("l (list)") == true)
  }

  @Test(arguments: [
    (
      "https://acme.blob.core.windows.net/other/k8s", RecoveryError.Code.invalid,
      "no container other"
    )
  ])
  func otherPlaces(address: String, code: RecoveryError.Code, words: String) async throws {
    let container = ContainerInMemory(of: try BucketInMemory.recorded())
    let error = await #expect(throws: RecoveryError.self) { try await container.survey(address) }
    #expect(error?.code == code && error?.message.contains(words) == true)
  }

  @Test func aSignatureThatIsOverSaysSo() async throws {
    let container = ContainerInMemory(of: BucketInMemory())
    container.answerFirst(
      ContainerInMemory.refusal(
        403, "AuthenticationFailed", "Signature not valid in the specified time frame"))
    let error = await #expect(throws: RecoveryError.self) { try await container.survey() }
    #expect(error?.message.contains("Signature not valid in the specified time frame") == true)
    #expect(error?.message.contains("RequestId") == false)
    #expect(error?.remedy.contains("generate-sas") == true)
  }

  @Test(arguments: [
    (["AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=x"], "sv=1&sig=x"),
    (
      [
        "AZURE_STORAGE_CONNECTION_STRING": "BlobEndpoint=https://a;SharedAccessSignature=sv=1&sig=y"
      ], "sv=1&sig=y"
    ),
    (["AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=k"], nil),
    (["AZURE_STORAGE_KEY": "k"], nil), ([:], nil),
    (["AZURE_STORAGE_SAS_TOKEN": "no signature"], nil),
  ])
  func whereASignatureIsFound(environment: [String: String], token: String?) throws {
    if let token {
      #expect(try AzureToken.find(environment, container: "c").revealed == token)
    } else {
      let error = #expect(throws: RecoveryError.self) {
        try AzureToken.find(environment, container: "c")
      }
      #expect(error?.remedy.isEmpty == false)
    }
  }

  @Test func addresses() throws {
    let azure = try StoreAddress("https://acme.blob.core.windows.net/backups//k8s/")
    #expect(azure.kind == .azure(account: "https://acme.blob.core.windows.net"))
    #expect(azure.bucket == "backups" && azure.prefix == "k8s/")
    let emulator = try StoreAddress("http://127.0.0.1:10000/devstoreaccount1/backups")
    #expect(emulator.kind == .azure(account: "http://127.0.0.1:10000/devstoreaccount1"))
    #expect(emulator.bucket == "backups" && emulator.prefix.isEmpty)
    #expect(try StoreAddress("gs://b/p").kind == .google)
  }

  // MARK: Google

  @Test func googleIsReadAsS3() async throws {
    let bucket = try BucketInMemory.recorded()
    let survey = try await StoreSurveyor(seams: bucket.seams).survey(
      StoreQuestion(address: "gs://backups/k8s"))
    #expect(survey.place == "gs://backups/k8s/" && survey.servers.count == 2)
    #expect(survey.endpoint == "https://storage.googleapis.com")
    #expect(bucket.requests.allSatisfy { $0.signature?.region == "auto" })
    #expect(
      bucket.requests.allSatisfy { $0.url.hasPrefix("https://storage.googleapis.com/backups") })
  }

  @Test func withoutAnHMACKeyItSaysHowToMakeOne() async throws {
    var seams = BucketInMemory().seams
    seams.environment = { ["AWS_EC2_METADATA_DISABLED": "true"] }
    let error = await #expect(throws: RecoveryError.self) {
      try await StoreSurveyor(seams: seams).survey(StoreQuestion(address: "gs://backups/k8s"))
    }
    #expect(error?.remedy.contains("gcloud storage hmac create") == true)
    #expect(error?.remedy.contains("gcloud storage ls --long --recursive gs://backups") == true)
  }
}
