import FoundationEssentials
import Glibc
import RecoveryModel
import Transports

/// Finds API servers the way kubectl does: `--kubeconfig`, else KUBECONFIG (several files), else ~/.kube/config, else
/// the service account of the pod that we run in.
package struct KubernetesAccess: Sendable {
  package var kubeconfig: Kubeconfig
  /// Where it came from, for messages.
  package var origin: String
  /// Some file was there, whatever stands in it.
  package private(set) var hasFile = false
  private let path: String?
  private let environment: [String: String]

  /// A context resolved to a client.
  package struct Connection: Sendable {
    package var context: String
    /// The context's namespace; `default` where it names none.
    package var namespace: String
    package var client: KubernetesClient
    /// The server's certificate is not verified: to be shown.
    package var isInsecure: Bool

    package init(context: String, namespace: String, client: KubernetesClient, isInsecure: Bool) {
      self.context = context
      self.namespace = namespace
      self.client = client
      self.isInsecure = isInsecure
    }
  }

  package static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"
  package static let inClusterContext = "in-cluster"

  /// Reads the files. Throws `RecoveryError` (invalid) naming the file; a file of a KUBECONFIG list that is missing is
  /// passed over, as kubectl does.
  package init(
    path: String?, environment: [String: String], read: (String) throws -> [UInt8]
  ) throws {
    kubeconfig = Kubeconfig()
    self.path = path
    self.environment = environment
    if let path {
      origin = path
      try add(path, read: read, isRequired: true)
      return
    }
    if let list = environment["KUBECONFIG"], !list.isEmpty {
      origin = list
      for file in list.split(separator: ":") {
        try add(String(file), read: read, isRequired: false)
      }
      return
    }
    let file = (environment["HOME"] ?? "") + "/.kube/config"
    origin = file
    try add(file, read: read, isRequired: false)
    if kubeconfig.contexts.isEmpty { addInCluster(environment, read: read) }
  }

  private mutating func add(
    _ file: String, read: (String) throws -> [UInt8], isRequired: Bool
  ) throws {
    let bytes: [UInt8]
    do { bytes = try read(file) } catch {
      // Of several files some may be missing; one that is there has to be read.
      guard isRequired || !Self.isAbsent(file) else { return }
      let reason = (error as? RecoveryError)?.message ?? "cannot read \(file)"
      throw RecoveryError(
        .invalid, "no kubeconfig: \(reason)", remedy: "check the path and its permissions")
    }
    hasFile = true
    let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    let text = Self.text(bytes)
    guard !text.trimmed.isEmpty else { return }
    kubeconfig.merge(
      try Kubeconfig(yaml: text, file: file, directory: directory), from: file)
  }

  /// There is certainly no such file; where a directory on the way may not be looked into nobody knows.
  private static func isAbsent(_ file: String) -> Bool {
    access(file, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)
  }

  /// UTF-8, with or without a byte order mark, or what Windows makes of `>`: UTF-16 with one.
  private static func text(_ bytes: [UInt8]) -> String {
    let pairs = { (high: Int) in
      stride(from: 2, to: bytes.count - 1, by: 2).map {
        UInt16(bytes[$0 + high]) << 8 | UInt16(bytes[$0 + 1 - high])
      }
    }
    if bytes.starts(with: [0xFF, 0xFE]) { return String(decoding: pairs(1), as: UTF16.self) }
    if bytes.starts(with: [0xFE, 0xFF]) { return String(decoding: pairs(0), as: UTF16.self) }
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    return String(decoding: bytes.dropFirst(hasMark ? 3 : 0), as: UTF8.self)
  }

  private mutating func addInCluster(
    _ environment: [String: String], read: (String) throws -> [UInt8]
  ) {
    guard let host = environment["KUBERNETES_SERVICE_HOST"],
      let port = environment["KUBERNETES_SERVICE_PORT"],
      (try? read(Self.serviceAccount + "/token")) != nil
    else { return }
    let name = Self.inClusterContext
    let bracketed = host.contains(":") ? "[\(host)]" : host
    kubeconfig.clusters[name] = Kubeconfig.Cluster(
      server: "https://\(bracketed):\(port)",
      certificateAuthorityFile: Self.serviceAccount + "/ca.crt")
    kubeconfig.users[name] = Kubeconfig.User(tokenFile: Self.serviceAccount + "/token")
    let namespace = (try? read(Self.serviceAccount + "/namespace")).map {
      String(decoding: $0, as: UTF8.self).trimmed
    }
    kubeconfig.contexts[name] = Kubeconfig.Context(
      cluster: name, user: name, namespace: namespace)
    kubeconfig.currentContext = name
    origin = "the pod's service account"
  }

  /// A client for `context` (nil = the current one). Throws `RecoveryError` (invalid) naming what is missing.
  package func connect(
    context name: String?, http: HTTPClient, processes: ProcessRunner,
    read: @escaping @Sendable (String) throws -> [UInt8], now: @escaping @Sendable () -> Date
  ) throws -> Connection {
    guard let name = name ?? kubeconfig.currentContext else {
      throw RecoveryError(
        .invalid, "no current context in \(origin)",
        remedy: "choose one with --context: \(known(kubeconfig.contexts.keys))")
    }
    guard let context = kubeconfig.contexts[name] else {
      throw RecoveryError(
        .invalid, "no context \(name) in \(origin)",
        remedy: "known contexts: \(known(kubeconfig.contexts.keys, nearestTo: name))")
    }
    guard let cluster = kubeconfig.clusters[context.cluster] else {
      throw RecoveryError(
        .invalid,
        "context \(name) names the cluster \(context.cluster), which \(origin) does not have")
    }
    guard !cluster.server.isEmpty else {
      throw RecoveryError(.invalid, "the cluster \(context.cluster) of \(origin) has no server")
    }
    guard let user = kubeconfig.users[context.user] ?? (context.user.isEmpty ? .init() : nil) else {
      throw RecoveryError(
        .invalid, "context \(name) names the user \(context.user), which \(origin) does not have")
    }
    if let fault = cluster.fault ?? user.fault { throw fault }
    let credentials = CredentialSource(
      user: user, cluster: cluster, context: name, processes: processes, read: read, now: now,
      reload: { [path, environment] in
        let fresh = try? KubernetesAccess(path: path, environment: environment, read: read)
        let user = fresh?.kubeconfig.contexts[name]?.user
        return user.flatMap { fresh?.kubeconfig.users[$0] }
      })
    let namespace = context.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
    return Connection(
      context: name, namespace: namespace,
      client: KubernetesClient(
        server: Self.url(of: cluster), http: http, security: try security(of: cluster, read: read),
        credentials: credentials, now: now),
      isInsecure: cluster.skipsVerification)
  }

  /// As kubectl completes one without a scheme.
  private static func url(of cluster: Kubeconfig.Cluster) -> String {
    guard !cluster.server.contains("://") else { return cluster.server }
    let authorities = [cluster.certificateAuthorityData, cluster.certificateAuthorityFile]
    let isSecure = cluster.skipsVerification || authorities.contains { $0?.isEmpty == false }
    return (isSecure ? "https://" : "http://") + cluster.server
  }

  private func security(
    of cluster: Kubeconfig.Cluster, read: (String) throws -> [UInt8]
  ) throws -> HTTPSecurity {
    var security = HTTPSecurity()
    security.serverName = cluster.tlsServerName
    security.skipsVerification = cluster.skipsVerification
    security.proxy = cluster.proxy
    if let data = cluster.certificateAuthorityData, !data.isEmpty {
      guard let decoded = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
        throw RecoveryError(
          .invalid,
          "certificate-authority-data of \(HTTPRequest.server(of: cluster.server)) is not base64")
      }
      security.certificateAuthority = Array(decoded)
    } else if let file = cluster.certificateAuthorityFile, !file.isEmpty {
      do { security.certificateAuthority = try read(file) } catch {
        throw RecoveryError(.invalid, "cannot read certificate-authority \(file)")
      }
    }
    return security
  }

  private func known(_ names: some Sequence<String>, nearestTo name: String? = nil) -> String {
    let sorted = name.map { Suggestion.nearestFirst(to: $0, among: names) } ?? names.sorted()
    return sorted.isEmpty ? "none" : sorted.joined(separator: ", ")
  }
}
