import RecoveryModel

/// How to reach and trust one server.
package struct HTTPSecurity: Sendable, Equatable {
  /// PEM bytes; nil = the system's certificate authorities.
  package var certificateAuthority: [UInt8]?
  /// PEM bytes of the client's certificate and key.
  package var clientCertificate: [UInt8]?
  package var clientKey: Secret?
  /// The name to expect in the server's certificate instead of the URL's host.
  package var serverName: String?
  package var skipsVerification = false
  /// `http://`, `https://` or `socks5://` URL; nil = as the environment says, empty = none whatever it says.
  package var proxy: String?

  package init() {}
}

/// A header that a request may carry several times.
package struct HTTPHeader: Sendable, Equatable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What libcurl signs a request with (AWS Signature Version 4). The URL's query must be sorted and percent-encoded
/// already: older libcurl signs it as it stands.
package struct AWSSignature: Sendable, Equatable {
  package var region: String
  package var service: String
  package var accessKey: Secret
  package var secretKey: Secret
  /// Of temporary credentials.
  package var sessionToken: Secret?

  package init(
    region: String, service: String, accessKey: Secret, secretKey: Secret,
    sessionToken: Secret? = nil
  ) {
    self.region = region
    self.service = service
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
  }
}

package struct HTTPRequest: Sendable, Equatable {
  package var method = "GET"
  package var url: String
  /// The end of the URL's query where that is a credential, as `sv=…&sig=…`.
  package var secretQuery: Secret?
  /// Plain headers; never credentials.
  package var headers: [String: String] = [:]
  /// More of them, in this order; a name may come again.
  package var moreHeaders: [HTTPHeader] = []
  /// Headers that are credentials.
  package var secretHeaders: [String: Secret] = [:]
  package var body: [UInt8]?
  /// A body that is a credential, instead of the other.
  package var secretBody: Secret?
  /// Sent as `Authorization: Bearer`.
  package var bearer: Secret?
  /// `user:password` for basic authentication.
  package var basic: Secret?
  package var signature: AWSSignature?
  /// Seconds for the whole exchange; nil for watches, which only end by `idleTimeout`.
  package var deadline: Double?
  /// Seconds without a byte after which the transfer counts as dead.
  package var idleTimeout: Double?
  package var security = HTTPSecurity()

  package init(url: String) { self.url = url }

  /// Scheme, host and port, as they may be shown: what stands behind them says nothing to whoever cannot reach them, and
  /// what stands before them (`user:password@`) is nobody's business.
  package static func server(of url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
    return String(url[..<scheme.upperBound] + (host ?? authority))
  }
}

package enum HTTPEvent: Sendable, Equatable {
  /// Status and headers, names in lower case.
  case head(status: Int, headers: [String: String])
  case chunk([UInt8])
}

/// An answer read to its end.
package struct HTTPResponse: Sendable, Equatable {
  package var status: Int
  package var headers: [String: String]
  package var body: [UInt8]

  package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// One server's pool of connections. Nothing blocks a thread of the cooperative pool.
package struct HTTPClient: Sendable {
  /// Head first, then chunks as they come. Throws `RecoveryError` (unreachable, timedOut, denied, failed); ending the
  /// task that reads it ends the transfer.
  package var send: @Sendable (HTTPRequest) -> AsyncThrowingStream<HTTPEvent, any Error>

  package init(send: @escaping @Sendable (HTTPRequest) -> AsyncThrowingStream<HTTPEvent, any Error>)
  {
    self.send = send
  }

  /// The whole answer, whatever its status. Throws `RecoveryError`; a body beyond `limit` bytes is `failed`.
  package func fetch(_ request: HTTPRequest, limit: Int = 256 << 20) async throws -> HTTPResponse {
    var response = HTTPResponse(status: 0)
    for try await event in send(request) {
      switch event {
      case .head(let status, let headers):
        response.status = status
        response.headers = headers
      case .chunk(let bytes):
        response.body += bytes
        if response.body.count > limit {
          throw RecoveryError(
            .failed, "\(request.url) answered more than \(Format.bytes(Int64(limit)))")
        }
      }
    }
    if Task.isCancelled { throw RecoveryError(.cancelled, "request to \(request.url) cancelled") }
    return response
  }
}
