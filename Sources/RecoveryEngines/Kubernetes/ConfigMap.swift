import RecoveryModel

/// `configmaps`: small texts by key; ours hold the ledgers of drills.
public struct ConfigMap: KubernetesObject {
  public static var resource: Resource {
    Resource(group: "", version: "v1", plural: "configmaps")
  }

  public var metadata: ObjectMetadata
  public var data: [String: String]?

  public init(metadata: ObjectMetadata, data: [String: String]? = nil) {
    self.metadata = metadata
    self.data = data
  }

  public var name: String { metadata.name }
}
