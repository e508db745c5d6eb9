import Foundation
import RecoveryModel
import Synchronization
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

@Suite("Kubeconfig") struct KubeconfigTests {
  private static let first = """
    apiVersion: v1
    kind: Config
    current-context: prod
    clusters:
    - name: prod
      cluster: {server: "https://prod:6443", certificate-authority: ca.pem, tls-server-name: api}
    contexts:
    - name: prod
      context: {cluster: prod, user: alice, namespace: auth}
    users:
    - name: alice
      user: {client-certificate: certs/alice.pem, client-key: /keys/alice.key}
    """
  private static let second = """
    current-context: lab
    clusters:
    - name: prod
      cluster: {server: "https://wrong:6443"}
    - name: lab
      cluster: {server: "https://lab:6443", insecure-skip-tls-verify: true, proxy-url: "socks5://p:1"}
    contexts:
    - name: lab
      context: {cluster: lab, user: bob}
    users:
    - name: bob
      user:
        exec:
          apiVersion: client.authentication.k8s.io/v1
          command: ./login
          args: [token]
          env: [{name: REGION, value: eu}]
    """

  private static func access(
    _ files: [String: String], environment: [String: String]
  ) throws
    -> KubernetesAccess
  {
    try KubernetesAccess(path: nil, environment: environment) { path in
      guard let text = files[path] else { throw RecoveryError(.failed, "no \(path)") }
      return Array(text.utf8)
    }
  }

  @Test func severalFilesMergeAndTheFirstToNameAThingWins() throws {
    let access = try Self.access(
      ["/a/one": Self.first, "/b/two": Self.second],
      environment: ["KUBECONFIG": "/a/one:/missing:/b/two"])
    let merged = access.kubeconfig
    #expect(merged.currentContext == "prod")
    #expect(merged.clusters["prod"]?.server == "https://prod:6443")
    #expect(merged.clusters["prod"]?.certificateAuthorityFile == "/a/ca.pem")
    #expect(merged.clusters["prod"]?.tlsServerName == "api")
    #expect(merged.clusters["lab"]?.skipsVerification == true)
    #expect(merged.clusters["lab"]?.proxy == "socks5://p:1")
    #expect(merged.users["alice"]?.clientCertificateFile == "/a/certs/alice.pem")
    #expect(merged.users["alice"]?.clientKeyFile == "/keys/alice.key")
    #expect(merged.users["bob"]?.exec?.command == "/b/./login")
    #expect(merged.users["bob"]?.exec?.environment == ["REGION": "eu"])
    #expect(merged.contexts["prod"]?.namespace == "auth")
  }

  @Test func aPodUsesItsServiceAccount() throws {
    let folder = KubernetesAccess.serviceAccount
    let access = try Self.access(
      [folder + "/token": "t", folder + "/namespace": "drills\n"],
      environment: [
        "HOME": "/home/x", "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443",
      ])
    let context = access.kubeconfig.contexts[KubernetesAccess.inClusterContext]
    #expect(context?.namespace == "drills")
    #expect(access.kubeconfig.clusters["in-cluster"]?.server == "https://[fd00::1]:443")
  }

  @Test func whatIsNoKubeconfigIsNamed() throws {
    let error = #expect(throws: RecoveryError.self) {
      try Self.access(["/a": "clusters: 7"], environment: ["KUBECONFIG": "/a"])
    }
    #expect(error?.message.contains("/a") == true)
    #expect(error?.message.contains("clusters") == true)
  }

  @Test func aMissingContextNamesTheKnownOnes() throws {
    let access = try Self.access(["/a": Self.first], environment: ["KUBECONFIG": "/a"])
    let error = #expect(throws: RecoveryError.self) {
      try access.connect(
        context: "prd", http: FakeServer().client, processes: .failing, read: { _ in [] },
        now: { Date() })
    }
    #expect(error?.message.contains("prd") == true)
    #expect(error?.remedy.contains("prod") == true)
  }
}

@Suite("Contexts that are not there") struct UnknownContextTests {
  @Test func eachIsNamedOnceWithTheNearestFirst() throws {
    let path = NSTemporaryDirectory() + "/pgvigil-contexts-\(UUID().uuidString)"
    try """
    current-context: staging
    contexts:
      - {name: staging, context: {cluster: c, user: u}}
      - {name: prod-us, context: {cluster: c, user: u}}
      - {name: prod-eu, context: {cluster: c, user: u}}
    """.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    func declared(_ context: String) -> ClusterDeclaration {
      ClusterDeclaration(
        name: "x", engine: "cloudnativepg", options: ["context": .string(context)])
    }
    let unknown = CloudNativePGDiscovery.unknownContexts(
      DiscoveryOptions(
        contexts: ["prod-eu", "prod-e"],
        declared: [declared("prod-e"), declared("prod-us"), declared("stagin")],
        environment: ["KUBECONFIG": path]))
    #expect(unknown.map(\.name) == ["prod-e", "stagin"])
    #expect(unknown.first?.origin == path)
    #expect(unknown.first?.known == ["prod-eu", "prod-us", "staging"])
    #expect(unknown.last?.known.first == "staging")
    // A kubeconfig that may yet be written is nothing to find fault with.
    let none = CloudNativePGDiscovery.unknownContexts(
      DiscoveryOptions(contexts: ["a"], environment: ["KUBECONFIG": path + "-none"]))
    #expect(none.isEmpty)
  }
}

