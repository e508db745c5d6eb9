import FoundationEssentials
import RecoveryModel
import Transports

/// client.authentication.k8s.io/v1 and v1beta1.
private struct ExecCredential: Codable {
  struct ClusterInfo: Codable {
    var server: String
    var tlsServerName: String?
    var insecureSkipTLSVerify: Bool?
    var certificateAuthorityData: String?
    var proxyURL: String?

    enum CodingKeys: String, CodingKey {
      case server
      case tlsServerName = "tls-server-name"
      case insecureSkipTLSVerify = "insecure-skip-tls-verify"
      case certificateAuthorityData = "certificate-authority-data"
      case proxyURL = "proxy-url"
    }
  }
  package struct Spec: Codable {
    var interactive: Bool?
    var cluster: ClusterInfo?

    package init(interactive: Bool? = nil, cluster: ClusterInfo? = nil) {
      self.interactive = interactive
      self.cluster = cluster
    }
  }
  package struct Status: Codable {
    var token: String?
    var clientCertificateData: String?
    var clientKeyData: String?
    var expirationTimestamp: String?

    package init(
      token: String? = nil, clientCertificateData: String? = nil, clientKeyData: String? = nil,
      expirationTimestamp: String? = nil
    ) {
      self.token = token
      self.clientCertificateData = clientCertificateData
      self.clientKeyData = clientKeyData
      self.expirationTimestamp = expirationTimestamp
    }
  }
  var apiVersion: String
  var kind = "ExecCredential"
  var spec: Spec?
  var status: Status?

  init(apiVersion: String) { self.apiVersion = apiVersion }
}

