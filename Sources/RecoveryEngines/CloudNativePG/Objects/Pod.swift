import FoundationEssentials

/// `pods`: where a server runs, as the kubelet tells it.
public struct Pod: KubernetesObject {
  public static var resource: Resource { Resource(group: "", version: "v1", plural: "pods") }

  public var metadata: ObjectMetadata
  public var spec: Spec?
  public var status: Status?

  public struct Spec: Sendable, Equatable, Decodable {
    public var nodeName: String?
    public var containers: [Container]?
  }

  public struct Container: Sendable, Equatable, Decodable {
    public var name: String?
    public var image: String?
    public var command: [String]?
  }

  public struct Status: Sendable, Equatable, Decodable {
    public var phase: String?
    public var reason: String?
    public var message: String?
    public var startTime: String?
    public var conditions: [Condition]?
    public var containerStatuses: [ContainerStatus]?
  }

  public struct ContainerStatus: Sendable, Equatable, Decodable {
    public struct State: Sendable, Equatable, Decodable {
      public struct Waiting: Sendable, Equatable, Decodable {
        public var reason: String?
        public var message: String?
      }
      public struct Terminated: Sendable, Equatable, Decodable {
        public var exitCode: Int?
        public var reason: String?
        public var message: String?
        public var startedAt: String?
        public var finishedAt: String?
      }
      public var waiting: Waiting?
      public var terminated: Terminated?
    }
    public var name: String?
    public var ready: Bool?
    public var restartCount: Int?
    public var state: State?
  }

  public var name: String { metadata.name }
  /// `full-recovery`, `initdb`, …, of a job's pod; nil of an instance.
  public var jobRole: String? { metadata.labels?["cnpg.io/jobRole"] }
  /// When the last of its containers ended, where the kubelet says so.
  public var finishedAt: Date? {
    (status?.containerStatuses ?? []).compactMap {
      kubernetesDate($0.state?.terminated?.finishedAt)
    }
    .max()
  }
  public var isTerminating: Bool { metadata.deletionTimestamp != nil }
  public var isReady: Bool {
    status?.conditions?.first { $0.type == "Ready" }?.isTrue ?? false
  }

  /// The instance manager answers on port 8000 with TLS: pods made since 1.24.
  public var statusPortUsesTLS: Bool {
    spec?.containers?.first { $0.name == "postgres" }?.command?
      .contains { $0.hasPrefix("--status-port-tls") } ?? false
  }

  /// Why it does not run, in the kubelet's words; nil when nothing is wrong.
  public var trouble: String? {
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
