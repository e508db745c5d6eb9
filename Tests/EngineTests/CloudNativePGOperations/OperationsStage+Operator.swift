import KubernetesStandIn
import RecoveryModel

@testable import CloudNativePG
@testable import Kubernetes

/// The operator's part, and the kubelet's, played through the API.
extension OperationsStage {
  func backup(_ name: String) async throws -> JSONValue? {
    try await server.object(CNPGBackup.resource, namespace, name)
  }

  func setBackup(_ name: String, _ status: JSONValue) async throws {
    try await server.change(CNPGBackup.resource, namespace, name) { $0["status"] = status }
  }

  /// The recovery job begins and its pod runs.
  func beginRecovery(
    _ copy: String, pod: String? = nil, podStatus: JSONValue? = nil
  ) async throws {
    let uid = try await uid(of: copy)
    try await server.change(CNPGCluster.resource, drills, copy) {
      $0["status"] = [
        "phase": "Setting up primary",
        "phaseReason": .string("Creating primary instance \(copy)-1"),
      ]
    }
    var job = owned(
      "batch/v1", "Job", "\(copy)-1-full-recovery", copy, uid, ["cnpg.io/jobRole": "full-recovery"])
    // A job controller is to make no pods of its own.
    job["spec"] = [
      "suspend": true, "parallelism": 0,
      "template": ["spec": Self.recoveryPodSpec],
    ]
    try await server.make(job)
    var claim = owned("v1", "PersistentVolumeClaim", "\(copy)-1", copy, uid, [:])
    claim["spec"] = [
      "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]],
    ]
    try await server.make(claim)
    try await makePod(pod ?? "\(copy)-1-full-recovery-a", of: copy, status: podStatus)
  }

  private static let recoveryPodSpec: JSONValue = [
    "restartPolicy": "Never", "containers": [["name": "full-recovery", "image": "x"]],
    "initContainers": [["name": "plugin-barman-cloud", "image": "x"]],
  ]

  /// A pod of the recovery job, which runs unless `status` says otherwise.
  func makePod(_ name: String, of copy: String, status: JSONValue? = nil) async throws {
    var pod = owned(
      "v1", "Pod", name, copy, try await uid(of: copy), ["cnpg.io/jobRole": "full-recovery"])
    pod["spec"] = Self.recoveryPodSpec
    pod["status"] = status ?? ["phase": "Running"]
    try await server.make(pod)
  }

  private func uid(of copy: String) async throws -> JSONValue {
    try await server.object(CNPGCluster.resource, drills, copy)?[path: "metadata", "uid"] ?? ""
  }

  func say(_ line: String, pod: String) {
    server.kubelet.log(
      line, namespace: drills, pod: pod, container: "full-recovery", isPrevious: false)
  }

  func sayServer(_ severity: String, _ message: String, pod: String) {
    say(
      #"{"level":"info","logger":"postgres","msg":"record","record":{"error_severity":""#
        + severity + #"","message":""# + message.replacing("\"", with: "\\\"") + #""}}"#, pod: pod)
  }

  /// Everything that a good recovery says.
  func sayRecovered(pod: String, reached: String = "0/9000060") {
    say(#"{"level":"info","msg":"Target backup found"}"#, pod: pod)
    say(#"{"level":"info","msg":"Restore completed"}"#, pod: pod)
    for line in [
      "starting point-in-time recovery to WAL location (LSN) \"0/9000000\"",
      "restored log file \"000000010000000000000008\" from archive", "redo starts at 0/8000028",
      "restored log file \"000000020000000000000009\" from archive",
      "redo done at \(reached) system usage: CPU: user: 0.00 s",
      "last completed transaction was at log time 2026-08-21 10:04:58.5+00",
      "selected new timeline ID: 3",
    ] { sayServer("LOG", line, pod: pod) }
  }

  func endPod(_ name: String, phase: String, exitCode: Int = 0) async throws {
    try await server.change(Pod.resource, drills, name) {
      $0["status"] = [
        "phase": .string(phase),
        "containerStatuses": [
          [
            "name": "full-recovery",
            "state": ["terminated": ["exitCode": .integer(exitCode), "reason": "Error"]],
          ]
        ],
        "initContainerStatuses": [
          [
            "name": "plugin-barman-cloud",
            "state": ["terminated": ["exitCode": 0, "reason": "Completed"]],
          ]
        ],
      ]
    }
  }

  /// The job is done, the instance runs, its login is there.
  func finishRecovery(_ copy: String, pod: String? = nil) async throws {
    let uid = try await uid(of: copy)
    try await endPod(pod ?? "\(copy)-1-full-recovery-a", phase: "Succeeded")
    try await server.change(Job.resource, drills, "\(copy)-1-full-recovery") {
      $0["status"] = [
        "succeeded": 1, "startTime": "2026-08-21T10:06:00Z",
        "completionTime": "2026-08-21T10:07:00Z",
        "conditions": [
          ["type": "SuccessCriteriaMet", "status": "True"], ["type": "Complete", "status": "True"],
        ],
      ]
    }
    var instance = owned("v1", "Pod", "\(copy)-1", copy, uid, ["cnpg.io/podRole": "instance"])
    instance["spec"] = ["containers": [["name": "postgres", "image": "x"]]]
    instance["status"] = [
      "phase": "Running", "conditions": [["type": "Ready", "status": "True"]],
    ]
    try await server.make(instance)
    var secret = owned("v1", "Secret", "\(copy)-app", copy, uid, [:])
    secret["data"] = ["username": "YXBw", "password": "cHc=", "dbname": "YXBw"]
    try await server.make(secret)
    try await server.change(CNPGCluster.resource, drills, copy) {
      $0["status"] = [
        "phase": "Cluster in healthy state", "readyInstances": 1, "instances": 1,
        "currentPrimary": .string("\(copy)-1"),
      ]
    }
  }

  private func owned(
    _ version: String, _ kind: String, _ name: String, _ copy: String, _ uid: JSONValue,
    _ labels: [String: JSONValue]
  ) -> JSONValue {
    var all = labels
    all["cnpg.io/cluster"] = .string(copy)
    return [
      "apiVersion": .string(version), "kind": .string(kind),
      "metadata": [
        "name": .string(name), "namespace": .string(drills), "labels": .object(all),
        "ownerReferences": [
          [
            "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "name": .string(copy),
            "uid": uid, "controller": true, "blockOwnerDeletion": true,
          ]
        ],
      ],
    ]
  }
}
