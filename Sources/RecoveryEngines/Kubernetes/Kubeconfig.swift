import RecoveryModel

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
    /// Name of an `auth-provider`, which nobody serves any more.
    public var authProvider: String?
    /// Whom its requests are made for.
    public var impersonation = Impersonation()

    /// There is something to log in with.
    var hasCredential: Bool {
      let files = [clientCertificateFile, clientCertificateData, tokenFile, username]
      return exec != nil || token != nil || files.contains { $0?.isEmpty == false }
    }
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
  /// What several files say differently of one name, in words: the first one counts.
  public var conflicts: [String] = []

  public init() {}

  /// Adds what `other`, read from `file`, has and this has not.
  public mutating func merge(_ other: Kubeconfig, from file: String) {
    note(clusters, other.clusters, "cluster", file)
    note(users, other.users, "user", file)
    clusters.merge(other.clusters) { mine, _ in mine }
    users.merge(other.users) { mine, _ in mine }
    contexts.merge(other.contexts) { mine, _ in mine }
    currentContext = currentContext ?? other.currentContext
  }

  private mutating func note<Value: Equatable>(
    _ mine: [String: Value], _ others: [String: Value], _ what: String, _ file: String
  ) {
    for (name, value) in others.sorted(by: { $0.key < $1.key }) {
      guard let earlier = mine[name], earlier != value else { continue }
      let shown = Sanitizer.clean(name, limit: 80)
      conflicts.append(
        "\(file) calls another \(what) \(shown), as an earlier file does: the first one counts, also "
          + "for the contexts of this file")
    }
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
