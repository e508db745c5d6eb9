import RecoveryModel

/// What an API server would drop or refuse, by the CRDs of CloudNativePG and its plugin.
enum SchemaLint {
  static let unknownKind = LintRule(
    id: "schema.unknown-kind", severity: .error,
    title: "a kind or a version that CloudNativePG does not have"
  ) { context in
    context.manifests.compactMap { manifest in
      let parts = manifest.apiVersion.split(separator: "/").map(String.init)
      guard let group = parts.first, group.contains("cnpg.io"), !manifest.kind.isEmpty,
        !ManifestVariable.isOpen(manifest.apiVersion + manifest.kind)
      else { return nil }
      let line = manifest.root.line(of: "apiVersion")
      guard let names = CustomResources.names[group] else {
        let home = CustomResources.names.first { $0.value.contains(manifest.kind) }?.key
        return manifest.mark(
          line, "no API group is called \(Sanitizer.clean(group, limit: 80))",
          remedy: "write apiVersion: \(home ?? "postgresql.cnpg.io")/\(CustomResources.version)")
      }
      guard names.contains(manifest.kind) else {
        let kind = Sanitizer.clean(manifest.kind, limit: 60)
        return manifest.mark(
          manifest.root.line(of: "kind"), "\(group) has no kind \(kind)",
          remedy: Suggestion.nearest(to: manifest.kind, among: names).map { "did you mean \($0)?" }
            ?? "it has \(names.joined(separator: ", "))")
      }
      guard parts.count != 2 || parts[1] != CustomResources.version else { return nil }
      return manifest.mark(
        line, "\(group) serves \(CustomResources.version) only",
        remedy: "write apiVersion: \(group)/\(CustomResources.version)")
    }
  }

  static let unknownKey = LintRule(
    id: "schema.unknown-key", severity: .error,
    title: "a key that the API server would drop; a warning where nothing is called nearly so"
  ) { context in
    problems(in: context).compactMap { manifest, schema, problem in
      guard case .unknownKey(let path, let line, let known) = problem, let key = path.last else {
        return nil
      }
      let nearest = nearest(to: key, among: known).map { "did you mean \($0)?" }
      let hint = nearest ?? home(of: key, in: schema).map { "it belongs under \($0)" }
      let group = manifest.apiVersion.prefix { $0 != "/" }
      let owner = CustomResources.releases[String(group)] ?? String(group)
      return manifest.mark(
        line,
        "\(manifest.title) has the key \(words(path)), which \(owner) does not know: it is dropped "
          + "or refused",
        remedy: hint
          ?? "known here: \(Suggestion.nearestFirst(to: key, among: known).prefix(6).joined(separator: ", "))",
        severity: hint == nil ? .warning : .error)
    }
  }

  static let wrongValue = LintRule(
    id: "schema.wrong-value", severity: .error,
    title: "a value that the API server refuses: of another type, another word, out of bounds"
  ) { context in
    problems(in: context).compactMap { manifest, _, problem in
      guard case .wrongValue(let path, let line, let fault) = problem else { return nil }
      return manifest.mark(
        line, "the API server refuses \(manifest.title): \(words(path)) is \(fault)",
        remedy: "correct it")
    }
  }

  static let missingKey = LintRule(
    id: "schema.missing-key", severity: .error,
    title: "an object that the API server refuses for want of a key"
  ) { context in
    problems(in: context).compactMap { manifest, _, problem in
      guard case .missingKey(let path, let line) = problem, !saidElsewhere.contains(words(path))
      else { return nil }
      return manifest.mark(
        line, "the API server refuses \(manifest.title): it has no \(words(path))",
        remedy: "add \(words(path))")
    }
  }

  /// Rules of their own say more about these.
  private static let saidElsewhere = [
    "spec.schedule", "spec.cluster", "spec.cluster.name", "spec.pluginConfiguration.name",
  ]

  private static func problems(
    in context: LintContext
  ) -> [(Manifest, SchemaNode, SchemaCheck.Problem)] {
    context.manifests.flatMap { manifest in
      guard let schema = CustomResources.schema(of: manifest) else {
        return [(Manifest, SchemaNode, SchemaCheck.Problem)]()
      }
      return SchemaCheck.problems(of: manifest.root, schema).map { (manifest, schema, $0) }
    }
  }

  /// `spec.plugins[0].name`, safe to print.
  private static func words(_ path: [String]) -> String {
    path.reduce(into: "") { words, part in
      let isFirst = words.isEmpty || part.hasPrefix("[")
      words += (isFirst ? "" : ".") + Sanitizer.clean(part, limit: 60)
    }
  }

  /// Mistyped, or cut short: `params` for `parameters`.
  private static func nearest(to key: String, among known: [String]) -> String? {
    Suggestion.nearest(to: key, among: known)
      ?? known.first { key.count > 3 && $0.lowercased().hasPrefix(key.lowercased().prefix(5)) }
  }

  /// Where the kind has a key of that name: the one place, or nothing.
  private static func home(of key: String, in schema: SchemaNode) -> String? {
    var level = [(path: [String](), node: schema)]
    while !level.isEmpty {
      let found = level.filter { $0.node.fields.contains { $0.name == key } }
      if !found.isEmpty { return found.count == 1 ? words(found[0].path) : nil }
      level = level.flatMap { place in
        place.node.fields.map { (place.path + [$0.name], $0.value) }
      }
    }
    return nil
  }
}
