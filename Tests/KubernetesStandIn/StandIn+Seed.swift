extension StandIn {
  /// Puts objects of a YAML stream there as they are, status included, without asking the schema; namespaces are made.
  /// Fields that a server sets are set where absent.
  package func seed(yaml: String) throws {
    for document in try JSONValue.documents(yaml: yaml) { try seed(document) }
  }

  package func seed(json: String) throws { try seed(try JSONValue(parsing: json)) }

  package func seed(namespace name: String) throws {
    try seed(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
  }

  /// Throws for a kind that the server does not know.
  package func seed(_ object: JSONValue) throws {
    let kind = try kind(of: object)
    var tree = object
    let given = tree
    Metadata.begin(&tree, kind: kind, manager: "seed")
    if let status = given["status"] { tree["status"] = status }
    for key in ["uid", "creationTimestamp", "generation", "deletionTimestamp"] {
      if let value = given[path: "metadata", key] { tree.set(value, at: "metadata", key) }
    }
    if kind.isNamespaced {
      let namespace = tree[path: "metadata", "namespace"]?.string ?? "default"
      tree.set(.string(namespace), at: "metadata", "namespace")
      let isThere = server.store.transaction { $0.object("/namespaces", "/" + namespace) != nil }
      if !isThere { try seed(namespace: namespace) }
    }
    let finished = tree
    server.store.transaction { _ = $0.put(kind.key, finished) }
  }

  private func kind(of object: JSONValue) throws -> Kind {
    let apiVersion = object["apiVersion"]?.string ?? ""
    let kind = server.kinds.all.first {
      $0.apiVersion == apiVersion && $0.kind == object["kind"]?.string
    }
    guard let kind else {
      throw StandInError("no kind \(apiVersion) \(object["kind"]?.string ?? "")")
    }
    return kind
  }

  /// What the kind's schema would refuse in an object, or leave out of it: a seeded one is not asked for that.
  package func refusals(of object: JSONValue) throws -> [String] {
    guard let schema = try kind(of: object).schema else { return [] }
    var pruned = object
    return schema.causes(object, old: nil).map { "\($0.field): \($0.message)" }
      + schema.prune(&pruned).map { "\($0): unknown" }
  }

  /// Takes an object away at once, whatever holds it.
  package func remove(_ object: JSONValue) throws {
    let kind = try kind(of: object)
    let key = ResourceCall.key(
      kind, namespace: object[path: "metadata", "namespace"]?.string ?? "default",
      name: object[path: "metadata", "name"]?.string ?? "")
    server.store.transaction { state in
      if let found = state.object(kind.key, key) { state.remove(kind.key, found) }
    }
  }

  /// An object as the server holds it now; nil when there is none.
  package func object(_ plural: String, _ namespace: String, _ name: String) -> JSONValue? {
    guard let kind = server.kinds.all.first(where: { $0.plural == plural }) else { return nil }
    let key = ResourceCall.key(kind, namespace: namespace, name: name)
    return server.store.transaction { $0.object(kind.key, key) }?.tree
  }

  /// `namespace/name` of everything of a kind, in order.
  package func names(_ plural: String, namespace: String? = nil) -> [String] {
    guard let kind = server.kinds.all.first(where: { $0.plural == plural }) else { return [] }
    return server.store.transaction { $0.list(kind.key, namespace: namespace) }.map(\.key)
  }

  /// Changes an object in place, as its controller would, also its status; watches see it.
  package func change(
    _ plural: String, _ namespace: String, _ name: String,
    _ change: @Sendable (inout JSONValue) -> Void
  ) throws {
    guard let kind = server.kinds.all.first(where: { $0.plural == plural }) else {
      throw StandInError("no kind \(plural)")
    }
    let key = ResourceCall.key(kind, namespace: namespace, name: name)
    try server.store.transaction { state in
      guard var tree = state.object(kind.key, key)?.tree else {
        throw StandInError("no \(plural) \(namespace)/\(name)")
      }
      change(&tree)
      state.put(kind.key, tree)
    }
  }
}
