import FoundationEssentials
import Synchronization
import Testing

@testable import Kubernetes

@Suite("CronJobs that many ask for") struct CronJobShelfTests {
  private final class Lists: Sendable {
    let asked = Mutex<[String]>([])
  }

  private let shelf = CronJobShelf()
  private let lists = Lists()

  private func ask(_ namespace: String, at second: Double, isRefused: Bool = false) async -> Int {
    await shelf.jobs(in: namespace, age: 300, now: Date(timeIntervalSince1970: second)) {
      [lists] in
      lists.asked.withLock { $0.append(namespace) }
      guard !isRefused else { return nil }
      return [CronJob(metadata: ObjectMetadata(name: "drill"), spec: nil, status: nil)]
    }.count
  }

  private var asked: [String] { lists.asked.withLock { $0 } }

  @Test func aNamespaceIsListedOnceForAllOfItsClusters() async {
    async let first = ask("prod", at: 1000)
    async let second = ask("prod", at: 1000)
    #expect(await [first, second] == [1, 1])
    #expect(await ask("prod", at: 1299) == 1)
    #expect(asked == ["prod"])
    #expect(await ask("drills", at: 1299) == 1)
    #expect(asked == ["prod", "drills"])
  }

  @Test("anew when it is old, or when the clock went back")
  func age() async {
    _ = await ask("prod", at: 1000)
    _ = await ask("prod", at: 1300)
    _ = await ask("prod", at: 900)
    #expect(asked.count == 3)
  }

  @Test func aRefusalIsRememberedAsWell() async {
    #expect(await ask("prod", at: 1000, isRefused: true) == 0)
    #expect(await ask("prod", at: 1001, isRefused: true) == 0)
    #expect(asked.count == 1)
  }
}
