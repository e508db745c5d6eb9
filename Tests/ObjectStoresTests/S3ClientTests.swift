import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Testing
import Transports

@testable import ObjectStores

@Suite struct S3ClientTests {
  private func client(
    _ bucket: BucketInMemory, waits: Waits = Waits(), endpoint: String? = "http://store.test:7480"
  ) -> S3Client {
    S3Client(
      place: S3Place(
        bucket: "backups", endpoint: endpoint, region: "us-east-1", addressing: nil),
      region: "us-east-1",
      credentials: .fixed(
        AWSCredentials(
          accessKey: Secret("AKIDEXAMPLE"), secretKey: Secret("wJalrXUtnFEMI"),
          sessionToken: Secret("FwoGZXIvYXdz"), source: "test")),
      http: bucket.http, pause: BucketInMemory.pause(waits))
  }

  private func busy(_ code: String, _ status: Int = 503) -> HTTPResponse {
    HTTPResponse(status: status, body: Array("<Error><Code>\(code)</Code></Error>".utf8))
  }

  @Test func everyRequestIsSignedAndNoneShowsASecret() async throws {
    let bucket = try BucketInMemory.recorded()
    let client = client(bucket)
    _ = try await client.list(prefix: "k8s/", delimiter: "/")
    _ = try await client.get("k8s/auth-db/wals/00000002.history.gz", range: 0...9)
    _ = try await client.head("k8s/auth-db/wals/00000002.history.gz")
    #expect(bucket.requests.map(\.method) == ["GET", "GET", "HEAD"])
    #expect(bucket.requests[1].headers["Range"] == "bytes=0-9")
    for request in bucket.requests {
      #expect(request.signature?.region == "us-east-1")
      #expect(request.signature?.service == "s3")
      #expect(request.signature?.sessionToken?.revealed == "FwoGZXIvYXdz")
      let shown = "\(request)"
      for secret in ["AKIDEXAMPLE", "wJalrXUtnFEMI", "FwoGZXIvYXdz"] {
        #expect(!shown.contains(secret))
      }
    }
    #expect(client.meter.count.requests == 3)
  }

