import FoundationEssentials
import RecoveryModel
import Transports

/// A time as Kubernetes writes it (RFC 3339, with or without a fraction), in the memory of a number: a fleet's backups tell
/// a hundred thousand, nearly all of them different.
package struct KubernetesTime: Sendable {
  private let seconds: Double

  /// nil = what was written is no time.
  package var date: Date? {
    seconds.isNaN ? nil : Date(timeIntervalSinceReferenceDate: seconds)
  }

  package init(_ text: String) {
    seconds = TimestampText.parse(text)?.timeIntervalSinceReferenceDate ?? .nan
  }
}

extension KubernetesTime: Equatable {
  /// What is no time is not another one either.
  package static func == (left: KubernetesTime, right: KubernetesTime) -> Bool {
    left.seconds == right.seconds || left.seconds.isNaN && right.seconds.isNaN
  }
}

extension KubernetesTime: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(date.map(Format.timestamp))
  }
}

extension JSONReader {
  /// nil for `null`.
  package mutating func time() throws -> KubernetesTime? { try string().map(KubernetesTime.init) }
}
