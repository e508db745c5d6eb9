import RecoveryModel

/// Service accounts, roles and bindings: watching, backing up and drilling apart. An object that another cluster's or
/// namespace's rights would fill with something else is named after its cluster or namespace.
enum AccessManifest {
  static func text(_ options: ManifestOptions) -> String {
    let places =
      Set(options.roles).isSubset(of: [.store]) ? [] : [namespace(options.drillNamespace)]
    return (places + options.roles.flatMap { documents($0, options) }).joined(separator: "---\n")
  }

  private static func documents(_ role: ManifestRole, _ options: ManifestOptions) -> [String] {
    switch role {
    case .watch: watch(options)
    case .backup: backup(options)
    case .drill: drill(options)
    case .store: options.secretNames.flatMap { store($0, "pgvigil", options) }
    case .scrub: scrub(options)
    case .recover: recover(options)
    }
  }

  private static func watch(_ options: ManifestOptions) -> [String] {
    let account = Account(options, name: "pgvigil", namespace: options.namespace)
    return [
      account.document("# To watch and nothing else: it can change nothing and read no Secret.\n"),
      role(
        "pgvigil-watch", in: options.clusterWide ? nil : options.namespace,
        watchRules(options) + AccessRules.snapshots + AccessRules.nightly
          + (options.clusterWide ? AccessRules.operators : [])),
      options.clusterWide
        ? binding("pgvigil-watch-\(options.namespace)", of: "pgvigil-watch", in: nil, to: account)
        : binding("pgvigil-watch", in: options.namespace, to: account),
      role(
        "pgvigil-ledger", in: options.drillNamespace, AccessRules.ledger + AccessRules.nightly),
      binding(
        "pgvigil-ledger-\(options.namespace)", of: "pgvigil-ledger",
        in: options.drillNamespace, to: account),
    ]
  }

  private static func backup(_ options: ManifestOptions) -> [String] {
    let account = Account(options, name: "pgvigil-backup", namespace: options.namespace)
    return [
      account.document("# To take base backups, beside watching.\n"),
      role(
        "pgvigil-backup", in: options.namespace, watchRules(options) + AccessRules.backup),
      binding("pgvigil-backup", in: options.namespace, to: account),
      role(
        "pgvigil-backup-lock", in: options.drillNamespace, AccessRules.ledger + AccessRules.lock),
      binding(
        "pgvigil-backup-lock-\(options.namespace)", of: "pgvigil-backup-lock",
        in: options.drillNamespace, to: account),
    ]
  }

  private static func drill(_ options: ManifestOptions) -> [String] {
    let account = Account(options, name: "pgvigil-drill", namespace: options.drillNamespace)
    let rules = watchRules(options) + AccessRules.drillSource(secrets: options.secretNames)
    let source = "pgvigil-drill-source-\(options.cluster)"
    return [
      account.document("# To drill: it makes and destroys copies in the drill namespace only.\n"),
      role(
        "pgvigil-drill", in: options.drillNamespace,
        AccessRules.drill + AccessRules.place + AccessRules.portForward
          + (options.allowsExec ? AccessRules.exec : [])),
      binding("pgvigil-drill", in: options.drillNamespace, to: account),
      role(source, in: options.namespace, rules),
      // A namespace has no dot in its name, so that no two pairs of cluster and namespace read alike.
      binding(
        "\(source).\(options.drillNamespace)", of: source, in: options.namespace, to: account),
    ]
  }

  private static func scrub(_ options: ManifestOptions) -> [String] {
    let account = Account(options, name: "pgvigil-scrub", namespace: options.namespace)
    let own = [
      account.document("# To read what lies in the store and share what came of it.\n"),
      role("pgvigil-scrub", in: options.namespace, watchRules(options)),
      binding("pgvigil-scrub", in: options.namespace, to: account),
      role(
        "pgvigil-scrub-ledger", in: options.drillNamespace, AccessRules.ledger + AccessRules.lock),
      binding(
        "pgvigil-scrub-ledger-\(options.namespace)", of: "pgvigil-scrub-ledger",
        in: options.drillNamespace, to: account),
    ]
    return own + options.secretNames.flatMap { store($0, account.name, options) }
  }

