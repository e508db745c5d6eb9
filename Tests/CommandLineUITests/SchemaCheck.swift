import RecoveryService
import Testing

@testable import ManifestLint
@testable import RecoveryModel

/// The structural part of a CRD's `openAPIV3Schema`: required, type, enum, pattern, bounds, and fields that the
/// schema does not know, which an API server would drop without a word.
struct SchemaCheck {
  let schema: ManifestNode

  /// The schema of a kind, from its CRD.
  init(crd name: String) throws {
    let read = ManifestReader.read(file: "\(Golden.folder)/crds/\(name).yaml")
    let crd = try #require(try read.get().first)
    let version = try #require(crd.root["spec", "versions"]?.list.first)
    schema = try #require(version["schema", "openAPIV3Schema"])
  }

  func problems(of manifest: ManifestNode) -> [String] {
    Self.problems(manifest, schema, path: "")
  }

  private static func problems(
    _ node: ManifestNode, _ schema: ManifestNode, path: String
  ) -> [String] {
    if schema["x-kubernetes-int-or-string"]?.isTrue == true { return [] }
    var found: [String] = []
    switch (schema["type"]?.text, node) {
    case ("object", .map(let entries, _)): found += object(entries, schema, path: path)
    case ("array", .list(let items, _)):
      guard let item = schema["items"] else { break }
      for (index, element) in items.enumerated() {
        found += problems(element, item, path: "\(path)[\(index)]")
      }
    case ("string", .scalar(let text, let isQuoted, _)):
      if !isQuoted, isOtherThanText(text) { found.append("\(path): not a string: \(text)") }
      found += string(text, schema, path: path)
    case ("integer", .scalar(let text, _, _)):
      guard let value = Int(text) else { return ["\(path): not an integer: \(text)"] }
      if let least = schema["minimum"]?.text.flatMap(Int.init), value < least {
        found.append("\(path): below \(least)")
      }
    case ("number", .scalar(let text, _, _)):
      if Double(text) == nil { found.append("\(path): not a number: \(text)") }
    case ("boolean", .scalar(let text, _, _)):
      if text != "true", text != "false" { found.append("\(path): not a boolean: \(text)") }
    case (nil, _): break
    case (let type, _): found.append("\(path): not of type \(type ?? "?")")
    }
    return found
  }

  private static func object(
    _ entries: [ManifestNode.Entry], _ schema: ManifestNode, path: String
  ) -> [String] {
    var found: [String] = []
    let known = schema["properties"]
    for key in schema["required"]?.list.compactMap(\.text) ?? []
    where !entries.contains(where: { $0.key == key }) && known?[key]?["default"] == nil {
      found.append("\(path).\(key): required")
    }
    for entry in entries {
      let here = "\(path).\(entry.key)"
      if let schema = known?.entry(entry.key)?.value {
        found += problems(entry.value, schema, path: here)
      } else if let extra = schema["additionalProperties"] {
        found += problems(entry.value, extra, path: here)
      } else if known != nil, schema["x-kubernetes-preserve-unknown-fields"]?.isTrue != true {
        found.append("\(here): unknown field")
      }
    }
    return found
  }

  private static func string(_ text: String, _ schema: ManifestNode, path: String) -> [String] {
    var found: [String] = []
    if let allowed = schema["enum"]?.list.compactMap(\.text), !allowed.contains(text) {
      found.append("\(path): \(text) is none of \(allowed)")
    }
    if let pattern = schema["pattern"]?.text, let regex = try? Regex(pattern),
      text.firstMatch(of: regex) == nil
    {
      found.append("\(path): \(text) does not match \(pattern)")
    }
    if let least = schema["minLength"]?.text.flatMap(Int.init), text.count < least {
      found.append("\(path): shorter than \(least)")
    }
    return found
  }

  /// What YAML takes for a number, a boolean or a null where it is not quoted.
  private static func isOtherThanText(_ text: String) -> Bool {
    Double(text) != nil || ["true", "false", "null", "~", ""].contains(text)
  }
}
