import FoundationEssentials
import RecoveryModel
import Synchronization
import Transports

/// The kubelet of a real server that has none, played on the client's side of the wire.
///
/// Who may not ask is refused by the server itself, and so is what it does not know; its answer is replaced only where a
/// kubelet would have given it. Port forwards are not played: kubectl makes them, past this client.
package final class PlayedKubelet: Kubelet {
  private struct LogKey: Hashable {
    var namespace: String
    var pod: String
    var container: String
  }
  private struct State {
    var handlers: [@Sendable (ProxyRequest) -> ProxyResponse?] = []
    var logs: [LogKey: [String]] = [:]
  }
  private let state = Mutex(State())

  package let hasNodes = false

  package init() {}

  package func proxy(_ handler: @escaping @Sendable (ProxyRequest) -> ProxyResponse?) {
    state.withLock { $0.handlers.append(handler) }
  }

  package func log(
    _ line: String, namespace: String, pod: String, container: String, isPrevious: Bool
  ) {
    let key = LogKey(namespace: namespace, pod: pod, container: container)
    state.withLock { if !isPrevious { $0.logs[key, default: []].append(line) } }
  }

  package func listen(on port: UInt16, ofPod pod: String, namespace: String, at target: UInt16) {}

  /// A client that meets this kubelet wherever `http` would have met none.
  package func behind(_ http: HTTPClient) -> HTTPClient {
    HTTPClient { request in
      guard let call = PodCall(request) else { return http.send(request) }
      return AsyncThrowingStream { continuation in
        let task = Task {
          do {
            switch call.subresource {
            case .log: try await self.answerLog(call, http, continuation)
            case .proxy: try await self.answerProxy(call, http, continuation)
            }
            continuation.finish()
          } catch {
            continuation.finish(throwing: error)
          }
        }
        continuation.onTermination = { _ in task.cancel() }
      }
    }
  }

  private typealias Answer = AsyncThrowingStream<HTTPEvent, any Error>.Continuation

  private func answerLog(_ call: PodCall, _ http: HTTPClient, _ answer: Answer) async throws {
    // Of a pod without a node the server says 204 at once.
    let said = try await http.fetch(call.request)
    guard said.status < 300 else { return answer.yield(said) }
    answer.yield(.head(status: 200, headers: ["content-type": "text/plain"]))
    let key = LogKey(
      namespace: call.namespace, pod: call.pod, container: call.parameters["container"] ?? "")
    var sent = 0
    repeat {
      // In this order: what a container printed before its end is not to be missed.
      let isOver = try await call.isOver(http)
      let lines = state.withLock { $0.logs[key] ?? [] }
      if lines.count > sent {
        answer.yield(.chunk(Array(lines[sent...].map { $0 + "\n" }.joined().utf8)))
        sent = lines.count
      }
      if isOver || call.parameters["follow"] != "true" { return }
      try await Task.sleep(for: .milliseconds(50))
    } while true
  }

  private func answerProxy(_ call: PodCall, _ http: HTTPClient, _ answer: Answer) async throws {
    // Not asked when it would let us through: it would dial an address that leads nowhere.
    guard try await call.isAllowed(http) else {
      return answer.yield(try await http.fetch(call.request))
    }
    guard try await call.isThere(http) else {
      return answer.yield(
        HTTPResponse(status: 404, body: Array("pods \"\(call.pod)\" not found".utf8)))
    }
    let request = ProxyRequest(
      scheme: call.scheme, namespace: call.namespace, pod: call.pod, port: call.port,
      method: call.request.method, path: call.rest, body: call.request.body ?? [])
    for handler in state.withLock({ $0.handlers }).reversed() {
      guard let response = handler(request) else { continue }
      return answer.yield(
        HTTPResponse(
          status: response.status, headers: ["content-type": response.contentType],
          body: response.body))
    }
    answer.yield(HTTPResponse(status: 503, body: Array("connection refused".utf8)))
  }
}

extension AsyncThrowingStream<HTTPEvent, any Error>.Continuation {
  fileprivate func yield(_ response: HTTPResponse) {
    yield(.head(status: response.status, headers: response.headers))
    if !response.body.isEmpty { yield(.chunk(response.body)) }
  }
}
