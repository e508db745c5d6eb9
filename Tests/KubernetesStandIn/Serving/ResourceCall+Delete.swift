extension ResourceCall {
  func delete() throws {
    let options = try deleteOptions()
    let name = info.name ?? ""
    let (object, left) = try store.transaction { state -> (StoredObject, StoredObject?) in
      guard let object = state.object(kind.key, key) else { throw APIError.notFound(kind, name) }
      try check(options, against: object)
      if options.isDryRun { return (object, nil) }
      return (object, state.delete(kind, object, options, now: timestampNow()))
    }
    if kind.key == "batch/jobs", options.propagation == nil {
      exchange.warnings.append(
        "child pods are preserved by default when jobs are deleted; set propagationPolicy="
          + "Background to remove them or set propagationPolicy=Orphan to suppress this warning")
    }
    if let left { return try exchange.respond(200, body: left.json + [0x0A]) }
    // Pods, namespaces and services answer with the object itself, everything else with a Status.
    if ["/pods", "/services", "/persistentvolumeclaims", "/serviceaccounts"].contains(kind.key) {
      return try exchange.respond(200, body: object.json + [0x0A])
    }
    var details: JSONValue = [
      "name": .string(name), "kind": .string(kind.plural), "uid": .string(object.uid),
    ]
    if !kind.group.isEmpty { details["group"] = .string(kind.group) }
    try exchange.respond(
      200,
      [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
        "details": details,
      ])
  }

  func deleteCollection() throws {
    let options = try deleteOptions()
    let labels = try LabelSelector(request.parameter("labelSelector") ?? "")
    let fields = try FieldSelector(request.parameter("fieldSelector") ?? "", kind: kind)
    let (found, version) = store.transaction { state in
      let found = state.list(kind.key, namespace: info.namespace).filter {
        labels.matches($0.labels) && fields.matches($0)
      }
      if !options.isDryRun {
        for object in found { _ = state.delete(kind, object, options, now: timestampNow()) }
      }
      return (found, state.version)
    }
    try exchange.respond(
      200,
      [
        "kind": .string(kind.kind + "List"), "apiVersion": .string(kind.apiVersion),
        "metadata": ["resourceVersion": .string("\(version)")],
        "items": .array(found.map(\.tree)),
      ])
  }

  private func check(_ options: DeleteOptions, against object: StoredObject) throws {
    if let uid = options.uid, uid != object.uid {
      throw APIError.conflict(
        kind, object.name,
        "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)")
    }
    if let version = options.version, version != "\(object.version)" {
      throw APIError.conflict(
        kind, object.name,
        "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in "
          + "object meta: \(object.version)")
    }
  }

  private func deleteOptions() throws -> DeleteOptions {
    try checkDryRun()
    var options = DeleteOptions()
    options.isDryRun = isDryRun
    var propagation = request.parameter("propagationPolicy")
    options.graceSeconds = try number("gracePeriodSeconds")
    if !request.body.isEmpty {
      let body = try parsedBody()
      propagation = body["propagationPolicy"]?.string ?? propagation
      options.graceSeconds = body["gracePeriodSeconds"]?.integer ?? options.graceSeconds
      options.uid = body[path: "preconditions", "uid"]?.string
      options.version = body[path: "preconditions", "resourceVersion"]?.string
      let dryRun = body["dryRun"]?.array ?? []
      options.isDryRun = options.isDryRun || dryRun.contains("All")
    }
    if let propagation {
      guard let known = DeleteOptions.Propagation(rawValue: propagation) else {
        throw APIError(
          422, "Invalid",
          "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: "
            + "\"\(propagation)\": supported values: \"Foreground\", \"Background\", \"Orphan\", "
            + "\"nil\"")
      }
      options.propagation = known
    } else if kind.key == "batch/jobs" {
      // What batch/v1 does for the sake of old clients.
      var orphaning = options
      orphaning.propagation = nil
      return orphaning
    }
    return options
  }

  /// The body as JSON. Throws 400 for what is none.
  func parsedBody() throws -> JSONValue {
    if request.headers["content-type"]?.hasPrefix("application/vnd.kubernetes.protobuf") == true {
      throw APIError(415, "UnsupportedMediaType", "the stand-in does not read protobuf: send JSON")
    }
    do {
      return try JSONValue(parsing: request.body)
    } catch {
      throw APIError.badRequest("the object provided is unrecognized or not valid JSON: \(error)")
    }
  }
}
