import RecoveryModel
import TextScreen

extension Severity? {
  /// Of a figure that stands so against its target.
  var role: Role { self?.role ?? .text }
}
