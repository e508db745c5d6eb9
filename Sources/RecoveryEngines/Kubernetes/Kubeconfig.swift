import RecoveryModel
import Yams

/// Contexts, clusters and users as kubectl reads them: several files merged, the first to name a thing wins.
///
/// Source: kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig.
public struct Kubeconfig: Sendable, Equatable {
  public struct Cluster: Sendable, Equatable {
    public var server: String
    public var certificateAuthorityFile: String?
    /// Base64, as it stands in the file.
    public var certificateAuthorityData: String?
    public var tlsServerName: String?
    public var skipsVerification = false
    public var proxy: String?
  }

  public struct User: Sendable, Equatable {
    public var clientCertificateFile: String?
    public var clientCertificateData: String?
    public var clientKeyFile: String?
    public var clientKeyData: Secret?
    public var token: Secret?
    public var tokenFile: String?
    public var username: String?
    public var password: Secret?
    public var exec: ExecCredentialPlugin?
  }

  public struct Context: Sendable, Equatable {
    public var cluster: String
    public var user: String
    public var namespace: String?
  }

  public var clusters: [String: Cluster] = [:]
  public var users: [String: User] = [:]
  public var contexts: [String: Context] = [:]
  public var currentContext: String?

  public init() {}

  /// Adds what `other` has and this has not.
  public mutating func merge(_ other: Kubeconfig) {
    clusters.merge(other.clusters) { mine, _ in mine }
    users.merge(other.users) { mine, _ in mine }
    contexts.merge(other.contexts) { mine, _ in mine }
    currentContext = currentContext ?? other.currentContext
  }
}

/// A program that prints an `ExecCredential` (client.authentication.k8s.io/v1 or v1beta1).
public struct ExecCredentialPlugin: Sendable, Equatable {
  public var apiVersion: String
  public var command: String
  public var arguments: [String] = []
  public var environment: [String: String] = [:]
  public var installHint: String?
  public var providesClusterInfo = false

  public init(apiVersion: String, command: String) {
    self.apiVersion = apiVersion
    self.command = command
  }
}

extension Kubeconfig {
  /// Reads one file's text. Relative paths in it are relative to `directory`. Throws `RecoveryError` (invalid) naming `file`.
  public init(yaml: String, file: String, directory: String) throws {
    let document: Document
    do {
      document = try YAMLDecoder().decode(Document.self, from: yaml)
    } catch {
      throw RecoveryError(
        .invalid, "\(file) is not a kubeconfig: \(Self.describe(error))",
        remedy: "compare with `kubectl config view`")
    }
    self.init()
    let resolve: (String?) -> String? = { path in
      path.map { $0.isEmpty || $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" }
    }
    for entry in document.clusters ?? [] {
      clusters[entry.name] = entry.cluster.map { Cluster($0, resolve: resolve) }
    }
    for entry in document.users ?? [] { users[entry.name] = User(entry.user, resolve: resolve) }
    for entry in document.contexts ?? [] {
      guard let context = entry.context else { continue }
      contexts[entry.name] = Context(
        cluster: context.cluster ?? "", user: context.user ?? "", namespace: context.namespace)
    }
    currentContext = document.currentContext.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func describe(_ error: any Error) -> String {
    switch error {
    case let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context),
      let DecodingError.keyNotFound(_, context), let DecodingError.dataCorrupted(context):
      let path = context.codingPath.map { key in
        key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
      }
      return "\(path.joined()): \(context.debugDescription)"
    default: return "\(error)"
    }
  }

  // MARK: The file's own shape

  private struct Document: Decodable {
    struct Named<Body: Decodable>: Decodable {
      var name: String
      var cluster: Body?
      var user: Body?
      var context: Body?
    }
    var clusters: [Named<ClusterBody>]?
    var users: [Named<UserBody>]?
    var contexts: [Named<ContextBody>]?
    var currentContext: String?

    enum CodingKeys: String, CodingKey {
      case clusters, users, contexts
      case currentContext = "current-context"
    }
  }

  fileprivate struct ClusterBody: Decodable {
    var server: String?
    var certificateAuthority: String?
    var certificateAuthorityData: String?
    var tlsServerName: String?
    var insecureSkipTLSVerify: Bool?
    var proxyURL: String?

    enum CodingKeys: String, CodingKey {
      case server
      case certificateAuthority = "certificate-authority"
      case certificateAuthorityData = "certificate-authority-data"
      case tlsServerName = "tls-server-name"
      case insecureSkipTLSVerify = "insecure-skip-tls-verify"
      case proxyURL = "proxy-url"
    }
  }

  fileprivate struct UserBody: Decodable {
    var clientCertificate: String?
    var clientCertificateData: String?
    var clientKey: String?
    var clientKeyData: String?
    var token: String?
    var tokenFile: String?
    var username: String?
    var password: String?
    var exec: ExecBody?

    enum CodingKeys: String, CodingKey {
      case clientCertificate = "client-certificate"
      case clientCertificateData = "client-certificate-data"
      case clientKey = "client-key"
      case clientKeyData = "client-key-data"
      case token, tokenFile, username, password, exec
    }
  }

  fileprivate struct ExecBody: Decodable {
    struct Variable: Decodable {
      var name: String
      var value: String?
    }
    var apiVersion: String?
    var command: String
    var args: [String]?
    var env: [Variable]?
    var installHint: String?
    var provideClusterInfo: Bool?
  }

  private struct ContextBody: Decodable {
    var cluster: String?
    var user: String?
    var namespace: String?
  }
}

extension Kubeconfig.Cluster {
  fileprivate init(_ body: Kubeconfig.ClusterBody, resolve: (String?) -> String?) {
    server = body.server ?? ""
    certificateAuthorityFile = resolve(body.certificateAuthority)
    certificateAuthorityData = body.certificateAuthorityData
    tlsServerName = body.tlsServerName
    skipsVerification = body.insecureSkipTLSVerify ?? false
    proxy = body.proxyURL
  }
}

extension Kubeconfig.User {
  /// `user: null` is a user without credentials, which kubectl accepts.
  fileprivate init(_ body: Kubeconfig.UserBody?, resolve: (String?) -> String?) {
    clientCertificateFile = resolve(body?.clientCertificate)
    clientCertificateData = body?.clientCertificateData
    clientKeyFile = resolve(body?.clientKey)
    clientKeyData = body?.clientKeyData.map { Secret($0) }
    token = body?.token.flatMap { $0.isEmpty ? nil : Secret($0) }
    tokenFile = resolve(body?.tokenFile)
    username = body?.username
    password = body?.password.map { Secret($0) }
    exec = body?.exec.map { plugin in
      var exec = ExecCredentialPlugin(
        apiVersion: plugin.apiVersion ?? "client.authentication.k8s.io/v1",
        // A path with a slash is relative to the kubeconfig; a bare name is looked up on PATH.
        command: plugin.command.contains("/")
          ? resolve(plugin.command) ?? plugin.command : plugin.command)
      exec.arguments = plugin.args ?? []
      exec.environment = Dictionary(
        (plugin.env ?? []).map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 })
      exec.installHint = plugin.installHint
      exec.providesClusterInfo = plugin.provideClusterInfo ?? false
      return exec
    }
  }
}
