import FoundationEssentials

/// `deployments.apps`: how many pods of a program are wanted, and how many run.
package struct Deployment: Sendable, Equatable, Decodable {
  package static var resource: Resource {
    Resource(group: "apps", version: "v1", plural: "deployments")
  }

  package var metadata: ObjectMetadata
  package var spec: Spec?
  package var status: Status?

  package struct Spec: Sendable, Equatable, Decodable {
    package var replicas: Int?
  }

  package struct Status: Sendable, Equatable, Decodable {
    package var readyReplicas: Int?
    package var conditions: [Condition]?
  }

  package var key: ObjectKey {
    ObjectKey(namespace: metadata.namespace ?? "", name: metadata.name)
  }
  /// The API server's default is one.
  package var wanted: Int { spec?.replicas ?? 1 }
  package var ready: Int { status?.readyReplicas ?? 0 }
  /// Since when none of its pods serves; nil = one does, or nobody tells.
  package var downSince: Date? {
    status?.conditions?.first { $0.type == "Available" && !$0.isTrue }?.since
  }
}
