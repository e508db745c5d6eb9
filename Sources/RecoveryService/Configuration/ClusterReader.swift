import RecoveryModel
import YAMLReading

/// Reads one entry of `clusters:`; what is wrong stays in the map's problems.
struct ClusterReader {
  let engines: [EngineDescriptor]

  func read(_ map: inout YAMLMap) -> ConfiguredCluster {
    var declaration = ClusterDeclaration(name: readName(&map), engine: "")
    let descriptor = readEngine(&map)
    declaration.engine = descriptor?.id ?? ""
    readTargets(&map, into: &declaration.targets)
    readDrill(&map, into: &declaration, marks: true)
    declaration.smokeTests = readSmokeTests(&map)
    let ledger = map.text("ledger").map { absolute($0, beside: map.file) }
    if let descriptor {
      declaration.options = readOptions(&map, of: descriptor)
      map.finish()
    }
    // Without a known engine nobody can say which keys are its own: only that is reported.
    var cluster = ConfiguredCluster(declaration: declaration, ledger: ledger, line: map.line)
    cluster.keyLines = map.keyLines
    return cluster
  }

  /// What holds for clusters that nobody declares.
  func readDefaults(_ map: inout YAMLMap, into declaration: inout ClusterDeclaration) {
    readTargets(&map, into: &declaration.targets)
    readDrill(&map, into: &declaration)
  }

