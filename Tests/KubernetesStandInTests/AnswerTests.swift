import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Testing

@testable import Kubernetes
@testable import Transports

/// Lists, watches and refusals, as a real server words them.
@Suite("Stand-in answers") struct AnswerTests {
  private let path = Desk.configMaps.path(namespace: "prod")

  private func fill(_ standIn: StandIn, _ count: Int) throws {
    for number in 0..<count {
      var map = Desk.configMap("map-\(100 + number)")
      map.set(.string(number % 2 == 0 ? "even" : "odd"), at: "metadata", "labels", "parity")
      map.set("prod", at: "metadata", "namespace")
      try standIn.seed(map)
    }
  }

  private func items(_ body: JSONValue) -> [String] {
    (body["items"]?.array ?? []).compactMap { $0[path: "metadata", "name"]?.string }
  }

  @Test func pagesAreOfOneMoment() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    try fill(standIn, 5)
    let first = try await client.ask("GET", path, query: [("limit", "2")]).body
    #expect(items(first) == ["map-100", "map-101"])
    #expect(first[path: "metadata", "remainingItemCount"] == 3)
    let token = try #require(first[path: "metadata", "continue"]?.string)
    _ = try await client.ask("DELETE", path + "/map-103")
    let rest = try await client.ask("GET", path, query: [("limit", "9"), ("continue", token)]).body
    #expect(items(rest) == ["map-102", "map-103", "map-104"])
    #expect(
      rest[path: "metadata", "resourceVersion"] == first[path: "metadata", "resourceVersion"])
    standIn.compact()
    let expired = try await client.ask("GET", path, query: [("limit", "9"), ("continue", token)])
    #expect(expired.status == 410)
    #expect(expired.body["reason"] == "Expired")
    let loose = try #require(expired.body[path: "metadata", "continue"]?.string)
    let remainder = try await client.ask("GET", path, query: [("continue", loose)]).body
    #expect(items(remainder) == ["map-102", "map-104"])
    #expect(try await client.ask("GET", path, query: [("continue", "no token")]).status == 400)
  }

  @Test func selectorsSelect() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    try fill(standIn, 3)
    func names(_ selector: String) async throws -> [String] {
      items(try await client.ask("GET", path, query: [("labelSelector", selector)]).body)
    }
    #expect(try await names("parity=even") == ["map-100", "map-102"])
    #expect(try await names("parity in (odd,none)") == ["map-101"])
    #expect(try await names("parity notin (even),parity") == ["map-101"])
    #expect(try await names("!parity").isEmpty)
    let field = try await client.ask(
      "GET", Desk.backups.path(namespace: nil),
      query: [("fieldSelector", "spec.cluster.name=one")])
    #expect(field.status == 400)
    #expect(field.body["message"] == "field label not supported: spec.cluster.name")
  }

  @Test func aWatchFollowsAndResumes() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    try fill(standIn, 1)
    var lines = try await WatchLines.open(
      client, path, [("allowWatchBookmarks", "true"), ("timeoutSeconds", "10")]
    ).makeAsyncIterator()
    #expect(try await lines.next()?.event == "ADDED map-100")
    let mark = try await lines.next()
    #expect(mark?["type"] == "BOOKMARK")
    #expect(
      mark?[path: "object", "metadata", "annotations", "k8s.io/initial-events-end"] == "true")
    try fill(standIn, 2)
    #expect(try await lines.next()?.event == "MODIFIED map-100")
    #expect(try await lines.next()?.event == "ADDED map-101")
    let version = try #require(mark?[path: "object", "metadata", "resourceVersion"]?.string)
    _ = try await client.ask("DELETE", path + "/map-101")
    let again = try await WatchLines.open(
      client, path,
      [("resourceVersion", version), ("allowWatchBookmarks", "true"), ("timeoutSeconds", "1")]
    ).all()
    #expect(
      again.map(\.event)
        == ["MODIFIED map-100", "ADDED map-101", "DELETED map-101", "BOOKMARK -"])
  }

  @Test func selectorsOfAWatchTurnChangesIntoComingAndGoing() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    try fill(standIn, 2)
    var lines = try await WatchLines.open(
      client, path, [("labelSelector", "parity=odd"), ("timeoutSeconds", "10")]
    ).makeAsyncIterator()
    #expect(try await lines.next()?.event == "ADDED map-101")
    try standIn.change("configmaps", "prod", "map-100") {
      $0.set("odd", at: "metadata", "labels", "parity")
    }
    #expect(try await lines.next()?.event == "ADDED map-100")
    try standIn.change("configmaps", "prod", "map-101") {
      $0.set("even", at: "metadata", "labels", "parity")
    }
    #expect(try await lines.next()?.event == "DELETED map-101")
  }

  @Test(arguments: [ExpiryForm.watchCache, .etcd])
  func anExpiredVersionIsSaidInTheStream(form: ExpiryForm) async throws {
    let standIn = try await Desk.server()
    standIn.compact(form)
    let lines = try await WatchLines.open(
      standIn.client(), path, [("resourceVersion", "1"), ("timeoutSeconds", "5")]
    ).all()
    #expect(lines.count == 1)
    #expect(lines.first?["type"] == "ERROR")
    #expect(lines.first?[path: "object", "code"] == 410)
    #expect(lines.first?[path: "object", "reason"] == "Expired")
    let message = lines.first?[path: "object", "message"]?.string ?? ""
    switch form {
    case .watchCache: #expect(message.hasPrefix("too old resource version: 1 ("))
    case .etcd: #expect(message == "The resourceVersion for the provided watch is too old.")
    }
  }

  @Test func aVersionFromTheFutureTimesOut() async throws {
    let client = try await Desk.server().client()
    let (status, body) = try await client.ask("GET", path, query: [("resourceVersion", "999999")])
    #expect(status == 504)
    #expect(body[path: "details", "retryAfterSeconds"] == 1)
    #expect(body[path: "details", "causes"]?.array?[0]["reason"] == "ResourceVersionTooLarge")
  }

  @Test func rolesAreObeyed() async throws {
    let standIn = try await Desk.server()
    let reader = try standIn.client(user: "reader")
    let all = try await reader.ask("GET", Desk.clusters.path(namespace: nil))
    #expect(all.status == 403)
    #expect(
      all.body["message"]?.string
        == "clusters.postgresql.cnpg.io is forbidden: User \"reader\" cannot list resource "
        + "\"clusters\" in API group \"postgresql.cnpg.io\" at the cluster scope")
    #expect(try await reader.ask("GET", Desk.clusters.path(namespace: "prod")).status == 200)
    #expect(try await reader.ask("GET", "/api/v1/namespaces").status == 403)
    let deletion = try await reader.ask("DELETE", Desk.clusters.path(namespace: "prod", name: "x"))
    #expect(deletion.status == 403)
    #expect(deletion.body[path: "details", "name"] == "x")
    func may(_ verb: String, _ resource: String, _ sub: String = "") async throws -> JSONValue? {
      try await reader.ask(
        "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        [
          "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
          "spec": [
            "resourceAttributes": [
              "namespace": "prod", "verb": .string(verb), "group": "",
              "resource": .string(resource), "subresource": .string(sub),
            ]
          ],
        ]
      ).body[path: "status", "allowed"]
    }
    #expect(try await may("get", "pods", "proxy") == true)
    #expect(try await may("create", "secrets") == false)
  }

  @Test func credentialsAreJudged() async throws {
    let standIn = try await Desk.server()
    var user = Kubeconfig.User()
    func ask() async throws -> (status: Int, body: JSONValue) {
      let client = KubernetesClient(
        server: standIn.url, http: .live(), security: try security(standIn),
        credentials: CredentialSource(
          user: user, cluster: Kubeconfig.Cluster(server: standIn.url), context: "stand-in",
          processes: .live, read: { _ in [] }, now: { Date() }),
        now: { Date() })
      return try await client.ask("GET", path)
    }
    let nobody = try await ask()
    #expect(nobody.status == 403)
    #expect(nobody.body["message"]?.string?.contains("User \"system:anonymous\"") == true)
    user.token = Secret("wrong")
    let stranger = try await ask()
    #expect(stranger.status == 401)
    #expect(stranger.body["reason"] == "Unauthorized")
  }

  private func security(_ standIn: StandIn) throws -> HTTPSecurity {
    var security = HTTPSecurity()
    security.certificateAuthority = Array(
      try Data(contentsOf: URL(filePath: standIn.authorityFile)))
    return security
  }
}
