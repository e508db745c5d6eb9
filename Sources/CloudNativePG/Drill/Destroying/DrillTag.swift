import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What is written on everything that a drill makes: whose it is and until when.
package struct DrillTag: Sendable, Equatable {
  var id: String
  /// The cluster that is restored.
  var source: ObjectKey
  var host: String
  var user: String
  var process: Int32
  var started: Date
  var expires: Date

  init(
    id: String, source: ObjectKey, host: String, user: String, process: Int32, started: Date,
    expires: Date
  ) {
    self.id = id
    self.source = source
    self.host = host
    self.user = user
    self.process = process
    self.started = started
    self.expires = expires
  }

  /// Reads it off an object; nil without our mark.
  init?(_ metadata: ObjectMetadata) {
    guard let origin = MarkedOrigin(metadata, idLabel: OwnLabel.drill) else { return nil }
    (id, source, started) = (origin.id, origin.source, origin.started)
    (host, user) = (origin.host, origin.user)
    process = metadata.annotations?[DrillLabel.process].flatMap { Int32($0) } ?? 0
    // Without a readable expiry it is old enough.
    expires = kubernetesDate(metadata.annotations?[DrillLabel.expires]) ?? .distantPast
  }

  var labels: [String: String] {
    [OwnLabel.drill: id, DrillLabel.owner: DrillLabel.ownerValue]
  }

  var annotations: [String: String] {
    [
      DrillLabel.source: "\(source.namespace)/\(source.name)", DrillLabel.host: host,
      DrillLabel.user: user, DrillLabel.process: "\(process)",
      DrillLabel.started: Format.timestamp(started), DrillLabel.expires: Format.timestamp(expires),
    ]
  }

  func metadata(
    _ name: String, in namespace: String, adding extra: [String: String] = [:]
  )
    -> ObjectTree
  {
    .object([
      "name": .string(name), "namespace": .string(namespace), "labels": .labels(labels),
      "annotations": .labels(annotations.merging(extra) { $1 }),
    ])
  }

  /// Selects everything that this drill made.
  var selector: String { "\(OwnLabel.drill)=\(id)" }
}
