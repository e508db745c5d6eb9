/// The kinds of the CustomResourceDefinitions beside this file, read once per process.
enum CustomKinds {
  static let loaded: Result<[Kind], any Error> = Result {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return try names.map { name in
      let bytes = try readFile("/\(folder)/Resources/crds/\(name).yaml")
      let documents = try JSONValue.documents(yaml: String(decoding: bytes, as: UTF8.self))
      guard let definition = documents.first else { throw StandInError("\(name) is empty") }
      return try Kind(definition: definition)
    }
  }

  private static let names = [
    "postgresql.cnpg.io_clusters", "postgresql.cnpg.io_backups",
    "postgresql.cnpg.io_scheduledbackups", "barmancloud.cnpg.io_objectstores",
  ]
}

extension Kind {
  /// A CustomResourceDefinition with one version. Throws for what the stand-in cannot obey.
  init(definition: JSONValue) throws {
    let spec = definition["spec"] ?? .empty
    guard let version = spec["versions"]?.array?.first,
      let source = version[path: "schema", "openAPIV3Schema"],
      let group = spec["group"]?.string, let name = version["name"]?.string,
      let kind = spec[path: "names", "kind"]?.string,
      let plural = spec[path: "names", "plural"]?.string
    else { throw StandInError("not a CustomResourceDefinition") }
    self.init(group: group, version: name, kind: kind, plural: plural)
    shortNames = (spec[path: "names", "shortNames"]?.array ?? []).compactMap(\.string)
    isNamespaced = spec["scope"]?.string == "Namespaced"
    hasStatus = version[path: "subresources", "status"] != nil
    columns = (version["additionalPrinterColumns"]?.array ?? []).map { column in
      Column(
        name: column["name"]?.string ?? "", type: column["type"]?.string ?? "string",
        path: (column["jsonPath"]?.string ?? "").split(separator: ".").map(String.init),
        priority: column["priority"]?.integer ?? 0)
    }
    // Nobody judges metadata by this schema.
    var schemaSource = source
    schemaSource.set(["type": "object"], at: "properties", "metadata")
    schema = try Schema(schemaSource)
  }
}
