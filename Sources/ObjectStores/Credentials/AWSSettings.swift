import RecoveryModel

/// What the environment and the files of AWS's own tools say about reaching S3.
package struct AWSSettings: Sendable, Equatable {
  package var credentials: AWSCredentialOrigin
  package var region: String?
  package var endpoint: String?
  package var addressing: S3Place.Addressing?
  /// A file of certificate authorities.
  package var authorityFile: String?

  package init(
    credentials: AWSCredentialOrigin, region: String? = nil, endpoint: String? = nil,
    addressing: S3Place.Addressing? = nil, authorityFile: String? = nil
  ) {
    self.credentials = credentials
    self.region = region
    self.endpoint = endpoint
    self.addressing = addressing
    self.authorityFile = authorityFile
  }
}

extension AWSSettings {
  /// As AWS's tools look: a profile that was asked for by name, else keys of the environment, else its web identity,
  /// else AWS_PROFILE or `default`, else the container's, else the machine's. Nothing is asked for yet.
  /// `read` gives a file's text, nil where there is none. Throws `RecoveryError` (denied, invalid).
  package static func find(
    profile asked: String?, environment: [String: String], read: (String) -> String?
  ) throws(RecoveryError) -> AWSSettings {
    let search = AWSSearch(profile: asked, environment: environment, read: read)
    return search.settings(try search.credentials())
  }

  /// As what this process is to AWS, whatever keys lie about: web identity, the container's, the machine's.
  package static func identity(
    environment: [String: String], read: (String) -> String?
  ) throws(RecoveryError) -> AWSSettings {
    let search = AWSSearch(profile: nil, environment: environment, read: read)
    return search.settings(try search.identity())
  }
}

/// One search in an environment and in AWS's files.
private struct AWSSearch {
  private let asked: String?
  private let variables: [String: String]
  private let name: String
  private let files: AWSFiles
  private let profile: [String: String]
  private let services: [String: String]

  init(profile asked: String?, environment: [String: String], read: (String) -> String?) {
    self.asked = asked
    variables = environment.filter { !$0.value.isEmpty }
    name = asked ?? variables["AWS_PROFILE"] ?? variables["AWS_DEFAULT_PROFILE"] ?? "default"
    files = AWSFiles(environment: variables, read: read)
    profile = files.profile(name)
    services = profile["services"].map { [files] in files.services($0) } ?? [:]
  }

  func settings(_ credentials: AWSCredentialOrigin) -> AWSSettings {
    AWSSettings(
      credentials: credentials, region: region, endpoint: endpoint("s3"),
      addressing: (profile["s3.addressing_style"] ?? services["s3.addressing_style"])
        .flatMap { ["path": .path, "virtual": .host][$0] },
      authorityFile: authorityFile)
  }

  private var region: String? {
    (asked == nil ? nil : profile["region"]) ?? variables["AWS_REGION"]
      ?? variables["AWS_DEFAULT_REGION"] ?? profile["region"]
  }

  private var authorityFile: String? { variables["AWS_CA_BUNDLE"] ?? profile["ca_bundle"] }

  /// Of a service, as `s3`.
  private func endpoint(_ service: String) -> String? {
    variables["AWS_ENDPOINT_URL_\(service.uppercased())"] ?? variables["AWS_ENDPOINT_URL"]
      ?? services["\(service).endpoint_url"] ?? profile["\(service).endpoint_url"]
      ?? profile["endpoint_url"]
  }

  // MARK: Credentials

  func credentials() throws(RecoveryError) -> AWSCredentialOrigin {
    if asked == nil {
      if let keys = try environmentKeys() { return .written(keys) }
      if let identity = try webIdentity() { return identity }
    }
    if let identity = profileIdentity { return .fetched(.webIdentity(identity)) }
    if let key = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] {
      return .written(
        AWSCredentials(
          accessKey: Secret(key), secretKey: Secret(secret),
          sessionToken: profile["aws_session_token"].map { Secret($0) }, source: "profile \(name)"))
    }
    try refuseIndirect()
    if profile.isEmpty, asked ?? variables["AWS_PROFILE"] ?? variables["AWS_DEFAULT_PROFILE"] != nil
    {
      throw RecoveryError(
        .invalid, "there is no profile \(name) in \(files.paths.joined(separator: " or "))",
        remedy: "name another with --profile, or set AWS_SHARED_CREDENTIALS_FILE")
    }
    return try agent(
      otherwise: Self.nothing(
        "neither AWS_ACCESS_KEY_ID nor a key of profile \(name) in "
          + files.paths.joined(separator: " or ")))
  }

  func identity() throws(RecoveryError) -> AWSCredentialOrigin {
    if let identity = try webIdentity() { return identity }
    return try agent(
      otherwise: RecoveryError(
        .denied,
        "no identity was found: no AWS_WEB_IDENTITY_TOKEN_FILE, no agent beside the container",
        remedy: "give the pod's service account a role (IRSA, EKS pod identity), or the machine"))
  }

  private func webIdentity() throws(RecoveryError) -> AWSCredentialOrigin? {
    try AWSIdentity.webIdentity(in: variables, endpoint: stsEndpoint, authorityFile: authorityFile)
      .map { .fetched(.webIdentity($0)) }
  }

  /// What hands credentials out beside the container, else on the machine.
  private func agent(otherwise: RecoveryError) throws(RecoveryError) -> AWSCredentialOrigin {
    if let container = try AWSIdentity.container(in: variables) {
      return .fetched(.container(container))
    }
    guard let instance = AWSIdentity.instance(in: variables, otherwise: otherwise) else {
      throw otherwise
    }
    return .fetched(.instance(instance))
  }

  private var stsEndpoint: String { endpoint("sts") ?? WebIdentity.endpoint(region: region) }

  private func environmentKeys() throws(RecoveryError) -> AWSCredentials? {
    guard let key = variables["AWS_ACCESS_KEY_ID"] else { return nil }
    guard let secret = variables["AWS_SECRET_ACCESS_KEY"] else {
      throw Self.nothing("AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
    }
    return AWSCredentials(
      accessKey: Secret(key), secretKey: Secret(secret),
      sessionToken: variables["AWS_SESSION_TOKEN"].map { Secret($0) }, source: "the environment")
  }

  private var profileIdentity: WebIdentity? {
    guard let file = profile["web_identity_token_file"], let role = profile["role_arn"] else {
      return nil
    }
    return WebIdentity(
      tokenFile: file, role: role, session: profile["role_session_name"] ?? "pgvigil",
      endpoint: stsEndpoint, authorityFile: authorityFile)
  }

  private func refuseIndirect() throws(RecoveryError) {
    let indirect = [
      "role_arn", "credential_process", "sso_session", "sso_start_url", "web_identity_token_file",
    ]
    guard let key = indirect.first(where: { profile[$0] != nil }) else { return }
    throw RecoveryError(
      .denied, "profile \(name) gets its credentials by \(key), which is not read here",
      remedy: "hand them over by the environment: aws configure export-credentials "
        + "--profile \(name) --format env")
  }

  /// `why`: what was looked for, or what is half there.
  private static func nothing(_ why: String) -> RecoveryError {
    RecoveryError(
      .denied, "no credentials were found: " + why,
      remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile")
  }
}
