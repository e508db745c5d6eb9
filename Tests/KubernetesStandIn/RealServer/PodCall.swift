import FoundationEssentials
import Transports

/// A request that an API server hands on to a pod's kubelet.
struct PodCall: Sendable {
  enum Subresource: String { case log, proxy }

  let request: HTTPRequest
  let subresource: Subresource
  let namespace: String
  let pod: String
  var scheme = ""
  var port = ""
  /// What follows `proxy`, with a slash in front.
  var rest = "/"
  private(set) var parameters: [String: String] = [:]
  /// `https://host:port`.
  private let server: String

  /// nil for every other request.
  init?(_ request: HTTPRequest) {
    let halves = request.url.split(separator: "?", maxSplits: 1)
    guard let start = halves.first?.firstRange(of: "/api/v1/namespaces/") else { return nil }
    let segments = halves[0][start.upperBound...].split(separator: "/").map {
      String($0).replacing("%3A", with: ":")
    }
    guard segments.count > 3, segments[1] == "pods",
      let subresource = Subresource(rawValue: segments[3])
    else { return nil }
    self.request = request
    self.subresource = subresource
    server = String(halves[0][..<start.lowerBound])
    namespace = segments[0]
    (scheme, pod, port) = RequestInfo.proxied(segments[2])
    rest = "/" + segments.dropFirst(4).joined(separator: "/")
    for pair in halves.dropFirst().first?.split(separator: "&") ?? [] {
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      parameters[sides[0]] = sides.count > 1 ? sides[1] : ""
    }
  }

  private func asking(
    _ path: String, _ method: String = "GET", _ body: JSONValue? = nil
  )
    -> HTTPRequest
  {
    var asked = request
    asked.url = server + path
    asked.method = method
    asked.body = body?.bytes
    if body != nil { asked.headers["Content-Type"] = "application/json" }
    asked.deadline = 10
    asked.idleTimeout = nil
    return asked
  }

  private var podPath: String { "/api/v1/namespaces/\(namespace)/pods/\(pod)" }

  /// There is such a pod, or the user may not look.
  func isThere(_ http: HTTPClient) async throws -> Bool {
    try await http.fetch(asking(podPath)).status != 404
  }

  /// The pod, or the container that is asked for, has ended or is gone.
  func isOver(_ http: HTTPClient) async throws -> Bool {
    let response = try await http.fetch(asking(podPath))
    guard response.status == 200 else { return response.status == 404 }
    let status = try JSONValue(parsing: response.body)["status"]
    if ["Succeeded", "Failed"].contains(status?["phase"]?.string ?? "") { return true }
    let containers = ["containerStatuses", "initContainerStatuses"]
      .flatMap { status?[$0]?.array ?? [] }
    return containers.contains {
      $0["name"]?.string == parameters["container"] && $0[path: "state", "terminated"] != nil
    }
  }

  func isAllowed(_ http: HTTPClient) async throws -> Bool {
    let review: JSONValue = [
      "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
      "spec": [
        "resourceAttributes": [
          "verb": "get", "resource": "pods", "subresource": .string(subresource.rawValue),
          "namespace": .string(namespace), "name": .string(pod),
        ]
      ],
    ]
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    let answer = try JSONValue(parsing: await http.fetch(asking(path, "POST", review)).body)
    return answer[path: "status", "allowed"]?.bool ?? false
  }
}