/// A user's credential, renewed when it expires, when its file changes, or when the server says 401.
///
/// Exec plugins run at most once at a time and their answer is kept until it expires
/// (client.authentication.k8s.io `status.expirationTimestamp`); token files are read anew every minute, as client-go does.
package actor CredentialSource {
  private var user: Kubeconfig.User
  private let cluster: Kubeconfig.Cluster
  private let processes: ProcessRunner
  private let read: @Sendable (String) throws -> [UInt8]
  private let now: @Sendable () -> Date
  /// The kubeconfig's context that it logs in to, for messages.
  private let context: String
  /// The user as the kubeconfig has it now: a new login may have rewritten it.
  private let reload: (@Sendable () -> Kubeconfig.User?)?
  private var cached: (credential: RequestCredential, expires: Date?)?
  private var running: Task<(RequestCredential, Date?), any Error>?
  /// Everybody asks at once: one failed attempt answers all of them for a while.
  private var failure: (error: any Error, until: Date)?

  /// Seconds that a failed attempt is not repeated.
  private static let failureLifetime = 10.0
  /// Seconds that a token file's content is kept.
  private static let tokenFileLifetime = 60.0
  /// Seconds that a plugin may take: a provider answers in a few, and `status` waits for thirty in all.
  static let pluginDeadline = 15.0
  /// Seconds before its expiry that a credential counts as expired.
  private static let expiryMargin = 10.0

  package init(
    user: Kubeconfig.User, cluster: Kubeconfig.Cluster, context: String,
    processes: ProcessRunner,
    read: @escaping @Sendable (String) throws -> [UInt8], now: @escaping @Sendable () -> Date,
    reload: (@Sendable () -> Kubeconfig.User?)? = nil
  ) {
    self.reload = reload
    self.context = context
    self.user = user
    self.cluster = cluster
    self.processes = processes
    self.read = read
    self.now = now
  }

  /// The credential to use now. Throws `RecoveryError` (denied) that says what to do, as logging in again.
  package func current() async throws -> RequestCredential {
    if let cached, cached.expires.map({ $0 > now() }) ?? true { return cached.credential }
    if let running { return try await running.value.0 }
    if let failure, failure.until > now() { throw failure.error }
    let task = Task { try await self.obtain() }
    running = task
    defer { running = nil }
    do {
      let (credential, expires) = try await task.value
      cached = (credential, expires)
      failure = nil
      return credential
    } catch {
      failure = (error, now().addingTimeInterval(Self.failureLifetime))
      user = reload?() ?? user
      throw error
    }
  }

  /// Forgets what is cached: the server refused it. What the kubeconfig says now counts from here on.
  package func invalidate() {
    cached = nil
    user = reload?() ?? user
  }

  private func obtain() async throws -> (RequestCredential, Date?) {
    var credential = RequestCredential()
    try user.impersonation.check(context: context)
    credential.impersonation = user.impersonation
    if let provider = user.authProvider, !user.hasCredential { throw Self.gone(provider, context) }
    credential.clientCertificate = try pem(
      data: user.clientCertificateData, file: user.clientCertificateFile, what: "client-certificate"
    )
    credential.clientKey = try pem(
      data: user.clientKeyData?.revealed, file: user.clientKeyFile, what: "client-key"
    ).map { Secret(String(decoding: $0, as: UTF8.self)) }
    if let exec = user.exec { return try await run(exec, adding: credential) }
    // client-go: a token file wins over a token.
    if let file = user.tokenFile, !file.isEmpty {
      let text = String(decoding: try contents(file, what: "tokenFile"), as: UTF8.self)
      credential.bearer = Secret(text.trimmed)
      return (credential, now().addingTimeInterval(Self.tokenFileLifetime))
    }
    credential.bearer = user.token
    if credential.bearer == nil, let name = user.username, let password = user.password {
      credential.basic = Secret("\(name):\(password.revealed)")
    }
    return (credential, nil)
  }

  /// What replaces an `auth-provider`: its requests would be anonymous.
  private static func gone(_ provider: String, _ context: String) -> RecoveryError {
    let plugin =
      switch provider {
      case "oidc": "kubelogin (kubectl oidc-login)"
      case "gcp": "gke-gcloud-auth-plugin"
      case "azure": "kubelogin"
      default: "your provider's credential plugin"
      }
    return RecoveryError(
      .denied,
      "the user of context \(context) logs in by auth-provider "
        + "\(Sanitizer.clean(provider, limit: 40)), which pgvigil does not speak",
      remedy: "use an exec credential plugin in its place: \(plugin)")
  }

  private func pem(data: String?, file: String?, what: String) throws -> [UInt8]? {
    if let data, !data.isEmpty {
      guard let decoded = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
        throw RecoveryError(.invalid, "\(what)-data in the kubeconfig is not base64")
      }
      return Array(decoded)
    }
    guard let file, !file.isEmpty else { return nil }
    return try contents(file, what: what)
  }

  private func contents(_ file: String, what: String) throws -> [UInt8] {
    do { return try read(file) } catch {
      throw RecoveryError(
        .denied, "cannot read \(what) \(file)", remedy: "check that the file exists and is readable"
      )
    }
  }

  // MARK: Exec plugins

  private func run(
    _ plugin: ExecCredentialPlugin, adding credential: RequestCredential
  ) async throws -> (RequestCredential, Date?) {
    var environment = plugin.environment
    environment["KUBERNETES_EXEC_INFO"] = execInfo(plugin)
    var request = ProcessRequest(
      plugin.command, plugin.arguments, environment: environment, inheritsEnvironment: true,
      directory: FileManager.default.currentDirectoryPath, deadline: Self.pluginDeadline)
    request.endsWithUs = true
    let result: ProcessResult
    do { result = try await processes.run(request) } catch let error as RecoveryError {
      throw failure(error, of: plugin)
    }
    guard result.status == 0 else {
      throw RecoveryError(
        .denied, "\(words(plugin)) exited \(result.status): \(result.error.lastLine)",
        remedy: "log in again with your provider's command")
    }
    return try parse(result.output, of: plugin, adding: credential)
  }

  /// Its arguments are not told: there may be a secret among them.
  private func words(_ plugin: ExecCredentialPlugin) -> String {
    "credential plugin \(plugin.command) of context \(context)"
  }

  private func failure(_ error: RecoveryError, of plugin: ExecCredentialPlugin) -> RecoveryError {
    guard error.code != .timedOut else {
      return RecoveryError(
        .timedOut,
        "\(words(plugin)) did not answer within \(Format.duration(Self.pluginDeadline)) and was killed",
        remedy: "it may wait for a login or for the network; try: kubectl --context "
          + "\(context) get namespaces")
    }
    let hint = plugin.installHint.map { "; \($0.trimmed)" } ?? ""
    return RecoveryError(
      .denied, "\(words(plugin)): \(error.message)\(hint)", remedy: error.remedy)
  }

  /// The `ExecCredential` that a plugin may read to learn what it is asked for.
  private func execInfo(_ plugin: ExecCredentialPlugin) -> String {
    var info = ExecCredential(apiVersion: plugin.apiVersion)
    var cluster: ExecCredential.ClusterInfo?
    if plugin.providesClusterInfo {
      cluster = ExecCredential.ClusterInfo(
        server: self.cluster.server, tlsServerName: self.cluster.tlsServerName,
        insecureSkipTLSVerify: self.cluster.skipsVerification ? true : nil,
        certificateAuthorityData: self.cluster.certificateAuthorityData,
        proxyURL: self.cluster.proxy)
    }
    info.spec = ExecCredential.Spec(interactive: false, cluster: cluster)
    let data = try? JSONEncoder().encode(info)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private func parse(
    _ output: String, of plugin: ExecCredentialPlugin, adding credential: RequestCredential
  ) throws -> (RequestCredential, Date?) {
    guard
      let answer = try? JSONDecoder().decode(ExecCredential.self, from: Data(output.utf8)),
      answer.kind == "ExecCredential", let status = answer.status
    else {
      throw RecoveryError(.denied, "\(words(plugin)) printed no ExecCredential")
    }
    guard answer.apiVersion == plugin.apiVersion else {
      throw RecoveryError(
        .invalid,
        "\(words(plugin)) speaks \(answer.apiVersion), kubeconfig asks for \(plugin.apiVersion)"
      )
    }
    var credential = credential
    credential.bearer = status.token.map { Secret($0) }
    if let certificate = status.clientCertificateData, let key = status.clientKeyData {
      credential.clientCertificate = Array(certificate.utf8)
      credential.clientKey = Secret(key)
    }
    guard credential.bearer != nil || status.clientCertificateData != nil else {
      throw RecoveryError(
        .denied, "\(words(plugin)) gave neither a token nor a certificate")
    }
    let expires = kubernetesDate(status.expirationTimestamp)
    return (credential, expires?.addingTimeInterval(-Self.expiryMargin))
  }
}
