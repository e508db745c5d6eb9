import FoundationEssentials
import RecoveryModel
import YAMLReading

extension Kubeconfig {
  /// Reads one file's text. Relative paths in it are relative to `directory`. Throws `RecoveryError` (invalid) naming
  /// file, line and key, and no value.
  package init(yaml: String, file: String, directory: String) throws {
    let reader = KubeconfigReader(file: file, directory: directory)
    self = try reader.read(yaml)
  }
}

/// Reads a kubeconfig as strictly as kubectl does: a number is no text, and text is no `true`.
struct KubeconfigReader {
  let file: String
  let directory: String

  func read(_ yaml: String) throws -> Kubeconfig {
    var kubeconfig = Kubeconfig()
    let root: YAMLNode?
    var documents = YAMLDocuments(yaml)
    // kubectl reads the first document and no other.
    do { root = try documents.next() } catch { throw refusal(error) }
    guard let root, !root.isNull else { return kubeconfig }
    let top = try KubeconfigMap(root, path: "", file: file)
    if let kind = try top.text("kind"), kind != "Config" {
      throw top.fault(
        "kind", "is \(Sanitizer.clean(kind, limit: 60)), and no kubeconfig's (Config)")
    }
    for entry in try top.named("clusters") {
      let body = try entry.map("cluster")
      try entry.add(try body.map(cluster) ?? .init(server: ""), to: &kubeconfig.clusters)
    }
    for entry in try top.named("users") {
      let body = try entry.map("user")
      try entry.add(try body.map(user) ?? .init(), to: &kubeconfig.users)
    }
    for entry in try top.named("contexts") {
      guard let body = try entry.map("context") else { continue }
      let context = Kubeconfig.Context(
        cluster: try body.text("cluster") ?? "", user: try body.text("user") ?? "",
        namespace: try body.text("namespace"))
      try entry.add(context, to: &kubeconfig.contexts)
    }
    let current = try top.text("current-context")
    kubeconfig.currentContext = current.flatMap { $0.isEmpty ? nil : $0 }
    return kubeconfig
  }

  private func cluster(_ body: KubeconfigMap) throws -> Kubeconfig.Cluster {
    var cluster = Kubeconfig.Cluster(server: try body.text("server") ?? "")
    cluster.certificateAuthorityFile = resolve(try body.text("certificate-authority"))
    cluster.certificateAuthorityData = try body.base64("certificate-authority-data")
    cluster.tlsServerName = try body.text("tls-server-name")
    cluster.skipsVerification = try body.flag("insecure-skip-tls-verify") ?? false
    cluster.proxy = try body.text("proxy-url")
    _ = try body.flag("disable-compression")
    cluster.fault = fault(of: cluster, body)
    return cluster
  }

  /// What kubectl refuses once the cluster is used, and not before.
  private func fault(of cluster: Kubeconfig.Cluster, _ body: KubeconfigMap) -> RecoveryError? {
    if let end = cluster.server.firstRange(of: "://") {
      let scheme = cluster.server[..<end.lowerBound].lowercased()
      guard ["https", "http"].contains(scheme) else {
        let shown = Sanitizer.clean(scheme, limit: 20)
        return body.fault("server", "begins with \(shown)://, and must with https:// or http://")
      }
      guard !cluster.server[end.upperBound...].isEmpty else {
        return body.fault("server", "names no host")
      }
    }
    if cluster.server.hasControlCharacter {
      return body.fault("server", "holds a control character")
    }
    let authorities = [
      ("certificate-authority", cluster.certificateAuthorityFile),
      ("certificate-authority-data", cluster.certificateAuthorityData),
    ]
    guard cluster.skipsVerification,
      let (key, _) = authorities.first(where: { $0.1?.isEmpty == false })
    else { return nil }
    return body.fault(
      "insecure-skip-tls-verify",
      "is true beside \(key): specifying a root certificates file with the insecure flag is not "
        + "allowed")
  }

  private func user(_ body: KubeconfigMap) throws -> Kubeconfig.User {
    var user = Kubeconfig.User()
    user.clientCertificateFile = resolve(try body.text("client-certificate"))
    user.clientCertificateData = try body.base64("client-certificate-data")
    user.clientKeyFile = resolve(try body.text("client-key"))
    user.clientKeyData = try body.base64("client-key-data").map { Secret($0) }
    user.token = try body.text("token").flatMap { $0.isEmpty ? nil : Secret($0) }
    user.tokenFile = resolve(try body.text("tokenFile"))
    user.username = try body.text("username")
    user.password = try body.text("password").map { Secret($0) }
    user.authProvider = try body.map("auth-provider").map { try $0.text("name") ?? "" }
    user.exec = try body.map("exec").map(plugin)
    user.impersonation.user = try body.text("as").flatMap { $0.isEmpty ? nil : $0 }
    user.impersonation.uid = try body.text("as-uid").flatMap { $0.isEmpty ? nil : $0 }
    user.impersonation.groups = try body.texts("as-groups")
    if let extra = try body.map("as-user-extra") {
      for key in extra.keys { user.impersonation.extra[key] = try extra.texts(key) }
      user.fault = extra.keys.first { key in
        ([key] + (user.impersonation.extra[key] ?? [])).contains(where: \.hasControlCharacter)
      }.map { extra.fault($0, Self.controlWords) }
    }
    user.fault = user.fault ?? fault(of: user, body)
    return user
  }

  private static let controlWords =
    "holds a control character, which would end the header that it is sent in"

