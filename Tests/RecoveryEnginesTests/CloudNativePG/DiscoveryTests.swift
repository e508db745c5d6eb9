import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Testing

@testable import RecoveryEngines

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG discovery", .timeLimit(.minutes(1))) struct DiscoveryTests {
  @Test func aKubeconfigIsAllItTakes() async throws {
    let fleet = try await StandInFleet.make([("prod", "pg-main"), ("test", "pg-two")])
    try fleet.add("pgvigil-drills", "copy", labels: [OwnLabel.drill: "abc"])
    let watched = await WatchedFleet(try fleet.discovery())
    let found = await watched.wait()
    #expect(found.clusters.map(\.declaration.name) == ["prod/pg-main", "test/pg-two"])
    #expect(
      found.clusters.first?.declaration.place
        == ClusterPlace(context: "stand-in", namespace: "prod", name: "pg-main"))
    #expect(found.notices == [])
    await watched.stop()
  }

  @Test func clustersComeAndGoAndKeepTheirEngine() async throws {
    let fleet = try await StandInFleet.make()
    let watched = await WatchedFleet(try fleet.discovery())
    await watched.wait()
    let engine = await watched.identity("prod/pg-main")
    try fleet.add("prod", "late")
    await watched.wait { $0.clusters.count == 2 }
    #expect(await watched.identity("prod/pg-main") == engine)
    let client = try fleet.standIn.client()
    _ = try await client.send(
      "DELETE", CNPGCluster.resource.path(namespace: "prod", name: "late"), deadline: 5)
    let left = await watched.wait { $0.clusters.count == 1 }
    #expect(left.clusters.map(\.declaration.name) == ["prod/pg-main"])
    #expect(left.departures == [Departure(name: "prod/late", at: Stage.now)])
    await watched.stop()
  }

  @Test func aDeclaredClusterThatIsDeletedStaysAndSaysSo() async throws {
    let fleet = try await StandInFleet.make()
    let declaration = ClusterDeclaration(
      name: "main", engine: "cloudnativepg",
      options: ["namespace": .string("prod"), "cluster": .string("pg-main")])
    let watched = await WatchedFleet(try fleet.discovery { $0.declared = [declaration] })
    await watched.wait { $0.isComplete && $0.clusters.count == 1 }
    let engine = try #require(await watched.engine("main"))
    var news = engine.changes().makeAsyncIterator()
    #expect(await engine.observe("objects").backups?.value != nil)
    let client = try fleet.standIn.client()
    _ = try await client.send(
      "DELETE", CNPGCluster.resource.path(namespace: "prod", name: "pg-main"), deadline: 5)
    var failure: Unavailable?
    while failure == nil {
      _ = await news.next()
      failure = await engine.observe("objects").instances?.failure
    }
    #expect(failure?.reason.contains("pg-main was deleted at 2026-08-21T") == true)
    #expect(failure?.remedy.contains("take it out of the configuration") == true)
    #expect(await watched.fleet.departures == [])
    await watched.stop()
  }

  @Test func aReaderOfOneNamespaceSeesThatAndIsToldSo() async throws {
    let reader = User("reader", roles: [.reader(namespaces: ["prod"])])
    let fleet = try await StandInFleet.make(
      users: [reader], [("prod", "pg-main"), ("test", "pg-two")])
    let watched = await WatchedFleet(try fleet.discovery(user: "reader", namespace: "prod"))
    let found = await watched.wait { $0.isComplete && !$0.clusters.isEmpty }
    #expect(found.clusters.map(\.declaration.name) == ["prod/pg-main"])
    let notice = try #require(found.notices.first)
    #expect(notice.text.contains("not allowed to list clusters.postgresql.cnpg.io"))
    #expect(notice.text.contains("prod"))
    #expect(notice.remedy.contains("pgvigil manifest rbac"))
    await watched.stop()
  }

  @Test func whoMayListNamespacesIsShownThoseThatMayBeSeen() async throws {
    var role = Role.reader(namespaces: ["prod", "test"])
    role.namespaces = ["prod", "test"]
    let namespaces = Role(rules: [
      Role.Rule(groups: [""], resources: ["namespaces"], verbs: ["list"])
    ])
    let user = User("some", roles: [role, namespaces])
    let fleet = try await StandInFleet.make(
      users: [user], [("prod", "pg-main"), ("test", "pg-two"), ("secret", "pg-three")])
    let watched = await WatchedFleet(try fleet.discovery(user: "some"))
    let found = await watched.wait { $0.isComplete && $0.clusters.count == 2 }
    #expect(found.clusters.map(\.declaration.name) == ["prod/pg-main", "test/pg-two"])
    await watched.stop()
  }

  @Test func declaredClustersKeepTheirNameAndMissingOnesAreShown() async throws {
    let fleet = try await StandInFleet.make()
    var known = ClusterDeclaration(name: "billing", engine: "cloudnativepg")
    known.options = ["namespace": .string("prod"), "cluster": .string("pg-main")]
    var missing = ClusterDeclaration(name: "ghost", engine: "cloudnativepg")
    missing.options = ["namespace": .string("prod")]
    let declared = [known, missing]
    let watched = await WatchedFleet(try fleet.discovery { $0.declared = declared })
    let found = await watched.wait { $0.isComplete && $0.clusters.count == 2 }
    #expect(found.clusters.map(\.declaration.name) == ["billing", "ghost"])
    let update = await watched.engine("ghost")?.observe("objects")
    #expect(update?.instances?.failure?.reason.contains("there is no Cluster ghost") == true)
    #expect(update?.backups?.value == nil)
    await watched.stop()
  }

  @Test func aDeadContextHidesNoOther() async throws {
    let fleet = try await StandInFleet.make()
    let path = try fleet.standIn.kubeconfigFile()
    let dead = """
      apiVersion: v1
      kind: Config
      clusters: [{name: gone, cluster: {server: "https://127.0.0.1:1"}}]
      contexts: [{name: gone, context: {cluster: gone, user: nobody}}]
      users: [{name: nobody, user: {token: "t"}}]

      """
    let watched = await WatchedFleet(
      try fleet.discovery {
        $0.kubeconfig = nil
        $0.contexts = ["stand-in", "gone"]
        $0.environment = ["KUBECONFIG": "\(path):/dead"]
      } seams: {
        $0.read = { $0 == "/dead" ? Array(dead.utf8) : try LocalFile.bytes($0) }
      })
    let found = await watched.wait { $0.isComplete && !$0.clusters.isEmpty && !$0.notices.isEmpty }
    #expect(found.clusters.map(\.declaration.name) == ["stand-in/prod/pg-main"])
    #expect(found.notices.map(\.subject) == ["gone"])
    #expect(
      found.contexts == [
        ContextState(name: "stand-in", isUp: true), ContextState(name: "gone", isUp: false),
      ])
    #expect(found.notices.first?.text.contains("cannot be reached") == true)
    await watched.stop()
  }

  @Test func noKubeconfigIsOneNotice() async throws {
    let discovery = try CloudNativePGDiscovery(
      options: DiscoveryOptions(environment: ["HOME": "/nonexistent"]), environment: .fixed())
    let found = await discovery.first { $0.isComplete }
    #expect(found?.clusters.isEmpty == true)
    #expect(found?.notices.count == 1)
    #expect(found?.notices.first?.text.contains("/nonexistent/.kube/config") == true)
  }

  @Test func anUncheckedCertificateIsShown() async throws {
    let fleet = try await StandInFleet.make()
    let text = try fleet.standIn.kubeconfig().split(separator: "\n").map { line in
      line.contains("certificate-authority-data")
        ? "    insecure-skip-tls-verify: true" : String(line)
    }.joined(separator: "\n")
    let watched = await WatchedFleet(
      try fleet.discovery {
        $0.kubeconfig = "/insecure"
      } seams: {
        $0.read = { $0 == "/insecure" ? Array(text.utf8) : try LocalFile.bytes($0) }
      })
    let found = await watched.wait { $0.isComplete && !$0.clusters.isEmpty }
    #expect(found.notices.first?.text.contains("insecure-skip-tls-verify") == true)
    await watched.stop()
  }

  @Test func aNewLoginIsPickedUp() async throws {
    let user = User("ada", credential: .token("old"), roles: [.reader()])
    let fleet = try await StandInFleet.make(users: [user])
    let path = try fleet.standIn.kubeconfigFile(user: "ada")
    fleet.standIn.add(User("ada", credential: .token("new"), roles: [.reader()]))
    let watched = await WatchedFleet(
      try fleet.discovery {
        $0.kubeconfig = path
      } seams: {
        $0.clock.sleep = { try await Task.sleep(for: .seconds(min($0, 0.2))) }
      })
    let refused = await watched.wait { !$0.notices.isEmpty }
    #expect(refused.notices.first?.text.contains("does not accept the credential") == true)
    _ = try fleet.standIn.kubeconfigFile(user: "ada")
    let found = await watched.wait { !$0.clusters.isEmpty && $0.notices.isEmpty }
    #expect(found.clusters.count == 1)
    await watched.stop()
  }
}
