extension APIServer {
  /// `/api`, `/apis`, `/version`, health: what clients ask before they ask for objects.
  func discover(_ exchange: Exchange) throws {
    let path = exchange.request.path
    let parts = path.split(separator: "/").map(String.init)
    switch (parts.first, parts.count) {
    case ("version", _):
      try exchange.respond(
        200,
        [
          "major": "1", "minor": "36", "gitVersion": "v1.36.0", "platform": "linux/amd64",
          "goVersion": "go1.26", "compiler": "gc",
        ])
    case ("healthz", _), ("livez", _), ("readyz", _):
      try exchange.respond(200, contentType: "text/plain", body: Array("ok".utf8))
    case ("api", 1):
      try exchange.respond(
        200, ["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []])
    case ("api", 2) where parts[1] == "v1": try exchange.respond(200, resources("", "v1"))
    case ("apis", 1):
      try exchange.respond(
        200, ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(group))])
    case ("apis", 2) where groups.contains(parts[1]):
      var answer = group(parts[1])
      answer["kind"] = "APIGroup"
      answer["apiVersion"] = "v1"
      try exchange.respond(200, answer)
    case ("apis", 3) where groups.contains(parts[1]) && parts[2] == "v1":
      try exchange.respond(200, resources(parts[1], parts[2]))
    default: throw APIError.unknownPath
    }
  }

  private var groups: [String] {
    Set(kinds.all.map(\.group)).union(["authorization.k8s.io"]).filter { !$0.isEmpty }.sorted()
  }

  private func group(_ name: String) -> JSONValue {
    let version: JSONValue = [
      "groupVersion": .string("\(name)/v1"), "version": "v1",
    ]
    return ["name": .string(name), "versions": [version], "preferredVersion": version]
  }

  private func resources(_ group: String, _ version: String) -> JSONValue {
    let verbs: JSONValue = [
      "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]
    var resources: [JSONValue] = []
    for kind in kinds.all where kind.group == group {
      resources.append([
        "name": .string(kind.plural), "singularName": .string(kind.singular),
        "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.kind), "verbs": verbs,
        "shortNames": .array(kind.shortNames.map { .string($0) }),
      ])
      guard kind.hasStatus else { continue }
      resources.append([
        "name": .string("\(kind.plural)/status"), "singularName": "",
        "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.kind),
        "verbs": ["get", "patch", "update"],
      ])
    }
    if group == "authorization.k8s.io" {
      for kind in ["SelfSubjectAccessReview", "SelfSubjectRulesReview"] {
        resources.append([
          "name": .string(kind.lowercased() + "s"), "singularName": .string(kind.lowercased()),
          "namespaced": false, "kind": .string(kind), "verbs": ["create"],
        ])
      }
    }
    if group.isEmpty {
      for (name, verbs) in [("pods/log", ["get"]), ("pods/proxy", ["create", "get"])] {
        resources.append([
          "name": .string(name), "singularName": "", "namespaced": true, "kind": "Pod",
          "verbs": .array(verbs.map { .string($0) }),
        ])
      }
    }
    return [
      "kind": "APIResourceList", "apiVersion": "v1",
      "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"),
      "resources": .array(resources),
    ]
  }

  /// SelfSubjectAccessReview and SelfSubjectRulesReview, answered from the asker's roles.
  func review(_ exchange: Exchange, _ info: RequestInfo, _ identity: Identity) throws {
    guard info.verb == "create", var answer = try? JSONValue(parsing: exchange.request.body) else {
      throw APIError.badRequest("no review")
    }
    switch info.resource {
    case "selfsubjectaccessreviews":
      let attributes = answer[path: "spec", "resourceAttributes"] ?? .empty
      func text(_ key: String) -> String? {
        attributes[key]?.string.flatMap { $0.isEmpty ? nil : $0 }
      }
      let request = AccessRequest(
        verb: text("verb") ?? "", group: text("group") ?? "",
        resource: [text("resource"), text("subresource")].compactMap(\.self).joined(separator: "/"),
        namespace: text("namespace"), name: text("name"))
      let isAllowed =
        answer[path: "spec", "nonResourceAttributes"] != nil || identity.may(request)
      answer["status"] = ["allowed": .bool(isAllowed)]
    case "selfsubjectrulesreviews":
      let namespace = answer[path: "spec", "namespace"]?.string ?? ""
      func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
      let rules = identity.rules(in: namespace).map { rule -> JSONValue in
        var value: JSONValue = [
          "apiGroups": list(rule.groups), "resources": list(rule.resources),
          "verbs": list(rule.verbs),
        ]
        if !rule.names.isEmpty { value["resourceNames"] = list(rule.names) }
        return value
      }
      answer["status"] = [
        "resourceRules": .array(rules), "nonResourceRules": [], "incomplete": false,
      ]
    default: throw APIError.unknownPath
    }
    try exchange.respond(201, answer)
  }
}
