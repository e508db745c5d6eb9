import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import Kubernetes
@testable import Transports

@Suite("Resource cache") struct ResourceCacheTests {
  private struct Widget: KubernetesObject {
    static let resource = Resource(group: "example.org", version: "v1", plural: "widgets")
    struct Spec: Codable, Equatable, Sendable { var size: Int }
    var metadata: ObjectMetadata
    var spec: Spec
  }

  private static func widget(_ name: String, size: Int, version: Int) -> String {
    """
    {"metadata":{"name":"\(name)","namespace":"a","resourceVersion":"\(version)"},"spec":{"size":\(size)}}
    """
  }

  private static func list(_ items: [String], version: Int, next: String = "") -> String {
    """
    {"metadata":{"resourceVersion":"\(version)","continue":"\(next)"},"items":[\(items.joined(separator: ","))]}
    """
  }

  /// Runs a cache until it has gone to sleep `sleeps` times: each fault ends in one.
  private static func run(
    _ server: FakeServer, untilSleeps sleeps: Int = 1,
    slept seconds: @escaping @Sendable (Double) -> Void = { _ in }
  ) async -> ResourceCache<Widget> {
    let slept = Counter()
    let (ended, ending) = AsyncStream.makeStream(of: Void.self)
    let clock = CacheClock(
      now: { Date(timeIntervalSince1970: 1000 + 2 * Double(slept.value)) }, random: { 0 },
      sleep: {
        seconds($0)
        slept.increment()
        guard slept.value >= sleeps else { return }
        ending.finish()
        try await Task.sleep(for: .seconds(3600))
      })
    let cache = ResourceCache<Widget>(
      client: server.kubernetes(), namespace: "a", clock: clock)
    let task = Task { await cache.run {} }
    for await _ in ended {}
    task.cancel()
    await task.value
    return cache
  }

  @Test func pagesAreReadToTheirEndAndEventsApplied() async {
    let server = FakeServer()
    server.answer(200, Self.list([Self.widget("one", size: 1, version: 1)], version: 5, next: "n"))
    server.answer(200, Self.list([Self.widget("two", size: 2, version: 2)], version: 5))
    server.answer(
      200,
      """
      {"type":"MODIFIED","object":\(Self.widget("one", size: 9, version: 6))}
      {"type":"DELETED","object":\(Self.widget("two", size: 2, version: 7))}
      {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"11"}}}

      """)
    server.answer(500, "{\"message\":\"out of order\",\"code\":500}")
    let cache = await Self.run(server)
    #expect(await cache.objects.values.map(\.spec.size) == [9])
    let urls = server.asked.map(\.url)
    #expect(urls[0].hasPrefix("https://s/apis/example.org/v1/namespaces/a/widgets?limit=500"))
    #expect(urls[1].contains("continue=n"))
    #expect(urls[2].contains("watch=1") && urls[2].contains("resourceVersion=5"))
    // The watch ended well: it is resumed behind the bookmark, not listed anew.
    #expect(urls[3].contains("resourceVersion=11"))
    guard case .failed(let error, let since) = await cache.state else {
      Issue.record("no failure")
      return
    }
    #expect(error.message.contains("out of order"))
    #expect(since == Date(timeIntervalSince1970: 1000))
  }

  @Test func goneInTheStreamMeansListingAnew() async {
    let server = FakeServer()
    server.answer(200, Self.list([Self.widget("one", size: 1, version: 1)], version: 5))
    server.answer(
      200, "{\"type\":\"ERROR\",\"object\":{\"code\":410,\"message\":\"too old\"}}\n")
    server.answer(200, Self.list([Self.widget("new", size: 3, version: 8)], version: 9))
    server.answer(403, "{\"message\":\"forbidden\",\"code\":403}")
    let cache = await Self.run(server)
    #expect(await cache.objects.keys.map(\.name) == ["new"])
    guard case .failed(let error, _) = await cache.state else {
      Issue.record("no failure")
      return
    }
    #expect(error.code == .denied)
    #expect(error.message.contains("watch widgets.example.org in namespace a"))
  }

  @Test func anExpiredContinueTokenStartsTheListAgain() async {
    let server = FakeServer()
    server.answer(
      200, Self.list([Self.widget("stale", size: 1, version: 1)], version: 5, next: "n"))
    server.answer(410, "{\"message\":\"expired\",\"code\":410}")
    server.answer(200, Self.list([Self.widget("fresh", size: 2, version: 6)], version: 7))
    server.answer(500, "gone wrong")
    let cache = await Self.run(server)
    #expect(await cache.objects.keys.map(\.name) == ["fresh"])
  }

  @Test func whatItHoldsStaysWhileTheServerIsAway() async {
    let server = FakeServer()
    server.answer(200, Self.list([Self.widget("one", size: 1, version: 1)], version: 5))
    server.answer(503, "")
    let cache = await Self.run(server, untilSleeps: 3)
    #expect(await cache.objects.count == 1)
  }

  @Test func aServerThatIsBackSaysSoBeforeItsFirstEvent() async {
    let server = FakeServer()
    let page = Self.list([Self.widget("one", size: 1, version: 1)], version: 5)
    server.answer(200, page)
    server.answer(503, "")
    server.answer(200, page)
    server.answer(500, "{\"message\":\"another\",\"code\":500}")
    let cache = await Self.run(server, untilSleeps: 2)
    let urls = server.asked.map(\.url)
    #expect(urls.map { $0.contains("watch=1") } == [false, true, false, true])
    #expect(urls[2].hasSuffix("limit=1") && urls[3].contains("resourceVersion=5"))
    guard case .failed(let error, _) = await cache.state else {
      Issue.record("no failure")
      return
    }
    #expect(error.message.contains("another"))
  }

  @Test func aServerThatJustStartsDoesNotKnowItsKindsYet() async {
    let server = FakeServer()
    server.answer(200, Self.list([Self.widget("one", size: 1, version: 1)], version: 5))
    server.answer(404, "404 page not found")
    let slept = Mutex<[Double]>([])
    let cache = await Self.run(server, untilSleeps: 32) { seconds in
      slept.withLock { $0.append(seconds) }
    }
    #expect(await cache.objects.count == 1)
    #expect(slept.withLock { $0 } == Array(repeating: 2, count: 30) + [60, 60])
  }

  @Test func whatNeverWasThereIsNotAskedForAgainSoon() async {
    let server = FakeServer()
    server.answer(403, "{\"message\":\"forbidden\",\"code\":403}")
    let slept = Mutex<[Double]>([])
    _ = await Self.run(server) { seconds in slept.withLock { $0.append(seconds) } }
    #expect(slept.withLock { $0 } == [60])
  }

  @Test func aRefusedCredentialIsRenewedOnce() async throws {
    let server = FakeServer()
    server.answer(401, "")
    server.answer(200, "{}")
    let response = try await server.kubernetes().send("GET", "/version", deadline: 1)
    #expect(response.status == 200)
    #expect(server.asked.count == 2)
  }

  @Test func queriesAreEncoded() {
    #expect(
      KubernetesClient.encode([("labelSelector", "a=b,c in (d)"), ("x", "é")])
        == "?labelSelector=a%3Db%2Cc%20in%20%28d%29&x=%C3%A9")
  }
}
