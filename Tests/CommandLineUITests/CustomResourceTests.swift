import Glibc
import RecoveryService
import Testing

@testable import ManifestLint
@testable import RecoveryModel

/// The table of schemas says what the CRDs say. `RECORD_SCHEMAS=1` writes it anew.
@Suite struct CustomResourceTests {
  private static let crds = [
    "postgresql.cnpg.io_clusters", "postgresql.cnpg.io_backups",
    "postgresql.cnpg.io_scheduledbackups", "barmancloud.cnpg.io_objectstores",
  ]
  private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  /// `metadata` is the same for every kind, and no CRD describes it.
  private static let metadata = SchemaText.read(
    "{name:s generateName:s namespace:s labels:<s> annotations:<s> finalizers:[s] "
      + "ownerReferences:[*] uid:s resourceVersion:s generation:i creationTimestamp:s "
      + "deletionTimestamp:s deletionGracePeriodSeconds:i selfLink:s managedFields:[*]}",
    .init())

  static func crd(_ name: String) throws -> Manifest {
    let path = "\(root)/Tests/KubernetesStandIn/Resources/crds/\(name).yaml"
    return try #require(try ManifestReader.read(file: path).get().first)
  }

  @Test func theTableIsWhatTheCRDsSay() throws {
    let kinds = try Self.crds.map { name in
      let spec = try #require(try Self.crd(name).root["spec"])
      let version = try #require(spec["versions"]?.list.first)
      var fields = SchemaNode(crd: try #require(version["schema", "openAPIV3Schema"])).fields
      for index in fields.indices {
        if fields[index].name == "metadata" { fields[index].value = try #require(Self.metadata) }
        // Nobody writes it, and what the server prints is read as it is.
        if fields[index].name == "status" { fields[index].value = .any }
      }
      return CustomResources.Kind(
        group: spec["group"]?.text ?? "", name: spec["names", "kind"]?.text ?? "",
        schema: .object(fields))
    }
    let text = Self.text(of: kinds)
    #expect(CustomResources.read(text).map(\.schema) == kinds.map(\.schema), "reads what it writes")
    if getenv("RECORD_SCHEMAS") != nil {
      let indented = text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
      Golden.write(
        """
        /// Generated from the CRDs: `RECORD_SCHEMAS=1 swift test --filter CustomResourceTests`.
        enum CustomResourceTable {
          static let text = #\"\"\"
        \(indented)
            \"\"\"#
        }

        """, to: "\(Self.root)/Sources/ManifestLint/Schemas/CustomResourceTable.swift")
      return
    }
    #expect(text == CustomResourceTable.text, "RECORD_SCHEMAS=1 writes it anew")
  }

  private static func text(of kinds: [CustomResources.Kind]) -> String {
    var writer = SchemaWriter(kinds.map(\.schema))
    let lines = kinds.map { "\($0.group)/\($0.name) \(writer.text($0.schema))" }
    return (writer.patterns.map { "~ \($0)" } + writer.definitions.map { "@ \($0)" } + lines)
      .map(folded).joined(separator: "\n")
  }

  /// Lines short enough for a source file.
  private static func folded(_ text: String) -> String {
    guard !text.hasPrefix("~") else { return text }
    var lines = [""]
    for word in text.split(separator: " ") {
      // Words of an enumeration are one token: it may break before each.
      for (index, part) in word.split(separator: "|").enumerated() {
        let isFirst = lines == [""]
        let part = index > 0 ? "|\(part)" : isFirst ? String(part) : " \(part)"
        if lines[lines.count - 1].count + part.count < 94 {
          lines[lines.count - 1] += part
        } else {
          lines.append(index > 0 ? "  \(part)" : " \(part)")
        }
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension SchemaNode {
  /// The structural part of an OpenAPI schema.
  init(crd schema: ManifestNode) {
    if schema["x-kubernetes-int-or-string"]?.isTrue == true {
      self = .integerOrText
      return
    }
    guard schema["x-kubernetes-preserve-unknown-fields"]?.isTrue != true else {
      self = .any
      return
    }
    let number = { (key: String) in schema[key]?.text.flatMap(Int.init) }
    switch schema["type"]?.text {
    case "object":
      if let properties = schema["properties"] {
        self = .object(Self.fields(properties, of: schema))
      } else {
        self = schema["additionalProperties"].map { .map(SchemaNode(crd: $0)) } ?? .any
      }
    case "array": self = .list(schema["items"].map(SchemaNode.init(crd:)) ?? .any)
    case "string":
      self = .text(
        words: schema["enum"]?.list.compactMap(\.text) ?? [], pattern: schema["pattern"]?.text,
        isFilled: (number("minLength") ?? 0) > 0)
    case "integer": self = .integer(least: number("minimum"), most: number("maximum"))
    case "number": self = .number
    case "boolean": self = .boolean
    default: self = .any
    }
  }

  private static func fields(_ properties: ManifestNode, of schema: ManifestNode) -> [Field] {
    let required = schema["required"]?.list.compactMap(\.text) ?? []
    return properties.entries.map { entry in
      Field(
        name: entry.key,
        isRequired: required.contains(entry.key) && entry.value["default"] == nil,
        value: SchemaNode(crd: entry.value))
    }
  }
}
