import FoundationEssentials
import RecoveryModel
import Transports

/// How a deletion treats what belongs to the object.
package enum DeletePropagation: String, Sendable {
  case foreground = "Foreground"
  case background = "Background"
}

extension Resource {
  package static var secrets: Resource { Resource(group: "", version: "v1", plural: "secrets") }
  package static var configMaps: Resource {
    Resource(group: "", version: "v1", plural: "configmaps")
  }
}

/// Single objects, read and written. Every refusal is a `RecoveryError` that names verb and resource; a server that is
/// busy (429) is asked again as often as it says, three times at most.
extension KubernetesClient {
  /// Seconds that one call may take.
  private static var deadline: Double { 20 }

  /// The object as the server made it, defaults and all. `dryRun`: validated and admitted, not stored.
  package func create(
    _ resource: Resource, in namespace: String, _ object: ObjectTree, dryRun: Bool = false
  ) async throws -> ObjectTree {
    // Strict: an unknown field is an error, not something to be dropped in silence.
    var query = [("fieldValidation", "Strict")]
    if dryRun { query.append(("dryRun", "All")) }
    let response = try await patiently(
      "POST", resource.path(namespace: namespace), query: query, body: object.json)
    guard response.status == 200 || response.status == 201 || response.status == 202 else {
      throw refusal(response, "create", resource, namespace)
    }
    return try tree(response, resource)
  }

  /// nil when there is none. `namespace` nil: of the whole cluster.
  package func get(
    _ resource: Resource, in namespace: String?, _ name: String
  ) async throws -> ObjectTree? {
    let response = try await patiently("GET", resource.path(namespace: namespace, name: name))
    if response.status == 404 { return nil }
    guard response.status == 200 else { throw refusal(response, "get", resource, namespace) }
    return try tree(response, resource)
  }

  /// All of them, page by page.
  package func list(
    _ resource: Resource, in namespace: String?, labels selector: String
  ) async throws -> [ObjectTree] {
    var items: [ObjectTree] = []
    var token: String?
    repeat {
      var query = [("labelSelector", selector), ("limit", "500")]
      if let token { query.append(("continue", token)) }
      let response = try await patiently("GET", resource.path(namespace: namespace), query: query)
      guard response.status == 200 else { throw refusal(response, "list", resource, namespace) }
      let page = try tree(response, resource)
      items += page.at("items")?.list ?? []
      token = page.at("metadata", "continue")?.string.flatMap { $0.isEmpty ? nil : $0 }
    } while token != nil
    return items
  }

  /// The object as it stands afterwards; nil when its resourceVersion is no longer current (409).
  package func replace(
    _ resource: Resource, in namespace: String, _ name: String, _ object: ObjectTree
  ) async throws -> ObjectTree? {
    let response = try await patiently(
      "PUT", resource.path(namespace: namespace, name: name), body: object.json)
    if response.status == 409 { return nil }
    guard response.status == 200 else { throw refusal(response, "update", resource, namespace) }
    return try tree(response, resource)
  }

  /// false when it was not there. Throws `.refused` when a precondition does not hold.
  @discardableResult
  package func delete(
    _ resource: Resource, in namespace: String, _ name: String, uid: String? = nil,
    resourceVersion: String? = nil, propagation: DeletePropagation = .background
  ) async throws -> Bool {
    let preconditions = ObjectTree.object([
      "uid": uid.map { .string($0) }, "resourceVersion": resourceVersion.map { .string($0) },
    ])
    let body = ObjectTree.object([
      "apiVersion": "v1", "kind": "DeleteOptions",
      "propagationPolicy": .string(propagation.rawValue),
      "preconditions": preconditions.map?.isEmpty == true ? nil : preconditions,
    ])
    let response = try await patiently(
      "DELETE", resource.path(namespace: namespace, name: name), body: body.json)
    if response.status == 404 { return false }
    guard response.status == 200 || response.status == 202 else {
      throw refusal(response, "delete", resource, namespace)
    }
    return true
  }

  /// Whether we may. Throws when the server does not say.
  package func may(_ right: AccessRight) async throws -> Bool {
    let review = ObjectTree.object([
      "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
      "spec": .object(["resourceAttributes": right.attributes]),
    ])
    let reviews = Resource(
      group: "authorization.k8s.io", version: "v1", plural: "selfsubjectaccessreviews")
    let response = try await patiently("POST", reviews.path(namespace: nil), body: review.json)
    guard response.status == 200 || response.status == 201 else {
      throw RecoveryError(
        response, verb: "create", resource: reviews, namespace: nil, server: server)
    }
    return try tree(response, reviews).at("status", "allowed")?.bool ?? false
  }

  private func patiently(
    _ method: String, _ path: String, query: [(String, String)] = [], body: [UInt8]? = nil
  ) async throws -> HTTPResponse {
    for _ in 0..<3 {
      let response = try await send(
        method, path, query: query, body: body, deadline: Self.deadline)
      guard response.status == 429 else { return response }
      let seconds = response.headers["retry-after"].flatMap { Double($0) } ?? 1
      try await Task.sleep(for: .seconds(min(max(seconds, 0.1), 10)))
    }
    return try await send(method, path, query: query, body: body, deadline: Self.deadline)
  }

  private func refusal(
    _ response: HTTPResponse, _ verb: String, _ resource: Resource, _ namespace: String?
  ) -> RecoveryError {
    RecoveryError(
      response, verb: verb, resource: resource, namespace: namespace, server: server)
  }

  private func tree(_ response: HTTPResponse, _ resource: Resource) throws -> ObjectTree {
    guard let tree = ObjectTree(json: response.body) else {
      throw RecoveryError(.failed, "\(server) answered something that is no \(resource.title)")
    }
    return tree
  }
}
