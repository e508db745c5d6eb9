/// A kind of object that the server keeps.
struct Kind: Sendable {
  var group: String
  var version: String
  var kind: String
  var plural: String
  var shortNames: [String] = []
  var isNamespaced = true
  var hasStatus = true
  /// From a CustomResourceDefinition: validated by its schema, JSON and merge patches only.
  var schema: Schema?
  /// Printer columns behind the name.
  var columns: [Column] = []
  /// Fields beyond metadata.name and metadata.namespace that field selectors may name.
  var selectableFields: Set<String> = []

  struct Column: Sendable {
    var name: String
    var type: String
    var path: [String]
    var priority = 0
  }

  /// `clusters.postgresql.cnpg.io`, `pods`: the way messages name it.
  var title: String { group.isEmpty ? plural : "\(plural).\(group)" }
  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  /// `group/plural`, under which the store keeps it.
  var key: String { "\(group)/\(plural)" }
  var singular: String { kind.lowercased() }
  var isCustom: Bool { schema != nil }
}

extension Kind {
  private static let age = Column(
    name: "Age", type: "date", path: ["metadata", "creationTimestamp"])

  /// Kinds of the server itself that our clients touch.
  static let builtIn: [Kind] = [
    Kind(
      group: "", version: "v1", kind: "Namespace", plural: "namespaces", shortNames: ["ns"],
      isNamespaced: false,
      columns: [Column(name: "Status", type: "string", path: ["status", "phase"]), age],
      selectableFields: ["status.phase"]),
    Kind(
      group: "", version: "v1", kind: "Pod", plural: "pods", shortNames: ["po"],
      columns: [Column(name: "Status", type: "string", path: ["status", "phase"]), age],
      selectableFields: [
        "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase",
        "status.podIP",
      ]),
    Kind(
      group: "", version: "v1", kind: "Secret", plural: "secrets", hasStatus: false,
      columns: [Column(name: "Type", type: "string", path: ["type"]), age],
      selectableFields: ["type"]),
    Kind(
      group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"],
      hasStatus: false, columns: [age]),
    Kind(
      group: "", version: "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims",
      shortNames: ["pvc"],
      columns: [Column(name: "Status", type: "string", path: ["status", "phase"]), age]),
    Kind(
      group: "", version: "v1", kind: "Event", plural: "events", shortNames: ["ev"],
      hasStatus: false,
      columns: [
        Column(name: "Reason", type: "string", path: ["reason"]),
        Column(name: "Message", type: "string", path: ["message"]),
      ],
      selectableFields: [
        "involvedObject.kind", "involvedObject.name", "involvedObject.namespace",
        "involvedObject.uid", "reason", "type",
      ]),
    Kind(
      group: "", version: "v1", kind: "Service", plural: "services", shortNames: ["svc"],
      columns: [age]),
    Kind(
      group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts",
      shortNames: ["sa"], hasStatus: false, columns: [age]),
    Kind(
      group: "", version: "v1", kind: "Node", plural: "nodes", shortNames: ["no"],
      isNamespaced: false, columns: [age]),
    Kind(
      group: "", version: "v1", kind: "ResourceQuota", plural: "resourcequotas",
      shortNames: ["quota"], columns: [age]),
    Kind(
      group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy",
      plural: "networkpolicies", shortNames: ["netpol"], hasStatus: false, columns: [age]),
    Kind(
      group: "storage.k8s.io", version: "v1", kind: "StorageClass", plural: "storageclasses",
      shortNames: ["sc"], isNamespaced: false, hasStatus: false, columns: [age]),
    Kind(
      group: "batch", version: "v1", kind: "Job", plural: "jobs", columns: [age],
      selectableFields: ["status.successful"]),
    Kind(
      group: "apps", version: "v1", kind: "Deployment", plural: "deployments",
      shortNames: ["deploy"], columns: [age]),
    Kind(
      group: "snapshot.storage.k8s.io", version: "v1", kind: "VolumeSnapshot",
      plural: "volumesnapshots", shortNames: ["vs"], columns: [age]),
    Kind(
      group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases",
      hasStatus: false, columns: [age]),
  ]
}
