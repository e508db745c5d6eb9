import Kubernetes

/// `volumesnapshots.snapshot.storage.k8s.io`: one volume of a base backup by snapshot. The Backup is `completed` for ever,
/// whatever becomes of it.
package struct VolumeSnapshot: Sendable, Equatable, Decodable {
  package static var resource: Resource {
    Resource(group: "snapshot.storage.k8s.io", version: "v1", plural: "volumesnapshots")
  }

  package var metadata: ObjectMetadata
  package var status: Status?

  package struct Status: Sendable, Equatable, Decodable {
    package var readyToUse: Bool?
    package var error: Failure?

    package init(readyToUse: Bool? = nil, error: Failure? = nil) {
      self.readyToUse = readyToUse
      self.error = error
    }
  }

  package struct Failure: Sendable, Equatable, Decodable {
    package var message: String?
  }
}
