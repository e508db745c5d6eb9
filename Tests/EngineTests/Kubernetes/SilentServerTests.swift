import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// A server whose connections stay open while it answers nothing any more.
private final class SilentServer: Sendable {
  private let isHung = Mutex(false)
  private let time = Mutex(Date(timeIntervalSince1970: 1000))

  var now: Date { time.withLock { $0 } }
  func advance(_ seconds: Double) { time.withLock { $0 += seconds } }

  func hang() { isHung.withLock { $0 = true } }

  var client: KubernetesClient {
    let server = FakeServer()
    return server.kubernetes(
      http: HTTPClient { [self] request in
        AsyncThrowingStream { continuation in
          if request.url.contains("watch=1") {
            // Taken up, and then nothing: no event, no end.
            return _ = continuation.yield(.head(status: 200, headers: [:]))
          }
          guard !isHung.withLock({ $0 }) else {
            return continuation.finish(throwing: RecoveryError(.timedOut, "no answer in time"))
          }
          continuation.yield(.head(status: 200, headers: [:]))
          continuation.yield(
            .chunk(Array("{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[]}".utf8)))
          continuation.finish()
        }
      }, now: { self.now })
  }
}

@Suite("A server that hangs") struct SilentServerTests {
  @Test(.timeLimit(.minutes(30))) func doesNotPassForOneWithoutNews() async throws {
    let server = SilentServer()
    let context = ClusterContext(
      wanted: "prod", wishes: NamespaceWishes(only: ["a"]), notes: .ledgers(in: []),
      clock: CacheClock(
        now: { server.now }, random: { 0 },
        sleep: { _ in try await Task.sleep(for: .seconds(3600)) }),
      connect: {
        KubernetesAccess.Connection(
          context: "prod", namespace: "a", client: server.client, isInsecure: false)
      })
    let news = context.hub.changes()
    let running = Task { await context.run() }
    defer { running.cancel() }
    for await _ in news where context.hasAnswered { break }
    let set = try #require(context.set(for: "a"))
    await set.waitForAnswers()

    // As long as it answers, a watch without news is in step.
    let start = server.now
    server.advance(5)
    await context.doubt()
    guard case .synced = set.clusters.index.state else {
      Issue.record("\(set.clusters.index.state)")
      return
    }
    let answered = server.now
    #expect(context.inStep(start) == answered)

    server.hang()
    server.advance(3)
    // Nobody has heard of it since, whoever looks.
    #expect(context.inStep(start) == answered)
    server.advance(17)
    // Whoever doubts meanwhile has the same answer.
    async let other: Void = context.doubt()
    await context.doubt()
    await other
    for state in [set.clusters.index.state, set.pods.index.state, set.backups.index.state] {
      guard case .failed(let error, let since) = state else {
        Issue.record("\(state)")
        continue
      }
      #expect(error.code == .timedOut && since == answered)
    }
  }
}
