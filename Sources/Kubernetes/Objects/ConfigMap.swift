import RecoveryModel

/// `configmaps`: small texts by key; ours hold the ledgers of drills.
package struct ConfigMap: KubernetesObject {
  package static var resource: Resource {
    Resource(group: "", version: "v1", plural: "configmaps")
  }

  package var metadata: ObjectMetadata
  package var data: [String: String]?

  package init(metadata: ObjectMetadata, data: [String: String]? = nil) {
    self.metadata = metadata
    self.data = data
  }

  package var name: String { metadata.name }
}
