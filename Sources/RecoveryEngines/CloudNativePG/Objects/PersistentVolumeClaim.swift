import RecoveryModel

/// `persistentvolumeclaims`: a volume of an instance.
public struct PersistentVolumeClaim: KubernetesObject {
  public static var resource: Resource {
    Resource(group: "", version: "v1", plural: "persistentvolumeclaims")
  }

  public var metadata: ObjectMetadata
  public var spec: Spec?
  public var status: Status?

  public struct Spec: Sendable, Equatable, Decodable {
    public struct Resources: Sendable, Equatable, Decodable {
      public var requests: [String: String]?
    }
    public var resources: Resources?
    public var storageClassName: String?
  }

  public struct Status: Sendable, Equatable, Decodable {
    public var phase: String?
    public var capacity: [String: String]?
  }

  public var name: String { metadata.name }
  public var instanceName: String? { metadata.labels?["cnpg.io/instanceName"] }

  public var content: VolumeUsage.Content {
    switch metadata.labels?["cnpg.io/pvcRole"] {
    case "PG_WAL": .wal
    case "PG_TABLESPACE": .tablespace
    default: .data
    }
  }

  /// Bytes it has, or was asked for while it is not bound.
  public var capacityBytes: Int64? {
    Quantity.bytes(status?.capacity?["storage"] ?? spec?.resources?.requests?["storage"])
  }
}

/// Sizes as Kubernetes writes them.
public enum Quantity {
  private static let units: [(suffix: String, factor: Double)] = [
    ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776),
    ("Pi", 1_125_899_906_842_624), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15),
  ]

  /// `20Gi`, `500M`, `1.5Ti`, `1e9`, `1073741824`; nil for anything else.
  public static func bytes(_ text: String?) -> Int64? {
    guard let text, !text.isEmpty else { return nil }
    let unit = units.first { text.hasSuffix($0.suffix) }
    let number = Double(text.dropLast(unit?.suffix.count ?? 0))
    guard let number, number.isFinite, number >= 0 else { return nil }
    return Int64(min(number * (unit?.factor ?? 1), 9e18))
  }
}
