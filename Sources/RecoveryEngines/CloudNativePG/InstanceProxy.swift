import FoundationEssentials
import RecoveryModel

/// Asks the instances of a cluster through the API server's pod proxy, all at once, each with a deadline of its own.
struct InstanceProxy: Sendable {
  let client: KubernetesClient
  let gate: RequestGate
  let namespace: String
  let now: @Sendable () -> Date

  /// Seconds for one instance.
  private static let deadline = 3.0
  private static let part = "instance status"
  private static let resource = Resource(group: "", version: "v1", plural: "pods/proxy")

  /// Whom to ask: those with a pod, else those that the operator names.
  static func names(_ facts: CloudNativePGFacts) -> [String] {
    if facts.cluster.isHibernated { return [] }
    guard let pods = facts.pods.value else { return facts.cluster.status?.instanceNames ?? [] }
    return pods.filter { $0.metadata.labels?["cnpg.io/podRole"] == "instance" }.map(\.name)
  }

  func statuses(of facts: CloudNativePGFacts) async -> [String: Observed<InstanceManagerStatus>] {
    await each(of: facts) { name, pod in await status(of: name, pod: pod) }
  }

  /// Those that answered.
  func metrics(of facts: CloudNativePGFacts) async -> [String: InstanceMetrics] {
    let isSecure = facts.cluster.spec.monitoring?.tls?.enabled ?? false
    let answers = await each(of: facts) { name, _ -> InstanceMetrics? in
      let target = isSecure ? "https:\(name):9187" : "\(name):9187"
      guard let answer = try? await get(target, "metrics"), answer.status == 200 else {
        return nil
      }
      return InstanceMetrics(text: String(decoding: answer.body, as: UTF8.self))
    }
    return answers.compactMapValues { $0 }
  }

  /// The proxy itself is what was refused, for all of them.
  func isRefused(_ statuses: [String: Observed<InstanceManagerStatus>]) -> Bool {
    !statuses.isEmpty
      && statuses.values.allSatisfy { $0.failure?.reason.hasPrefix("not allowed") ?? false }
  }

  private func each<Answer: Sendable>(
    of facts: CloudNativePGFacts, _ ask: @escaping @Sendable (String, Pod?) async -> Answer
  ) async -> [String: Answer] {
    let pods = Dictionary(
      (facts.pods.value ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return await withTaskGroup(of: (String, Answer).self) { group in
      for name in Self.names(facts) {
        let pod = pods[name]
        group.addTask { (name, await gate.pass { await ask(name, pod) }) }
      }
      var answers: [String: Answer] = [:]
      for await (name, answer) in group { answers[name] = answer }
      return answers
    }
  }

  private func status(of name: String, pod: Pod?) async -> Observed<InstanceManagerStatus> {
    if let pod, pod.status?.phase != "Running" {
      return missing(
        "\(name) does not run: \(pod.trouble ?? "the pod is \(pod.status?.phase ?? "new")")",
        "kubectl -n \(namespace) describe pod \(name)")
    }
    // Instance managers have spoken TLS since 1.24.
    let target = pod?.statusPortUsesTLS ?? true ? "https:\(name):8000" : "http:\(name):8000"
    do {
      let answer = try await get(target, "pg/status")
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
        ? "did not answer within \(Int(Self.deadline)) s" : said?.message ?? "\(error)"
      return missing(
        "\(name): \(why)",
        said?.code == .timedOut ? Self.silenceRemedy(namespace, name) : said?.remedy ?? "")
    }
  }

  private func get(_ target: String, _ path: String) async throws -> HTTPResponse {
    let proxy = Pod.resource.path(namespace: namespace, name: target, subresource: "proxy")
    return try await client.send("GET", "\(proxy)/\(path)", deadline: Self.deadline)
  }

  private func refusal(
    _ answer: HTTPResponse, _ name: String
  ) -> Observed<InstanceManagerStatus> {
    let said = Sanitizer.clean(KubernetesStatus(answer).message ?? "", limit: 160)
    switch answer.status {
    case 401, 403:
      let error = RecoveryError(
        answer, verb: "get", resource: Self.resource, namespace: namespace, server: client.server)
      return missing(error.message, error.remedy)
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
    _ reason: String, _ remedy: String
  ) -> Observed<InstanceManagerStatus> {
    .unavailable(Unavailable(part: Self.part, reason: reason, remedy: remedy), at: now())
  }
}
