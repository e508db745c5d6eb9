import RecoveryModel

/// Who asks. Never shown: not even the key's name, which is half of the pair.
package struct AWSCredentials: Sendable, Equatable {
  package var accessKey: Secret
  package var secretKey: Secret
  package var sessionToken: Secret?
  /// Where they were found, as `profile backups`.
  package var source: String

  package init(
    accessKey: Secret, secretKey: Secret, sessionToken: Secret? = nil, source: String
  ) {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.source = source
  }
}

/// What the environment and the files of AWS's own tools say about reaching S3.
package struct AWSSettings: Sendable, Equatable {
  package var credentials: AWSCredentials
  package var region: String?
  package var endpoint: String?
  package var addressing: S3Place.Addressing?
  /// A file of certificate authorities.
  package var authorityFile: String?

  package init(
    credentials: AWSCredentials, region: String? = nil, endpoint: String? = nil,
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
  /// As AWS's tools look: a profile that was asked for by name, else the environment, else AWS_PROFILE or `default`.
  /// `read` gives a file's text, nil where there is none. Throws `RecoveryError` (denied, invalid).
  package static func find(
    profile asked: String?, environment: [String: String], read: (String) -> String?
  ) throws(RecoveryError) -> AWSSettings {
    let set = environment.filter { !$0.value.isEmpty }
    let name = asked ?? set["AWS_PROFILE"] ?? set["AWS_DEFAULT_PROFILE"] ?? "default"
    let files = AWSFiles(environment: set, read: read)
    let profile = files.profile(name)
    let services = profile["services"].map { files.services($0) } ?? [:]
    return AWSSettings(
      credentials: try credentials(asked, name, set, profile, files),
      region: (asked == nil ? nil : profile["region"]) ?? set["AWS_REGION"]
        ?? set["AWS_DEFAULT_REGION"] ?? profile["region"],
      endpoint: set["AWS_ENDPOINT_URL_S3"] ?? set["AWS_ENDPOINT_URL"]
        ?? services["s3.endpoint_url"] ?? profile["s3.endpoint_url"] ?? profile["endpoint_url"],
      addressing: (profile["s3.addressing_style"] ?? services["s3.addressing_style"])
        .flatMap { ["path": .path, "virtual": .host][$0] },
      authorityFile: set["AWS_CA_BUNDLE"] ?? profile["ca_bundle"])
  }

  private static func credentials(
    _ asked: String?, _ name: String, _ set: [String: String], _ profile: [String: String],
    _ files: AWSFiles
  ) throws(RecoveryError) -> AWSCredentials {
    if asked == nil, let key = set["AWS_ACCESS_KEY_ID"], let secret = set["AWS_SECRET_ACCESS_KEY"] {
      return AWSCredentials(
        accessKey: Secret(key), secretKey: Secret(secret),
        sessionToken: set["AWS_SESSION_TOKEN"].map { Secret($0) }, source: "the environment")
    }
    if let key = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] {
      return AWSCredentials(
        accessKey: Secret(key), secretKey: Secret(secret),
        sessionToken: profile["aws_session_token"].map { Secret($0) }, source: "profile \(name)")
    }
    let indirect = [
      "role_arn", "credential_process", "sso_session", "sso_start_url", "web_identity_token_file",
    ]
    if let key = indirect.first(where: { profile[$0] != nil }) {
      throw RecoveryError(
        .denied, "profile \(name) gets its credentials by \(key), which is not read here",
        remedy: "hand them over by the environment: aws configure export-credentials "
          + "--profile \(name) --format env")
    }
    if asked != nil, profile.isEmpty {
      throw RecoveryError(
        .invalid, "there is no profile \(name) in \(files.paths.joined(separator: " or "))",
        remedy: "name another with --profile, or set AWS_SHARED_CREDENTIALS_FILE")
    }
    let half = set["AWS_ACCESS_KEY_ID"] != nil && set["AWS_SECRET_ACCESS_KEY"] == nil
    throw RecoveryError(
      .denied,
      "no credentials were found: "
        + (half
          ? "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not"
          : "neither AWS_ACCESS_KEY_ID nor a key of profile \(name) in "
            + files.paths.joined(separator: " or ")),
      remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile")
  }
}
