import CloudNativePG
import Kubernetes

/// What the operator makes around a cluster, owned by it.
struct RecoveryObjects: Sendable {
  static let jobs = Resource(group: "batch", version: "v1", plural: "jobs")
  static let pods = Resource(group: "", version: "v1", plural: "pods")
  static let claims = Resource(group: "", version: "v1", plural: "persistentvolumeclaims")
  static let secrets = Resource(group: "", version: "v1", plural: "secrets")
  static let services = Resource(group: "", version: "v1", plural: "services")
  static let objectStores = Resource(
    group: "barmancloud.cnpg.io", version: "v1", plural: "objectstores")

  let cluster: PlayedCluster
  let hasNodes: Bool

  var name: String { cluster.key.name }
  var instance: String { name + "-1" }
  var job: String { instance + "-full-recovery" }
  var usesPlugin: Bool {
    let sources = cluster.tree[path: "spec", "externalClusters"]?.array ?? []
    let wanted = cluster.tree[path: "spec", "bootstrap", "recovery", "source"]?.string
    return sources.contains { $0["name"]?.string == wanted && $0["plugin"] != nil }
  }
  private var image: JSONValue {
    cluster.tree[path: "spec", "imageName"] ?? "ghcr.io/cloudnative-pg/postgresql:17.5"
  }

  func metadata(
    _ name: String, labels: [String: String] = [:], owner: JSONValue? = nil
  ) -> JSONValue {
    [
      "name": .string(name),
      "labels": JSONValue(["cnpg.io/cluster": self.name].merging(labels) { $1 }),
      "ownerReferences": [
        owner ?? [
          "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "name": .string(self.name),
          "uid": .string(cluster.uid), "controller": true, "blockOwnerDeletion": true,
        ]
      ],
    ]
  }

