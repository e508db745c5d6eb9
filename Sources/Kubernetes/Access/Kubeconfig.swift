import RecoveryModel

/// Contexts, clusters and users as kubectl reads them: several files merged, the first to name a thing wins.
///
/// Source: kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig.
package struct Kubeconfig: Sendable, Equatable {
  package struct Cluster: Sendable, Equatable {
    package var server: String
    package var certificateAuthorityFile: String?
    /// Base64, as it stands in the file.
    package var certificateAuthorityData: String?
    package var tlsServerName: String?
    package var skipsVerification = false
    package var proxy: String?
    /// Why it cannot be used, with file, line and key; nil = it can. Others of its file are none the worse for it.
    package var fault: RecoveryError?

    package init(
      server: String, certificateAuthorityFile: String? = nil,
      certificateAuthorityData: String? = nil, tlsServerName: String? = nil,
      skipsVerification: Bool = false, proxy: String? = nil
    ) {
      self.server = server
      self.certificateAuthorityFile = certificateAuthorityFile
      self.certificateAuthorityData = certificateAuthorityData
      self.tlsServerName = tlsServerName
      self.skipsVerification = skipsVerification
      self.proxy = proxy
    }
  }

  package struct User: Sendable, Equatable {
    package var clientCertificateFile: String?
    package var clientCertificateData: String?
    package var clientKeyFile: String?
    package var clientKeyData: Secret?
    package var token: Secret?
    package var tokenFile: String?
    package var username: String?
    package var password: Secret?
    package var exec: ExecCredentialPlugin?
    /// Name of an `auth-provider`, which nobody serves any more.
    package var authProvider: String?
    /// Whom its requests are made for.
    package var impersonation = Impersonation()
    /// Why it cannot be used, with file, line and key; nil = it can.
    package var fault: RecoveryError?

    package init(
      clientCertificateFile: String? = nil, clientCertificateData: String? = nil,
      clientKeyFile: String? = nil, clientKeyData: Secret? = nil, token: Secret? = nil,
      tokenFile: String? = nil, username: String? = nil, password: Secret? = nil,
      exec: ExecCredentialPlugin? = nil, authProvider: String? = nil,
      impersonation: Impersonation = Impersonation()
    ) {
      self.clientCertificateFile = clientCertificateFile
      self.clientCertificateData = clientCertificateData
      self.clientKeyFile = clientKeyFile
      self.clientKeyData = clientKeyData
      self.token = token
      self.tokenFile = tokenFile
      self.username = username
      self.password = password
      self.exec = exec
      self.authProvider = authProvider
      self.impersonation = impersonation
    }

    /// There is something to log in with.
    var hasCredential: Bool {
      let files = [clientCertificateFile, clientCertificateData, tokenFile, username]
      return exec != nil || token != nil || files.contains { $0?.isEmpty == false }
    }
  }

  package struct Context: Sendable, Equatable {
    package var cluster: String
    package var user: String
    package var namespace: String?

    package init(cluster: String, user: String, namespace: String? = nil) {
      self.cluster = cluster
      self.user = user
      self.namespace = namespace
    }
  }

  package var clusters: [String: Cluster] = [:]
  package var users: [String: User] = [:]
  package var contexts: [String: Context] = [:]
  package var currentContext: String?
  /// What several files say differently of one name, in words: the first one counts.
  package var conflicts: [String] = []

  package init() {}

  /// Adds what `other`, read from `file`, has and this has not.
  package mutating func merge(_ other: Kubeconfig, from file: String) {
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
package struct ExecCredentialPlugin: Sendable, Equatable {
  package var apiVersion: String
  package var command: String
  package var arguments: [String] = []
  package var environment: [String: String] = [:]
  package var installHint: String?
  package var providesClusterInfo = false

  package init(apiVersion: String, command: String) {
    self.apiVersion = apiVersion
    self.command = command
  }
}
