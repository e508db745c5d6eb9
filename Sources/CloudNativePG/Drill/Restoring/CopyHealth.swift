import FoundationEssentials
import Kubernetes
import RecoveryModel
import Transports

/// What the API server tells of the pod that a copy's PostgreSQL runs in, when a question to it came to nothing.
struct CopyHealth: Sendable {
  private let client: KubernetesClient
  private let namespace: String
  private let pod: String

  /// Lines of its log that are looked at.
  private static let lines = 200

  init(_ operations: CloudNativePGOperations, _ order: ClusterDrillOrder, _ pod: String) {
    client = operations.site.client
    namespace = order.namespace
    self.pod = pod
  }

  /// Why the pod is no more; nil while it is there, and where the API server does not say.
  func absence() async -> String? {
    let advice = "(see kubectl -n \(ShellWord.quoted(namespace)) get events, and drill again)"
    do {
      guard let found = try await look() else {
        return "its pod \(pod) is gone: evicted, or deleted by somebody \(advice)"
      }
      guard found.isTerminating || found.status?.phase == "Failed" else { return nil }
      return "its pod \(pod): \(found.trouble ?? "failed") \(advice)"
    } catch {
      return nil
    }
  }

  /// What speaks for PostgreSQL having died: its container ended, or its log tells of a process that was killed. nil
  /// where nothing does.
  func death() async -> String? {
    if let status = try? await look()?.status?.containerStatuses?.first(where: {
      $0.name == "postgres"
    }) {
      if let ended = status.state?.terminated {
        return "its container ended (\(ended.reason ?? "exit status \(ended.exitCode ?? -1)"))"
      }
      if let count = status.restartCount, count > 0 {
        return "its container was started again (\(count) times)"
      }
    }
    return await crash()
  }

  private func look() async throws -> Pod? {
    try await client.get(Pod.resource, in: namespace, pod)?.decoded(Pod.self)
  }

  private func crash() async -> String? {
    let path = Pod.resource.path(namespace: namespace, name: pod, subresource: "log")
    let query = [("container", "postgres"), ("tailLines", "\(Self.lines)")]
    guard
      let answer = try? await client.send("GET", path, query: query, deadline: 10),
      answer.status == 200
    else { return nil }
    let text = String(decoding: answer.body, as: UTF8.self)
    for line in text.split(separator: "\n").reversed() where Self.tellsOfCrash(line) {
      return Sanitizer.clean(CopyLog.message(of: String(line)), limit: 200)
    }
    return nil
  }

  private static func tellsOfCrash(_ line: Substring) -> Bool {
    line.contains("was terminated by signal") || line.contains("\"error_severity\":\"PANIC\"")
      || line.contains("PANIC:  ")
  }
}
