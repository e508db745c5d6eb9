import Foundation
import LocalFiles
import RecoveryModel
import Testing

@testable import Kubernetes
@testable import Transports

/// Kubeconfigs as they are found: read as kubectl reads them, or refused with file, line and key.
@Suite("Odd kubeconfigs") struct KubeconfigReaderTests {
  static let good = """
    apiVersion: v1
    kind: Config
    current-context: prod
    clusters: [{name: prod, cluster: {server: "https://s:6443"}}]
    contexts: [{name: prod, context: {cluster: prod, user: u}}]
    users: [{name: u, user: {token: hunter2}}]
    """

  static func access(_ bytes: [UInt8]) throws -> KubernetesAccess {
    try KubernetesAccess(path: "/k", environment: [:]) { _ in bytes }
  }

  static func connect(
    _ yaml: String, server: FakeServer = FakeServer()
  ) throws -> KubernetesAccess.Connection {
    try access(Array(yaml.utf8)).connect(
      context: nil, http: server.client, processes: .failing, read: { _ in [] }, now: { Date() })
  }

  private static func utf16(_ text: String, mark: [UInt8]) -> [UInt8] {
    mark
      + text.utf16.flatMap {
        mark[0] == 0xFF ? [UInt8($0 & 0xFF), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 0xFF)]
      }
  }

  @Test func everyWayToWriteItReadsTheSame() throws {
    let plain = try Self.access(Array(Self.good.utf8)).kubeconfig
    let windows = Self.good.replacingOccurrences(of: "\n", with: "\r\n")
    let json = """
      {
      \t"current-context": "prod",
      \t"clusters": [{"name": "prod", "cluster": {"server": "https:\\/\\/s:6443"}}],
      \t"contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "u"}}],
      \t"users": [{"name": "u", "user": {"token": "hunter2"}}]
      }
      """
    let merged = Self.good.replacingOccurrences(
      of: "{token: hunter2}", with: "{<<: &t {token: hunter2}}")
    #expect(plain.users["u"]?.token?.revealed == "hunter2")
    let ways: [[UInt8]] = [
      [0xEF, 0xBB, 0xBF] + Array(windows.utf8), Array(json.utf8), Array(merged.utf8),
      Self.utf16(windows, mark: [0xFF, 0xFE]), Self.utf16(Self.good, mark: [0xFE, 0xFF]),
      Array((Self.good + "\n---\nclusters: 7\n").utf8),
    ]
    for bytes in ways { #expect(try Self.access(bytes).kubeconfig == plain) }
  }

  /// What kubectl refuses once it is used, with the place where it stands.
  @Test(arguments: [
    ("server: \"https://s:6443\"", "server: \"htps://s:6443\"", 4, "clusters[0].cluster.server"),
    ("server: \"https://s:6443\"", "server: \"https://\"", 4, "clusters[0].cluster.server"),
    (
      "server: \"https://s:6443\"",
      "server: \"https://s\", insecure-skip-tls-verify: true, certificate-authority-data: YQ==",
      4, "clusters[0].cluster.insecure-skip-tls-verify"
    ),
    (
      "server: \"https://s:6443\"",
      "server: \"https://s\", insecure-skip-tls-verify: true, certificate-authority: ca.crt",
      4, "clusters[0].cluster.insecure-skip-tls-verify"
    ),
    (
      "server: \"https://s:6443\"", "server: \"https://s\", certificate-authority-data: \"!!\"", 4,
      "clusters[0].cluster.certificate-authority-data"
    ),
    ("token: hunter2", "client-key-data: \"YQ\"", 6, "users[0].user.client-key-data"),
    ("token: hunter2", "as: \"a\\r\\nX: b\"", 6, "users[0].user.as"),
    ("token: hunter2", "as: a, as-groups: [b, \"c\\n\"]", 6, "users[0].user.as-groups"),
    (
      "token: hunter2", "as: a, as-user-extra: {k: [\"\\0\"]}", 6, "users[0].user.as-user-extra.k"
    ),
    ("token: hunter2", "token: \"hunter2\\r\\nX: b\"", 6, "users[0].user.token"),
  ])
  func whatCannotBeUsedIsRefused(old: String, new: String, line: Int, key: String) throws {
    let yaml = Self.good.replacingOccurrences(of: old, with: new)
    #expect(yaml != Self.good)
    let error = try #require(throws: RecoveryError.self) { try Self.connect(yaml) }
    #expect(error.message.hasPrefix("/k:\(line): \(key) "), "\(error.message)")
    #expect(!error.message.contains("hunter2"))
  }

  /// A wrong entry is no reason to refuse the others of its file.
  @Test func anotherEntryOfTheFileStaysUsable() throws {
    let yaml = Self.good.replacingOccurrences(
      of: "clusters: [", with: "clusters: [{name: old, cluster: {server: \"htps://o\"}}, ")
    #expect(try Self.connect(yaml).context == "prod")
  }

  @Test func whatIsThereAndCannotBeReadIsNotPassedOver() throws {
    let home = "/tmp/pgvigil-kube-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: home + "/.kube/config", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    let error = try #require(throws: RecoveryError.self) {
      try KubernetesAccess(path: nil, environment: ["HOME": home]) {
        try KubeconfigFiles.shared.bytes($0)
      }
    }
    #expect(error.message.contains("cannot read \(home)/.kube/config: Is a directory"))
    let endless = try #require(throws: RecoveryError.self) {
      try KubernetesAccess(path: "/dev/zero", environment: [:]) {
        try KubeconfigFiles.shared.bytes($0)
      }
    }
    #expect(endless.message.contains("cannot read /dev/zero: it is larger than 4 MiB"))
  }

  @Test(arguments: [
    "clusters: null\ncontexts: null\nusers: null\ncurrent-context: \"\"", "preferences: {}", "",
    "clusters: []\ncontexts:\n",
  ])
  func nullsAreNothing(text: String) throws {
    let access = try Self.access(Array(text.utf8))
    #expect(access.kubeconfig.contexts.isEmpty && access.hasFile)
  }

  @Test(arguments: [
    ("token: hunter2", "token: 12345678", 6, "users[0].user.token"),
    ("token: hunter2", "token: 12e34", 6, "users[0].user.token"),
    ("token: hunter2", "token: [hunter2]", 6, "users[0].user.token"),
    ("token: hunter2", "password: 0x1F", 6, "users[0].user.password"),
    ("token: hunter2", "as-groups: [1]", 6, "as-groups[0]"),
    ("token: hunter2", "as-user-extra: {a: b}", 6, "as-user-extra.a"),
    ("token: hunter2", "exec: {args: [x]}", 6, "exec.command"),
    ("current-context: prod", "current-context: 1", 3, "current-context"),
    ("name: prod, cluster", "name: 7, cluster", 4, "clusters[0].name"),
    ("server: \"https://s:6443\"", "insecure-skip-tls-verify: \"true\"", 4, "true or false"),
    ("server: \"https://s:6443\"", "certificate-authority-data: 123", 4, "authority-data"),
    ("user: u}", "namespace: 007}", 5, "contexts[0].context.namespace"),
    ("user: u}}", "user: u}}, {name: prod, context: {}}", 5, "contexts[1].name"),
    ("kind: Config", "kind: Deployment", 2, "Deployment"),

    ("apiVersion: v1", "<<<<<<< HEAD", 2, "no YAML"),
    ("users: [{name: u, user: {token: hunter2}}]", "users: {}", 6, "users must be a list"),
  ])
  func whatKubectlRefusesIsNamedByLineAndKey(old: String, new: String, line: Int, words: String) {
    let text = Self.good.replacingOccurrences(of: old, with: new)
    let error = #expect(throws: RecoveryError.self) { try Self.access(Array(text.utf8)) }
    #expect(error?.message.hasPrefix("/k:\(line)") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    let said = "\(error.map { "\($0)" } ?? "")"
    for secret in ["hunter2", "12345678", "12e34", "0x1F"] { #expect(!said.contains(secret)) }
  }

  @Test func aNameOfTwoFilesIsToldWhereTheyDiffer() throws {
    let other = Self.good.replacingOccurrences(of: "s:6443", with: "t:6443")
      .replacingOccurrences(of: "name: prod, context", with: "name: two, context")
    let files = ["/a": Self.good, "/b": other, "/c": Self.good]
    let access = try KubernetesAccess(path: nil, environment: ["KUBECONFIG": "/a:/b::/none:/c"]) {
      guard let text = files[$0] else { throw RecoveryError(.failed, "no \($0)") }
      return Array(text.utf8)
    }
    let conflicts = access.kubeconfig.conflicts
    #expect(conflicts.count == 1)
    #expect(
      conflicts.first?.contains("/b") == true && conflicts.first?.contains("cluster prod") == true)
    #expect(access.kubeconfig.clusters["prod"]?.server == "https://s:6443")
    #expect(!"\(conflicts)".contains("hunter2"))
  }

  @Test(arguments: [("oidc", "kubelogin"), ("gcp", "gke-gcloud-auth-plugin"), ("other", "plugin")])
  func anAuthProviderIsNamedWithWhatReplacesIt(name: String, instead: String) async throws {
    let provider = "auth-provider: {name: \(name), config: {id-token: s3cr3t}}"
    let yaml = Self.good.replacingOccurrences(of: "token: hunter2", with: provider)
    let client = try Self.connect(yaml).client
    let error = await #expect(throws: RecoveryError.self) {
      try await client.send("GET", "/api", deadline: 1)
    }
    #expect(error?.message.contains("auth-provider \(name)") == true)
    #expect(error?.remedy.contains(instead) == true)
    #expect(!"\(error.map { "\($0)" } ?? "")".contains("s3cr3t"))
  }

  @Test(arguments: [
    ("https://h:6443/", "https://h:6443"),
    ("https://h//k8s//clusters/c-1//", "https://h/k8s/clusters/c-1"),
    ("https://h", "https://h"), ("https://[::1]:6443//", "https://[::1]:6443"),
    ("https://h/a?x=1", "https://h/a"), ("h:1/a/", "h:1/a"),
  ])
  func aServersPathIsJoinedWithOneSlash(server: String, base: String) {
    #expect(KubernetesClient.base(server) == base)
  }

  @Test(arguments: [
    ("server: \"s:6443\"", "http://s:6443/api"),
    ("server: \"s:6443\", insecure-skip-tls-verify: true", "https://s:6443/api"),
  ])
  func aServerWithoutASchemeIsCompleted(cluster: String, url: String) async throws {
    let server = FakeServer()
    server.answer(200, "{}")
    let yaml = Self.good.replacingOccurrences(of: "server: \"https://s:6443\"", with: cluster)
    _ = try await Self.connect(yaml, server: server).client.send("GET", "/api", deadline: 1)
    #expect(server.asked.first?.url == url)
  }

  @Test func aPipeIsReadOnceAndStandsForChildren() throws {
    let path = NSTemporaryDirectory() + "/pgvigil-pipe-\(UUID().uuidString)"
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let writer = Thread { try? Self.good.write(toFile: path, atomically: false, encoding: .utf8) }
    writer.start()
    let files = KubeconfigFiles()
    let first = try files.bytes(path)
    #expect(String(decoding: first, as: UTF8.self) == Self.good)
    #expect(try files.bytes(path) == first)
    let child = files.forChild("/other:\(path)").split(separator: ":").map(String.init)
    #expect(child.first == "/other" && child.count == 2)
    #expect(try LocalFile.bytes(child[1]) == first)
    #expect(files.forChild("/a:/b") == "/a:/b")
  }

  @Test func aDirectoryIsNoEmptyKubeconfig() {
    let error = #expect(throws: RecoveryError.self) {
      try KubernetesAccess(path: nil, environment: ["KUBECONFIG": "/tmp"]) {
        try LocalFile.bytes($0)
      }
    }
    #expect(error?.message.contains("/tmp") == true && error?.message.contains("directory") == true)
  }
}