  private static func recover(_ options: ManifestOptions) -> [String] {
    let account = Account(options, name: "pgvigil-recover", namespace: options.namespace)
    let name = "pgvigil-recover-\(options.cluster)"
    return [
      account.document(
        "# For the worst day: it may make and delete Clusters there, production among them.\n"),
      role(
        name, in: options.namespace,
        AccessRules.watch + AccessRules.recover(secrets: options.secretNames)),
      binding(name, in: options.namespace, to: account),
      role(
        "pgvigil-recover-lock", in: options.drillNamespace, AccessRules.ledger + AccessRules.lock),
      binding(
        "pgvigil-recover-lock-\(options.namespace)", of: "pgvigil-recover-lock",
        in: options.drillNamespace, to: account),
      role("pgvigil-recover", in: nil, AccessRules.recoverCluster),
      binding(
        "pgvigil-recover-\(options.namespace)", of: "pgvigil-recover", in: nil, to: account),
    ]
  }

  /// One role per Secret: another cluster's would replace what they share.
  private static func store(
    _ secret: String, _ accountName: String, _ options: ManifestOptions
  ) -> [String] {
    let account = Account(options, name: accountName, namespace: options.namespace)
    let name = "\(accountName)-store-\(secret)"
    return [
      role(name, in: options.namespace, AccessRules.store(secret: secret)),
      binding(name, in: options.namespace, to: account),
    ]
  }

  private static func watchRules(_ options: ManifestOptions) -> [AccessRule] {
    AccessRules.watch + (options.podLogs ? AccessRules.podLogs : [])
  }

  private static func namespace(_ name: String) -> String {
    """
    # Throw-away copies live here, away from production, and the records of all drills: who deletes it deletes them.
    apiVersion: v1
    kind: Namespace
    metadata:
      name: \(YAMLText.scalar(name))

    """
  }

  /// A nil namespace makes it a ClusterRole.
  private static func role(
    _ name: String, in namespace: String?, _ rules: [AccessRule]
  ) -> String {
    """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: \(namespace == nil ? "ClusterRole" : "Role")
    metadata:
      name: \(YAMLText.scalar(name))
    \(place(namespace))rules:
    \(rules.map(lines).joined(separator: "\n"))

    """
  }

  private static func lines(_ rule: AccessRule) -> String {
    var lines = [
      "  # \(rule.reason)",
      "  - apiGroups: \(YAMLText.list([rule.group]))",
      "    resources: \(YAMLText.list(rule.resources))",
    ]
    if !rule.resourceNames.isEmpty {
      lines.append("    resourceNames: \(YAMLText.list(rule.resourceNames))")
    }
    lines.append("    verbs: \(YAMLText.list(rule.verbs))")
    return lines.joined(separator: "\n")
  }

  /// `role` is bound; nil = the one of the same name.
  private static func binding(
    _ name: String, of role: String? = nil, in namespace: String?, to account: Account
  ) -> String {
    let prefix = namespace == nil ? "Cluster" : ""
    return """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: \(prefix)RoleBinding
      metadata:
        name: \(YAMLText.scalar(name))
      \(place(namespace))roleRef:
        apiGroup: rbac.authorization.k8s.io
        kind: \(prefix)Role
        name: \(YAMLText.scalar(role ?? name))
      subjects:
      \(account.subjects)

      """
  }

  private static func place(_ namespace: String?) -> String {
    namespace.map { "  namespace: \(YAMLText.scalar($0))\n" } ?? ""
  }
}

/// A service account, and the people beside it, as bindings name them.
private struct Account {
  var name: String
  var namespace: String
  /// Kind and name.
  var people: [(kind: String, name: String)]

  init(_ options: ManifestOptions, name: String, namespace: String) {
    self.name = name
    self.namespace = namespace
    people = options.users.map { ("User", $0) } + options.groups.map { ("Group", $0) }
  }

  var subjects: String {
    let own = """
        - kind: ServiceAccount
          name: \(YAMLText.scalar(name))
          namespace: \(YAMLText.scalar(namespace))
      """
    let others = people.map { kind, name in
      """
        - kind: \(kind)
          name: \(YAMLText.quoted(name))
          apiGroup: rbac.authorization.k8s.io
      """
    }
    return ([own] + others).joined(separator: "\n")
  }

  func document(_ comment: String) -> String {
    """
    \(comment)apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: \(YAMLText.scalar(name))
      namespace: \(YAMLText.scalar(namespace))

    """
  }
}
