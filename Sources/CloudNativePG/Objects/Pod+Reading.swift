import Kubernetes
import Transports

/// Watched as a part of the cluster that its label names.
extension Pod: KubernetesObject {
  /// `full-recovery`, `initdb`, …, of a job's pod; nil of an instance.
  package var jobRole: String? { metadata.labels?["cnpg.io/jobRole"] }

  /// The instance manager answers on port 8000 with TLS: pods made since 1.24.
  package var statusPortUsesTLS: Bool {
    spec?.containers?.first { $0.name == "postgres" }?.command?
      .contains { $0.hasPrefix("--status-port-tls") } ?? false
  }

  package var owner: ObjectKey {
    ObjectKey(
      namespace: metadata.namespace ?? "", name: metadata.labels?["cnpg.io/cluster"] ?? "")
  }

  package static func read(_ reader: inout JSONReader) throws -> Pod {
    var pod = Pod(metadata: ObjectMetadata(name: ""))
    try reader.eachKey { reader, key in
      switch key {
      case "metadata": pod.metadata = try reader.clusterMetadata()
      case "spec": pod.spec = try Spec(reading: &reader)
      case "status": pod.status = try Status(reading: &reader)
      default: try reader.skip()
      }
    }
    return pod
  }
}

extension Pod.Spec {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var spec = self
    try reader.eachKey { reader, key in
      switch key {
      case "nodeName": spec.nodeName = try reader.sharedString()
      case "containers":
        var containers: [Pod.Container] = []
        try reader.eachElement { containers.append(try Pod.Container(reading: &$0)) }
        spec.containers = containers
      default: try reader.skip()
      }
    }
    self = spec
  }
}

extension Pod.Container {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var container = self
    try reader.eachKey { reader, key in
      switch key {
      case "name": container.name = try reader.sharedString()
      case "image": container.image = try reader.sharedString()
      case "command":
        var command: [String] = []
        try reader.eachElement { command.append(try $0.sharedString() ?? "") }
        container.command = command
      default: try reader.skip()
      }
    }
    self = container
  }
}

extension Pod.Status {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var status = self
    try reader.eachKey { reader, key in
      switch key {
      case "phase": status.phase = try reader.sharedString()
      case "reason": status.reason = try reader.sharedString()
      case "message": status.message = try reader.sharedString()
      case "startTime": status.startTime = try reader.string()
      case "conditions":
        var conditions: [Condition] = []
        try reader.eachElement { conditions.append(try Condition(reading: &$0)) }
        status.conditions = conditions
      case "containerStatuses":
        status.containerStatuses = try Pod.ContainerStatus.list(&reader)
      case "initContainerStatuses":
        status.initContainerStatuses = try Pod.ContainerStatus.list(&reader)
      default: try reader.skip()
      }
    }
    self = status
  }
}

extension Pod.ContainerStatus {
  fileprivate static func list(_ reader: inout JSONReader) throws -> [Pod.ContainerStatus] {
    var statuses: [Pod.ContainerStatus] = []
    try reader.eachElement { statuses.append(try Pod.ContainerStatus(reading: &$0)) }
    return statuses
  }

  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var status = self
    try reader.eachKey { reader, key in
      switch key {
      case "name": status.name = try reader.sharedString()
      case "ready": status.ready = try reader.truth()
      case "restartCount": status.restartCount = try reader.integer()
      case "state": status.state = try State(reading: &reader)
      default: try reader.skip()
      }
    }
    self = status
  }
}

extension Pod.ContainerStatus.State {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var state = self
    try reader.eachKey { reader, key in
      switch key {
      case "waiting":
        var waiting = Waiting()
        try reader.eachKey { reader, key in
          switch key {
          case "reason": waiting.reason = try reader.sharedString()
          case "message": waiting.message = try reader.sharedString()
          default: try reader.skip()
          }
        }
        state.waiting = waiting
      case "running":
        var running = Running()
        try reader.eachKey { reader, key in
          switch key {
          case "startedAt": running.startedAt = try reader.string()
          default: try reader.skip()
          }
        }
        state.running = running
      case "terminated":
        var terminated = Terminated()
        try reader.eachKey { reader, key in
          switch key {
          case "exitCode": terminated.exitCode = try reader.integer()
          case "reason": terminated.reason = try reader.sharedString()
          case "message": terminated.message = try reader.sharedString()
          case "startedAt": terminated.startedAt = try reader.string()
          case "finishedAt": terminated.finishedAt = try reader.string()
          default: try reader.skip()
          }
        }
        state.terminated = terminated
      default: try reader.skip()
      }
    }
    self = state
  }
}
