import FoundationEssentials
import Glibc
import Synchronization

/// An API server for tests: real TLS and HTTP/1.1 on 127.0.0.1, with the rules of kube-apiserver 1.36 that our clients
/// meet, the CRDs of CloudNativePG and of the Barman Cloud plugin installed.
///
/// What it does not do: server-side apply, strategic merge by list keys (it merges such patches as RFC 7386 does), HTTP/2,
/// protobuf, OpenAPI. What it has no schema for, it hardly validates.
package final class StandIn: Sendable {
  package struct Options: Sendable {
    /// 0 = a free one.
    package var port: UInt16 = 0
    package var users: [User] = [.admin]
    /// Names in the server's certificate, as openssl writes them.
    package var certificateNames = ["IP:127.0.0.1", "DNS:localhost", "DNS:kubernetes"]
    /// Between two bookmarks of a watch; about a minute on a real server.
    package var bookmarkSeconds = 60.0
    /// How long a request for a version from the future waits before its 504; 3 s on a real server.
    package var futureSeconds = 3.0
    /// Port forwards through a WebSocket, as since 1.31; false refuses it as an older server does.
    package var tunnelsWebSockets = true
    package var pace = CollectorPace()

    package init() {}
  }

  /// `https://127.0.0.1:port`.
  package var url: String { "https://127.0.0.1:\(listener.port)" }
  /// The authority's certificate, PEM.
  package var authorityFile: String { authority.certificate }
  /// A directory of this server's own, removed with it.
  package var directory: String { authority.directory }

  let server: APIServer
  private let listener: Listener
  private let authority: Authority
  private let collector: Collector

  /// Starts serving at once; blocks for the two certificates.
  package init(_ options: Options = Options()) throws {
    authority = try Authority()
    let files = try authority.issue(
      "server", subject: "/CN=kube-apiserver", names: options.certificateNames)
    let context = try TLSContext(
      certificate: files.certificate, key: files.key, clientAuthority: authority.certificate)
    var settings = APIServer.Settings()
    settings.bookmarkSeconds = options.bookmarkSeconds
    settings.futureSeconds = options.futureSeconds
    settings.tunnelsWebSockets = options.tunnelsWebSockets
    settings.pace = options.pace
    let server = try APIServer(
      kinds: Kind.builtIn + CustomKinds.loaded.get(), users: options.users, settings: settings)
    self.server = server
    listener = try Listener(port: options.port, context: context) { server.serve($0) }
    collector = Collector(server)
    for user in options.users where user.credential == .certificate { try issue(user) }
    try seed(namespace: "default")
    try seed(namespace: "kube-system")
    _ = Self.cleanup
    Self.running.withLock { $0[ObjectIdentifier(self)] = self }
  }

  /// Servers that run. One stays alive until it is stopped or the process ends, not until its last mention: otherwise it
  /// would be gone while a test still talks to it.
  private static let running = Mutex<[ObjectIdentifier: StandIn]>([:])
  private static let cleanup: Void = {
    atexit {
      let directories = StandIn.running.withLock { $0.values.map(\.directory) }
      for directory in directories { try? removeTree(directory) }
    }
  }()

  /// Ends all connections and threads, and removes the directory.
  package func stop() {
    listener.stop()
    collector.stop()
    _ = Self.running.withLock { $0.removeValue(forKey: ObjectIdentifier(self)) }
    try? removeTree(directory)
  }

  // MARK: Users

  package func add(_ user: User) {
    server.users = server.users.filter { $0.name != user.name } + [user]
  }

  /// A kubeconfig's text for a user of the server's. Blocks while the certificate of a user added later is made.
  package func kubeconfig(user name: String = "admin", namespace: String? = nil) throws -> String {
    guard let user = server.users.first(where: { $0.name == name }) else {
      throw StandInError("no user \(name)")
    }
    let credential: String
    switch user.credential {
    case .token(let token): credential = "token: \"\(token)\""
    case .certificate:
      let files = try issue(user)
      credential =
        "client-certificate-data: \(try Self.base64(files.certificate))\n"
        + "    client-key-data: \(try Self.base64(files.key))"
    }
    let place = namespace.map { "\n    namespace: \($0)" } ?? ""
    return """
      apiVersion: v1
      kind: Config
      current-context: stand-in
      clusters:
      - name: stand-in
        cluster:
          server: \(url)
          certificate-authority-data: \(try Self.base64(authority.certificate))
      contexts:
      - name: stand-in
        context:
          cluster: stand-in
          user: \(name)\(place)
      users:
      - name: \(name)
        user:
          \(credential)

      """
  }

  /// A user's certificate; made on first use.
  @discardableResult
  private func issue(_ user: User) throws -> (certificate: String, key: String) {
    let file = "\(directory)/user-\(user.name)"
    if access(file + ".crt", R_OK) == 0 { return (file + ".crt", file + ".key") }
    let subject = "/CN=\(user.name)" + user.groups.map { "/O=\($0)" }.joined()
    return try authority.issue("user-\(user.name)", subject: subject)
  }

  /// Writes the kubeconfig beside the certificates; its path.
  package func kubeconfigFile(
    user name: String = "admin", namespace: String? = nil
  ) throws -> String {
    let path = "\(directory)/kubeconfig-\(name)-\(namespace ?? "none")"
    try writeFile(path, try kubeconfig(user: name, namespace: namespace))
    return path
  }

  private static func base64(_ file: String) throws -> String { Base64.encode(try readFile(file)) }

  // MARK: What goes wrong

  /// The next requests that it matches go wrong in its way.
  package func order(_ fault: Fault) { server.add(fault) }
  package func clearFaults() { server.clearFaults() }

  /// Older versions and continue tokens are expired from now on.
  package func compact(_ form: ExpiryForm = .watchCache) {
    server.store.transaction { $0.compact(form) }
  }

  /// The server is gone: the port refuses, open connections end in the middle of what they were sending.
  package func stopListening() { listener.stop() }
  /// It is back, on the same port, with what it held.
  package func resume() throws { try listener.resume() }
  /// Every open connection ends; new ones are welcome.
  package func cutConnections() { listener.cutConnections() }

  /// Changes what is created, as a mutating webhook: called with the plural and the object, before validation.
  package func mutate(_ webhook: @escaping @Sendable (String, inout JSONValue) -> Void) {
    server.changeHooks { $0.mutating.append(webhook) }
  }
  /// Refuses what is created, with a reason; nil lets it through.
  package func refuse(_ webhook: @escaping @Sendable (String, JSONValue) -> String?) {
    server.changeHooks { $0.validating.append(webhook) }
  }
  package func removeWebhooks() {
    server.changeHooks { $0 = AdmissionHooks() }
  }

  // MARK: What was asked

  package var requests: [RequestRecord] { server.records }
  package func forgetRequests() { server.forgetRecords() }

  // MARK: Kubelet's part

  /// Puts somebody behind the pods' ports; nil passes on to whoever was there before.
  package func proxy(_ handler: @escaping @Sendable (ProxyRequest) -> ProxyResponse?) {
    server.pods.add(handler)
  }

  /// Puts a server that listens on a port of 127.0.0.1 behind a port of a pod, for port forwards. A pod that does not
  /// exist has no ports.
  package func listen(on port: UInt16, ofPod pod: String, namespace: String, at target: UInt16) {
    guard let object = server.store.transaction({ $0.object("/pods", "\(namespace)/\(pod)") })
    else { return }
    server.pods.listen(on: port, ofPod: object.uid, at: target)
  }

  /// A line that a container prints. A pod that does not exist prints nothing.
  package func log(
    _ line: String, namespace: String, pod: String, container: String, isPrevious: Bool = false
  ) {
    guard let object = server.store.transaction({ $0.object("/pods", "\(namespace)/\(pod)") })
    else { return }
    server.pods.append(
      line,
      to: PodBackends.LogKey(uid: object.uid, container: container, isPrevious: isPrevious))
  }
}
