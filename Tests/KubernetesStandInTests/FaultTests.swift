import FoundationEssentials
import Glibc
import Kubernetes
import KubernetesStandIn
import RecoveryModel
import TestSupport
import Testing
import Transports

/// What goes wrong on purpose, what a kubelet gives, and kubectl itself.
@Suite("Stand-in faults and pods") struct FaultTests {
  private let path = Desk.clusters.path(namespace: "prod")

  @Test func orderedFaultsHitTheNextRequestsOnly() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    standIn.order(
      Fault(.status(429, retryAfter: 7)) { $0.verb == "list" && $0.resource == "clusters" })
    #expect(try await client.ask("GET", "/api/v1/namespaces").status == 200)
    let busy = try await client.send("GET", path, deadline: 1800)
    #expect(busy.status == 429)
    #expect(busy.headers["retry-after"] == "7")
    #expect(try await client.ask("GET", path).status == 200)
    // The client renews its credential and asks once more.
    standIn.order(Fault(.status(401, retryAfter: nil)))
    #expect(try await client.ask("GET", path).status == 200)
    standIn.order(Fault(.status(500, retryAfter: nil)))
    #expect(try await client.ask("GET", path).body["reason"] == "InternalError")
  }

  @Test(arguments: [true, false]) func cutAnswersAreErrors(resets: Bool) async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    standIn.order(Fault(.cut(afterBytes: 20, resets: resets), times: 2))
    await #expect(throws: RecoveryError.self) {
      _ = try await client.send("GET", path, deadline: 1800)
    }
    standIn.clearFaults()
    #expect(try await client.ask("GET", path).status == 200)
  }

  @Test func aHungServerRunsIntoTheDeadline() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    standIn.order(Fault(.hang(seconds: 30)))
    let error = await #expect(throws: RecoveryError.self) {
      _ = try await client.send("GET", path, deadline: 0.3)
    }
    #expect(error?.code == .timedOut)
  }

  @Test func aSlowAnswerArrivesWhole() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    standIn.order(Fault(.slow(bytes: 40, pause: 0.005)))
    #expect(try await client.ask("GET", path).body["kind"] == "ClusterList")
  }

  @Test func aWatchThatIsCutInTheMiddleOfALineIsResumed() async throws {
    let standIn = try await Desk.server()
    try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 0)
    let cache = ResourceCache<Shape>(
      client: try standIn.client(), namespace: "prod",
      clock: CacheClock(
        now: { Date() }, random: { 0 }, sleep: { _ in try await Task.sleep(for: .milliseconds(5)) })
    )
    standIn.order(Fault(.cut(afterBytes: 60, resets: true), times: 2) { $0.verb == "watch" })
    let running = Task { await cache.run {} }
    #expect(await Eventually.holds { await cache.objects.count == 1 })
    for instances in [4, 5, 6] {
      try standIn.change("clusters", "prod", "pg-main") {
        $0.set(.integer(instances), at: "spec", "instances")
      }
    }
    #expect(await Eventually.holds { await cache.objects.values.first?.spec.instances == 6 })
    running.cancel()
    await running.value
  }

  @Test func aServerThatWasAwayIsFoundAgain() async throws {
    let standIn = try await Desk.server()
    try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 0)
    let cache = ResourceCache<Shape>(
      client: try standIn.client(), namespace: "prod",
      clock: CacheClock(
        now: { Date() }, random: { 0 }, sleep: { _ in try await Task.sleep(for: .milliseconds(20)) }
      ))
    let running = Task { await cache.run {} }
    #expect(await Eventually.holds { await cache.objects.count == 1 })
    standIn.stopListening()
    #expect(
      await Eventually.holds { if case .failed = await cache.state { true } else { false } })
    try standIn.seedCluster(namespace: "prod", name: "pg-other", backups: 0)
    standIn.compact()
    try standIn.resume()
    #expect(await Eventually.holds { await cache.objects.count == 2 })
    running.cancel()
    await running.value
    #expect(standIn.requests.contains { $0.verb == "watch" && $0.userAgent == "pgvigil" })
  }

  private struct Shape: KubernetesObject {
    static let resource = Desk.clusters
    struct Spec: Codable, Equatable, Sendable { var instances: Int }
    var metadata: ObjectMetadata
    var spec: Spec
  }

  // MARK: Pods

  @Test func whoeverIsBehindAPortAnswersThroughTheProxy() async throws {
    let standIn = try await Desk.server()
    try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 0)
    let reader = try standIn.client(user: "reader")
    let pods = "/api/v1/namespaces/prod/pods/"
    let status = try await reader.ask("GET", pods + "https:pg-main-1:8000/proxy/pg/status")
    #expect(status.body["isPrimary"] == true)
    standIn.proxy { $0.port == "9187" ? ProxyResponse(200, "\($0.scheme) \($0.path)") : nil }
    let metrics = try await reader.send(
      "GET", pods + "pg-main-1:9187/proxy/metrics", deadline: 1800)
    #expect(String(decoding: metrics.body, as: UTF8.self) == "http /metrics")
    let closed = try await reader.ask("GET", pods + "pg-main-1:1234/proxy/")
    #expect(closed.status == 503)
    #expect(closed.body["message"]?.string?.hasPrefix("error trying to reach service") == true)
    #expect(try await reader.ask("GET", pods + "https:nobody:8000/proxy/pg/status").status == 404)
    standIn.add(User("blind", roles: [Role(rules: [])]))
    let blind = try standIn.client(user: "blind")
    let refused = try await blind.ask("GET", pods + "https:pg-main-1:8000/proxy/pg/status")
    #expect(
      refused.body["message"]?.string?.contains(
        "User \"blind\" cannot get resource \"pods/proxy\" in API group \"\" in the namespace "
          + "\"prod\"") == true)
  }

  @Test func logsAreFollowedAndGoWithTheirPod() async throws {
    let standIn = try await Desk.server()
    try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 0)
    let client = try standIn.client()
    let path = "/api/v1/namespaces/prod/pods/pg-main-1/log"
    func say(_ line: String) {
      standIn.log(line, namespace: "prod", pod: "pg-main-1", container: "postgres")
    }
    say("one")
    say("two")
    let tail = try await client.send("GET", path, query: [("tailLines", "1")], deadline: 1800)
    #expect(String(decoding: tail.body, as: UTF8.self) == "two\n")
    let stream = try await client.watch(path, query: [("follow", "true")], idleTimeout: 10)
    var text = ""
    for try await event in stream {
      guard case .chunk(let bytes) = event else { continue }
      text += String(decoding: bytes, as: UTF8.self)
      if text == "one\ntwo\n" { say("three") }
      if text.hasSuffix("three\n") {
        _ = try await client.ask(
          "DELETE", "/api/v1/namespaces/prod/pods/pg-main-1", ["gracePeriodSeconds": 0])
      }
    }
    #expect(text == "one\ntwo\nthree\n")
    #expect(try await client.ask("GET", path).status == 404)
    #expect(
      try await client.ask(
        "GET", "/api/v1/namespaces/prod/pods/pg-main-2/log", query: [("container", "x")]
      ).status == 400)
  }

  // MARK: kubectl

  @Test(.enabled(if: Binary.kubectlIsInstalled, "not run: kubectl is not installed"))
  func kubectlFindsItsWay() async throws {
    let standIn = try await Desk.server()
    try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 2)
    standIn.log("a line", namespace: "prod", pod: "pg-main-1", container: "postgres")
    let kubectl = try #require(Binary.kubectl)
    let kubeconfig = try standIn.kubeconfigFile()
    let manifest = standIn.directory + "/cluster.json"
    try Data(Desk.cluster("made").bytes).write(to: URL(filePath: manifest), options: [])
    func run(_ arguments: String) async throws -> (status: Int32, text: String) {
      let words = arguments.split(separator: " ").map(String.init)
      return try await withCheckedThrowingContinuation { continuation in
        Thread.start {
          continuation.resume(
            with: Result {
              let result = try Command.run(
                kubectl, ["--kubeconfig", kubeconfig, "--cache-dir", standIn.directory] + words)
              return (result.status, result.output + result.error)
            })
        }
      }
    }
    let table = try await run("get -n prod clusters.postgresql.cnpg.io")
    #expect(table.text.contains("pg-main"), "\(table.text)")
    #expect(table.text.contains("Cluster in healthy state"))
    #expect(try await run("create --validate=false -n prod -f \(manifest)").status == 0)
    let watched = try await run(
      "get -n prod -w clusters.postgresql.cnpg.io --request-timeout=1s -o name")
    #expect(watched.text.contains("cluster.postgresql.cnpg.io/made"))
    #expect(try await run("logs -n prod pg-main-1").text == "a line\n")
    let deleted = try await run("delete -n prod clusters.postgresql.cnpg.io made")
    #expect(deleted.status == 0, "\(deleted.text)")
    let missing = try await run("get -n prod clusters.postgresql.cnpg.io made")
    #expect(missing.text.contains("clusters.postgresql.cnpg.io \"made\" not found"))
  }
}
