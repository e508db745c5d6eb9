import FoundationEssentials
import RecoveryModel
import Synchronization

@testable import Kubernetes
@testable import Transports

/// Answers requests from a script, in order; the last answer repeats.
final class FakeServer: Sendable {
  private let state = Mutex<(answers: [HTTPResponse], asked: [HTTPRequest])>(([], []))

  func answer(_ status: Int, _ body: String) {
    state.withLock { $0.answers.append(HTTPResponse(status: status, body: Array(body.utf8))) }
  }

  var asked: [HTTPRequest] { state.withLock { $0.asked } }

  var client: HTTPClient {
    HTTPClient { [self] request in
      let answer = state.withLock { state in
        state.asked.append(request)
        return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first
      }
      return AsyncThrowingStream { continuation in
        guard let answer else {
          return continuation.finish(throwing: RecoveryError(.unreachable, "nobody there"))
        }
        continuation.yield(.head(status: answer.status, headers: [:]))
        // In two chunks, so that nobody may count on whole lines.
        let middle = answer.body.count / 2
        continuation.yield(.chunk(Array(answer.body[..<middle])))
        continuation.yield(.chunk(Array(answer.body[middle...])))
        continuation.finish()
      }
    }
  }

  /// Through `http` where it is given, else answered from here.
  func kubernetes(
    token: String = "t", http: HTTPClient? = nil, now: @escaping @Sendable () -> Date = { Date() }
  ) -> KubernetesClient {
    var user = Kubeconfig.User()
    user.token = Secret(token)
    return KubernetesClient(
      server: "https://s/", http: http ?? client, security: HTTPSecurity(),
      credentials: CredentialSource(
        user: user, cluster: Kubeconfig.Cluster(server: "https://s"), context: "prod",
        processes: .failing, read: { _ in [] }, now: now), now: now)
  }
}

final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func increment() { add(1) }
  func add(_ amount: Int) { count.withLock { $0 += amount } }
}

extension ProcessRunner {
  /// No program is to be run here.
  static let failing = ProcessRunner(
    run: { throw RecoveryError(.unreachable, "\($0.executable) is not to be run") },
    stream: { request in
      AsyncThrowingStream {
        $0.finish(throwing: RecoveryError(.unreachable, "\(request.executable) is not to be run"))
      }
    })
}
