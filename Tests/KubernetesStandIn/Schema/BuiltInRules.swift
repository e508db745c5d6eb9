/// The little that is checked of the server's own kinds: what our clients could get wrong.
enum BuiltInRules {
  private static let maximumBytes = 1 << 20

  static func applyDefaults(_ tree: inout JSONValue, kind: Kind) {
    switch kind.key {
    case "/secrets":
      if tree["type"] == nil { tree["type"] = "Opaque" }
      for (key, value) in tree["stringData"]?.strings ?? [:] {
        tree.set(.string(Base64.encode(Array(value.utf8))), at: "data", key)
      }
      tree["stringData"] = nil
    case "batch/jobs":
      if tree[path: "spec", "backoffLimit"] == nil { tree.set(6, at: "spec", "backoffLimit") }
    case "/pods":
      if tree[path: "spec", "restartPolicy"] == nil {
        tree.set("Always", at: "spec", "restartPolicy")
      }
    default: break
    }
  }

  static func causes(_ tree: JSONValue, kind: Kind) -> [APIError.Cause] {
    switch kind.key {
    case "/configmaps": size(tree["data"], isBase64: false)
    case "/secrets": size(tree["data"], isBase64: true)
    case "/pods":
      required(tree[path: "spec", "containers"]?.array?.first, "spec.containers")
    case "batch/jobs": required(tree[path: "spec", "template"], "spec.template")
    case "/persistentvolumeclaims":
      required(tree[path: "spec", "accessModes"]?.array?.first, "spec.accessModes")
        + required(
          tree[path: "spec", "resources", "requests", "storage"], "spec.resources[storage]")
    default: []
    }
  }

  private static func required(_ value: JSONValue?, _ field: String) -> [APIError.Cause] {
    guard value == nil else { return [] }
    return [
      APIError.Cause(reason: "FieldValueRequired", message: "Required value", field: field)
    ]
  }

  private static func size(_ data: JSONValue?, isBase64: Bool) -> [APIError.Cause] {
    guard let data, data != .null else { return [] }
    var total = 0
    for (key, value) in data.object ?? [:] {
      guard let text = value.string, !isBase64 || Base64.decode(text) != nil else {
        return [
          APIError.Cause(
            reason: "FieldValueInvalid", message: "Invalid value: no text or no base64",
            field: "data[\(key)]")
        ]
      }
      let bytes = isBase64 ? Base64.decode(text)?.count ?? 0 : text.utf8.count
      total += bytes + (isBase64 ? 0 : key.utf8.count)
    }
    guard total > maximumBytes else { return [] }
    return [
      APIError.Cause(
        reason: "FieldValueTooLong", message: "Too long: may not be more than 1048576 bytes",
        field: isBase64 ? "data" : "")
    ]
  }
}
