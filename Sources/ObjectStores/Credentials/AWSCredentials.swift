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
  /// The store will not have these any more. True where others may be had.
  package var drop: @Sendable (AWSCredentials) async -> Bool

  package init(
    current: @escaping @Sendable () async throws(RecoveryError) -> AWSCredentials,
    drop: @escaping @Sendable (AWSCredentials) async -> Bool = { _ in false }
  ) {
    self.current = current
    self.drop = drop
  }

  package static func fixed(_ credentials: AWSCredentials) -> AWSCredentialSource {
    AWSCredentialSource(current: { () throws(RecoveryError) in credentials })
  }
}
