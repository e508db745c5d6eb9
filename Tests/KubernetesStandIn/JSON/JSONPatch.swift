/// A patch as RFC 6902 describes it.
struct JSONPatch: Sendable {
  private let steps: [JSONValue]

  /// Throws 400 for what is no list.
  init(_ document: JSONValue) throws {
    guard let steps = document.array else {
      throw APIError.badRequest("error decoding patch: json: cannot unmarshal object")
    }
    self.steps = steps
  }

  /// Throws 422 where a step does not fit.
  func applied(to document: JSONValue) throws -> JSONValue {
    var document = document
    for step in steps { try apply(step, to: &document) }
    return document
  }

  private func apply(_ step: JSONValue, to document: inout JSONValue) throws {
    guard let path = step["path"]?.string else { throw Self.unfit("a step without path") }
    let keys = Self.keys(path)
    switch step["op"]?.string {
    case "add": try edit(&document, keys[...]) { try Self.add(step["value"] ?? .null, to: &$0, $1) }
    case "replace":
      try edit(&document, keys[...]) { container, key in
        _ = try Self.remove(from: &container, key)
        try Self.add(step["value"] ?? .null, to: &container, key)
      }
    case "remove": try edit(&document, keys[...]) { _ = try Self.remove(from: &$0, $1) }
    case "test":
      guard Self.find(document, keys[...]) == (step["value"] ?? .null) else {
        throw Self.unfit("testing value \(path) failed: test failed")
      }
    case "move", "copy":
      let from = Self.keys(step["from"]?.string ?? "")
      guard let value = Self.find(document, from[...]) else { throw Self.unfit("no \(from)") }
      if step["op"]?.string == "move" {
        try edit(&document, from[...]) { _ = try Self.remove(from: &$0, $1) }
      }
      try edit(&document, keys[...]) { try Self.add(value, to: &$0, $1) }
    default: throw Self.unfit("an unknown operation")
    }
  }

  private func edit(
    _ value: inout JSONValue, _ keys: ArraySlice<String>,
    _ change: (inout JSONValue, String) throws -> Void
  ) throws {
    guard let first = keys.first else { throw Self.unfit("the whole document") }
    if keys.count == 1 { return try change(&value, first) }
    if var items = value.array {
      guard let index = Int(first), items.indices.contains(index) else {
        throw Self.unfit("no element \(first)")
      }
      try edit(&items[index], keys.dropFirst(), change)
      value = .array(items)
      return
    }
    guard var inner = value[first] else { throw Self.unfit("doc is missing path: \(first)") }
    try edit(&inner, keys.dropFirst(), change)
    value[first] = inner
  }

  private static func add(_ new: JSONValue, to container: inout JSONValue, _ key: String) throws {
    guard var items = container.array else {
      container[key] = new
      return
    }
    guard let index = key == "-" ? items.count : Int(key), (0...items.count).contains(index) else {
      throw unfit("no index \(key)")
    }
    items.insert(new, at: index)
    container = .array(items)
  }

  private static func remove(from container: inout JSONValue, _ key: String) throws -> JSONValue {
    if var items = container.array {
      guard let index = Int(key), items.indices.contains(index) else { throw unfit("no \(key)") }
      let old = items.remove(at: index)
      container = .array(items)
      return old
    }
    guard let old = container[key] else { throw unfit("missing value for key \(key)") }
    container[key] = nil
    return old
  }

  private static func find(_ value: JSONValue, _ keys: ArraySlice<String>) -> JSONValue? {
    guard let first = keys.first else { return value }
    if let items = value.array {
      guard let index = Int(first), items.indices.contains(index) else { return nil }
      return find(items[index], keys.dropFirst())
    }
    return value[first].flatMap { find($0, keys.dropFirst()) }
  }

  private static func keys(_ path: String) -> [String] {
    path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
      String(part).replacing("~1", with: "/").replacing("~0", with: "~")
    }
  }

  private static func unfit(_ why: String) -> APIError {
    APIError(
      422, "Invalid", "the server rejected our request due to an error in our request: \(why)")
  }
}
