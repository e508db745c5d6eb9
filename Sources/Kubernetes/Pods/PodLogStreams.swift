import FoundationEssentials
import RecoveryModel
import Synchronization
import Transports

/// The logs of a job's pods, streamed for as long as the pods exist: they are deleted with their job.
package final class PodLogStreams: Sendable {
  package enum News: Sendable {
    case line(pod: String, String)
    /// The log was read to its end; its lines came before.
    case ended(pod: String, container: String)
  }

  private struct State {
    /// By pod and container.
    var begun: Set<String> = []
    var tasks: [Task<Void, Never>] = []
    var isOver = false
  }

  private let client: KubernetesClient
  private let namespace: String
  private let tell: @Sendable (News) -> Void
  private let state = Mutex(State())

  /// Seconds without a line after which a stream counts as dead and is begun anew.
  private static let idle = 900.0

  package init(
    client: KubernetesClient, namespace: String, tell: @escaping @Sendable (News) -> Void
  ) {
    self.client = client
    self.namespace = namespace
    self.tell = tell
  }

  /// Begins with every pod and container that is not read already. One that is not there yet is tried again.
  package func follow(_ pods: [String], containers: [String]) {
    for pod in pods {
      for container in containers {
        let key = "\(pod)/\(container)"
        state.withLock {
          guard !$0.isOver, $0.begun.insert(key).inserted else { return }
          $0.tasks.append(Task { await self.read(pod, container, key) })
        }
      }
    }
  }

  package func end() {
    let tasks = state.withLock {
      $0.isOver = true
      return $0.tasks
    }
    for task in tasks { task.cancel() }
  }

  private func read(_ pod: String, _ container: String, _ key: String) async {
    let isComplete = (try? await stream(pod, container)) ?? false
    if !isComplete { try? await Task.sleep(for: .seconds(1)) }
    if isComplete { return tell(.ended(pod: pod, container: container)) }
    state.withLock { _ = $0.begun.remove(key) }
  }

  /// False when there is nothing to read yet. A cut stream throws and is read again from its beginning, which changes
  /// nothing that was learned from it.
  private func stream(_ pod: String, _ container: String) async throws -> Bool {
    let path = Pod.resource.path(namespace: namespace, name: pod, subresource: "log")
    let events = try await client.watch(
      path, query: [("container", container), ("follow", "true")], idleTimeout: Self.idle)
    var lines = LineBuffer()
    var status = 0
    for try await event in events {
      switch event {
      case .head(let code, _): status = code
      case .chunk(let bytes) where status == 200:
        for line in lines.append(bytes) {
          tell(.line(pod: pod, String(decoding: line, as: UTF8.self)))
        }
      case .chunk: break
      }
    }
    // 400: the container is not there, or waits; 404: the pod is gone, and its log with it.
    return status == 200 || status == 404
  }
}
