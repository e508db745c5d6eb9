import FoundationEssentials

extension ResourceCall {
  func create() throws {
    try checkDryRun()
    guard info.subresource == nil, info.name == nil else { throw APIError.unknownPath }
    var tree = try parsedBody()
    try checkShape(tree)
    let unknown = kind.schema?.prune(&tree) ?? []
    try judge(unknown)
    if kind.hasStatus { tree["status"] = nil }
    tree.set(
      (info.namespace ?? "").isEmpty || !kind.isNamespaced ? nil : .string(info.namespace ?? ""),
      at: "metadata", "namespace")
    let name = try name(for: tree)
    tree.set(.string(name), at: "metadata", "name")
    try admit(&tree)
    var causes = Metadata.causes(tree)
    kind.schema?.applyDefaults(&tree)
    BuiltInRules.applyDefaults(&tree, kind: kind)
    causes += kind.schema?.causes(tree, old: nil) ?? BuiltInRules.causes(tree, kind: kind)
    guard causes.isEmpty else { throw APIError.invalid(kind, name, causes) }
    Metadata.begin(&tree, kind: kind, manager: manager)
    let stored = tree
    let result = try store.transaction { state -> StoredObject in
      try checkNamespace(state)
      guard state.object(kind.key, key(of: name)) == nil else {
        throw APIError.alreadyExists(kind, name)
      }
      return isDryRun ? StoredObject(stored) : state.put(kind.key, stored)
    }
    try exchange.respond(201, body: result.json + [0x0A])
  }

  func update() throws {
    try checkDryRun()
    var new = try parsedBody()
    try checkShape(new)
    if let name = new[path: "metadata", "name"]?.string, name != info.name {
      throw APIError.badRequest(
        "the name of the object (\(name)) does not match the name on the URL (\(info.name ?? ""))")
    }
    let unknown = kind.schema?.prune(&new) ?? []
    try judge(unknown)
    let wanted = new
    try replace { old in
      let version = wanted[path: "metadata", "resourceVersion"]?.string ?? ""
      if version.isEmpty, kind.isCustom {
        throw APIError.invalid(
          kind, info.name ?? "",
          [
            APIError.Cause(
              reason: "FieldValueInvalid",
              message: "Invalid value: 0x0: must be specified for an update",
              field: "metadata.resourceVersion")
          ])
      }
      return wanted
    }
  }

  func patch() throws {
    try checkDryRun()
    let type = (request.headers["content-type"] ?? "").split(separator: ";").first.map(String.init)
    let body = try parsedBody()
    switch type {
    case "application/merge-patch+json": break
    case "application/json-patch+json": break
    case "application/strategic-merge-patch+json" where !kind.isCustom: break
    default:
      throw APIError(
        415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
          + "application/json-patch+json, application/merge-patch+json, "
          + "application/apply-patch+yaml")
    }
    try replace { old in
      var new: JSONValue
      if type == "application/json-patch+json" {
        new = try JSONPatch(body).applied(to: old)
      } else {
        new = old.merged(with: body)
      }
      try judge(kind.schema?.prune(&new) ?? [])
      return new
    }
  }

  /// Reads, changes, checks and stores in one moment.
  private func replace(_ change: (JSONValue) throws -> JSONValue) throws {
    let name = info.name ?? ""
    let object = try store.transaction { state -> StoredObject in
      guard let object = state.object(kind.key, key) else { throw APIError.notFound(kind, name) }
      let old = object.tree
      var new = try change(old)
      let version = new[path: "metadata", "resourceVersion"]?.string ?? ""
      guard version.isEmpty || version == "\(object.version)" else {
        throw APIError.conflict(kind, name)
      }
      let uid = new[path: "metadata", "uid"]?.string ?? object.uid
      guard uid == object.uid else {
        throw APIError.conflict(
          kind, name,
          "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)")
      }
      Metadata.carry(from: old, to: &new, kind: kind, isStatus: isStatus)
      kind.schema?.applyDefaults(&new)
      BuiltInRules.applyDefaults(&new, kind: kind)
      let causes =
        Metadata.causes(new)
        + (kind.schema?.causes(new, old: old) ?? BuiltInRules.causes(new, kind: kind))
      guard causes.isEmpty else { throw APIError.invalid(kind, name, causes) }
      guard new != old else { return object }
      Metadata.note(manager, on: &new, isStatus: isStatus)
      if isDryRun { return StoredObject(new) }
      let stored = state.put(kind.key, new)
      if stored.isTerminating, stored.finalizers.isEmpty, !object.finalizers.isEmpty {
        state.remove(kind.key, stored)
      }
      return stored
    }
    try exchange.respond(200, body: object.json + [0x0A])
  }

