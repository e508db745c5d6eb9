extension ResourceCall {
  private struct Start {
    var watcher: Watcher
    var number: Int
    var initial: [StoredObject]
    var backlog: [StoreEvent]
    var version: Int
    var expired: APIError?
    /// A bookmark ends the initial state.
    var marksInitialEnd: Bool
  }

  func watch() throws {
    let form = try AnswerForm(accept: request.headers["accept"], request)
    let labels = try LabelSelector(request.parameter("labelSelector") ?? "")
    let fields = try FieldSelector(request.parameter("fieldSelector") ?? "", kind: kind)
    let seconds = Double(try number("timeoutSeconds") ?? 1800)
    try checkInitialEvents()
    let from = try number("resourceVersion") ?? 0
    let start = try begin(from: from)
    defer { store.transaction { $0.watchers[start.number] = nil } }
    var writer = WatchWriter(call: self, form: form, floor: from)
    try exchange.beginStream(contentType: "application/json")
    if let expired = start.expired {
      try writer.error(expired)
      return try exchange.endStream()
    }
    let isOurs: (StoredObject) -> Bool = {
      (info.namespace == nil || $0.namespace == info.namespace || !kind.isNamespaced)
        && (info.name == nil || $0.name == info.name) && labels.matches($0.labels)
        && fields.matches($0)
    }
    for object in start.initial where isOurs(object) { try writer.send("ADDED", object) }
    writer.version = start.version
    if start.marksInitialEnd { try writer.bookmark(isInitialEnd: true) }
    for event in start.backlog { try writer.send(event, if: isOurs) }
    try follow(start.watcher, until: monotonicSeconds() + seconds, &writer, isOurs)
  }

  /// Until the client goes, time is up or the server stops.
  private func follow(
    _ watcher: Watcher, until end: Double, _ writer: inout WatchWriter,
    _ isOurs: (StoredObject) -> Bool
  ) throws {
    let wantsBookmarks = request.flag("allowWatchBookmarks")
    var nextBookmark = monotonicSeconds() + server.settings.bookmarkSeconds
    while true {
      let now = monotonicSeconds()
      if now >= end {
        if wantsBookmarks { try writer.bookmark() }
        return try exchange.endStream()
      }
      if wantsBookmarks, now >= nextBookmark {
        try writer.bookmark()
        nextBookmark = now + server.settings.bookmarkSeconds
      }
      let wait = min(end, nextBookmark) - now
      if exchange.connection.waitForPeer(orWake: watcher.wake.descriptor, seconds: wait + 0.001) {
        throw ConnectionEnded()
      }
      // Before the events are taken: a bookmark must not promise what is not sent yet.
      let version = store.transaction { $0.version }
      for event in watcher.take() { try writer.send(event, if: isOurs) }
      writer.version = max(writer.version, version)
    }
  }

  private func begin(from version: Int) throws -> Start {
    let watcher = try Watcher(kind: kind.key)
    let wantsInitial = request.flag("sendInitialEvents")
    return store.transaction { state in
      let number = state.nextWatcher
      state.nextWatcher += 1
      state.watchers[number] = watcher
      var start = Start(
        watcher: watcher, number: number, initial: [], backlog: [],
        version: max(version, 0), expired: nil, marksInitialEnd: false)
      if version == 0 || wantsInitial {
        start.initial = state.list(kind.key, namespace: info.namespace)
        start.version = state.version
        start.marksInitialEnd =
          request.flag("allowWatchBookmarks")
          && (wantsInitial || (request.parameter("resourceVersion") ?? "").isEmpty)
      } else if let backlog = state.events(of: kind.key, after: version) {
        start.backlog = backlog
        start.version = max(version, state.version)
      } else {
        start.expired = expiry(version, state)
      }
      return start
    }
  }

  private func expiry(_ version: Int, _ state: StoreState) -> APIError {
    switch state.expiryMessage {
    case .watchCache:
      APIError.expired("too old resource version: \(version) (\(state.compacted))")
    case .etcd: APIError.expired("The resourceVersion for the provided watch is too old.")
    }
  }

  private func checkInitialEvents() throws {
    guard let text = request.parameter("sendInitialEvents"), !text.isEmpty else { return }
    guard request.parameter("resourceVersionMatch") == "NotOlderThan" else {
      throw APIError(
        422, "Invalid",
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
          + "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    }
    if request.flag("sendInitialEvents"), !request.flag("allowWatchBookmarks") { return }
  }
}

/// Writes a watch's lines.
private struct WatchWriter {
  let call: ResourceCall
  let form: AnswerForm
  /// What a bookmark may promise.
  var version = 0
  /// Events up to here are not asked for.
  private let floor: Int
  private var hasSentColumns = false

  init(call: ResourceCall, form: AnswerForm, floor: Int) {
    self.call = call
    self.form = form
    self.floor = floor
  }

  mutating func send(_ event: StoreEvent, if isOurs: (StoredObject) -> Bool) throws {
    // A watch may begin in the future.
    guard event.version > floor else { return }
    let was = event.previous.map(isOurs) ?? false
    let isNow = event.change != .deleted && isOurs(event.object)
    switch (was, isNow) {
    case (false, false): return
    case (false, true): try send("ADDED", event.object)
    case (true, true): try send("MODIFIED", event.object)
    case (true, false): try send("DELETED", event.object)
    }
  }

  mutating func send(_ type: String, _ object: StoredObject) throws {
    var line = Array("{\"type\":\"\(type)\",\"object\":".utf8)
    switch form {
    case .whole: line += object.json
    case .metadata: Table.partial(object.tree).write(to: &line)
    case .table(let include):
      Table(kind: call.kind, include: include).document(
        [object.tree], metadata: ["resourceVersion": .string("\(object.version)")],
        hasColumns: !hasSentColumns
      ).write(to: &line)
      hasSentColumns = true
    }
    line += "}\n".utf8
    try call.exchange.chunk(line)
  }

  mutating func bookmark(isInitialEnd: Bool = false) throws {
    var metadata: JSONValue = [
      "resourceVersion": .string("\(version)"), "creationTimestamp": .null,
    ]
    if isInitialEnd {
      metadata["annotations"] = ["k8s.io/initial-events-end": "true"]
    }
    var object: JSONValue = [
      "kind": .string(call.kind.kind), "apiVersion": .string(call.kind.apiVersion),
      "metadata": metadata,
    ]
    if case .table(let include) = form {
      object = Table(kind: call.kind, include: include).document(
        [], metadata: ["resourceVersion": .string("\(version)")], hasColumns: !hasSentColumns)
    }
    let event: JSONValue = ["type": "BOOKMARK", "object": object]
    try call.exchange.chunk(event.bytes + [0x0A])
  }

  func error(_ error: APIError) throws {
    let event: JSONValue = ["type": "ERROR", "object": error.status]
    try call.exchange.chunk(event.bytes + [0x0A])
  }
}
