import RecoveryModel

/// The kinds that CloudNativePG and its Barman Cloud plugin bring, as their CRDs describe them.
enum CustomResources {
  /// A kind whose schema is known.
  struct Kind: Sendable {
    var group: String
    var name: String
    var schema: SchemaNode
  }

  /// Whose CRDs these are, for messages.
  static let releases = [
    "postgresql.cnpg.io": "CloudNativePG 1.30",
    "barmancloud.cnpg.io": "the Barman Cloud plugin 0.14",
  ]
  /// The one version that both groups serve.
  static let version = "v1"

  /// Kinds without a schema here are known by name.
  static let names = [
    "postgresql.cnpg.io": [
      "Backup", "Cluster", "ClusterImageCatalog", "Database", "FailoverQuorum", "ImageCatalog",
      "Pooler", "Publication", "ScheduledBackup", "Subscription",
    ],
    "barmancloud.cnpg.io": ["ObjectStore"],
  ]

  static let kinds: [Kind] = read(CustomResourceTable.text)

  static func schema(of manifest: Manifest) -> SchemaNode? {
    kinds.first { manifest.isA($0.name, of: $0.group) }?.schema
  }

  /// Lines `~ pattern`, `@ definition` and `group/Kind schema`, each continued by indented ones.
  static func read(_ text: String) -> [Kind] {
    var glossary = SchemaText.Glossary()
    var kinds: [Kind] = []
    for entry in entries(text) {
      let parts = entry.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      if parts[0] == "~" {
        glossary.patterns.append(parts[1])
        continue
      }
      guard let schema = SchemaText.read(parts[1], glossary) else { continue }
      let name = parts[0].split(separator: "/").map(String.init)
      if parts[0] == "@" {
        glossary.definitions.append(schema)
      } else if name.count == 2 {
        kinds.append(Kind(group: name[0], name: name[1], schema: schema))
      }
    }
    return kinds
  }

  private static func entries(_ text: String) -> [String] {
    text.split(separator: "\n").reduce(into: [String]()) { entries, line in
      if line.hasPrefix(" "), let last = entries.indices.last {
        let more = line.drop { $0 == " " }
        // One word of an enumeration after the other.
        entries[last] += (more.hasPrefix("|") ? "" : " ") + more
      } else {
        entries.append(String(line))
      }
    }
  }
}
