import CCurl
import Glibc
import RecoveryModel

/// One request on its way, with the C memory that libcurl borrows from it.
final class CurlTransfer {
  let handle: UnsafeMutableRawPointer
  private let url: String
  private let continuation: CurlLoop.Continuation
  private let errorText: UnsafeMutablePointer<CChar>
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var connectTo: UnsafeMutablePointer<curl_slist>?
  private var body: UnsafeMutablePointer<UInt8>?
  private var status = 0
  private var headers: [String: String] = [:]
  private var headSent = false
  private var hasBegun = false

  /// nil when libcurl has no memory.
  init?(id: UInt, request: HTTPRequest, continuation: CurlLoop.Continuation) {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
    self.continuation = continuation
    url = request.url
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText[0] = 0
    _ = curl_set_pointer(handle, CURLOPT_PRIVATE, UnsafeMutableRawPointer(bitPattern: id))
    _ = curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
    setTimes(request)
    setTarget(request)
    setSecurity(request)
    setReceivers()
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(headerList)
    curl_slist_free_all(connectTo)
    body?.deallocate()
    errorText.deallocate()
  }

  // MARK: In the loop

  func begin(on multi: UnsafeMutableRawPointer?) {
    hasBegun = true
    curl_multi_add_handle(multi, handle)
  }

  func leave(_ multi: UnsafeMutableRawPointer?) {
    if hasBegun { curl_multi_remove_handle(multi, handle) }
    hasBegun = false
  }

  /// A connection was opened for it, or found for it to share.
  var hasConnection: Bool {
    var microseconds: curl_off_t = 0
    _ = curl_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
    return microseconds > 0
  }

  /// nil when nothing was answered.
  var isMultiplexed: Bool? {
    var version = 0
    _ = curl_get_long(handle, CURLINFO_HTTP_VERSION, &version)
    return version == 0 ? nil : version >= Int(CURL_HTTP_VERSION_2_0)
  }

  // MARK: Options

