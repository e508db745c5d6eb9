import FoundationEssentials
import ObjectStores
import RecoveryModel
import Synchronization
import Transports

/// A bucket that answers as the recorded one did, without a network. Signatures are libcurl's and are not looked at.
package final class BucketInMemory: Sendable {
  package struct Object: Sendable {
    package var bytes: Int64
    package var modified: String
    package var body: [UInt8] = []

    package init(bytes: Int64, modified: String, body: [UInt8] = []) {
      self.bytes = bytes
      self.modified = modified
      self.body = body
    }
  }
  private struct State {
    var objects: [String: Object] = [:]
    var requests: [HTTPRequest] = []
    /// Given before any real answer, in this order.
    var first: [HTTPResponse] = []
    /// Keys that may not be read.
    var withheld: Set<String> = []
    /// Prefixes that may not be listed.
    var unlisted: Set<String> = []
    /// Answers to `?name`.
    var settings = [
      "versioning": HTTPResponse(
        status: 200,
        body: Array(
          "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".utf8)),
      "object-lock": missing("ObjectLockConfigurationNotFoundError"),
      "lifecycle": missing("NoSuchLifecycleConfiguration"),
      "replication": missing("ReplicationConfigurationNotFoundError"),
      "encryption": missing("ServerSideEncryptionConfigurationNotFoundError"),
      "uploads": HTTPResponse(status: 200, body: Array("<ListMultipartUploadsResult/>".utf8)),
      "versions": HTTPResponse(status: 200, body: Array("<ListVersionsResult/>".utf8)),
    ]
    /// Server-side encryption by key.
    var encryption: [String: String] = [:]

    private static func missing(_ code: String) -> HTTPResponse {
      HTTPResponse(status: 404, body: Array("<Error><Code>\(code)</Code></Error>".utf8))
    }
  }
  private let state = Mutex(State())
  /// Names in a page of a listing.
  package let pageSize: Int

  package init(pageSize: Int = 1000) { self.pageSize = pageSize }

  package var requests: [HTTPRequest] { state.withLock { $0.requests } }

  package func put(_ key: String, _ object: Object) { state.withLock { $0.objects[key] = object } }
  package func put(_ key: String, _ bytes: [UInt8], modified: String = "2026-11-29T11:20:00.000Z") {
    put(key, Object(bytes: Int64(bytes.count), modified: modified, body: bytes))
  }
  /// Changes what lies there and nothing that is listed of it but its size.
  package func change(_ key: String, _ change: (inout [UInt8]) -> Void) {
    state.withLock { state in
      guard var object = state.objects[key] else { return }
      change(&object.body)
      object.bytes = Int64(object.body.count)
      state.objects[key] = object
    }
  }
  package func put(_ key: String, _ text: String, modified: String = "2026-11-29T11:20:00.000Z") {
    put(key, Object(bytes: Int64(text.utf8.count), modified: modified, body: Array(text.utf8)))
  }
  /// False where there was none.
  @discardableResult
  package func remove(_ key: String) -> Bool {
    state.withLock { $0.objects.removeValue(forKey: key) != nil }
  }
  package func remove(under prefix: String) {
    state.withLock { state in state.objects = state.objects.filter { !$0.key.hasPrefix(prefix) } }
  }
  package func answerFirst(_ responses: HTTPResponse...) {
    state.withLock { $0.first += responses }
  }
  package func withhold(_ key: String) { state.withLock { _ = $0.withheld.insert(key) } }
  package var objects: [String: Object] { state.withLock { $0.objects } }
  package func text(_ key: String) -> String? {
    state.withLock { $0.objects[key].map { String(decoding: $0.body, as: UTF8.self) } }
  }
  package func allowListing(_ prefix: String) { state.withLock { _ = $0.unlisted.remove(prefix) } }
  /// What `?name` is answered with.
  package func set(_ name: String, _ xml: String, status: Int = 200) {
    state.withLock { $0.settings[name] = HTTPResponse(status: status, body: Array(xml.utf8)) }
  }
  package func encrypt(_ key: String, _ kind: String) {
    state.withLock { $0.encryption[key] = kind }
  }
  package func refuseListing(_ prefix: String) { state.withLock { _ = $0.unlisted.insert(prefix) } }

  package var http: HTTPClient {
    HTTPClient { request in
      let response = self.answer(request)
      return AsyncThrowingStream { continuation in
        continuation.yield(.head(status: response.status, headers: response.headers))
        continuation.yield(.chunk(response.body))
        continuation.finish()
      }
    }
  }

  private func answer(_ request: HTTPRequest) -> HTTPResponse {
    state.withLock { state in
      state.requests.append(request)
      if !state.first.isEmpty { return state.first.removeFirst() }
      let (path, query) = Self.parts(of: request.url)
      let key = path.split(separator: "/", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
      // Of a second page and of an upload first: their queries name what they are of as well.
      for name in ["key-marker", "uploadId"] where query[name] != nil {
        if let answer = state.settings[name] { return answer }
      }
      if let setting = state.settings.first(where: { query[$0.key] != nil }) {
        return setting.value
      }
      if query["list-type"] != nil {
        let prefix = query["prefix"] ?? ""
        if state.unlisted.contains(prefix) { return Self.refusal }
        return Self.ok(listing(state.objects, prefix, query))
      }
      if state.withheld.contains(key) { return Self.refusal }
      guard let object = state.objects[key] else {
        return HTTPResponse(status: 404, body: Array("<Error><Code>NoSuchKey</Code></Error>".utf8))
      }
      if let range = request.headers["Range"] { return Self.part(range, of: object.body) }
      var headers = state.encryption[key].map { ["x-amz-server-side-encryption": $0] } ?? [:]
      guard request.method != "HEAD" else {
        headers["content-length"] = "\(object.bytes)"
        return HTTPResponse(status: 200, headers: headers)
      }
      return HTTPResponse(status: 200, headers: headers, body: object.body)
    }
  }

  private static let refusal = HTTPResponse(
    status: 403, body: Array("<Error><Code>AccessDenied</Code><Message></Message></Error>".utf8))

  /// `bytes=0-99`.
  private static func part(_ range: String, of body: [UInt8]) -> HTTPResponse {
    let ends = range.drop { $0 != "=" }.dropFirst().split(separator: "-").compactMap { Int($0) }
    guard ends.count == 2, ends[0] < body.count else {
      return HTTPResponse(
        status: 416, body: Array("<Error><Code>InvalidRange</Code></Error>".utf8))
    }
    return HTTPResponse(status: 206, body: Array(body[ends[0]..<min(ends[1] + 1, body.count)]))
  }

  private static func ok(_ xml: String) -> HTTPResponse {
    HTTPResponse(status: 200, body: Array(xml.utf8))
  }

  /// Path and query, decoded.
  private static func parts(of url: String) -> (path: String, query: [String: String]) {
    let halves = url.split(separator: "?", maxSplits: 1)
    let path = halves[0].split(separator: "/", maxSplits: 2).last.map(String.init) ?? ""
    var query: [String: String] = [:]
    for pair in halves.dropFirst().first?.split(separator: "&") ?? [] {
      let sides = pair.split(separator: "=", maxSplits: 1).map { Percent.decoded(String($0)) }
      query[sides[0]] = sides.count > 1 ? sides[1] : ""
    }
    return (Percent.decoded(path), query)
  }

  private func listing(
    _ objects: [String: Object], _ prefix: String, _ query: [String: String]
  ) -> String {
    let after = query["continuation-token"] ?? query["start-after"] ?? ""
    var rows: [(name: String, xml: String)] = []
    let own = objects.filter { $0.key.hasPrefix(prefix) }
    for (key, object) in own.sorted(by: { $0.key < $1.key }) {
      let rest = key.dropFirst(prefix.count)
      if query["delimiter"] == "/", let slash = rest.firstIndex(of: "/") {
        let name = prefix + rest[...slash]
        guard rows.last?.name != name, name > after else { continue }
        rows.append(
          (name, "<CommonPrefixes><Prefix>\(Percent.encoded(name))</Prefix></CommonPrefixes>"))
      } else if key > after {
        rows.append(
          (
            key,
            "<Contents><Key>\(Percent.encoded(key))</Key><LastModified>\(object.modified)"
              + "</LastModified><Size>\(object.bytes)</Size></Contents>"
          ))
      }
    }
    let page = rows.prefix(query["max-keys"].flatMap { Int($0) } ?? pageSize)
    let more =
      page.count < rows.count
      ? "<IsTruncated>true</IsTruncated><NextContinuationToken>\(page.last?.name ?? "")"
        + "</NextContinuationToken>" : "<IsTruncated>false</IsTruncated>"
    return "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>\(more)"
      + page.map(\.xml).joined() + "</ListBucketResult>"
  }
}

extension BucketInMemory {
  package static let environment = [
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
  ]
  /// Shortly after the recording.
  package static let now = Date(timeIntervalSince1970: 1_795_951_500)

  /// Waits for nothing.
  package static func pause(_ waits: Waits = Waits()) -> StorePause {
    StorePause(now: { now }) { attempt in waits.add(attempt) }
  }

  package var seams: StoreSeams {
    StoreSeams(
      http: { [self] in http }, environment: { Self.environment }, read: { _ in nil },
      pause: Self.pause())
  }

  package func client() -> S3Client {
    S3Client(
      place: S3Place(
        bucket: "backups", endpoint: "http://store.test:7480", region: "us-east-1",
        addressing: nil),
      region: "us-east-1",
      credentials: .fixed(
        AWSCredentials(
          accessKey: Secret("AKIDEXAMPLE"), secretKey: Secret("wJalrXUtnFEMI"), source: "test")),
      http: http, pause: Self.pause())
  }

  package func survey(_ address: String = "s3://backups/k8s") async throws -> StoreSurvey {
    try await StoreSurveyor(seams: seams).survey(
      StoreQuestion(address: address, endpointURL: "http://store.test:7480"))
  }
}

/// Which attempts were waited for.
package final class Waits: Sendable {
  package init() {}

  private let attempts = Mutex<[Int]>([])
  package var all: [Int] { attempts.withLock { $0 } }
  package func add(_ attempt: Int) { attempts.withLock { $0.append(attempt) } }
}
