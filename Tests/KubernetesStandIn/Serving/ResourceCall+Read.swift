extension ResourceCall {
  func get() throws {
    guard let object = store.transaction({ $0.object(kind.key, key) }) else {
      throw APIError.notFound(kind, info.name ?? "")
    }
    let form = try AnswerForm(accept: request.headers["accept"], request)
    switch form {
    case .whole: try exchange.respond(200, body: object.json + [0x0A])
    case .table(let include):
      let table = Table(kind: kind, include: include)
      try exchange.respond(
        200,
        table.document(
          [object.tree],
          metadata: [
            "resourceVersion": .string("\(object.version)")
          ]))
    case .metadata: try exchange.respond(200, Table.partial(object.tree))
    }
  }

  /// A page of a list: what is in it, at which version, and what comes after it.
  struct Page: Sendable {
    var objects: [StoredObject]
    var version: Int
    var token: String?
    var remaining: Int?
  }

  func list() throws {
    let form = try AnswerForm(accept: request.headers["accept"], request)
    let page = try page()
    var metadata: [String: JSONValue] = ["resourceVersion": .string("\(page.version)")]
    if let token = page.token { metadata["continue"] = .string(token) }
    if let remaining = page.remaining { metadata["remainingItemCount"] = .integer(remaining) }
    switch form {
    case .whole: try exchange.respond(200, body: whole(page, metadata: .object(metadata)))
    case .table(let include):
      let table = Table(kind: kind, include: include)
      try exchange.respond(
        200, table.document(page.objects.map(\.tree), metadata: .object(metadata)))
    case .metadata:
      try exchange.respond(
        200,
        [
          "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
          "metadata": .object(metadata),
          "items": .array(page.objects.map { Table.partial($0.tree) }),
        ])
    }
  }

  /// Stored text as it is: nothing is parsed.
  private func whole(_ page: Page, metadata: JSONValue) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(page.objects.reduce(300) { $0 + $1.json.count + 1 })
    body += "{\"apiVersion\":\"\(kind.apiVersion)\",\"items\":[".utf8
    for (index, object) in page.objects.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body += object.json
    }
    body += "],\"kind\":\"\(kind.kind)List\",\"metadata\":".utf8
    metadata.write(to: &body)
    body += "}\n".utf8
    return body
  }

  private func page() throws -> Page {
    let limit = try number("limit") ?? 0
    let labels = try LabelSelector(request.parameter("labelSelector") ?? "")
    let fields = try FieldSelector(request.parameter("fieldSelector") ?? "", kind: kind)
    let selects: @Sendable (StoredObject) -> Bool = {
      labels.matches($0.labels) && fields.matches($0)
    }
    let isSelective = !labels.isEmpty || !fields.isEmpty
    if let text = request.parameter("continue"), !text.isEmpty {
      guard (request.parameter("resourceVersion") ?? "").isEmpty else {
        throw APIError.badRequest(
          "specifying resource version is not allowed when using continue")
      }
      return try rest(try ContinueToken(text), limit: limit, selects, isSelective: isSelective)
    }
    try waitForVersion()
    return store.transaction { state in
      let found = state.list(kind.key, namespace: info.namespace).filter(selects)
      return cut(found, at: state.version, limit: limit, isSelective: isSelective, &state)
    }
  }

  private func rest(
    _ token: ContinueToken, limit: Int, _ selects: @Sendable (StoredObject) -> Bool,
    isSelective: Bool
  ) throws -> Page {
    try store.transaction { state in
      let found: [StoredObject]
      var version = token.version
      if version < 0 {
        version = state.version
        found = state.list(kind.key, namespace: info.namespace).filter(selects)
      } else if let kept = state.snapshots[snapshotKey(version)] {
        found = kept
      } else {
        var error = APIError.expired(
          "The provided continue parameter is too old to display a consistent list result. You "
            + "can start a new list without the continue parameter, or use the continue token in "
            + "this response to retrieve the remainder of the results. Continuing with the "
            + "provided token results in an inconsistent list - objects that were created, "
            + "modified, or deleted between the time the first chunk was returned and now may "
            + "show up in the list.")
        error.continueToken = ContinueToken(version: -1, start: token.start).text
        throw error
      }
      let rest = Array(found.drop { $0.key < token.start })
      return cut(rest, at: version, limit: limit, isSelective: isSelective, &state)
    }
  }

  private func cut(
    _ found: [StoredObject], at version: Int, limit: Int, isSelective: Bool,
    _ state: inout StoreState
  ) -> Page {
    guard limit > 0, found.count > limit else { return Page(objects: found, version: version) }
    state.snapshots[snapshotKey(version)] = Array(found[limit...])
    return Page(
      objects: Array(found[..<limit]), version: version,
      token: ContinueToken(version: version, start: found[limit].key).text,
      remaining: isSelective ? nil : found.count - limit)
  }

  private func snapshotKey(_ version: Int) -> String {
    let selectors = ["labelSelector", "fieldSelector"].map { request.parameter($0) ?? "" }
    return "\(kind.key) \(info.namespace ?? "") \(selectors) \(version)"
  }

  /// What the query says of the version; waits for one from the future, as the server does before it gives up.
  private func waitForVersion() throws {
    let match = request.parameter("resourceVersionMatch") ?? ""
    let text = request.parameter("resourceVersion") ?? ""
    if !match.isEmpty, text.isEmpty {
      throw APIError.badRequest(
        "resourceVersionMatch is forbidden unless resourceVersion is provided")
    }
    guard let version = try number("resourceVersion"), version > 0 else { return }
    let current = store.transaction { $0.version }
    if match == "Exact", version < current {
      let isKnown = store.transaction { $0.events(of: kind.key, after: version)?.isEmpty ?? false }
      if !isKnown { throw APIError.expired("The provided resource version is too old.") }
    }
    try refuseFuture(version)
  }

  func refuseFuture(_ version: Int) throws {
    let until = monotonicSeconds() + server.settings.futureSeconds
    while store.transaction({ $0.version }) < version {
      guard monotonicSeconds() < until else {
        let current = store.transaction { $0.version }
        var error = APIError(
          504, "Timeout", "Too large resource version: \(version), current: \(current)")
        error.retryAfter = 1
        error.causes = [
          APIError.Cause(
            reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")
        ]
        throw error
      }
      Thread.sleep(seconds: 0.02)
    }
  }

  /// A number of the query. Throws 400 for what is none.
  func number(_ name: String) throws -> Int? {
    guard let text = request.parameter(name), !text.isEmpty else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw APIError.badRequest(
        "invalid \(name): strconv.ParseInt: parsing \"\(text)\": invalid syntax")
    }
    return number
  }
}

/// Where a list goes on: base64url of JSON, as the API server's own.
struct ContinueToken {
  /// -1: not of one moment any more.
  var version: Int
  /// The first key of the rest.
  var start: String

  init(version: Int, start: String) {
    self.version = version
    self.start = start
  }

  /// Throws 400 for what is no token.
  init(_ text: String) throws {
    guard let bytes = Base64.decode(text), let tree = try? JSONValue(parsing: bytes),
      tree["v"]?.string == "meta.k8s.io/v1", let version = tree["rv"]?.integer,
      let start = tree["start"]?.string
    else { throw APIError.badRequest("continue key is not valid: illegal base64 data") }
    self.version = version
    self.start = start
  }

  var text: String {
    let tree: JSONValue = [
      "v": "meta.k8s.io/v1", "rv": .integer(version), "start": .string(start),
    ]
    return Base64.encode(tree.bytes)
  }
}