  private func setTimes(_ request: HTTPRequest) {
    _ = curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    let connect = min(request.deadline ?? 10, 10)
    _ = curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(connect * 1000))
    if let deadline = request.deadline {
      _ = curl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(deadline * 1000))
    }
    if let idle = request.idleTimeout {
      _ = curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
      _ = curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, Int(idle.rounded(.up)))
    }
    _ = curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
    // A peer whose network is gone is found within a minute: Linux gives up after nine probes (tcp(7)).
    _ = curl_set_long(handle, CURLOPT_TCP_KEEPIDLE, 15)
    _ = curl_set_long(handle, CURLOPT_TCP_KEEPINTVL, 5)
  }

  private func setTarget(_ request: HTTPRequest) {
    let more = request.secretQuery.map { (request.url.contains("?") ? "&" : "?") + $0.revealed }
    _ = curl_set_string(handle, CURLOPT_URL, request.url + (more ?? ""))
    _ = curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    _ = curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = curl_set_string(handle, CURLOPT_ACCEPT_ENCODING, "")
    if request.method == "HEAD" {
      // As a custom method it would wait for a body.
      _ = curl_set_long(handle, CURLOPT_NOBODY, 1)
    } else if request.method != "GET" {
      _ = curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
    }
    for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
      headerList = curl_slist_append(headerList, "\(name): \(value)")
    }
    for header in request.moreHeaders {
      headerList = curl_slist_append(headerList, "\(header.name): \(header.value)")
    }
    for (name, value) in request.secretHeaders {
      headerList = curl_slist_append(headerList, "\(name): \(value.revealed)")
    }
    if let signature = request.signature { sign(with: signature) }
    if let headerList { _ = curl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList) }
    if let bytes = request.secretBody.map({ Array($0.revealed.utf8) }) ?? request.body {
      let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
      copy.initialize(from: bytes, count: bytes.count)
      body = copy
      _ = curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
      _ = curl_set_pointer(handle, CURLOPT_POSTFIELDS, copy)
    }
  }

  /// Bodies are not hashed: what we send has none.
  private func sign(with signature: AWSSignature) {
    headerList = curl_slist_append(headerList, "x-amz-content-sha256: UNSIGNED-PAYLOAD")
    if let token = signature.sessionToken {
      headerList = curl_slist_append(headerList, "x-amz-security-token: \(token.revealed)")
    }
    _ = curl_set_string(
      handle, CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
    _ = curl_set_string(handle, CURLOPT_USERNAME, signature.accessKey.revealed)
    _ = curl_set_string(handle, CURLOPT_PASSWORD, signature.secretKey.revealed)
  }

  private func setSecurity(_ request: HTTPRequest) {
    if let bearer = request.bearer {
      _ = curl_set_long(handle, CURLOPT_HTTPAUTH, 1 << 6)  // CURLAUTH_BEARER
      _ = curl_set_string(handle, CURLOPT_XOAUTH2_BEARER, bearer.revealed)
    } else if let basic = request.basic {
      _ = curl_set_string(handle, CURLOPT_USERPWD, basic.revealed)
    }
    let security = request.security
    if let authority = security.certificateAuthority {
      set(CURLOPT_CAINFO_BLOB, bytes: authority)
    }
    if let certificate = security.clientCertificate {
      set(CURLOPT_SSLCERT_BLOB, bytes: certificate)
    }
    if let key = security.clientKey { set(CURLOPT_SSLKEY_BLOB, bytes: Array(key.revealed.utf8)) }
    if security.skipsVerification {
      _ = curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
      _ = curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
    }
    if let proxy = security.proxy { _ = curl_set_string(handle, CURLOPT_PROXY, proxy) }
    if let name = security.serverName { verify(as: name, url: request.url) }
  }

  /// libcurl has no SNI override: the URL names the certificate's host, CONNECT_TO leads to the real one.
  private func verify(as name: String, url: String) {
    guard let scheme = url.firstRange(of: "://") else { return }
    let rest = url[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let path = rest.dropFirst(authority.count)
    let colon = authority.last == "]" ? nil : authority.lastIndex(of: ":")
    let host = colon.map { authority[..<$0] } ?? authority
    let port = colon.map { authority[authority.index(after: $0)...] } ?? "443"
    _ = curl_set_string(handle, CURLOPT_URL, "\(url[..<scheme.upperBound])\(name):\(port)\(path)")
    connectTo = curl_slist_append(nil, "\(name):\(port):\(host):\(port)")
    _ = curl_set_pointer(handle, CURLOPT_CONNECT_TO, connectTo)
  }

  private func set(_ option: CURLoption, bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      _ = curl_set_blob(handle, option, base, buffer.count)
    }
  }

  // MARK: Answers

  private func setReceivers() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = curl_set_header_receiver(
      handle,
      { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
          .receive(headerLine: String(decoding: line, as: UTF8.self))
        return size * count
      }, context)
    _ = curl_set_body_receiver(
      handle,
      { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
        Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().receive(Array(chunk))
        return size * count
      }, context)
  }

  private func receive(headerLine line: String) {
    if line.hasPrefix("HTTP/") {
      // A new head: after a 100 Continue, or a proxy's answer.
      headers = [:]
      status = line.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
      return
    }
    guard let colon = line.firstIndex(of: ":") else { return }
    let value = line[line.index(after: colon)...].drop { $0 == " " }
    headers[line[..<colon].lowercased()] = String(value.prefix { $0 != "\r\n" && $0 != "\n" })
  }

  private func receive(_ chunk: [UInt8]) {
    sendHead()
    continuation.yield(.chunk(chunk))
  }

  private func sendHead() {
    guard !headSent else { return }
    headSent = true
    continuation.yield(.head(status: status, headers: headers))
  }

  /// The transfer is over, well or not.
  func end(_ code: CURLcode) {
    guard code != CURLE_OK else {
      sendHead()
      continuation.finish()
      return
    }
    let said = String(cString: errorText)
    let reason = said.isEmpty ? String(cString: curl_easy_strerror(code)) : said
    finish(throwing: Self.error(code, reason: reason, url: url))
  }

  func finish(throwing error: RecoveryError) { continuation.finish(throwing: error) }

  private static func error(_ code: CURLcode, reason: String, url: String) -> RecoveryError {
    let url = HTTPRequest.server(of: url)
    return switch code {
    case CURLE_OPERATION_TIMEDOUT:
      RecoveryError(.timedOut, "\(url) did not answer in time: \(reason)")
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      RecoveryError(
        .unreachable, "\(url) cannot be reached: \(reason)",
        remedy: "check the address, the network and the proxy")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
      RecoveryError(
        .denied, "\(url) is not trusted: \(reason)",
        remedy: "check certificate-authority and tls-server-name")
    case CURLE_SSL_CERTPROBLEM:
      RecoveryError(
        .denied, "the client certificate for \(url) cannot be used: \(reason)",
        remedy: "check client-certificate and client-key")
    default: RecoveryError(.unreachable, "\(url): \(reason)")
    }
  }
}
