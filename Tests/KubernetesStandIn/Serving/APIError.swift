/// An answer that is an error, as the API server words it.
struct APIError: Error, Sendable {
  struct Cause: Sendable, Equatable {
    var reason: String
    var message: String
    var field: String
  }

  var code: Int
  var reason: String
  var message: String
  var name: String?
  var group: String?
  /// `details.kind`: a plural, except in 422 answers.
  var kind: String?
  var causes: [Cause] = []
  var retryAfter: Int?
  /// `metadata.continue` of an expired list.
  var continueToken: String?

  init(_ code: Int, _ reason: String, _ message: String, kind: Kind? = nil, name: String? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    self.name = name
    group = kind?.group
    self.kind = kind?.plural
  }

  var status: JSONValue {
    var status: JSONValue = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
      "message": .string(message), "reason": .string(reason), "code": .integer(code),
    ]
    if reason.isEmpty { status["reason"] = nil }
    if let continueToken { status.set(.string(continueToken), at: "metadata", "continue") }
    var details: [String: JSONValue] = [:]
    if let name, !name.isEmpty { details["name"] = .string(name) }
    if let group, !group.isEmpty { details["group"] = .string(group) }
    if let kind { details["kind"] = .string(kind) }
    if let retryAfter { details["retryAfterSeconds"] = .integer(retryAfter) }
    if !causes.isEmpty {
      details["causes"] = .array(
        causes.map {
          [
            "reason": .string($0.reason), "message": .string($0.message),
            "field": .string($0.field),
          ]
        })
    }
    if !details.isEmpty { status["details"] = .object(details) }
    return status
  }
}

extension APIError {
  static func badRequest(_ message: String) -> APIError { APIError(400, "BadRequest", message) }

  static let unauthorized = APIError(401, "Unauthorized", "Unauthorized")

  static func notFound(_ kind: Kind, _ name: String) -> APIError {
    APIError(404, "NotFound", "\(kind.title) \"\(name)\" not found", kind: kind, name: name)
  }

  static var unknownPath: APIError {
    APIError(404, "NotFound", "the server could not find the requested resource")
  }

  static func alreadyExists(_ kind: Kind, _ name: String) -> APIError {
    APIError(
      409, "AlreadyExists", "\(kind.title) \"\(name)\" already exists", kind: kind, name: name)
  }

  static func conflict(_ kind: Kind, _ name: String, _ why: String? = nil) -> APIError {
    let why =
      why
      ?? "the object has been modified; please apply your changes to the latest version and try again"
    return APIError(
      409, "Conflict", "Operation cannot be fulfilled on \(kind.title) \"\(name)\": \(why)",
      kind: kind, name: name)
  }

  static func forbidden(_ identity: Identity, _ request: AccessRequest, title: String) -> APIError {
    let object = request.name.map { "\(title) \"\($0)\"" } ?? title
    let place = request.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
    var error = APIError(
      403, "Forbidden",
      "\(object) is forbidden: User \"\(identity.name)\" cannot \(request.verb) resource "
        + "\"\(request.resource)\" in API group \"\(request.group)\" \(place)")
    error.name = request.name
    error.group = request.group
    error.kind = request.resource.split(separator: "/").first.map(String.init)
    return error
  }

  static func forbidden(_ identity: Identity, verb: String, path: String) -> APIError {
    APIError(
      403, "Forbidden", "forbidden: User \"\(identity.name)\" cannot \(verb) path \"\(path)\"")
  }

  static func invalid(_ kind: Kind, _ name: String, _ causes: [Cause]) -> APIError {
    let texts = causes.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }
    let text = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
    let title = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
    var error = APIError(
      422, "Invalid", "\(title) \"\(name)\" is invalid: \(text)", kind: kind, name: name)
    error.kind = kind.kind
    error.causes = causes
    return error
  }

  static func expired(_ message: String) -> APIError { APIError(410, "Expired", message) }
}