  func claimObject() -> JSONValue {
    var metadata = metadata(
      instance,
      labels: [
        "cnpg.io/instanceName": instance, "cnpg.io/pvcRole": "PG_DATA",
        "cnpg.io/instanceRole": "primary",
      ])
    metadata["annotations"] = ["cnpg.io/pvcStatus": "initializing", "cnpg.io/nodeSerial": "1"]
    let size = cluster.tree[path: "spec", "storage", "size"] ?? "1Gi"
    return [
      "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata,
      "spec": [
        "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": size]],
      ],
    ]
  }

  private var jobLabels: [String: String] {
    ["cnpg.io/instanceName": instance, "cnpg.io/jobRole": "full-recovery"]
  }

  func jobObject() -> JSONValue {
    [
      "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata(job, labels: jobLabels),
      "spec": [
        // No job controller of a real server is to make pods of its own: the player makes them. Before 1.21 it knows
        // nothing of suspending.
        "suspend": true, "parallelism": 0,
        "template": [
          "metadata": ["labels": JSONValue(jobLabels.merging(["cnpg.io/cluster": name]) { $1 })],
          "spec": jobPodSpec(),
        ],
      ],
    ]
  }

  func jobPodObject(_ podName: String, jobUID: String) -> JSONValue {
    // A job controller of a real server takes away what is not of its own making, or deletes it.
    let owner: JSONValue = [
      "apiVersion": "batch/v1", "kind": "Job", "name": .string(job), "uid": .string(jobUID),
      "controller": .bool(hasNodes), "blockOwnerDeletion": true,
    ]
    var labels = jobLabels.merging(["batch.kubernetes.io/job-name": job, "job-name": job]) { $1 }
    if hasNodes { labels["batch.kubernetes.io/controller-uid"] = jobUID }
    return [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": metadata(podName, labels: labels, owner: owner), "spec": jobPodSpec(),
    ]
  }

  private func jobPodSpec() -> JSONValue {
    var spec: JSONValue = [
      "restartPolicy": "Never", "hostname": .string(job),
      "containers": [
        [
          "name": "full-recovery", "image": image,
          "command": ["/controller/manager", "instance", "restore", "--log-level=info"],
        ]
      ],
    ]
    if usesPlugin {
      spec["initContainers"] = [
        [
          "name": "plugin-barman-cloud",
          "image": "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.14.0",
          "restartPolicy": "Always",
        ]
      ]
    }
    if hasNodes { spec["nodeName"] = "node-1" }
    return spec
  }

  func instanceObject(_ serial: Int = 1) -> JSONValue {
    let pod = "\(name)-\(serial)"
    var metadata = metadata(
      pod,
      labels: [
        "cnpg.io/instanceName": pod, "cnpg.io/podRole": "instance",
        "cnpg.io/instanceRole": serial == 1 ? "primary" : "replica",
        "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/instance": name,
      ])
    metadata["annotations"] = ["cnpg.io/nodeSerial": .string("\(serial)")]
    var spec = PodTrees.instanceSpec(
      cluster: name, instance: pod, node: hasNodes ? "node-\(serial)" : nil)
    if var container = spec["containers"]?.array?.first {
      container["image"] = image
      spec["containers"] = .array([container])
    }
    return ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec]
  }

  func serviceObject() -> JSONValue {
    [
      "apiVersion": "v1", "kind": "Service", "metadata": metadata(name + "-rw"),
      "spec": [
        "type": "ClusterIP",
        "ports": [["name": "postgres", "port": 5432, "targetPort": 5432, "protocol": "TCP"]],
        "selector": ["cnpg.io/cluster": .string(name), "cnpg.io/instanceRole": "primary"],
      ],
    ]
  }

  /// `<cluster>-app` or `<cluster>-superuser`, with the keys that CNPG writes.
  func secretObject(kind: String, user: String, password: String, database: String) -> JSONValue {
    let host = name + "-rw"
    let namespace = cluster.key.namespace
    let values = [
      "username": user, "user": user, "password": password, "dbname": database, "host": host,
      "port": "5432", "pgpass": "\(host):5432:\(database):\(user):\(password)\n",
      "uri": "postgresql://\(user):\(password)@\(host).\(namespace):5432/\(database)",
      "fqdn-uri":
        "postgresql://\(user):\(password)@\(host).\(namespace).svc.cluster.local:5432/\(database)",
    ]
    var metadata = metadata("\(name)-\(kind)", labels: ["cnpg.io/userType": kind])
    metadata.set("true", at: "labels", "cnpg.io/reload")
    return [
      "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
      "metadata": metadata,
      "data": JSONValue(values.mapValues { Base64.encode(Array($0.utf8)) }),
    ]
  }
}

/// What a kubelet writes into a pod's status.
enum PodStatus {
  static func running(_ container: String) -> JSONValue {
    PodTrees.readyStatus(container: container, at: timestampNow())
  }

  static func terminated(_ container: String, exitCode: Int) -> JSONValue {
    [
      "phase": exitCode == 0 ? "Succeeded" : "Failed",
      "conditions": [["type": "Ready", "status": "False", "reason": "PodFailed"]],
      "containerStatuses": [
        [
          "name": .string(container), "ready": false, "restartCount": 0, "image": "", "imageID": "",
          "state": [
            "terminated": [
              "exitCode": .integer(exitCode), "reason": exitCode == 0 ? "Completed" : "Error",
              "finishedAt": .string(timestampNow()),
            ]
          ],
        ]
      ],
    ]
  }

  static func waiting(_ container: String, reason: String, message: String) -> JSONValue {
    [
      "phase": "Pending",
      "conditions": [
        ["type": "PodScheduled", "status": "True"],
        ["type": "Ready", "status": "False", "reason": "ContainersNotReady"],
      ],
      "containerStatuses": [
        [
          "name": .string(container), "ready": false, "restartCount": 0, "image": "", "imageID": "",
          "state": ["waiting": ["reason": .string(reason), "message": .string(message)]],
        ]
      ],
    ]
  }

  static func unschedulable(_ message: String) -> JSONValue {
    [
      "phase": "Pending",
      "conditions": [
        [
          "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
          "message": .string(message),
        ]
      ],
    ]
  }
}
