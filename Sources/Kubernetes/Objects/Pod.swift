import FoundationEssentials

/// `pods`: where a server runs, as the kubelet tells it.
package struct Pod: Sendable, Equatable, Decodable {
  package static var resource: Resource { Resource(group: "", version: "v1", plural: "pods") }

  package var metadata: ObjectMetadata
  package var spec: Spec?
  package var status: Status?

  package init(metadata: ObjectMetadata, spec: Spec? = nil, status: Status? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  package struct Spec: Sendable, Equatable, Decodable {
    package var nodeName: String?
    package var containers: [Container]?

    package init(nodeName: String? = nil, containers: [Container]? = nil) {
      self.nodeName = nodeName
      self.containers = containers
    }
  }

  package struct Container: Sendable, Equatable, Decodable {
    package var name: String?
    package var image: String?
    package var command: [String]?

    package init(name: String? = nil, image: String? = nil, command: [String]? = nil) {
      self.name = name
      self.image = image
      self.command = command
    }
  }

  package struct Status: Sendable, Equatable, Decodable {
    package var phase: String?
    package var reason: String?
    package var message: String?
    package var startTime: String?
    package var conditions: [Condition]?
    package var containerStatuses: [ContainerStatus]?
    package var initContainerStatuses: [ContainerStatus]?

    package init(
      phase: String? = nil, reason: String? = nil, message: String? = nil, startTime: String? = nil,
      conditions: [Condition]? = nil, containerStatuses: [ContainerStatus]? = nil,
      initContainerStatuses: [ContainerStatus]? = nil
    ) {
      self.initContainerStatuses = initContainerStatuses
      self.phase = phase
      self.reason = reason
      self.message = message
      self.startTime = startTime
      self.conditions = conditions
      self.containerStatuses = containerStatuses
    }
  }

  package struct ContainerStatus: Sendable, Equatable, Decodable {
    package struct State: Sendable, Equatable, Decodable {
      package struct Waiting: Sendable, Equatable, Decodable {
        package var reason: String?
        package var message: String?

        package init(reason: String? = nil, message: String? = nil) {
          self.reason = reason
          self.message = message
        }
      }
      package struct Running: Sendable, Equatable, Decodable {
        package var startedAt: String?

        package init(startedAt: String? = nil) {
          self.startedAt = startedAt
        }
      }
      package struct Terminated: Sendable, Equatable, Decodable {
        package var exitCode: Int?
        package var reason: String?
        package var message: String?
        package var startedAt: String?
        package var finishedAt: String?

        package init(
          exitCode: Int? = nil, reason: String? = nil, message: String? = nil,
          startedAt: String? = nil, finishedAt: String? = nil
        ) {
          self.exitCode = exitCode
          self.reason = reason
          self.message = message
          self.startedAt = startedAt
          self.finishedAt = finishedAt
        }
      }
      package var waiting: Waiting?
      package var running: Running?
      package var terminated: Terminated?

      package init(waiting: Waiting? = nil, running: Running? = nil, terminated: Terminated? = nil)
      {
        self.waiting = waiting
        self.running = running
        self.terminated = terminated
      }
    }
    package var name: String?
    package var ready: Bool?
    package var restartCount: Int?
    package var state: State?

    package init(
      name: String? = nil, ready: Bool? = nil, restartCount: Int? = nil, state: State? = nil
    ) {
      self.name = name
      self.ready = ready
      self.restartCount = restartCount
      self.state = state
    }
  }

  package var name: String { metadata.name }
  /// When the last of its containers ended, where the kubelet says so.
  package var finishedAt: Date? {
    (status?.containerStatuses ?? []).compactMap {
      kubernetesDate($0.state?.terminated?.finishedAt)
    }
    .max()
  }
  /// Since when an instance's container runs, through all restarts of a pod that stays; nil where it does not run.
  package var serverStartedAt: Date? {
    let server = status?.containerStatuses?.first { $0.name == "postgres" }
    return kubernetesDate(server?.state?.running?.startedAt)
  }
  package var isTerminating: Bool { metadata.deletionTimestamp != nil }
  package var isReady: Bool {
    status?.conditions?.first { $0.type == "Ready" }?.isTrue ?? false
  }

  /// Why it does not run, in the kubelet's words; nil when nothing is wrong.
  package var trouble: String? {
    if isTerminating { return "the pod is being deleted" }
    let waiting = (status?.containerStatuses ?? []).compactMap { $0.state?.waiting?.reason }.first
    if let waiting { return "container waits: \(waiting)" }
    if status?.phase == "Pending" {
      let scheduled = status?.conditions?.first { $0.type == "PodScheduled" }
      return scheduled?.isTrue == false ? scheduled?.message ?? "not scheduled" : "pod pending"
    }
    if status?.phase == "Failed" { return status?.message ?? status?.reason ?? "pod failed" }
    return isReady ? nil : "the pod is not ready"
  }
}
