import FoundationEssentials
import RecoveryModel
import Transports

/// A kind of object and where the API server keeps it.
package struct Resource: Hashable, Sendable {
  /// Empty for the core group.
  package var group: String
  package var version: String
  /// Plural, lower case, as in RBAC: `clusters`.
  package var plural: String

  package init(group: String, version: String, plural: String) {
    self.group = group
    self.version = version
    self.plural = plural
  }

  /// `/apis/group/version[/namespaces/ns]/plural[/name[/subresource]]`.
  package func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
    var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
    if let namespace { path += "/namespaces/\(namespace)" }
    path += "/\(plural)"
    if let name { path += "/\(name)" }
    if let subresource { path += "/\(subresource)" }
    return path
  }

  /// As a person reads it: `jobs.batch`, `pods`.
  package var title: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

/// One API server, as one user. Every call has a deadline; a 401 renews the credential once.
package struct KubernetesClient: Sendable {
  /// `https://host:port`, as it may be shown.
  package let server: String
  /// The whole URL, without a slash at the end.
  private let base: String
  private let http: HTTPClient
  private let security: HTTPSecurity
  private let credentials: CredentialSource
  package let heard: LastHeard

  package init(
    server: String, http: HTTPClient, security: HTTPSecurity, credentials: CredentialSource,
    now: @escaping @Sendable () -> Date
  ) {
    heard = LastHeard(now: now)
    self.server = HTTPRequest.server(of: server)
    base = Self.base(server)
    self.http = http
    self.security = security
    self.credentials = credentials
  }

  /// As client-go joins it: one slash where there are several, none at the end, nothing after the path.
  package static func base(_ server: String) -> String {
    let start = server.firstRange(of: "://")?.upperBound ?? server.startIndex
    let rest = server[start...].prefix { $0 != "?" && $0 != "#" }
    let parts = rest.split(separator: "/")
    return server[..<start] + parts.joined(separator: "/")
  }

  /// Sends and reads the whole answer. Throws `RecoveryError` for transport faults; an HTTP error status is
  /// returned, for callers that know what 404 or 409 means to them.
  package func send(
    _ method: String, _ path: String, query: [(String, String)] = [], body: [UInt8]? = nil,
    contentType: String = "application/json", deadline: Double
  ) async throws -> HTTPResponse {
    var request = HTTPRequest(url: base + path + Self.encode(query))
    request.method = method
    request.body = body
    request.deadline = deadline
    request.headers = ["Accept": "application/json", "User-Agent": "pgvigil"]
    if body != nil { request.headers["Content-Type"] = contentType }
    let response = try await fetch(request)
    guard response.status == 401 else { return response }
    await credentials.invalidate()
    return try await fetch(request)
  }

  private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
    let response = try await http.fetch(try await authorized(request))
    heard.note()
    return response
  }

  /// The events of a watch, line by line, until the server or `idleTimeout` ends it.
  package func watch(
    _ path: String, query: [(String, String)], idleTimeout: Double
  ) async throws -> AsyncThrowingStream<HTTPEvent, any Error> {
    var request = HTTPRequest(url: base + path + Self.encode(query))
    request.idleTimeout = idleTimeout
    request.headers = ["Accept": "application/json", "User-Agent": "pgvigil"]
    return http.send(try await authorized(request))
  }

  /// Makes the next request ask for a fresh credential.
  package func invalidateCredential() async { await credentials.invalidate() }

  private func authorized(_ request: HTTPRequest) async throws -> HTTPRequest {
    let credential = try await credentials.current()
    var request = request
    request.bearer = credential.bearer
    request.basic = credential.basic
    request.moreHeaders += credential.impersonation.headers
    request.security = security
    request.security.clientCertificate = credential.clientCertificate
    request.security.clientKey = credential.clientKey
    return request
  }

  /// `?a=b&c=d`, everything but unreserved characters as %XX.
  package static func encode(_ query: [(String, String)]) -> String {
    guard !query.isEmpty else { return "" }
    return "?" + query.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
  }

  private static func escape(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        escaped.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        escaped += byte < 16 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return escaped
  }
}

/// The `Status` object that an API server answers errors with.
package struct KubernetesStatus: Sendable, Equatable, Codable {
  package var message: String?
  package var reason: String?
  package var code: Int?

  /// What `response` says of itself; the raw text where it is no Status.
  package init(_ response: HTTPResponse) {
    if let status = try? JSONDecoder().decode(KubernetesStatus.self, from: Data(response.body)),
      status.code != nil || status.message != nil
    {
      self = status
      code = code ?? response.status
    } else {
      let text = String(decoding: response.body.prefix(300), as: UTF8.self)
      message = text.trimmed.isEmpty ? nil : text.trimmed
      reason = nil
      code = response.status
    }
  }
}

extension RecoveryError {
  /// A refusal in words a person can act on: the verb and the resource that a missing right names.
  package init(
    _ response: HTTPResponse, verb: String, resource: Resource, namespace: String?, server: String
  ) {
    let status = KubernetesStatus(response)
    let place = namespace.map { " in namespace \($0)" } ?? " in all namespaces"
    let asked = "\(verb) \(resource.title)\(place)"
    let said = status.message ?? "status \(response.status)"
    switch response.status {
    case 401:
      self.init(
        .denied, "\(server) does not accept the credential (\(said))",
        remedy: "log in again; the new credential is picked up by itself")
    case 403:
      self.init(
        .denied, "not allowed to \(asked): \(said)",
        remedy: "grant the verb \(verb) on \(resource.title)\(place): pgvigil manifest rbac")
    case 404: self.init(.invalid, "\(asked): not found (\(said))")
    case 409, 422: self.init(.refused, "\(asked): \(said)")
    case 429, 503: self.init(.unreachable, "\(server) is busy: \(said)")
    default: self.init(.failed, "\(asked): \(said)")
    }
  }
}
