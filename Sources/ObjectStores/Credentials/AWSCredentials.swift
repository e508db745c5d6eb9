import FoundationEssentials
import RecoveryModel

/// Who asks. Never shown: not even the key's name, which is half of the pair.
package struct AWSCredentials: Sendable, Equatable {
  package var accessKey: Secret
  package var secretKey: Secret
  package var sessionToken: Secret?
  /// Where they were found, as `profile backups`.
  package var source: String
  /// nil = they do not end.
  package var expiresAt: Date?

  package init(
    accessKey: Secret, secretKey: Secret, sessionToken: Secret? = nil, source: String,
    expiresAt: Date? = nil
  ) {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.source = source
    self.expiresAt = expiresAt
  }
}

/// Credentials as they are asked for before each request, since some end.
package struct AWSCredentialSource: Sendable {
  package var current: @Sendable () async throws(RecoveryError) -> AWSCredentials

  package init(current: @escaping @Sendable () async throws(RecoveryError) -> AWSCredentials) {
    self.current = current
  }

  package static func fixed(_ credentials: AWSCredentials) -> AWSCredentialSource {
    AWSCredentialSource { () throws(RecoveryError) in credentials }
  }
}
