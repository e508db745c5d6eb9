/// The objects around one healthy cluster, as text with places: what an operator, a kubelet and kubectl leave behind,
/// managedFields included (more than half of the bytes on a real server).
struct FleetTemplates: Sendable {
  let cluster: TextTemplate
  let backup: TextTemplate
  let schedule: TextTemplate
  let pod: TextTemplate
  let claim: TextTemplate

  init() {
    cluster = Self.template(Self.clusterTree, managers: ["kubectl-client-side-apply", "manager"])
    backup = Self.template(Self.backupTree, managers: ["manager", "manager"])
    schedule = Self.template(Self.scheduleTree, managers: ["kubectl-create", "manager"])
    pod = Self.template(Self.podTree, managers: ["manager", "kubelet"])
    claim = Self.template(Self.claimTree, managers: ["manager", "kube-controller-manager"])
  }

  private static func template(_ tree: JSONValue, managers: [String]) -> TextTemplate {
    var tree = tree
    Metadata.note(managers[0], on: &tree, isStatus: false)
    Metadata.note(managers[1], on: &tree, isStatus: true)
    return TextTemplate(tree)
  }

  private static func metadata(
    _ name: String, labels: [String: String] = [:], annotations: [String: String] = [:],
    isOwned: Bool
  ) -> JSONValue {
    var metadata: JSONValue = [
      "name": .string(name), "namespace": "@NS@", "uid": "@UID@", "resourceVersion": "@RV@",
      "creationTimestamp": "@CREATED@",
    ]
    if !labels.isEmpty { metadata["labels"] = JSONValue(labels) }
    if !annotations.isEmpty { metadata["annotations"] = JSONValue(annotations) }
    if isOwned {
      metadata["ownerReferences"] = [
        [
          "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "name": "@C@", "uid": "@OWNER@",
          "controller": true, "blockOwnerDeletion": true,
        ]
      ]
    }
    return metadata
  }

  private static let store: JSONValue = [
    "destinationPath": "s3://backups/@NS@", "endpointURL": "https://s3.example.org",
    "s3Credentials": [
      "accessKeyId": ["name": "@C@-s3", "key": "ACCESS_KEY_ID"],
      "secretAccessKey": ["name": "@C@-s3", "key": "ACCESS_SECRET_KEY"],
    ],
    "wal": ["compression": "gzip", "maxParallel": 2], "data": ["compression": "gzip", "jobs": 2],
  ]

  private static let clusterTree: JSONValue = [
    "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
    "metadata": metadata("@C@", labels: ["app.kubernetes.io/part-of": "shop"], isOwned: false),
    "spec": [
      "instances": 3, "imageName": "ghcr.io/cloudnative-pg/postgresql:17.5",
      "storage": ["size": "20Gi", "storageClass": "fast", "resizeInUseVolumes": true],
      "walStorage": ["size": "5Gi", "storageClass": "fast", "resizeInUseVolumes": true],
      "bootstrap": ["initdb": ["database": "app", "owner": "app", "encoding": "UTF8"]],
      "backup": [
        "target": "prefer-standby", "retentionPolicy": "30d", "barmanObjectStore": store,
      ],
      "postgresql": ["parameters": ["max_connections": "200", "shared_buffers": "512MB"]],
      "logLevel": "info", "enableSuperuserAccess": false, "enablePDB": true, "startDelay": 3600,
      "stopDelay": 1800, "switchoverDelay": 3600, "failoverDelay": 0, "smartShutdownTimeout": 180,
      "primaryUpdateMethod": "restart", "primaryUpdateStrategy": "unsupervised",
    ],
    "status": [
      "phase": "Cluster in healthy state", "instances": 3, "readyInstances": 3,
      "currentPrimary": "@C@-1", "targetPrimary": "@C@-1", "timelineID": 1,
      "systemID": "74310000000@N5@", "image": "ghcr.io/cloudnative-pg/postgresql:17.5",
      "currentPrimaryTimestamp": "@CREATED@", "targetPrimaryTimestamp": "@CREATED@",
      "instanceNames": ["@C@-1", "@C@-2", "@C@-3"], "latestGeneratedNode": 3, "pvcCount": 6,
      "healthyPVC": [
        "@C@-1", "@C@-1-wal", "@C@-2", "@C@-2-wal", "@C@-3", "@C@-3-wal",
      ],
      "instancesStatus": ["healthy": ["@C@-1", "@C@-2", "@C@-3"]],
      "instancesReportedState": [
        "@C@-1": ["isPrimary": true, "timeLineID": 1, "ip": "10.1.0.1"],
        "@C@-2": ["isPrimary": false, "timeLineID": 1, "ip": "10.1.0.2"],
        "@C@-3": ["isPrimary": false, "timeLineID": 1, "ip": "10.1.0.3"],
      ],
      "readService": "@C@-r", "writeService": "@C@-rw", "cloudNativePGCommitHash": "4b5e244a",
      "firstRecoverabilityPoint": "@FIRST@", "lastSuccessfulBackup": "@LAST@",
      "firstRecoverabilityPointByMethod": ["barmanObjectStore": "@FIRST@"],
      "lastSuccessfulBackupByMethod": ["barmanObjectStore": "@LAST@"],
      "topology": ["instances": [:], "nodesUsed": 3, "successfullyExtracted": true],
      "certificates": [
        "expirations": ["@C@-ca": "@EXPIRES@", "@C@-server": "@EXPIRES@"],
        "clientCASecret": "@C@-ca", "serverCASecret": "@C@-ca", "serverTLSSecret": "@C@-server",
        "replicationTLSSecret": "@C@-replication",
      ],
      "conditions": [
        condition("Ready", "ClusterIsReady", "Cluster is Ready"),
        condition(
          "ContinuousArchiving", "ContinuousArchivingSuccess", "Continuous archiving is working"),
        condition("LastBackupSucceeded", "LastBackupSucceeded", "Backup was successful"),
        condition("ConsistentSystemID", "Unique", "A single, unique system ID was found"),
      ],
    ],
  ]