  // MARK: Checks

  private var manager: String {
    let agent = request.headers["user-agent"] ?? "unknown"
    return request.parameter("fieldManager")
      ?? String(agent.prefix { $0 != "/" && $0 != " " })
  }

  private func key(of name: String) -> String {
    Self.key(kind, namespace: info.namespace, name: name)
  }

  private func checkShape(_ tree: JSONValue) throws {
    guard tree.object != nil else { throw APIError.badRequest("the body is no object") }
    let said = (tree["apiVersion"]?.string ?? "", tree["kind"]?.string ?? "")
    guard said.0.isEmpty && said.1.isEmpty || said == (kind.apiVersion, kind.kind) else {
      throw APIError.badRequest(
        "the API version in the data (\(said.0)) does not match the expected API version "
          + "(\(kind.apiVersion)), kind \(said.1), expected \(kind.kind)")
    }
    if kind.isCustom, said.1.isEmpty {
      throw APIError.badRequest("Object 'Kind' is missing in the body")
    }
    let namespace = tree[path: "metadata", "namespace"]?.string ?? ""
    guard !kind.isNamespaced || namespace.isEmpty || namespace == info.namespace else {
      throw APIError.badRequest(
        "the namespace of the provided object does not match the namespace sent on the request")
    }
  }

  private func name(for tree: JSONValue) throws -> String {
    if let name = tree[path: "metadata", "name"]?.string, !name.isEmpty { return name }
    let stem = tree[path: "metadata", "generateName"]?.string ?? ""
    guard !stem.isEmpty else {
      throw APIError.invalid(
        kind, "",
        [
          APIError.Cause(
            reason: "FieldValueRequired",
            message: "Required value: name or generateName is required", field: "metadata.name")
        ])
    }
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    return stem.prefix(58) + String((0..<5).map { _ in letters.randomElement() ?? "x" })
  }

  private func checkNamespace(_ state: StoreState) throws {
    guard kind.isNamespaced, let name = info.namespace, let namespaces = server.kinds["/namespaces"]
    else { return }
    guard let namespace = state.object("/namespaces", "/" + name) else {
      throw APIError.notFound(namespaces, name)
    }
    guard !namespace.isTerminating else {
      var error = APIError(
        403, "Forbidden",
        "\(kind.title) is forbidden: unable to create new content in namespace \(name) because it "
          + "is being terminated")
      error.kind = kind.plural
      error.causes = [
        APIError.Cause(
          reason: "NamespaceTerminating",
          message: "namespace \(name) is being terminated", field: "metadata.namespace")
      ]
      throw error
    }
  }

  private func admit(_ tree: inout JSONValue) throws {
    for hook in server.hooks.mutating { hook(kind.plural, &tree) }
    for hook in server.hooks.validating {
      guard let why = hook(kind.plural, tree) else { continue }
      throw APIError(
        403, "Forbidden", "admission webhook \"stand-in.example.org\" denied the request: \(why)")
    }
  }

  /// What `fieldValidation` makes of fields that the schema does not know.
  private func judge(_ unknown: [String]) throws {
    guard !unknown.isEmpty else { return }
    switch request.parameter("fieldValidation") ?? "Warn" {
    case "Ignore": break
    case "Strict":
      let list = unknown.map { "unknown field \"\($0)\"" }.joined(separator: ", ")
      throw APIError.badRequest(
        "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): strict "
          + "decoding error: \(list)")
    default:
      for field in unknown { exchange.warnings.append("unknown field \\\"\(field)\\\"") }
    }
  }
}