  @Test func aBusyStoreIsAskedAgainAndNotForEver() async throws {
    let bucket = try BucketInMemory.recorded()
    let waits = Waits()
    bucket.answerFirst(busy("SlowDown"), busy("InternalError", 500))
    #expect(try await client(bucket, waits: waits).list(prefix: "k8s/").objects.count == 40)
    #expect(waits.all == [1, 2])

    let stuck = BucketInMemory()
    stuck.answerFirst(busy("SlowDown"), busy("SlowDown"), busy("SlowDown"), busy("SlowDown"))
    let error = await #expect(throws: RecoveryError.self) {
      try await client(stuck).list(prefix: "")
    }
    #expect(error?.code == .unreachable)
    #expect(error?.message.contains("SlowDown") == true)
    #expect(stuck.requests.count == 4)
  }

  @Test(
    "whatever a busy store calls it, it is asked again",
    arguments: [
      (503, "SlowDown"), (503, "ServiceUnavailable"), (429, "TooManyRequests"), (429, ""),
      (400, "RequestTimeout"), (403, "Throttling"), (502, ""), (500, "InternalError"),
    ])
  func busy(status: Int, code: String) async throws {
    let bucket = try BucketInMemory.recorded()
    let waits = Waits()
    bucket.answerFirst(busy(code, status))
    _ = try await client(bucket, waits: waits).list(prefix: "k8s/")
    #expect(waits.all == [1])
  }

  @Test(
    "a refusal is one request",
    arguments: [
      (403, "AccessDenied"), (404, "NoSuchBucket"), (501, "NotImplemented"),
      (400, "InvalidRequest"),
    ])
  func refused(status: Int, code: String) async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.answerFirst(busy(code, status))
    await #expect(throws: RecoveryError.self) { try await client(bucket).list(prefix: "k8s/") }
    #expect(bucket.requests.count == 1)
  }

  @Test func theRegionThatTheStoreNamesIsTakenOnce() async throws {
    let bucket = try BucketInMemory.recorded()
    let moved = HTTPResponse(
      status: 301, headers: ["x-amz-bucket-region": "eu-west-1"],
      body: Array("<Error><Code>PermanentRedirect</Code></Error>".utf8))
    bucket.answerFirst(moved)
    _ = try await client(bucket, endpoint: nil).list(prefix: "k8s/")
    #expect(bucket.requests.map { $0.signature?.region } == ["us-east-1", "eu-west-1"])
    #expect(
      bucket.requests[1].url.hasPrefix("https://backups.s3.eu-west-1.amazonaws.com/?"))

    let circle = BucketInMemory()
    var other = moved
    other.headers["x-amz-bucket-region"] = "eu-west-2"
    circle.answerFirst(moved, other)
    await #expect(throws: RecoveryError.self) { try await client(circle).list(prefix: "") }
    #expect(circle.requests.count == 2)
  }

  @Test func pagesAreReadToTheirEnd() async throws {
    let bucket = try BucketInMemory.recorded(pageSize: 5)
    var keys: [String] = []
    try await client(bucket).listAll(prefix: "k8s/") { keys += $0.objects.map(\.key) }
    #expect(keys.count == 40)
    #expect(Set(keys).count == 40)
    #expect(bucket.requests.count == 8)
    let page = try await client(bucket).list(prefix: "k8s/", startAfter: keys[37])
    #expect(page.objects.map(\.key) == Array(keys[38...]))
  }

  static let refusals: [(recording: String, status: Int, code: RecoveryError.Code, words: String)] =
    [
      ("rgw/wrong-key.xml", 403, .denied, "does not know the access key"),
      ("rgw/wrong-secret.xml", 403, .denied, "refuses the secret key"),
      ("rgw/no-such-bucket.xml", 404, .invalid, "there is no bucket backups"),
    ]

  @Test(arguments: refusals.indices)
  func whatCephRefusesWithoutAWordIsPutIntoSome(index: Int) async throws {
    let expected = Self.refusals[index]
    let bucket = BucketInMemory()
    bucket.answerFirst(
      HTTPResponse(status: expected.status, body: try Recorded.bytes(expected.recording)))
    let error = await #expect(throws: RecoveryError.self) {
      try await client(bucket).list(prefix: "")
    }
    #expect(error?.code == expected.code)
    #expect(error?.message.contains(expected.words) == true, "\(error?.message ?? "")")
    #expect(error?.remedy.isEmpty == false)
    #expect(bucket.requests.count == 1)
  }

  /// `Date` of the store, and what is to be said.
  static let clocks: [(code: String, date: String?, words: String)] = [
    ("RequestTimeTooSkewed", "Sun, 29 Nov 2026 11:05:00 GMT", "20 minutes ahead of"),
    ("RequestTimeTooSkewed", "Sun, 29 Nov 2026 12:05:00 GMT", "40 minutes behind"),
    ("SignatureDoesNotMatch", "Sun, 29 Nov 2026 10:25:00 GMT", "60 minutes ahead of"),
    ("AccessDenied", "Sun, 29 Nov 2026 10:25:00 GMT", "60 minutes ahead of"),
    ("SignatureDoesNotMatch", "Sun, 29 Nov 2026 11:24:00 GMT", "refuses the secret key"),
    ("AccessDenied", nil, "does not allow listing s3://backups/"),
    ("RequestTimeTooSkewed", nil, "our clock is wrong"),
  ]

  @Test(arguments: clocks.indices)
  func aClockThatIsOffIsToldInMinutes(index: Int) throws {
    let (code, date, words) = Self.clocks[index]
    let response = HTTPResponse(
      status: 403, headers: date.map { ["date": $0] } ?? [:],
      body: Array("<Error><Code>\(code)</Code><Message></Message></Error>".utf8))
    let error = S3Refusal(response, now: BucketInMemory.now).error(
      "listing s3://backups/", right: "s3:ListBucket",
      place: S3Place(bucket: "backups", endpoint: "http://h", region: "r", addressing: nil))
    #expect(error.message.contains(words), "\(error.message)")
    #expect(error.code == .denied)
  }

  @Test func aRightThatIsMissingIsNamed() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.refuseListing("k8s/")
    let error = await #expect(throws: RecoveryError.self) {
      try await client(bucket).list(prefix: "k8s/")
    }
    #expect(error?.remedy.contains("s3:ListBucket") == true)
    #expect(error?.message.contains("listing s3://backups/k8s/") == true)
  }
}
