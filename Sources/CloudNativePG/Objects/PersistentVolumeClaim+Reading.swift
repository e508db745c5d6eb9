import Kubernetes
import RecoveryModel
import Transports

/// Watched as a part of the cluster that its label names.
extension PersistentVolumeClaim: KubernetesObject {
  package var instanceName: String? { metadata.labels?["cnpg.io/instanceName"] }

  package var content: VolumeUsage.Content {
    switch metadata.labels?["cnpg.io/pvcRole"] {
    case "PG_WAL": .wal
    case "PG_TABLESPACE": .tablespace
    default: .data
    }
  }

  package var owner: ObjectKey {
    ObjectKey(
      namespace: metadata.namespace ?? "", name: metadata.labels?["cnpg.io/cluster"] ?? "")
  }

  package static func read(_ reader: inout JSONReader) throws -> PersistentVolumeClaim {
    var claim = PersistentVolumeClaim(metadata: ObjectMetadata(name: ""))
    try reader.eachKey { reader, key in
      switch key {
      case "metadata": claim.metadata = try reader.clusterMetadata()
      case "spec": claim.spec = try Spec(reading: &reader)
      case "status":
        var status = Status()
        try reader.eachKey { reader, key in
          switch key {
          case "phase": status.phase = try reader.sharedString()
          case "capacity": status.capacity = try reader.sharedTexts { _ in true }
          default: try reader.skip()
          }
        }
        claim.status = status
      default: try reader.skip()
      }
    }
    return claim
  }
}

extension PersistentVolumeClaim.Spec {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var spec = self
    try reader.eachKey { reader, key in
      switch key {
      case "storageClassName": spec.storageClassName = try reader.sharedString()
      case "resources":
        try reader.eachKey { reader, key in
          guard case "requests" = key else {
            try reader.skip()
            return
          }
          spec.resources = Resources(requests: try reader.sharedTexts { _ in true })
        }
      default: try reader.skip()
      }
    }
    self = spec
  }
}
