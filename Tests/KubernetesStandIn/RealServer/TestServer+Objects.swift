import FoundationEssentials
import Kubernetes

/// Objects as a client with all rights makes and changes them: the same on every server.
extension TestServer {
  /// An object as the server has it now; nil when there is none.
  package func object(
    _ resource: Resource, _ namespace: String, _ name: String
  ) async throws -> JSONValue? {
    let path = resource.path(namespace: self.namespace(namespace), name: name)
    let (status, body) = try await client.ask("GET", path)
    return status == 200 ? body : nil
  }

  /// Names of all of a kind in a namespace, in order, without what every namespace has of itself.
  package func names(_ resource: Resource, _ namespace: String) async throws -> [String] {
    let path = resource.path(namespace: self.namespace(namespace))
    let items = try await client.ask("GET", path).body["items"]?.array ?? []
    return items.filter { $0["type"]?.string != "kubernetes.io/service-account-token" }
      .compactMap { $0[path: "metadata", "name"]?.string }
      .filter { $0 != "kube-root-ca.crt" }.sorted()
  }

  /// Where the server keeps a kind. Throws for one that we do not know.
  package static func resource(of object: JSONValue) throws -> Resource {
    let version = object["apiVersion"]?.string ?? ""
    let kind = object["kind"]?.string ?? ""
    let kinds = try Kind.builtIn + CustomKinds.loaded.get()
    guard let found = kinds.first(where: { $0.apiVersion == version && $0.kind == kind }) else {
      throw StandInError("no kind \(version) \(kind)")
    }
    return Resource(group: found.group, version: found.version, plural: found.plural)
  }

  /// Makes an object, in a namespace of its own, and writes the status that it comes with, as its controller would. What
  /// a server sets itself is left out. Throws with what the server said.
  @discardableResult
  package func make(_ object: JSONValue) async throws -> JSONValue {
    let resource = try Self.resource(of: object)
    let namespace = namespace(object[path: "metadata", "namespace"]?.string ?? "default")
    var tree = object
    for key in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
      tree.set(nil, at: "metadata", key)
    }
    tree.set(.string(namespace), at: "metadata", "namespace")
    tree["status"] = nil
    if resource.plural == "pods", !kubelet.hasNodes {
      // Nobody would ever confirm that it has ended on its node, nor make its account.
      for key in ["nodeName", "serviceAccountName"] { tree.set(nil, at: "spec", key) }
    }
    let answer = try await client.ask("POST", resource.path(namespace: namespace), tree)
    var made = try Self.accepted(answer)
    if resource.plural == "persistentvolumeclaims", !kubelet.hasNodes,
      let name = made[path: "metadata", "name"]?.string
    {
      made = try await release(claim: name, in: namespace)
    }
    guard let status = object["status"], let name = made[path: "metadata", "name"]?.string else {
      return made
    }
    return try await change(resource, namespace, name) { $0["status"] = status }
  }

  /// Takes the protection away that keeps a claim until a controller has seen that no pod uses it.
  private func release(claim name: String, in namespace: String) async throws -> JSONValue {
    try await change(RecoveryObjects.claims, namespace, name) {
      $0.set(nil, at: "metadata", "finalizers")
    }
  }

  /// Changes an object, also its status, whatever others do to it meanwhile. Throws where there is none.
  @discardableResult
  package func change(
    _ resource: Resource, _ namespace: String, _ name: String,
    _ change: (inout JSONValue) -> Void
  ) async throws -> JSONValue {
    let path = resource.path(namespace: self.namespace(namespace), name: name)
    while true {
      let old = try Self.accepted(try await client.ask("GET", path))
      var new = old
      change(&new)
      if new.withoutStatus != old.withoutStatus {
        let answer = try await client.ask("PUT", path, new)
        if answer.status == 409 { continue }
        let stored = try Self.accepted(answer)
        new["metadata"] = stored["metadata"]
      }
      guard new["status"] != old["status"] else { return new }
      let answer = try await client.ask("PUT", path + "/status", new)
      if answer.status != 409 { return try Self.accepted(answer) }
    }
  }

  /// A healthy cluster as `StandIn.seedCluster` puts it there, with the Secret that its object store is read with; its
  /// instances answer `/pg/status`.
  package func makeCluster(_ namespace: String, _ name: String, backups: Int = 2) async throws {
    let size = FleetSize(clusters: 1, backups: backups, namespaces: 1)
    let cluster = FleetCluster(
      namespace: self.namespace(namespace), name: name, number: 1, size: size,
      templates: FleetTemplates(), now: Date())
    try await makeStorageClass("fast")
    var owner: String?
    for object in cluster.objects {
      var values = object.values
      values["OWNER"] = owner
      let made = try await make(try JSONValue(parsing: object.template.filled(values)))
      owner = owner ?? made[path: "metadata", "uid"]?.string
    }
    try await make(StandIn.storeSecret(of: name, in: self.namespace(namespace)))
    kubelet.proxy(FleetInstances.answer)
  }

  /// Of no namespace: on a server that tests share it may be there already.
  package func makeStorageClass(_ name: String) async throws {
    let (status, body) = try await client.ask(
      "POST", "/apis/storage.k8s.io/v1/storageclasses", StandIn.storageClass(name))
    guard status == 201 || status == 409 else {
      throw StandInError(body["message"]?.string ?? "status \(status)")
    }
  }

  package func delete(_ resource: Resource, _ namespace: String, _ name: String) async throws {
    let path = resource.path(namespace: self.namespace(namespace), name: name)
    _ = try Self.accepted(try await client.ask("DELETE", path))
  }

  static func accepted(_ answer: (status: Int, body: JSONValue)) throws -> JSONValue {
    guard answer.status < 300 else {
      throw StandInError(answer.body["message"]?.string ?? "status \(answer.status)")
    }
    return answer.body
  }
}

extension JSONValue {
  fileprivate var withoutStatus: JSONValue {
    var tree = self
    tree["status"] = nil
    return tree
  }
}
