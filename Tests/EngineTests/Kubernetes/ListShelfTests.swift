import FoundationEssentials
import Synchronization
import Testing

@testable import Kubernetes

@Suite("Lists that many ask for") struct ListShelfTests {
  private final class Lists: Sendable {
    let asked = Mutex<[String]>([])
  }

  private let shelf = ListShelf()
  private let lists = Lists()

  private func ask(_ namespace: String, at second: Double, isRefused: Bool = false) async -> Int? {
    let found: (items: [CronJob], at: Date)? = await shelf.items(
      of: CronJob.resource, in: namespace, age: 300, now: Date(timeIntervalSince1970: second)
    ) { [lists] in
      lists.asked.withLock { $0.append(namespace) }
      guard !isRefused else { return nil }
      return [CronJob(metadata: ObjectMetadata(name: "drill"), spec: nil, status: nil)]
    }
    return found?.items.count
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

  @Test func whenItWasListedIsTold() async {
    let list: @Sendable () async -> [Int]? = { [7] }
    for (asked, listed) in [(1000.0, 1000.0), (1200, 1000), (1300, 1300)] {
      let found = await shelf.items(
        of: CronJob.resource, in: "prod", age: 300, now: Date(timeIntervalSince1970: asked),
        list: list)
      #expect(found?.items == [7] && found?.at == Date(timeIntervalSince1970: listed))
    }
  }

  @Test("anew when it is old, or when the clock went back")
  func age() async {
    _ = await ask("prod", at: 1000)
    _ = await ask("prod", at: 1300)
    _ = await ask("prod", at: 900)
    #expect(asked.count == 3)
  }

  @Test func aRefusalIsRememberedAsWell() async {
    #expect(await ask("prod", at: 1000, isRefused: true) == nil)
    #expect(await ask("prod", at: 1001, isRefused: true) == nil)
    #expect(asked.count == 1)
  }
}
