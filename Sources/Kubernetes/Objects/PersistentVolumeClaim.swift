import RecoveryModel

/// `persistentvolumeclaims`: a volume that was asked for.
package struct PersistentVolumeClaim: Sendable, Equatable, Decodable {
  package static var resource: Resource {
    Resource(group: "", version: "v1", plural: "persistentvolumeclaims")
  }

  package var metadata: ObjectMetadata
  package var spec: Spec?
  package var status: Status?

  package init(metadata: ObjectMetadata, spec: Spec? = nil, status: Status? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  package struct Spec: Sendable, Equatable, Decodable {
    package struct Resources: Sendable, Equatable, Decodable {
      package var requests: [String: String]?

      package init(requests: [String: String]? = nil) {
        self.requests = requests
      }
    }
    package var resources: Resources?
    package var storageClassName: String?

    package init(resources: Resources? = nil, storageClassName: String? = nil) {
      self.resources = resources
      self.storageClassName = storageClassName
    }
  }

  package struct Status: Sendable, Equatable, Decodable {
    package var phase: String?
    package var capacity: [String: String]?

    package init(phase: String? = nil, capacity: [String: String]? = nil) {
      self.phase = phase
      self.capacity = capacity
    }
  }

  package var name: String { metadata.name }

  /// Bytes it has, or was asked for while it is not bound.
  package var capacityBytes: Int64? {
    Quantity.bytes(status?.capacity?["storage"] ?? spec?.resources?.requests?["storage"])
  }
}