/// Nobody acts with more rights than kubectl would.
@Suite("Impersonation") struct ImpersonationTests {
  static let user = """
    token: hunter2, as: alice, as-uid: "7", as-groups: [dba, "on call"], \
    as-user-extra: {Scopes/x: [view, edit], reason: [drill]}
    """
  static let headers = [
    HTTPHeader("Impersonate-User", "alice"), HTTPHeader("Impersonate-Uid", "7"),
    HTTPHeader("Impersonate-Group", "dba"), HTTPHeader("Impersonate-Group", "on call"),
    HTTPHeader("Impersonate-Extra-Scopes%2Fx", "view"),
    HTTPHeader("Impersonate-Extra-Scopes%2Fx", "edit"),
    HTTPHeader("Impersonate-Extra-reason", "drill"),
  ]

  private static func yaml(_ user: String) -> String {
    KubeconfigReaderTests.good.replacingOccurrences(of: "token: hunter2", with: user)
  }

  @Test func everyRequestAndWatchSaysForWhom() async throws {
    let server = FakeServer()
    server.answer(401, "{}")
    server.answer(200, "{}")
    let client = try KubeconfigReaderTests.connect(Self.yaml(Self.user), server: server).client
    _ = try await client.send("POST", "/api", body: [], deadline: 1)
    for try await _ in try await client.watch("/api", query: [], idleTimeout: 1) {}
    #expect(server.asked.count == 3)
    #expect(server.asked.allSatisfy { $0.moreHeaders == Self.headers })
  }

  @Test func nobodyIsImpersonatedUnasked() async throws {
    let server = FakeServer()
    server.answer(200, "{}")
    let client = try KubeconfigReaderTests.connect(Self.yaml("token: t, as: \"\""), server: server)
      .client
    _ = try await client.send("GET", "/api", deadline: 1)
    #expect(server.asked.first?.moreHeaders == [])
  }

  @Test(arguments: [
    "as-groups: [dba]", "as-uid: \"7\"", "as-user-extra: {a: [b]}",
    "as: \"a\\r\\nAuthorization: b\"",
    "as: a, as-groups: [\"x\\n\"]", "as: a, as-user-extra: {k: [\"\\0\"]}",
  ])
  func whatKubectlRefusesIsNotSent(user: String) async throws {
    let server = FakeServer()
    server.answer(200, "{}")
    let error = await #expect(throws: RecoveryError.self) {
      let client = try KubeconfigReaderTests.connect(Self.yaml(user), server: server).client
      _ = try await client.send("GET", "/api", deadline: 1)
    }
    #expect(error?.code == .invalid)
    #expect(server.asked.isEmpty)
  }
}
