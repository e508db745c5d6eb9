import Synchronization

/// A request that came through the pod proxy.
package struct ProxyRequest: Sendable {
  package var scheme: String
  package var namespace: String
  package var pod: String
  package var port: String
  package var method: String
  /// With a slash in front, without the query.
  package var path: String
  package var body: [UInt8]
}

package struct ProxyResponse: Sendable {
  package var status: Int
  package var contentType: String
  package var body: [UInt8]
  /// Seconds before the answer begins; blocks that connection only.
  package var delay = 0.0

  package init(_ status: Int, contentType: String = "application/json", _ body: String) {
    self.status = status
    self.contentType = contentType
    self.body = Array(body.utf8)
  }

  package init(_ status: Int, contentType: String = "application/json", bytes: [UInt8]) {
    self.status = status
    self.contentType = contentType
    body = bytes
  }
}

/// What a kubelet gives: who answers at a pod's port, and what its containers print.
final class PodBackends: Sendable {
  typealias Handler = @Sendable (ProxyRequest) -> ProxyResponse?
  struct LogKey: Hashable, Sendable {
    var uid: String
    var container: String
    var isPrevious: Bool
  }
  private struct State {
    var handlers: [Handler] = []
    var logs: [LogKey: [String]] = [:]
    /// By the pod's uid and its port: a port of 127.0.0.1.
    var targets: [String: [UInt16: UInt16]] = [:]
    var followers: [Int: WakeUp] = [:]
    var next = 0
  }
  private let state = Mutex(State())

  /// The latest handler is asked first; nil passes on.
  func add(_ handler: @escaping Handler) { state.withLock { $0.handlers.append(handler) } }

  /// Asked after all others.
  func addLast(_ handler: @escaping Handler) {
    state.withLock { $0.handlers.insert(handler, at: 0) }
  }

  func answer(_ request: ProxyRequest) -> ProxyResponse? {
    for handler in state.withLock({ $0.handlers }).reversed() {
      if let response = handler(request) { return response }
    }
    return nil
  }

  func listen(on port: UInt16, ofPod uid: String, at target: UInt16) {
    state.withLock { $0.targets[uid, default: [:]][port] = target }
  }

  /// Who listens on a pod's port; nil for nobody.
  func target(of port: UInt16, pod uid: String) -> UInt16? {
    state.withLock { $0.targets[uid]?[port] }
  }

  func append(_ line: String, to key: LogKey) {
    state.withLock { state in
      state.logs[key, default: []].append(line)
      for follower in state.followers.values { follower.signal() }
    }
  }

  func lines(_ key: LogKey) -> [String]? { state.withLock { $0.logs[key] } }

  func wakeFollowers() {
    state.withLock { state in for follower in state.followers.values { follower.signal() } }
  }

  func follow() throws -> (number: Int, wake: WakeUp) {
    let wake = try WakeUp()
    return state.withLock { state in
      state.next += 1
      state.followers[state.next] = wake
      return (state.next, wake)
    }
  }

  func unfollow(_ number: Int) { state.withLock { $0.followers[number] = nil } }
}
