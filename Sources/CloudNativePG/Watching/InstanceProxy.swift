import FoundationEssentials
import Kubernetes
import RecoveryModel
import Transports

/// Where an instance is asked, as the pod proxy spells it.
struct InstanceAddress: Sendable, Equatable {
  var name: String
  /// Scheme, pod and port.
  var status: String
  var metrics: String
  /// Why there is nobody to ask; nil = there is.
  var obstacle: String?

  /// Those with a pod, else those that the operator names.
  @inline(never)
  static func all(_ facts: CloudNativePGFacts) -> [InstanceAddress] {
    if facts.cluster.isHibernated { return [] }
    let isSecure = facts.cluster.spec.monitoring?.tls?.enabled ?? false
    guard let pods = facts.pods.value else {
      return (facts.cluster.status?.instanceNames ?? []).map {
        InstanceAddress(name: $0, pod: nil, metricsUseTLS: isSecure)
      }
    }
    return pods.filter { $0.metadata.labels?["cnpg.io/podRole"] == "instance" }.map {
      InstanceAddress(name: $0.name, pod: $0, metricsUseTLS: isSecure)
    }
  }

  private init(name: String, pod: Pod?, metricsUseTLS: Bool) {
    self.name = name
    // Instance managers have spoken TLS since 1.24.
    status = (pod?.statusPortUsesTLS ?? true ? "https:" : "http:") + name + ":8000"
    metrics = metricsUseTLS ? "https:\(name):9187" : "\(name):9187"
    if let pod, pod.status?.phase != "Running" {
      obstacle = pod.trouble ?? "the pod is \(pod.status?.phase ?? "new")"
    }
  }
}

/// Asks the instances of a cluster through the API server's pod proxy, all at once, each with a deadline of its own.
struct InstanceProxy: Sendable {
  let client: KubernetesClient
  let gate: RequestGate
  let namespace: String
  let now: @Sendable () -> Date

  /// Seconds for one instance.
  var deadline = InstanceProxy.deadline

  static let deadline = 3.0
  private var silence: String { "did not answer within \(Int(deadline)) s" }
  private static let part = "instance status"
  private static let resource = Resource(group: "", version: "v1", plural: "pods/proxy")

  func statuses(
    of instances: [InstanceAddress]
  ) async -> [String: Observed<InstanceManagerStatus>] {
    await each(of: instances) { await status(of: $0) }
  }

  /// Those that answered.
  func metrics(of instances: [InstanceAddress]) async -> [String: InstanceMetrics] {
    let answers = await each(of: instances) { instance -> InstanceMetrics? in
      guard let answer = try? await get(instance.metrics, "metrics"), answer.status == 200 else {
        return nil
      }
      return InstanceMetrics(text: String(decoding: answer.body, as: UTF8.self))
    }
    return answers.compactMapValues { $0 }
  }

  /// Somebody's answer did not come in time: the instance's, or the API server's.
  func isSilent(_ statuses: [String: Observed<InstanceManagerStatus>]) -> Bool {
    statuses.values.contains(where: isSilent)
  }

  func isSilent(_ status: Observed<InstanceManagerStatus>) -> Bool {
    status.failure?.code == .timedOut
  }

  /// The proxy itself is what was refused, for all of them.
  func isRefused(_ statuses: [String: Observed<InstanceManagerStatus>]) -> Bool {
    !statuses.isEmpty
      && statuses.values.allSatisfy { $0.failure.map(Self.isRefusal) ?? false }
  }

  /// A right is missing; anything else says nothing of rights.
  static func isRefusal(_ failure: Unavailable) -> Bool { failure.code == .denied }

  private func each<Answer: Sendable>(
    of instances: [InstanceAddress],
    _ ask: @escaping @Sendable (InstanceAddress) async -> Answer
  ) async -> [String: Answer] {
    await gate.pass {
      await withTaskGroup(of: (String, Answer).self) { group in
        for instance in instances { group.addTask { (instance.name, await ask(instance)) } }
        var answers: [String: Answer] = [:]
        for await (name, answer) in group { answers[name] = answer }
        return answers
      }
    }
  }

  private func status(of instance: InstanceAddress) async -> Observed<InstanceManagerStatus> {
    let name = instance.name
    if let obstacle = instance.obstacle {
      return missing(
        "\(name) does not run: \(obstacle)", "kubectl -n \(namespace) describe pod \(name)")
    }
    do {
      let answer = try await get(instance.status, "pg/status")
      guard answer.status == 200 else { return refusal(answer, name) }
      guard
        let status = try? JSONDecoder().decode(
          InstanceManagerStatus.self, from: Data(answer.body))
      else {
        return missing(
          "\(name) answered something that is no status", "look at the instance manager's log")
      }
      return .value(status, source: "/pg/status of \(name)", at: now())
    } catch {
      let said = error as? RecoveryError
      let why =
        said?.code == .timedOut
        ? silence : said?.message ?? "\(error)"
      return missing(
        "\(name): \(why)",
        said?.code == .timedOut ? Self.silenceRemedy(namespace, name) : said?.remedy ?? "",
        code: said?.code == .timedOut ? .timedOut : nil)
    }
  }

  private func get(_ target: String, _ path: String) async throws -> HTTPResponse {
    let proxy = Pod.resource.path(namespace: namespace, name: target, subresource: "proxy")
    return try await client.send("GET", "\(proxy)/\(path)", deadline: deadline)
  }

  private func refusal(
    _ answer: HTTPResponse, _ name: String
  ) -> Observed<InstanceManagerStatus> {
    let said = Sanitizer.clean(KubernetesStatus(answer).message ?? "", limit: 160)
    switch answer.status {
    // kube-apiserver's words for a pod without an IP.
    case 400 where said.contains("address not allowed"):
      return missing(
        "the pod \(name) has no address yet", "kubectl -n \(namespace) describe pod \(name)")
    case 401, 403:
      let error = RecoveryError(
        answer, verb: "get", resource: Self.resource, namespace: namespace, server: client.server)
      return missing(
        error.message, error.remedy, code: answer.status == 403 ? .denied : nil)
    case 404: return missing("the pod \(name) is gone", "wait for the operator to make it anew")
    case 500:
      return missing(
        "the instance manager of \(name) cannot reach PostgreSQL: \(said)",
        "kubectl -n \(namespace) logs \(name)")
    case 502, 503, 504:
      return missing(
        "the API server cannot reach port 8000 of \(name): \(said)",
        Self.silenceRemedy(namespace, name))
    default: return missing("\(name) answered with status \(answer.status): \(said)", "")
    }
  }

  private static func silenceRemedy(_ namespace: String, _ name: String) -> String {
    "look at its node (kubectl -n \(namespace) get pod \(name) -o wide), and for a NetworkPolicy "
      + "that keeps the API server from port 8000"
  }

  private func missing(
    _ reason: String, _ remedy: String, code: RecoveryError.Code? = nil
  ) -> Observed<InstanceManagerStatus> {
    .unavailable(
      Unavailable(part: Self.part, reason: reason, remedy: remedy, code: code), at: now())
  }
}
