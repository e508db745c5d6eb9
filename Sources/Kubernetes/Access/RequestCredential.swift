import FoundationEssentials
import RecoveryModel
import Transports

/// What a request carries to say who asks.
package struct RequestCredential: Sendable, Equatable {
  package var bearer: Secret?
  package var basic: Secret?
  /// PEM bytes.
  package var clientCertificate: [UInt8]?
  package var clientKey: Secret?
  /// Whom that one asks for.
  package var impersonation = Impersonation()

  package init() {}
}
