import FoundationEssentials
import KubernetesStandIn
import LocalFiles
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG discovery", .closingServers, .timeLimit(.minutes(30))) struct DiscoveryTests {
  @Test func aKubeconfigIsAllItTakes() async throws {
    let fleet = try await ServedFleet.make([("prod", "pg-main"), ("test", "pg-two")])
    try await fleet.add("pgvigil-drills", "copy", labels: [OwnLabel.drill: "abc"])
    let watched = await WatchedFleet(try await fleet.discovery())
    let found = await watched.wait()
    #expect(fleet.names(found) == ["prod/pg-main", "test/pg-two"])
    #expect(
      found.clusters.map(\.declaration.place).contains(
        ClusterPlace(
          context: fleet.server.context, namespace: fleet.server.namespace("prod"),
          name: "pg-main")))
    #expect(found.notices == [])
    await watched.stop()
  }

  @Test func clustersComeAndGoAndKeepTheirEngine() async throws {
    let fleet = try await ServedFleet.make()
    let watched = await WatchedFleet(try await fleet.discovery())
    await watched.wait()
    let engine = await watched.identity(fleet.name("prod/pg-main"))
    try await fleet.add("prod", "late")
    await watched.wait { fleet.names($0).count == 2 }
    #expect(await watched.identity(fleet.name("prod/pg-main")) == engine)
    try await fleet.server.delete(CNPGCluster.resource, "prod", "late")
    let left = await watched.wait { fleet.names($0).count == 1 }
    #expect(fleet.names(left) == ["prod/pg-main"])
    #expect(left.departures.contains(Departure(name: fleet.name("prod/late"), at: Stage.now)))
    await watched.stop()
  }

  @Test func aDeclaredClusterThatIsDeletedStaysAndSaysSo() async throws {
    let fleet = try await ServedFleet.make()
    let declaration = ClusterDeclaration(
      name: "main", engine: "cloudnativepg",
      options: [
        "namespace": .string(fleet.server.namespace("prod")), "cluster": .string("pg-main"),
      ])
    let watched = await WatchedFleet(try await fleet.discovery { $0.declared = [declaration] })
    await watched.wait { $0.isComplete && fleet.names($0).count == 1 }
    let engine = try #require(await watched.engine("main"))
    var news = engine.news().makeAsyncIterator()
    #expect(await engine.observe("objects").backups?.value != nil)
    try await fleet.server.delete(CNPGCluster.resource, "prod", "pg-main")
    var failure: Unavailable?
    while failure == nil {
      _ = await news.next()
      failure = await engine.observe("objects").instances?.failure
    }
    #expect(failure?.reason.contains("pg-main was deleted at 2026-08-21T") == true)
    #expect(failure?.remedy.contains("take it out of the configuration") == true)
    #expect(await watched.fleet.departures.contains { $0.name == "main" } == false)
    await watched.stop()
  }

  @Test func aReaderOfOneNamespaceSeesThatAndIsToldSo() async throws {
    let reader = User("reader", roles: [.reader(namespaces: ["prod"])])
    let fleet = try await ServedFleet.make([("prod", "pg-main"), ("test", "pg-two")])
    let watched = await WatchedFleet(try await fleet.discovery(user: reader, namespace: "prod"))
    let found = await watched.wait { $0.isComplete && !fleet.names($0).isEmpty }
    #expect(fleet.names(found) == ["prod/pg-main"])
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
    let fleet = try await ServedFleet.make([
      ("prod", "pg-main"), ("test", "pg-two"), ("secret", "pg-three"),
    ])
    let watched = await WatchedFleet(try await fleet.discovery(user: user))
    let found = await watched.wait { $0.isComplete && fleet.names($0).count == 2 }
    #expect(fleet.names(found) == ["prod/pg-main", "test/pg-two"])
    await watched.stop()
  }

  @Test func declaredClustersKeepTheirNameAndMissingOnesAreShown() async throws {
    let fleet = try await ServedFleet.make()
    var known = ClusterDeclaration(name: "billing", engine: "cloudnativepg")
    known.options = [
      "namespace": .string(fleet.server.namespace("prod")), "cluster": .string("pg-main"),
    ]
    var missing = ClusterDeclaration(name: "ghost", engine: "cloudnativepg")
    missing.options = ["namespace": .string(fleet.server.namespace("prod"))]
    let declared = [known, missing]
    let watched = await WatchedFleet(try await fleet.discovery { $0.declared = declared })
    let found = await watched.wait { $0.isComplete && fleet.names($0).count == 2 }
    #expect(fleet.names(found) == ["billing", "ghost"])
    let update = await watched.engine("ghost")?.observe("objects")
    #expect(update?.instances?.failure?.reason.contains("there is no Cluster ghost") == true)
    #expect(update?.backups?.value == nil)
    await watched.stop()
  }

  @Test func aDeclaredClusterThatIsAskedForAtOnceWaitsForItsServer() async throws {
    let fleet = try await ServedFleet.make()
    var declaration = ClusterDeclaration(name: "billing", engine: "cloudnativepg")
    declaration.options = [
      "namespace": .string(fleet.server.namespace("prod")), "cluster": .string("pg-main"),
    ]
    let declared = [declaration]
    var pictures = try await fleet.discovery { $0.declared = declared }.findings()
      .makeAsyncIterator()
    let engine = try #require(await pictures.next()?.clusters.first?.engine)
    #expect(await engine.observe("objects").instances?.value?.count == 3)
  }

  @Test func aDeadContextHidesNoOther() async throws {
    let fleet = try await ServedFleet.make()
    let path = fleet.server.kubeconfig
    let dead = """
      apiVersion: v1
      kind: Config
      clusters: [{name: gone, cluster: {server: "https://127.0.0.1:1"}}]
      contexts: [{name: gone, context: {cluster: gone, user: nobody}}]
      users: [{name: nobody, user: {token: "t"}}]

      """
    let watched = await WatchedFleet(
      try await fleet.discovery {
        $0.kubeconfig = nil
        $0.contexts = [fleet.server.context, "gone"]
        $0.environment = ["KUBECONFIG": "\(path):/dead"]
      } seams: {
        $0.read = { $0 == "/dead" ? Array(dead.utf8) : try LocalFile.bytes($0) }
      })
    let found = await watched.wait {
      $0.isComplete && !fleet.names($0).isEmpty && !$0.notices.isEmpty
    }
    #expect(fleet.names(found) == ["\(fleet.server.context)/prod/pg-main"])
    #expect(found.notices.map(\.subject) == ["gone"])
    #expect(
      found.contexts == [
        ContextState(name: fleet.server.context, isUp: true),
        ContextState(name: "gone", isUp: false),
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
    let fleet = try await ServedFleet.make()
    let kubeconfig = String(
      decoding: try LocalFile.bytes(fleet.server.kubeconfig), as: UTF8.self)
    let text = kubeconfig.split(separator: "\n").map { line in
      line.contains("certificate-authority-data")
        ? "    insecure-skip-tls-verify: true" : String(line)
    }.joined(separator: "\n")
    let watched = await WatchedFleet(
      try await fleet.discovery {
        $0.kubeconfig = "/insecure"
      } seams: {
        $0.read = { $0 == "/insecure" ? Array(text.utf8) : try LocalFile.bytes($0) }
      })
    let found = await watched.wait { $0.isComplete && !fleet.names($0).isEmpty }
    #expect(found.notices.first?.text.contains("insecure-skip-tls-verify") == true)
    await watched.stop()
  }

  @Test(.onlyStandIn("its accounts keep their tokens")) func aNewLoginIsPickedUp() async throws {
    let user = User("ada", credential: .token("old"), roles: [.reader()])
    let fleet = try await ServedFleet.make()
    let standIn = try #require(fleet.server.standIn)
    let path = try await fleet.server.kubeconfig(of: user)
    standIn.add(User("ada", credential: .token("new"), roles: [.reader()]))
    let watched = await WatchedFleet(
      try await fleet.discovery {
        $0.kubeconfig = path
      } seams: {
        $0.clock.sleep = { try await Task.sleep(for: .seconds(min($0, 0.2))) }
      })
    let refused = await watched.wait { !$0.notices.isEmpty }
    #expect(refused.notices.first?.text.contains("does not accept the credential") == true)
    _ = try standIn.kubeconfigFile(user: "ada")
    let found = await watched.wait { !$0.clusters.isEmpty && $0.notices.isEmpty }
    #expect(found.clusters.count == 1)
    await watched.stop()
  }
}
