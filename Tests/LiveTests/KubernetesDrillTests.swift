import FoundationEssentials
import Glibc
import Kubernetes
import KubernetesStandIn
import TestSupport
import Testing
import Transports

/// Whole drills of the program itself on Kubernetes: it finds its kubeconfig, and the real kubectl finds the same one.
@Suite("Drills on Kubernetes", .serialized) struct KubernetesDrillTests {
  private static let canRun = PostgresTools.programs != nil && Binary.kubectlIsInstalled

  /// How somebody tells kubectl, and so pgvigil, where the cluster is.
  private struct Way {
    var name: String
    var arguments: [String] = []
    var environment: [String: String] = [:]
  }

  /// In a home of its own, with a login that asks for PATH and HOME.
  private func furnish(_ home: String, _ server: StandIn) throws -> [Way] {
    let whole = try server.kubeconfig(user: "driller")
    let users = try #require(whole.firstRange(of: "users:"))
    let places = String(whole[..<users.lowerBound])
    let login = """
      apiVersion: v1
      kind: Config
      users:
      - name: driller
        user:
          exec:
            apiVersion: client.authentication.k8s.io/v1
            command: vigil-login
            interactiveMode: Never

      """
    let script = """
      #!/bin/sh
      echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
      echo '"status":{"token":"'"$(cat "$HOME/token")"'"}}'

      """
    for directory in ["", "/bin", "/.kube", "/work"] {
      try FileManager.default.createDirectory(
        atPath: home + directory, withIntermediateDirectories: false)
    }
    for (path, text) in [
      ("/.kube/config", whole), ("/work/relative", whole), ("/places", places), ("/login", login),
      ("/bin/vigil-login", script), ("/token", "token-of-driller"),
    ] { try Data(text.utf8).write(to: URL(filePath: home + path), options: []) }
    chmod(home + "/bin/vigil-login", 0o700)
    return [
      Way(
        name: "several files and a plugin",
        environment: ["KUBECONFIG": "\(home)/places:\(home)/none:\(home)/login"]),
      Way(name: "the file in the home directory"),
      Way(
        name: "an option with a relative path", arguments: ["--kubeconfig", "relative"],
        environment: ["KUBECONFIG": "/nowhere"]),
    ]
  }

  private func drill(_ way: Way, home: String) async throws -> ProcessResult {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    var environment = ["HOME": home, "KUBECONFIG": "", "PATH": "\(home)/bin:\(path)"]
    environment.merge(way.environment) { $1 }
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] { environment[name] = home + "/" + name }
    return try await ProcessRunner.live.run(
      ProcessRequest(
        Binary.pgvigil, ["drill", "prod/pg-main", "--json"] + way.arguments,
        environment: environment, inheritsEnvironment: true, directory: home + "/work",
        deadline: 100))
  }

  @Test(
    .enabled(if: canRun, "not run: PostgreSQL or kubectl is not installed"),
    .timeLimit(.minutes(30)))
  func kubectlFindsTheKubeconfigThatPgvigilFound() async throws {
    let home = "/tmp/pgvigil-home-" + String(UInt64.random(in: .min ... .max), radix: 36)
    defer { try? FileManager.default.removeItem(atPath: home) }
    let server = try await StandIn.start()
    defer { server.stop() }
    server.add(User("driller", roles: [.everything]))
    let source = try await PlayedSource.make(
      behind: ObjectKey(namespace: "prod", name: "pg-main"))
    try server.seedCluster(behind: source)
    try server.seed(namespace: "pgvigil-drills")
    let player = Player(
      client: try server.client(), namespaces: ["prod", "pgvigil-drills"], kubelet: server,
      source: source)
    let playing = Task { await player.run() }
    let outcome = await Task {
      for way in try furnish(home, server) {
        server.forgetRequests()
        let result = try await drill(way, home: home)
        #expect(result.status == 0, "\(way.name): \(result.output) \(result.error)")
        let report = try JSONValue(parsing: Array(result.output.utf8))
        let tests = report["operations"]?.array?.first?[path: "drill", "tests"]?.array ?? []
        #expect(tests.last?["rows"]?.integer == source.rows, "\(way.name): \(result.output)")
        let forward = server.requests.last { $0.resource == "pods/portforward" }
        #expect(forward?.status == 101, "\(way.name)")
        #expect(forward?.user == "driller", "\(way.name)")
      }
    }.result
    playing.cancel()
    await playing.value
    await source.stop()
    try outcome.get()
  }
}
