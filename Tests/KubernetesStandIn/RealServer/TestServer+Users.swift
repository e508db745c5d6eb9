import Kubernetes
import Transports

/// Users with roles: the stand-in knows them by name, a real server as service accounts with RBAC.
extension TestServer {
  private static let mark = "pgvigil-test"

  /// The path of a kubeconfig for somebody; `namespace` is the context's, nil for none.
  package func kubeconfig(
    of user: User = .admin, namespace: String? = nil
  ) async throws -> String {
    let namespace = namespace.map { self.namespace($0) }
    if let standIn {
      var user = user
      guard user.name != User.admin.name else {
        return try standIn.kubeconfigFile(namespace: namespace)
      }
      if !suffix.isEmpty {
        user.name += "-" + suffix
        if case .token(let token) = user.credential { user.credential = .token(token + suffix) }
      }
      user.roles = user.roles.map(placed)
      standIn.add(user)
      return try standIn.kubeconfigFile(user: user.name, namespace: namespace)
    }
    let text = String(decoding: try readFile(kubeconfig), as: UTF8.self)
    guard var config = try JSONValue.documents(yaml: text).first else {
      throw StandInError("\(kubeconfig) is empty")
    }
    if user.name != User.admin.name { try await account(user, in: &config) }
    config["contexts"] = .array(
      (config["contexts"]?.array ?? []).map {
        var context = $0
        context.set(namespace.map { .string($0) }, at: "context", "namespace")
        return context
      })
    let path = "\(directory)/kubeconfig-\(user.name)-\(namespace ?? "none")"
    try writeFile(path, config.text)
    return path
  }

  /// Our own client as somebody.
  package func client(of user: User) async throws -> KubernetesClient {
    if user.name == User.admin.name { return client }
    return try StandIn.connection(kubeconfig: try await kubeconfig(of: user), http: http).client
  }

  /// A pool of its own, in front of which the pods' kubelet is played where the server has none.
  package var http: HTTPClient {
    (kubelet as? PlayedKubelet)?.behind(.live()) ?? .live()
  }

  private func placed(_ role: Role) -> Role {
    var role = role
    role.namespaces = role.namespaces.map { Set($0.map { self.namespace($0) }) }
    return role
  }

  // MARK: On a real server

  private func account(_ user: User, in config: inout JSONValue) async throws {
    let home = ownNamespaces.min() ?? "default"
    let path = "/api/v1/namespaces/\(home)/serviceaccounts"
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": .string(user.name)],
    ]
    _ = try Self.accepted(try await client.ask("POST", path, object))
    for (number, role) in user.roles.enumerated() {
      try await grant(placed(role), "\(user.name)-\(number)", to: user.name, of: home)
    }
    let request: JSONValue = [
      "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
      "spec": ["expirationSeconds": 3600],
    ]
    let answer = try await client.ask("POST", path + "/\(user.name)/token", request)
    guard let token = try Self.accepted(answer)[path: "status", "token"] else {
      throw StandInError("no token for \(user.name)")
    }
    config["users"] = .array(
      (config["users"]?.array ?? []).map {
        ["name": $0["name"] ?? "", "user": ["token": token]]
      })
  }

  private func grant(
    _ role: Role, _ name: String, to account: String, of home: String
  ) async throws {
    let isEverywhere = role.namespaces == nil
    let kind = isEverywhere ? "ClusterRole" : "Role"
    let name = isEverywhere ? "\(Self.mark)-\(name)-\(suffix)" : name
    let group = "rbac.authorization.k8s.io"
    let metadata: JSONValue = [
      "name": .string(name), "labels": [Self.mark: .string(suffix)],
    ]
    let rules = role.rules.map { rule -> JSONValue in
      var tree: JSONValue = [
        "apiGroups": .array(rule.groups.map { .string($0) }),
        "resources": .array(rule.resources.map { .string($0) }),
        "verbs": .array(rule.verbs.map { .string($0) }),
      ]
      if !rule.names.isEmpty { tree["resourceNames"] = .array(rule.names.map { .string($0) }) }
      return tree
    }
    let objects: [(String, JSONValue)] = [
      (
        isEverywhere ? "clusterroles" : "roles",
        [
          "apiVersion": .string(group + "/v1"), "kind": .string(kind), "metadata": metadata,
          "rules": .array(rules),
        ]
      ),
      (
        isEverywhere ? "clusterrolebindings" : "rolebindings",
        [
          "apiVersion": .string(group + "/v1"), "kind": .string(kind + "Binding"),
          "metadata": metadata,
          "roleRef": [
            "apiGroup": .string(group), "kind": .string(kind), "name": .string(name),
          ],
          "subjects": [
            [
              "kind": "ServiceAccount", "name": .string(account), "namespace": .string(home),
            ]
          ],
        ]
      ),
    ]
    for place in role.namespaces?.map({ "/namespaces/" + $0 }) ?? [""] {
      for (plural, object) in objects {
        let path = "/apis/\(group)/v1\(place)/\(plural)"
        _ = try Self.accepted(try await client.ask("POST", path, object))
      }
    }
  }

  func removeClusterRoles() async {
    for plural in ["clusterrolebindings", "clusterroles"] {
      _ = try? await client.ask(
        "DELETE", "/apis/rbac.authorization.k8s.io/v1/\(plural)",
        query: [("labelSelector", "\(Self.mark)=\(suffix)")])
    }
  }
}
