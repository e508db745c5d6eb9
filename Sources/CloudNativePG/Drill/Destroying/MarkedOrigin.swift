import FoundationEssentials
import Kubernetes

/// Whose an object is that a drill or a recovery made, as its mark says.
struct MarkedOrigin {
  var id: String
  /// The cluster that is restored.
  var source: ObjectKey
  var host: String
  var user: String
  var started: Date

  /// `idLabel` tells a drill's mark from a recovery's. nil without that mark of ours.
  init?(_ metadata: ObjectMetadata, idLabel: String) {
    guard let labels = metadata.labels, labels[DrillLabel.owner] == DrillLabel.ownerValue,
      let id = labels[idLabel], !id.isEmpty, let annotations = metadata.annotations,
      let source = annotations[DrillLabel.source]?.split(separator: "/").map(String.init),
      source.count == 2
    else { return nil }
    self.id = id
    self.source = ObjectKey(namespace: source[0], name: source[1])
    host = annotations[DrillLabel.host] ?? ""
    user = annotations[DrillLabel.user] ?? ""
    started =
      kubernetesDate(annotations[DrillLabel.started])
      ?? metadata.creationTimestamp?.date ?? .distantPast
  }
}