@Suite("Credentials") struct CredentialTests {
  private static func source(
    _ user: Kubeconfig.User, processes: ProcessRunner = .failing,
    files: [String: String] = [:], now: @escaping @Sendable () -> Date = { .distantPast }
  ) -> CredentialSource {
    CredentialSource(
      user: user, cluster: Kubeconfig.Cluster(server: "https://s"), context: "prod",
      processes: processes,
      read: { path in
        guard let text = files[path] else { throw RecoveryError(.failed, "no \(path)") }
        return Array(text.utf8)
      }, now: now)
  }

  private static func plugin(_ output: String, runs: Counter, status: Int32 = 0) -> ProcessRunner {
    ProcessRunner(
      run: { _ in
        runs.increment()
        return ProcessResult(status: status, output: output, error: "denied by the provider")
      }, stream: { _ in AsyncThrowingStream { $0.finish() } })
  }

  private static var execUser: Kubeconfig.User {
    var user = Kubeconfig.User()
    user.exec = ExecCredentialPlugin(
      apiVersion: "client.authentication.k8s.io/v1", command: "login")
    return user
  }

  @Test func anExecPluginRunsOnceUntilItsAnswerExpires() async throws {
    let runs = Counter()
    let clock = Counter()
    let start = try Date("2026-01-01T00:00:00Z", strategy: .iso8601)
    let answer = """
      {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
       "status":{"token":"abc","expirationTimestamp":"2026-01-01T00:01:00Z"}}
      """
    let source = Self.source(
      Self.execUser, processes: Self.plugin(answer, runs: runs),
      now: { start.addingTimeInterval(Double(clock.value)) })
    #expect(try await source.current().bearer?.revealed == "abc")
    _ = try await source.current()
    #expect(runs.value == 1)
    clock.add(55)
    _ = try await source.current()
    #expect(runs.value == 2)
    await source.invalidate()
    _ = try await source.current()
    #expect(runs.value == 3)
  }

  @Test func aFailingPluginIsDeniedWithItsOwnWords() async {
    let source = Self.source(
      Self.execUser, processes: Self.plugin("", runs: Counter(), status: 1))
    let error = await #expect(throws: RecoveryError.self) { try await source.current() }
    #expect(error?.code == .denied)
    #expect(error?.message.contains("denied by the provider") == true)
  }

  @Test func aPluginThatHangsIsNamedWithItsContextAndItsLimit() async {
    let asked = Mutex<ProcessRequest?>(nil)
    let hanging = ProcessRunner(
      run: { request in
        asked.withLock { $0 = request }
        throw RecoveryError(.timedOut, "login did not end within 15s and was killed")
      }, stream: { _ in AsyncThrowingStream { $0.finish() } })
    let source = Self.source(Self.execUser, processes: hanging)
    let error = await #expect(throws: RecoveryError.self) { try await source.current() }
    #expect(error?.code == .timedOut)
    #expect(
      error?.message
        == "credential plugin login of context prod did not answer within 15s and was killed")
    #expect(error?.remedy.contains("kubectl --context prod") == true)
    let request = asked.withLock { $0 }
    #expect(request?.deadline == 15 && request?.endsWithUs == true)
  }

  @Test func anotherVersionThanAskedForIsRefused() async {
    let answer = """
      {"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",
       "status":{"token":"abc"}}
      """
    let source = Self.source(Self.execUser, processes: Self.plugin(answer, runs: Counter()))
    await #expect(throws: RecoveryError.self) { try await source.current() }
  }

  @Test func aTokenFileWinsAndNeverPrints() async throws {
    var user = Kubeconfig.User()
    user.token = Secret("old")
    user.tokenFile = "/t"
    let credential = try await Self.source(user, files: ["/t": "s3cr3t\n"]).current()
    #expect(credential.bearer?.revealed == "s3cr3t")
    #expect(!"\(credential)".contains("s3cr3t"))
  }

  @Test(arguments: [
    ("https://admin:secret@host:6443/path?q", "https://host:6443"),
    ("https://host", "https://host"),
    ("https://a@b:c@[::1]:1/x", "https://[::1]:1"), ("host", "host"),
  ])
  func `a server is shown without who asks it`(url: String, shown: String) {
    #expect(HTTPRequest.server(of: url) == shown)
  }
}
