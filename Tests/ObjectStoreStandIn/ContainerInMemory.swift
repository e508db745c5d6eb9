import FoundationEssentials
import ObjectStores
import RecoveryModel
import Synchronization
import Transports

/// A container of Azure Blob Storage with a bucket's objects in it: List Blobs by marker, HEAD and GET, for whoever brings
/// the signature.
package final class ContainerInMemory: Sendable {
  package static let token = "sv=2021-12-02&sp=rl&sig=c2lnbmF0dXJl%3D"
  package static let address = "https://acme.blob.core.windows.net/backups/k8s"

  private let bucket: BucketInMemory
  private let pageSize: Int
  private struct State {
    var requests: [HTTPRequest] = []
    var first: [HTTPResponse] = []
  }
  private let state = Mutex(State())

  package init(of bucket: BucketInMemory, pageSize: Int = 5000) {
    self.bucket = bucket
    self.pageSize = pageSize
  }

  package var requests: [HTTPRequest] { state.withLock { $0.requests } }
  /// Given before any real answer, in this order.
  package func answerFirst(_ responses: HTTPResponse...) {
    state.withLock { $0.first += responses }
  }

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

  package func seams(_ environment: [String: String]? = nil) -> StoreSeams {
    StoreSeams(
      http: { [self] in http },
      environment: { environment ?? ["AZURE_STORAGE_SAS_TOKEN": "?" + Self.token] },
      read: { _ in nil }, pause: BucketInMemory.pause())
  }

  package func survey(_ address: String = address) async throws -> StoreSurvey {
    try await StoreSurveyor(seams: seams()).survey(StoreQuestion(address: address))
  }

  package static func refusal(_ status: Int, _ code: String, _ message: String = "") -> HTTPResponse
  {
    HTTPResponse(
      status: status, headers: ["x-ms-error-code": code],
      body: Array(
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>\(code)</Code><Message>\(message)\nRequestId:1\n</Message></Error>"
          .utf8))
  }

  private func answer(_ request: HTTPRequest) -> HTTPResponse {
    let early = state.withLock { state -> HTTPResponse? in
      state.requests.append(request)
      return state.first.isEmpty ? nil : state.first.removeFirst()
    }
    if let early { return early }
    guard request.secretQuery?.revealed == Self.token, request.headers["x-ms-version"] != nil,
      request.signature == nil
    else {
      return Self.refusal(
        403, "AuthenticationFailed", "Server failed to authenticate the request.")
    }
    let halves = request.url.split(separator: "?", maxSplits: 1)
    let path = halves[0].split(separator: "/", omittingEmptySubsequences: true).dropFirst(2)
    guard path.first == "backups" else {
      return Self.refusal(404, "ContainerNotFound", "The specified container does not exist.")
    }
    var query: [String: String] = [:]
    for pair in halves.dropFirst().first?.split(separator: "&") ?? [] {
      let sides = pair.split(separator: "=", maxSplits: 1).map { Percent.decoded(String($0)) }
      query[sides[0]] = sides.count > 1 ? sides[1] : ""
    }
    if query["comp"] == "list", query["restype"] == "container" { return listing(query) }
    let key = Percent.decoded(path.dropFirst().joined(separator: "/"))
    guard let object = bucket.objects[key] else { return Self.refusal(404, "BlobNotFound") }
    return HTTPResponse(
      status: 200, headers: ["x-ms-server-encrypted": "true"],
      body: request.method == "HEAD" ? [] : object.body)
  }

  private func listing(_ query: [String: String]) -> HTTPResponse {
    let prefix = query["prefix"] ?? ""
    // A marker is the store's own and says nothing to anybody else.
    let after = query["marker"].map { String($0.dropFirst(2)) } ?? ""
    var rows: [(name: String, xml: String)] = []
    for (key, object) in bucket.objects.filter({ $0.key.hasPrefix(prefix) })
      .sorted(by: { $0.key < $1.key })
    {
      let rest = key.dropFirst(prefix.count)
      if query["delimiter"] == "/", let slash = rest.firstIndex(of: "/") {
        let name = prefix + rest[...slash]
        guard rows.last?.name != name, name > after else { continue }
        rows.append((name, "<BlobPrefix><Name>\(name)</Name></BlobPrefix>"))
      } else if key > after {
        let modified = TimestampText.parse(object.modified).map(Self.date) ?? ""
        rows.append(
          (
            key,
            "<Blob><Name>\(key)</Name><Properties><Last-Modified>\(modified)</Last-Modified>"
              + "<Etag>0x8D</Etag><Content-Length>\(object.bytes)</Content-Length>"
              + "<BlobType>BlockBlob</BlobType></Properties></Blob>"
          ))
      }
    }
    let page = rows.prefix(query["maxresults"].flatMap { Int($0) } ?? pageSize)
    let marker = page.count < rows.count ? "2!\(page.last?.name ?? "")" : ""
    return HTTPResponse(
      status: 200,
      body: Array(
        ("\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://acme.blob.core.windows.net/\" ContainerName=\"backups\"><Prefix>\(prefix)</Prefix><Blobs>"
          + page.map(\.xml).joined()
          + "</Blobs><NextMarker>\(marker)</NextMarker></EnumerationResults>").utf8))
  }

  /// `Sun, 29 Nov 2026 11:14:24 GMT`: whole seconds.
  private static func date(_ date: Date) -> String {
    let text = Format.timestamp(date)
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let parts = text.split { "-T:Z".contains($0) }.map(String.init)
    let month = Int(parts[1]).map { months[$0 - 1] } ?? ""
    return "Sun, \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
  }
}
