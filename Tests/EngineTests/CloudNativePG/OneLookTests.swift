import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

/// A cluster that is looked at once, by an API server whose nodes may be slow.
private final class OneLook: Sendable {
  /// What the instances say to the first question, then to each further one; nil = nothing in time.
  private let turns: [(Int, String)?]
  private let asked = Mutex<[String: Int]>([:])
  let observatory: ClusterObservatory

  init(_ turns: [(Int, String)?], backups: [CNPGBackup] = []) throws {
    self.turns = turns
    let clock = CacheClock(now: { Stage.now }, random: { 0.5 }, sleep: { _ in })
    let context = ClusterContext(
      wanted: "prod", wishes: NamespaceWishes(), notes: .ledgers(in: []), clock: clock,
      connect: { throw RecoveryError(.unreachable, "nobody") })
    let facts = try Stage.facts()
    observatory = ClusterObservatory(
      key: facts.cluster.key, context: context, archives: ArchivePlaces(),
      settings: CloudNativePGSettings(
        cluster: "pg-main", namespace: "prod", readsMetrics: false), now: { Stage.now },
      openSQL: { _ in
        SQLClient(query: { _, _ in throw RecoveryError(.unreachable, "nobody") }, close: {})
      }, store: .unreachable)
    let client = FakeServer().kubernetes(http: HTTPClient { [self] in answer($0) })
    let set = ClusterSet(client: client, namespace: nil, clock: clock)
    context.hold(
      set,
      connection: KubernetesAccess.Connection(
        context: "prod", namespace: "prod", client: client, isInsecure: false))
    set.clusters.index.change {
      _ = $0.put(facts.cluster)
      $0.state = .synced(at: Stage.now)
    }
    set.pods.index.change { contents in
      for pod in facts.pods.value ?? [] { _ = contents.put(pod) }
      contents.state = .synced(at: Stage.now)
    }
    set.backups.index.change { contents in
      for backup in backups { _ = contents.put(backup) }
      contents.state = .synced(at: Stage.now)
    }
    for change in [
      { set.schedules.index.change { $0.state = .synced(at: Stage.now) } },
      { set.stores.index.change { $0.state = .synced(at: Stage.now) } },
      { set.jobs.index.change { $0.state = .synced(at: Stage.now) } },
      { set.claims.index.change { $0.state = .synced(at: Stage.now) } },
    ] { change() }
  }

  /// How often each pod was asked.
  var questions: [String: Int] { asked.withLock { $0 } }

  private func answer(_ request: HTTPRequest) -> AsyncThrowingStream<HTTPEvent, any Error> {
    AsyncThrowingStream { continuation in
      var said: (Int, String)? = (200, "ok")
      if let pod = request.url.between("/pods/https:", and: ":8000/proxy") {
        let count = asked.withLock { asked in
          asked[pod, default: 0] += 1
          return asked[pod] ?? 1
        }
        said = turns[min(count, turns.count) - 1]
      }
      guard let said else {
        return continuation.finish(throwing: RecoveryError(.timedOut, "no answer in time"))
      }
      continuation.yield(.head(status: said.0, headers: [:]))
      continuation.yield(.chunk(Array(said.1.utf8)))
      continuation.finish()
    }
  }
}

@Suite("One look at the instances") struct OneLookTests {
  private static let standby =
    #"{"isPrimary":false,"systemID":"1","timeLineID":2,"instanceManagerVersion":"1.30.0"}"#

  private func asked(_ look: OneLook) -> Set<Int> { Set(look.questions.values) }

  @Test("who was silent is asked once more, and then believed")
  func silent() async throws {
    let busy = try OneLook([nil, (200, Self.standby)])
    await busy.observatory.lookAtInstances()
    #expect(asked(busy) == [2])
    let statuses = await busy.observatory.facts()?.statuses ?? [:]
    #expect(statuses.count == 3 && statuses.values.allSatisfy { $0.value != nil })

    let dead = try OneLook([nil])
    await dead.observatory.lookAtInstances()
    #expect(asked(dead) == [2])
    // From then on there is a next look.
    await dead.observatory.lookAtInstances()
    #expect(asked(dead) == [3])
  }

  @Test(
    "an answer is one, also a refusal",
    arguments: [
      (200, standby), (503, "dial tcp 10.0.0.2:8000: connect: connection refused"),
      (403, #"{"message":"pods/proxy is forbidden","code":403}"#), (404, ""), (500, "no socket"),
    ])
  func answered(status: Int, body: String) async throws {
    let look = try OneLook([(status, body)])
    await look.observatory.lookAtInstances()
    #expect(asked(look) == [1])
  }

  @Test("a failure whose reason stands in a log is told by whoever reports the objects")
  func bell() async throws {
    var failed: CNPGBackup = try Stage.sample("backup-completed")
    failed.status?.phase = "failed"
    failed.status?.error = "exit status 1"
    failed.status?.instanceID?.podName = "pg-main-1"
    failed.metadata.creationTimestamp = KubernetesTime(Stage.text(ago: 60))
    failed.status?.reconciliationStartedAt = KubernetesTime(Stage.text(ago: 50))
    failed.status?.reconciliationTerminatedAt = KubernetesTime(Stage.text(ago: 40))
    let look = try OneLook([(200, Self.standby)], backups: [failed])
    var rings = look.observatory.questions.rings().makeAsyncIterator()
    _ = await look.observatory.report(.objects)
    #expect(await rings.next() != nil)
  }
}