  /// What would be a header of its own.
  private func fault(of user: Kubeconfig.User, _ body: KubeconfigMap) -> RecoveryError? {
    let sent: [(key: String, values: [String])] = [
      ("as", [user.impersonation.user].compactMap { $0 }),
      ("as-uid", [user.impersonation.uid].compactMap { $0 }),
      ("as-groups", user.impersonation.groups),
      ("token", [user.token?.revealed].compactMap { $0 }),
    ]
    return sent.first { $0.values.contains(where: \.hasControlCharacter) }
      .map { body.fault($0.key, Self.controlWords) }
  }

  private func plugin(_ body: KubeconfigMap) throws -> ExecCredentialPlugin {
    guard let command = try body.text("command"), !command.isEmpty else {
      throw body.fault("command", "is missing")
    }
    var exec = ExecCredentialPlugin(
      apiVersion: try body.text("apiVersion") ?? "client.authentication.k8s.io/v1",
      // A path with a slash is relative to the kubeconfig; a bare name is looked up on PATH.
      command: command.contains("/") ? resolve(command) ?? command : command)
    exec.arguments = try body.texts("args")
    for variable in try body.named("env") {
      exec.environment[variable.name] = try variable.text("value") ?? ""
    }
    exec.installHint = try body.text("installHint")
    exec.providesClusterInfo = try body.flag("provideClusterInfo") ?? false
    return exec
  }

  private func resolve(_ path: String?) -> String? {
    path.map { $0.isEmpty || $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" }
  }

  /// Without the text that the parser stumbled over: there may be a secret in it.
  private func refusal(_ error: YAMLError) -> RecoveryError {
    let place = error.mark.map { "\(file):\($0.line)" } ?? file
    return RecoveryError(
      .invalid, "\(place): \(Sanitizer.clean(error.statement, limit: 200))",
      remedy: "compare with `kubectl config view --kubeconfig FILE`")
  }
}

/// Keys and values of a kubeconfig, with where they stand.
struct KubeconfigMap {
  let path: String
  let file: String
  let line: Int
  private let node: YAMLNode

  init(_ node: YAMLNode, path: String, file: String) throws {
    line = node.mark.line
    self.path = path
    self.file = file
    guard node.mapping != nil else {
      let words =
        path.isEmpty
        ? "no kubeconfig: keys such as `clusters` are expected"
        : "\(path) must have keys and values"
      throw RecoveryError(
        .invalid, "\(file):\(line): \(words)", remedy: "compare with `kubectl config view`")
    }
    self.node = node
  }

  var keys: [String] { node.mapping?.compactMap { $0.key.scalar?.text } ?? [] }

  /// nil where it is absent or empty.
  private func value(_ key: String) -> YAMLNode? {
    node[key].flatMap { $0.isNull ? nil : $0 }
  }

  func text(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    return try text(value, key)
  }

  private func text(_ value: YAMLNode, _ key: String) throws -> String {
    guard let scalar = value.scalar else { throw fault(key, "must be text") }
    let type = scalar.isText ? .text : ScalarType(plain: scalar.text)
    guard type == .text else { throw fault(key, "is \(type.words), and must be text: quote it") }
    return scalar.text
  }

  /// As it stands; throws where it is no base64 of the standard alphabet, line breaks aside.
  func base64(_ key: String) throws -> String? {
    guard let text = try text(key) else { return nil }
    let plain = text.filter { !$0.isNewline }
    guard plain.isEmpty || Data(base64Encoded: plain) != nil else {
      throw fault(key, "is not base64")
    }
    return text
  }

  func flag(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value.scalar?.bool else {
      throw fault(key, "must be true or false, without quotes")
    }
    return flag
  }

  func map(_ key: String) throws -> KubeconfigMap? {
    try value(key).map { try KubeconfigMap($0, path: full(key), file: file) }
  }

  func texts(_ key: String) throws -> [String] {
    try list(key).enumerated().map { try text($0.element, "\(key)[\($0.offset)]") }
  }

  /// Entries of a list that have a name each.
  func named(_ key: String) throws -> [KubeconfigMap] {
    try list(key).enumerated().map { index, node in
      let entry = try KubeconfigMap(node, path: "\(full(key))[\(index)]", file: file)
      _ = try entry.text("name")
      return entry
    }
  }

  /// Of an entry whose name has been read.
  var name: String { node["name"]?.scalar?.text ?? "" }

  /// Throws where the name is taken in this file.
  func add<Value>(_ value: Value, to values: inout [String: Value]) throws {
    guard values[name] == nil else {
      throw fault("name", "\(Sanitizer.clean(name, limit: 80)) comes twice in this file")
    }
    values[name] = value
  }

  private func list(_ key: String) throws -> [YAMLNode] {
    guard let value = value(key) else { return [] }
    guard let sequence = value.sequence else { throw fault(key, "must be a list") }
    return sequence
  }

  /// `file:line: key words`, and never a value.
  func fault(_ key: String, _ words: String) -> RecoveryError {
    let line = node.entry(String(key.prefix { $0 != "[" }))?.key.mark.line ?? line
    return RecoveryError(
      .invalid, "\(file):\(line): \(Sanitizer.clean(full(key), limit: 120)) \(words)",
      remedy: "correct it; kubectl refuses it too")
  }

  private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

extension String {
  /// C0 and DEL: none of them may stand in a header or an address.
  var hasControlCharacter: Bool { unicodeScalars.contains { $0.value < 32 || $0.value == 127 } }
}
