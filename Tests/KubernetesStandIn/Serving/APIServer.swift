import Glibc
import Synchronization

/// Serves connections: who asks, may they, what goes wrong, who answers.
final class APIServer: Sendable {
  let store: Store
  let kinds: KindTable
  let settings: Settings
  private struct State {
    var users: [User] = []
    var faults: [Fault] = []
    var records: [RequestRecord] = []
    var hooks = AdmissionHooks()
  }
  private let state = Mutex(State())
  let pods = PodBackends()

  /// What does not change while it runs.
  struct Settings: Sendable {
    var bookmarkSeconds = 60.0
    /// How long a list waits for a version from the future.
    var futureSeconds = 3.0
    var tunnelsWebSockets = true
    var pace = CollectorPace()
  }

  init(kinds: [Kind], users: [User], settings: Settings) throws {
    store = try Store()
    self.kinds = KindTable(kinds)
    self.settings = settings
    state.withLock { $0.users = users }
  }

  var users: [User] {
    get { state.withLock { $0.users } }
    set { state.withLock { $0.users = newValue } }
  }
  var records: [RequestRecord] { state.withLock { $0.records } }
  var hooks: AdmissionHooks { state.withLock { $0.hooks } }

  func changeHooks(_ change: @Sendable (inout AdmissionHooks) -> Void) {
    state.withLock { change(&$0.hooks) }
  }
  func forgetRecords() { state.withLock { $0.records = [] } }
  func add(_ fault: Fault) { state.withLock { $0.faults.append(fault) } }
  func clearFaults() { state.withLock { $0.faults = [] } }

  // MARK: One connection

  func serve(_ connection: TLSConnection) {
    var reader = HTTPReader()
    while let message = try? reader.next(from: connection) {
      let exchange = Exchange(request: message, connection: connection)
      do {
        try answer(exchange)
      } catch {
        return
      }
      if message.headers["connection"]?.lowercased() == "close" { return }
    }
  }

  /// Throws only when the connection is of no more use.
  private func answer(_ exchange: Exchange) throws {
    let info = RequestInfo(exchange.request)
    var number = 0
    do {
      let identity = identify(exchange)
      number = log(exchange.request, info, user: identity?.name ?? "")
      exchange.onStatus = { [weak self] status in self?.note(status, of: number) }
      if let fault = nextFault(number) { try obey(fault, exchange) }
      guard let identity else { throw APIError.unauthorized }
      guard exchange.request.body.count <= HTTPReader.maximumBody else {
        throw APIError(
          413, "RequestEntityTooLarge",
          "Request entity too large: limit is \(HTTPReader.maximumBody)")
      }
      try authorize(identity, info, exchange.request)
      try route(exchange, info, identity)
    } catch let error as APIError where !exchange.isAnswered {
      let headers = error.retryAfter.map { [("Retry-After", "\($0)")] } ?? []
      try exchange.respond(error.code, headers: headers, error.status)
    }
  }

  private func log(_ message: HTTPMessage, _ info: RequestInfo, user: String) -> Int {
    state.withLock { state in
      let number = state.records.count
      state.records.append(
        RequestRecord(
          number: number, time: monotonicSeconds(), user: user, method: message.method,
          verb: info.verb, resource: info.resourceWithSubresource, namespace: info.namespace,
          path: message.path, target: message.target,
          userAgent: message.headers["user-agent"] ?? ""))
      return number
    }
  }

  private func note(_ status: Int, of number: Int) {
    state.withLock { state in
      if state.records.indices.contains(number) { state.records[number].status = status }
    }
  }

  // MARK: Who

  /// nil for a credential that is none of ours.
  private func identify(_ exchange: Exchange) -> Identity? {
    let users = users
    if let certificate = exchange.connection.clientCertificate {
      guard certificate.isVerified else { return nil }
      let known = users.first { $0.name == certificate.name }
      return identity(
        certificate.name, groups: certificate.groups + (known?.groups ?? []), known: known)
    }
    guard let header = exchange.request.headers["authorization"] else { return .anonymous }
    let words = header.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    let token = String(words[1])
    guard let user = users.first(where: { $0.credential == .token(token) }) else { return nil }
    return identity(user.name, groups: user.groups, known: user)
  }

  private func identity(_ name: String, groups: [String], known: User?) -> Identity {
    Identity(
      name: name, groups: groups + ["system:authenticated"], roles: known?.roles ?? [])
  }

  private func authorize(
    _ identity: Identity, _ info: RequestInfo, _ message: HTTPMessage
  ) throws {
    guard info.isResource else {
      let isPublic = ["/version", "/healthz", "/livez", "/readyz"].contains {
        message.path == $0 || message.path.hasPrefix($0 + "/")
      }
      if isPublic || !identity.isAnonymous { return }
      throw APIError.forbidden(identity, verb: info.verb, path: message.path)
    }
    // Everybody who is somebody may ask what he may do (system:basic-user).
    if info.group == "authorization.k8s.io", !identity.isAnonymous { return }
    let fieldName = message.parameter("fieldSelector").flatMap { text in
      kinds["\(info.group)/\(info.resource)"].flatMap {
        (try? FieldSelector(text, kind: $0))?.name
      }
    }
    let request = info.access(name: fieldName)
    guard !identity.may(request) else { return }
    let title = info.group.isEmpty ? info.resource : "\(info.resource).\(info.group)"
    throw APIError.forbidden(identity, request, title: title)
  }

  // MARK: What goes wrong

  private func nextFault(_ number: Int) -> Fault? {
    state.withLock { state in
      guard state.records.indices.contains(number) else { return nil }
      let record = state.records[number]
      for index in state.faults.indices
      where state.faults[index].remaining > 0 && state.faults[index].matches(record) {
        state.faults[index].remaining -= 1
        return state.faults[index]
      }
      return nil
    }
  }

  private func obey(_ fault: Fault, _ exchange: Exchange) throws {
    switch fault.action {
    case .status(let code, let retryAfter):
      var error = Self.error(code)
      error.retryAfter = retryAfter
      throw error
    case .hang(let seconds):
      _ = exchange.connection.waitForPeer(orWake: -1, seconds: seconds)
      exchange.connection.tear()
      throw ConnectionEnded()
    case .garbage(let text):
      try exchange.beginStream(contentType: "application/json")
      try exchange.chunk(Array(text.utf8))
      exchange.connection.tear()
      throw ConnectionEnded()
    case .cut, .slow: exchange.fault = fault
    }
  }

  private static func error(_ code: Int) -> APIError {
    switch code {
    case 401: .unauthorized
    case 429:
      APIError(
        429, "TooManyRequests",
        "the server has received too many requests and has asked us to try again later")
    case 500: APIError(500, "InternalError", "Internal error occurred: an ordered fault")
    case 503:
      APIError(
        503, "ServiceUnavailable", "the server is currently unable to handle the request")
    case 504: APIError(504, "Timeout", "request did not complete within the allotted timeout")
    default: APIError(code, "", "an ordered fault")
    }
  }
}