  private static func condition(_ type: String, _ reason: String, _ message: String) -> JSONValue {
    [
      "type": .string(type), "status": "True", "reason": .string(reason),
      "message": .string(message), "lastTransitionTime": "@LAST@",
    ]
  }

  private static let backupTree: JSONValue = [
    "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
    "metadata": metadata(
      "@C@-nightly-@STAMP@",
      labels: [
        "cnpg.io/cluster": "@C@", "cnpg.io/scheduled-backup": "@C@-nightly",
        "cnpg.io/immediateBackup": "false",
      ], isOwned: false),
    "spec": ["cluster": ["name": "@C@"], "method": "barmanObjectStore"],
    "status": [
      "phase": "completed", "method": "barmanObjectStore", "backupId": "@ID@",
      "backupName": "backup-@STAMP@", "startedAt": "@CREATED@", "stoppedAt": "@STOPPED@",
      "reconciliationStartedAt": "@CREATED@", "reconciliationTerminatedAt": "@STOPPED@",
      "beginWal": "00000001000000@LOG@000000@SEG@", "endWal": "00000001000000@LOG@000000@SEG@",
      "beginLSN": "@LOG@/@SEG@000028", "endLSN": "@LOG@/@SEG@000158", "majorVersion": 17,
      "destinationPath": "s3://backups/@NS@", "endpointURL": "https://s3.example.org",
      "serverName": "@C@", "s3Credentials": store["s3Credentials"] ?? .empty,
      "instanceID": ["podName": "@C@-2", "ContainerID": "containerd://@UID@"],
    ],
  ]

  private static let scheduleTree: JSONValue = [
    "apiVersion": "postgresql.cnpg.io/v1", "kind": "ScheduledBackup",
    "metadata": metadata("@C@-nightly", isOwned: false),
    "spec": [
      "cluster": ["name": "@C@"], "schedule": "0 0 3 * * *", "backupOwnerReference": "none",
      "method": "barmanObjectStore",
    ],
    "status": [
      "lastCheckTime": "@LAST@", "lastScheduleTime": "@LAST@", "nextScheduleTime": "@NEXT@",
    ],
  ]

