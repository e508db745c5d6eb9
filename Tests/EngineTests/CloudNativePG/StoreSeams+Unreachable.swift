import CloudNativePG
import ObjectStores
import RecoveryModel
import Transports

extension StoreSeams {
  /// No store answers, and none is asked twice.
  static let unreachable = StoreSeams(
    http: {
      HTTPClient { _ in
        AsyncThrowingStream { $0.finish(throwing: RecoveryError(.unreachable, "no store")) }
      }
    }, environment: { [:] }, read: { _ in nil })
}
