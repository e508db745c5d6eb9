/// What RBAC lets somebody do; `*` matches everything in its list.
package struct Role: Sendable {
  package struct Rule: Sendable {
    package var groups: [String]
    /// With subresource: `pods/log`.
    package var resources: [String]
    package var verbs: [String]
    /// Empty = any name.
    package var names: [String]

    package init(
      groups: [String], resources: [String], verbs: [String], names: [String] = []
    ) {
      self.groups = groups
      self.resources = resources
      self.verbs = verbs
      self.names = names
    }
  }

  package var rules: [Rule]
  /// nil = in the whole cluster, as through a ClusterRoleBinding.
  package var namespaces: Set<String>?

  package init(rules: [Rule], namespaces: Set<String>? = nil) {
    self.rules = rules
    self.namespaces = namespaces
  }

  package static let everything = Role(rules: [
    Rule(groups: ["*"], resources: ["*"], verbs: ["*"])
  ])

  /// get, list and watch on all that pgvigil looks at, pods/proxy and pods/log.
  package static func reader(namespaces: Set<String>? = nil) -> Role {
    let look = ["get", "list", "watch"]
    return Role(
      rules: [
        Rule(
          groups: ["postgresql.cnpg.io"], resources: ["clusters", "backups", "scheduledbackups"],
          verbs: look),
        Rule(groups: ["barmancloud.cnpg.io"], resources: ["objectstores"], verbs: look),
        Rule(groups: [""], resources: ["pods", "persistentvolumeclaims", "events"], verbs: look),
        Rule(groups: ["batch"], resources: ["jobs"], verbs: look),
        Rule(groups: [""], resources: ["pods/proxy", "pods/log"], verbs: ["get"]),
      ], namespaces: namespaces)
  }

  /// The rules of a Role or ClusterRole manifest. Throws for YAML that is none.
  package init(yaml: String, namespaces: Set<String>? = nil) throws {
    rules = []
    self.namespaces = namespaces
    for document in try JSONValue.documents(yaml: yaml) {
      for rule in document["rules"]?.array ?? [] {
        func list(_ key: String) -> [String] {
          (rule[key]?.array ?? []).compactMap(\.string)
        }
        rules.append(
          Rule(
            groups: list("apiGroups"), resources: list("resources"), verbs: list("verbs"),
            names: list("resourceNames")))
      }
    }
  }
}

/// Somebody who may ask.
package struct User: Sendable {
  package enum Credential: Sendable, Equatable {
    case token(String)
    case certificate
  }

  package var name: String
  package var groups: [String]
  package var credential: Credential
  package var roles: [Role]

  package init(
    _ name: String, groups: [String] = [], credential: Credential? = nil, roles: [Role]
  ) {
    self.name = name
    self.groups = groups
    self.credential = credential ?? .token("token-of-\(name)")
    self.roles = roles
  }

  /// May do everything.
  package static let admin = User(
    "admin", groups: ["system:masters"], credential: .certificate, roles: [.everything])
}

/// What a request asks for, as RBAC sees it.
struct AccessRequest: Sendable, Equatable {
  var verb: String
  var group: String
  /// With subresource.
  var resource: String
  var namespace: String?
  var name: String?
}

/// Who somebody turned out to be.
struct Identity: Sendable {
  var name: String
  var groups: [String]
  var roles: [Role]

  static let anonymous = Identity(
    name: "system:anonymous", groups: ["system:unauthenticated"], roles: [])

  var isAnonymous: Bool { name == Self.anonymous.name }

  func may(_ request: AccessRequest) -> Bool {
    if groups.contains("system:masters") { return true }
    return roles.contains { role in
      if let namespaces = role.namespaces {
        guard let namespace = request.namespace, namespaces.contains(namespace) else {
          return false
        }
      }
      return role.rules.contains { $0.allows(request) }
    }
  }

  /// The rules that hold in `namespace`, as SelfSubjectRulesReview tells them.
  func rules(in namespace: String) -> [Role.Rule] {
    var found = groups.contains("system:masters") ? Role.everything.rules : []
    for role in roles where role.namespaces?.contains(namespace) ?? true { found += role.rules }
    return found
  }
}

extension Role.Rule {
  func allows(_ request: AccessRequest) -> Bool {
    func has(_ list: [String], _ value: String) -> Bool {
      list.contains("*") || list.contains(value)
    }
    guard has(verbs, request.verb), has(groups, request.group) else { return false }
    let subresource = request.resource.split(separator: "/").dropFirst().first
    guard
      has(resources, request.resource)
        || subresource.map({ resources.contains("*/\($0)") }) ?? false
    else { return false }
    return names.isEmpty || request.name.map { names.contains($0) } ?? false
  }
}