  private static let podTree: JSONValue = [
    "apiVersion": "v1", "kind": "Pod",
    "metadata": metadata(
      "@C@-@I@",
      labels: [
        "cnpg.io/cluster": "@C@", "cnpg.io/instanceName": "@C@-@I@", "cnpg.io/podRole": "instance",
        "cnpg.io/instanceRole": "@ROLE@", "role": "@ROLE@", "app.kubernetes.io/name": "postgresql",
        "app.kubernetes.io/instance": "@C@", "app.kubernetes.io/version": "17",
        "app.kubernetes.io/component": "database",
        "app.kubernetes.io/managed-by": "cloudnative-pg",
      ],
      annotations: ["cnpg.io/nodeSerial": "@I@", "cnpg.io/operatorVersion": "1.30.0"],
      isOwned: true),
    "spec": PodTrees.instanceSpec(cluster: "@C@", instance: "@C@-@I@", node: "node-@I@"),
    "status": PodTrees.readyStatus(container: "postgres", at: "@CREATED@"),
  ]

  private static let claimTree: JSONValue = [
    "apiVersion": "v1", "kind": "PersistentVolumeClaim",
    "metadata": metadata(
      "@C@-@I@@SUFFIX@",
      labels: [
        "cnpg.io/cluster": "@C@", "cnpg.io/instanceName": "@C@-@I@",
        "cnpg.io/pvcRole": "@PVCROLE@", "cnpg.io/instanceRole": "@ROLE@",
      ], annotations: ["cnpg.io/pvcStatus": "ready", "cnpg.io/nodeSerial": "@I@"], isOwned: true),
    "spec": [
      "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "@SIZE@"]],
      "storageClassName": "fast", "volumeMode": "Filesystem", "volumeName": "pvc-@UID@",
    ],
    "status": [
      "phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": ["storage": "@SIZE@"],
    ],
  ]
}

/// The parts of pods that a fleet and a player share.
enum PodTrees {
  /// Without a node the pod stays unplaced, and asks for no account that a real server would look for.
  static func instanceSpec(cluster: String, instance: String, node: String?) -> JSONValue {
    var spec: JSONValue = [
      "hostname": .string(instance), "restartPolicy": "Always",
      "terminationGracePeriodSeconds": 1800,
      "containers": [
        [
          "name": "postgres", "image": "ghcr.io/cloudnative-pg/postgresql:17.5",
          "command": [
            "/controller/manager", "instance", "run", "--status-port-tls", "--log-level=info",
          ],
          "env": [
            ["name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata"],
            ["name": "POD_NAME", "value": .string(instance)],
            ["name": "CLUSTER_NAME", "value": .string(cluster)],
            ["name": "PGPORT", "value": "5432"], ["name": "PGHOST", "value": "/controller/run"],
          ],
          "ports": [
            ["name": "postgresql", "containerPort": 5432, "protocol": "TCP"],
            ["name": "metrics", "containerPort": 9187, "protocol": "TCP"],
            ["name": "status", "containerPort": 8000, "protocol": "TCP"],
          ],
          "resources": ["requests": ["cpu": "500m", "memory": "1Gi"]],
          "volumeMounts": [
            ["name": "pgdata", "mountPath": "/var/lib/postgresql/data"],
            ["name": "pg-wal", "mountPath": "/var/lib/postgresql/wal"],
            ["name": "scratch-data", "mountPath": "/run"],
          ],
        ]
      ],
      "volumes": [
        ["name": "pgdata", "persistentVolumeClaim": ["claimName": .string(instance)]],
        ["name": "pg-wal", "persistentVolumeClaim": ["claimName": .string(instance + "-wal")]],
        ["name": "scratch-data", "emptyDir": [:]],
      ],
    ]
    if let node {
      spec["nodeName"] = .string(node)
      spec["serviceAccountName"] = .string(cluster)
    }
    return spec
  }

  static func readyStatus(container: String, at time: String) -> JSONValue {
    [
      "phase": "Running", "startTime": .string(time), "podIP": "10.1.0.1", "hostIP": "10.0.0.1",
      "conditions": .array(
        ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map {
          ["type": .string($0), "status": "True", "lastTransitionTime": .string(time)]
        }),
      "containerStatuses": [
        [
          "name": .string(container), "ready": true, "started": true, "restartCount": 0,
          "image": "ghcr.io/cloudnative-pg/postgresql:17.5",
          "imageID": "sha256:0",
          "state": ["running": ["startedAt": .string(time)]],
        ]
      ],
    ]
  }
}
