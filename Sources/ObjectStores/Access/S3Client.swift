import FoundationEssentials
import RecoveryModel
import Synchronization
import Transports

/// The requests that reading a bucket takes: lists, objects or parts of them, and what is known of an object.
package struct S3Client: ObjectStore {
  package let place: S3Place
  package private(set) var meter: RequestMeter
  private let credentials: AWSCredentialSource
  private let security: HTTPSecurity
  private let http: HTTPClient
  private let pause: StorePause
  private let region: RegionNote

  package init(
    place: S3Place, region: String, credentials: AWSCredentialSource,
    security: HTTPSecurity = HTTPSecurity(), http: HTTPClient, pause: StorePause = .live,
    meter: RequestMeter = RequestMeter()
  ) {
    self.place = place
    self.region = RegionNote(region)
    self.credentials = credentials
    self.security = security
    self.http = http
    self.pause = pause
    self.meter = meter
  }

  /// The same, whose requests count there.
  package func metered(by meter: RequestMeter) -> S3Client {
    var client = self
    client.meter = meter
    return client
  }

  package var name: String { place.bucket }
  package var server: String { HTTPRequest.server(of: place.endpoint) }
  package func words(_ prefix: String) -> String { place.words(prefix) }
  package var beginsAnywhere: Bool { true }

  /// One page of ListObjectsV2, a thousand names at most, or `limit`. `startAfter`: a whole key.
  package func list(
    prefix: String, delimiter: String?, startAfter: String?, continuation: String?, limit: Int?
  ) async throws(RecoveryError) -> ListingPage {
    var query = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix)]
    if let delimiter { query.append(("delimiter", delimiter)) }
    if let limit { query.append(("max-keys", "\(limit)")) }
    if let continuation {
      query.append(("continuation-token", continuation))
    } else if let startAfter {
      query.append(("start-after", startAfter))
    }
    let what = "listing \(place.words(Sanitizer.clean(prefix, limit: 120)))"
    let response = try await ask(query: query, what: what, right: "s3:ListBucket")
    guard let page = ListingPage(xml: response.body) else {
      throw RecoveryError(
        .failed, "\(HTTPRequest.server(of: place.endpoint)) answers, but not as S3 does",
        remedy: "check the endpoint, which must be the store's S3 address, and --path-style")
    }
    return page
  }

  /// `range`: of bytes, whole object when nil.
  package func get(
    _ key: String, range: ClosedRange<Int64>?, limit: Int
  ) async throws(RecoveryError) -> [UInt8] {
    var headers: [String: String] = [:]
    if let range { headers["Range"] = "bytes=\(range.lowerBound)-\(range.upperBound)" }
    return try await ask(
      key: key, headers: headers, what: "reading \(shown(key))", right: "s3:GetObject",
      limit: limit
    ).body
  }

  /// Header fields of an object, names in lower case.
  package func head(_ key: String) async throws(RecoveryError) -> [String: String] {
    try await ask(
      method: "HEAD", key: key, what: "looking at \(shown(key))", right: "s3:GetObject"
    ).headers
  }

  /// The first thousand uploads in parts that nobody completed.
  package func unfinishedUploads(prefix: String) async throws(RecoveryError) -> UnfinishedUploads {
    let response = try await ask(
      query: [("uploads", ""), ("prefix", prefix)], what: "listing unfinished uploads",
      right: "s3:ListBucketMultipartUploads")
    guard let uploads = UnfinishedUploads(xml: response.body) else {
      throw RecoveryError(.refused, "the store does not list unfinished uploads")
    }
    return uploads
  }

  /// The document that a query asks for; empty where the store says by one of `absences` that there is none.
  func document(
    _ query: [(String, String)], of key: String = "", what: String, right: String,
    absences: Set<String> = []
  ) async throws(RecoveryError) -> [UInt8] {
    try await ask(key: key, query: query, what: what, right: right, absences: absences).body
  }

  package func encryption(_ headers: [String: String]) -> String {
    headers["x-amz-server-side-encryption"]
      ?? headers["x-amz-server-side-encryption-customer-algorithm"].map { "SSE-C \($0)" } ?? "none"
  }

  private func shown(_ key: String) -> String { place.words(Sanitizer.clean(key, limit: 200)) }
}

extension S3Client {
  private static let attempts = 4

  private func ask(
    method: String = "GET", key: String = "", query: [(String, String)] = [],
    headers: [String: String] = [:], what: String, right: String, limit: Int = 64 << 20,
    absences: Set<String> = []
  ) async throws(RecoveryError) -> HTTPResponse {
    var request = HTTPRequest(url: "")
    request.method = method
    request.headers = headers
    request.security = security
    request.deadline = 60
    var attempt = 0
    var isRenewed = false
    while true {
      try meter.begin(place.words())
      attempt += 1
      let credentials = try await credentials.current()
      let signedFor = region.current
      request.url = place.moved(to: signedFor).url(key: key, query: query)
      request.signature = AWSSignature(
        region: signedFor, service: "s3", accessKey: credentials.accessKey,
        secretKey: credentials.secretKey, sessionToken: credentials.sessionToken)
      do throws(RecoveryError) {
        let response = try await http.answer(
          to: request, limit: limit, countedBy: meter,
          ifUntrusted: "give the authority that signed its certificate with --ca FILE")
        if (200..<300).contains(response.status) { return response }
        let refusal = S3Refusal(response, now: pause.now())
        if absences.contains(refusal.code) { return HTTPResponse(status: response.status) }
        if let other = refusal.otherRegion(than: signedFor),
          region.correct(from: signedFor, to: other)
        {
          continue
        }
        if refusal.isExpired, !isRenewed, await self.credentials.drop(credentials) {
          isRenewed = true
          continue
        }
        guard refusal.isPassing, attempt < Self.attempts else {
          throw refusal.error(what, right: right, place: place)
        }
      } catch  where error.code == .timedOut && attempt < 2 {}
      await pause.wait(attempt)
      if Task.isCancelled { throw RecoveryError(.cancelled, "\(what) was cancelled") }
    }
  }
}

/// The region that requests are signed for: a store may say once that the bucket is in another.
private final class RegionNote: Sendable {
  private let state: Mutex<(name: String, isCorrected: Bool)>

  init(_ name: String) { state = Mutex((name, false)) }

  var current: String { state.withLock { $0.name } }

  /// True when asking again makes sense. It is corrected once: a second time would be a circle.
  func correct(from signed: String, to name: String) -> Bool {
    state.withLock { state in
      // Another request was first.
      guard state.name == signed else { return true }
      guard !state.isCorrected else { return false }
      state = (name, true)
      return true
    }
  }
}