  /// Names become file names, so they are kept to what every file system takes.
  private func readName(_ map: inout YAMLMap) -> String {
    guard let name = map.text("name") else {
      if !map.has("name") || map.problems.isEmpty {
        map.missing("name", expected: "the cluster's name")
      }
      return ""
    }
    let allowed = name.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        || $0 == "-" || $0 == "_" || $0 == "."
    }
    if !allowed || name.hasPrefix(".") || name.hasPrefix("-") || name.count > 63 {
      map.report(
        "1 to 63 letters, digits, `-`, `_` or `.`, not beginning with `.` or `-`", of: "name",
        found: "`\(Sanitizer.clean(name, limit: 60))`")
    }
    return name
  }

  private func readEngine(_ map: inout YAMLMap) -> EngineDescriptor? {
    let choices = engines.map(\.id).joined(separator: ", ")
    guard let id = map.text("engine") else {
      if !map.has("engine") { map.missing("engine", expected: "one of: \(choices)") }
      return nil
    }
    if let descriptor = engines.first(where: { $0.id == id }) { return descriptor }
    let nearest = Suggestion.nearest(to: id, among: engines.map(\.id))
    map.report(
      "one of: \(choices)", of: "engine", found: "`\(Sanitizer.clean(id, limit: 60))`",
      advice: nearest.map { "did you mean `\($0)`?" } ?? "")
    return nil
  }

  private func readTargets(_ map: inout YAMLMap, into targets: inout RecoveryTargets) {
    if var part = map.map("targets") {
      targets.rpo = part.duration("rpo", allowsZero: true) ?? targets.rpo
      targets.rto = part.duration("rto") ?? targets.rto
      part.finish()
      map.absorb(part)
    }
    if let interval = map.duration("backup_interval") {
      targets.backupInterval = interval
      targets.isBackupIntervalGiven = true
    }
    targets.retention = map.duration("retention")
  }

  /// `marks`: of a cluster that is named, where alone it may be allowed to write.
  private func readDrill(
    _ map: inout YAMLMap, into declaration: inout ClusterDeclaration, marks: Bool = false
  ) {
    guard var part = map.map("drill") else { return }
    declaration.drill.place = part.text("place").map { absolute($0, beside: map.file) }
    declaration.drill.timeout = part.duration("timeout") ?? declaration.drill.timeout
    declaration.drill.sharedBuffers = part.memory("shared_buffers")
    declaration.targets.drillInterval =
      part.duration("interval") ?? declaration.targets.drillInterval
    if marks { declaration.drill.marker = readMarker(&part) }
    part.finish()
    map.absorb(part)
  }

  /// Both stand in statements: names as PostgreSQL takes them unquoted, and nothing else.
  private func readMarker(_ map: inout YAMLMap) -> MarkerPlace? {
    guard var part = map.map("marker") else { return nil }
    let database = required("database", "the database that markers are planted in", &part)
    let table = required("table", "a table with its schema, as `pgvigil.marker`", &part)
    part.finish()
    map.absorb(part)
    guard let database, let table else { return nil }
    let names = table.split(separator: ".", omittingEmptySubsequences: false)
    let isName = names.allSatisfy { name in
      !name.isEmpty && !(name.first?.isNumber ?? true)
        && name.utf8.allSatisfy {
          (97...122).contains($0) || (48...57).contains($0) || $0 == 95
        }
    }
    guard names.count == 2, isName else {
      map.report(
        "a table with its schema, small letters, digits and `_`: `pgvigil.marker`",
        of: "marker", found: "`\(Sanitizer.clean(table, limit: 60))`")
      return nil
    }
    return MarkerPlace(database: database, table: table)
  }

  private func readSmokeTests(_ map: inout YAMLMap) -> [SmokeTest] {
    guard let nodes = map.list("smoke_tests", of: "tests, each with `name`, `sql` and `expect`")
    else { return [] }
    var tests: [SmokeTest] = []
    for (index, node) in nodes.enumerated() {
      let path = map.full("smoke_tests[\(index)]")
      guard let mapping = node.mapping else {
        map.absorb([
          ConfigurationProblem(
            file: map.file, line: node.mark.line, key: path,
            expected: "`name`, `sql` and `expect`", found: describe(node, key: ""))
        ])
        continue
      }
      var part = YAMLMap(mapping, file: map.file, path: path, line: node.mark.line)
      if let test = readSmokeTest(&part) {
        if tests.contains(where: { $0.name == test.name }) {
          part.report(
            "a name of its own", of: "name",
            found: "`\(Sanitizer.clean(test.name, limit: 60))` again")
        }
        tests.append(test)
      }
      part.finish()
      map.absorb(part)
    }
    return tests
  }

  private func readSmokeTest(_ part: inout YAMLMap) -> SmokeTest? {
    let name = required("name", "the test's name", &part)
    let sql = required("sql", "one read-only statement that yields one value", &part)
    if let sql, !Self.onlyAsks(sql) {
      part.report(
        "a statement that begins with SELECT, WITH, TABLE or VALUES", of: "sql",
        found: "`\(Sanitizer.clean(sql, limit: 60))`")
    }
    let database = part.text("database")
    let timeout = part.duration("timeout")
    guard let text = required("expect", "an expectation such as `>= 1`", &part) else { return nil }
    do {
      let expectation = try Expectation(text: text)
      guard let name, let sql else { return nil }
      return SmokeTest(
        name: name, database: database, sql: sql, expectation: expectation, timeout: timeout ?? 60)
    } catch {
      part.report(
        "`>= 1`, `equals X`, `within 5% of production` or `newer than 1h`", of: "expect",
        found: "`\(Sanitizer.clean(text, limit: 60))`")
      return nil
    }
  }

  /// A read-only session still lets COPY run programs, and CALL and DO anything that they like.
  private static func onlyAsks(_ sql: String) -> Bool {
    let word = sql.drop { $0.isWhitespace || $0 == "(" }.prefix(while: \.isLetter)
    return ["SELECT", "WITH", "TABLE", "VALUES"].contains(word.uppercased())
  }

  private func required(_ key: String, _ expected: String, _ map: inout YAMLMap) -> String? {
    let before = map.problems.count
    let value = map.text(key)
    if value == nil, map.problems.count == before { map.missing(key, expected: expected) }
    return value
  }

  private func readOptions(
    _ map: inout YAMLMap, of descriptor: EngineDescriptor
  ) -> [String: OptionValue] {
    var options: [String: OptionValue] = [:]
    for option in descriptor.options {
      guard let node = map.value(option.key) else {
        if option.required, !map.has(option.key) {
          map.missing(option.key, expected: "\(option.shape.words) (\(option.help))")
        }
        continue
      }
      if let value = OptionValue(node), option.shape.admits(node) {
        options[option.key] = placed(value, option.shape, beside: map.file)
      } else {
        map.expected(option.shape.words, of: option.key, found: node, advice: option.help)
      }
    }
    return options
  }

  private func placed(
    _ value: OptionValue, _ shape: EngineOption.Shape, beside file: String
  ) -> OptionValue {
    guard shape == .path, case .string(let path) = value else { return value }
    return .string(absolute(path, beside: file))
  }

  /// Relative paths count from the configuration's own directory.
  func absolute(_ path: String, beside file: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    guard let slash = file.lastIndex(of: "/") else { return path }
    return file[...slash] + path
  }
}

extension EngineOption.Shape {
  fileprivate var words: String {
    switch self {
    case .string: "some text"
    case .path: "a path"
    case .number: "a number"
    case .list: "a list"
    case .map: "keys and values below it"
    }
  }

  fileprivate func admits(_ node: YAMLNode) -> Bool {
    switch self {
    case .string, .path: node.scalar.map { !$0.text.isEmpty } ?? false
    case .number: node.scalar.map { Double($0.text)?.isFinite ?? false } ?? false
    case .list: node.sequence != nil
    case .map: node.mapping != nil
    }
  }
}

extension OptionValue {
  /// nil where a key is not plain text.
  fileprivate init?(_ node: YAMLNode) {
    switch node.content {
    case .scalar(let scalar): self = .string(scalar.text)
    case .sequence(let nodes):
      let values = nodes.compactMap(OptionValue.init)
      guard values.count == nodes.count else { return nil }
      self = .list(values)
    case .mapping(let entries):
      var values: [String: OptionValue] = [:]
      for entry in entries {
        guard let key = entry.key.scalar?.text, let value = OptionValue(entry.value) else {
          return nil
        }
        values[key] = value
      }
      self = .map(values)
    }
  }
}
