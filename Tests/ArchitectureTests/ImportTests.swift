import Testing

/// Who may import whom; arrows point one way.
@Suite struct ImportTests {
  /// Modules of the system and the toolchain that any target may use, where its row says `system`.
  static let system: Set<String> = [
    "FoundationEssentials", "Glibc", "Musl", "Dispatch", "Synchronization", "Subprocess",
    "SystemPackage", "System",
  ]

  /// Target, what else it may import, and whether it may touch the system.
  static let arrows: [(target: String, may: Set<String>, system: Bool)] = [
    ("YAMLReading", ["CYAML"], false),
    ("RecoveryModel", ["FoundationEssentials", "Glibc.exp", "Glibc.log"], false),
    ("ManifestLint", ["RecoveryModel", "FoundationEssentials"], false),
    ("TextScreen", ["FoundationEssentials"], false),
    ("LocalFiles", ["RecoveryModel"], true),
    ("Transports", ["RecoveryModel", "LocalFiles", "CCurl", "CPostgres", "CLibraries"], true),
    ("PostgresServers", ["LocalFiles", "RecoveryModel", "Transports"], true),
    ("DrillParts", ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers"], true),
    (
      "ObjectStores", ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers", "CZlib"],
      true
    ),
    ("Kubernetes", ["LocalFiles", "RecoveryModel", "Transports", "YAMLReading"], true),
    (
      "CloudNativePG",
      [
        "RecoveryModel", "Transports", "PostgresServers", "DrillParts", "Kubernetes",
        "ObjectStores",
      ], true
    ),
    (
      "PgBackRest", ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers", "DrillParts"],
      true
    ),
    (
      "BarmanCloud",
      [
        "LocalFiles", "RecoveryModel", "Transports", "PostgresServers", "DrillParts",
        "ObjectStores",
      ], true
    ),
    ("Sandbox", ["LocalFiles", "RecoveryModel", "Transports", "PostgresServers"], true),
    ("RecoveryService", ["LocalFiles", "RecoveryModel", "ManifestLint", "YAMLReading"], true),
    ("ConsoleUI", ["RecoveryModel", "TextScreen", "FoundationEssentials"], false),
    (
      "ConsoleRuntime",
      [
        "LocalFiles",
        "ConsoleUI", "RecoveryService", "RecoveryModel", "TextScreen", "CNcurses", "CTerminal",
      ], true
    ),
    (
      "CommandLineUI",
      ["RecoveryService", "RecoveryModel", "ManifestLint", "TextScreen", "ArgumentParser"], true
    ),
    (
      "pgvigil",
      [
        "CommandLineUI", "ConsoleRuntime", "ConsoleUI", "BarmanCloud", "CloudNativePG",
        "PgBackRest",
        "Sandbox",
        "ObjectStores", "PostgresServers", "Transports", "RecoveryService",
        "RecoveryModel", "ArgumentParser",
      ], true
    ),
  ]

  @Test(arguments: arrows.map(\.target))
  func targetsImportOnlyWhatTheyMay(target: String) throws {
    let row = try #require(Self.arrows.first { $0.target == target })
    let allowed = row.system ? row.may.union(Self.system) : row.may
    let files = House.sources(in: "Sources/\(target)")
    #expect(!files.isEmpty)
    for file in files {
      let foreign = Self.imports(of: House.text(file) ?? "").subtracting(allowed)
      #expect(foreign.isEmpty, "\(file) imports \(foreign.sorted().joined(separator: ", "))")
    }
  }

  @Test func everyTargetHasARow() {
    let swift = House.names(in: "Sources").filter { !House.sources(in: "Sources/\($0)").isEmpty }
    #expect(Set(swift) == Set(Self.arrows.map(\.target)))
  }

  /// What a target declares in Package.swift it uses: an arrow that nobody takes is one too many.
  @Test(arguments: arrows.map(\.target))
  func declaredDependenciesAreUsed(target: String) throws {
    let package = House.text("Package.swift") ?? ""
    let start = try #require(package.firstRange(of: "name: \"\(target)\"", after: "arget("))
      .upperBound
    let end = package[start...].firstRange(of: "swiftSettings")?.lowerBound ?? package.endIndex
    let declared = package[start..<end].matches(of: /"(\w+)"/).map { String($0.1) }
    let used = House.sources(in: "Sources/\(target)").reduce(into: Set<String>()) {
      $0.formUnion(Self.imports(of: House.text($1) ?? ""))
    }
    #expect(Set(declared).subtracting(used).isEmpty, "\(Set(declared).subtracting(used).sorted())")
  }

  @Test func onlyTheRuntimeKnowsNcurses() {
    for file in House.sources(in: "Sources") where !file.hasPrefix("Sources/ConsoleRuntime/") {
      #expect(!Self.imports(of: House.text(file) ?? "").contains("CNcurses"), "\(file)")
    }
  }

  @Test func onlyOutputWrites() {
    for file in House.sources(in: "Sources") {
      let lines = (House.text(file) ?? "").split(separator: "\n").map(String.init)
      let printing = lines.filter { $0.trimmed.hasPrefix("print(") || $0.contains(" print(") }
      #expect(printing.isEmpty, "\(file): \(printing)")
    }
  }

  @Test func nothingStopsTheProgramOnPurpose() {
    for file in House.sources(in: "Sources") {
      let text = House.text(file) ?? ""
      for word in ["fatalError(", "try!", "preconditionFailure(", "as! "] {
        #expect(!text.contains(word), "\(file) has \(word)")
      }
    }
  }

  /// They meet in the protocols of the model, and an engine knows no other.
  @Test func enginesAreKnownToTheCompositionRootAlone() {
    let engines = ["BarmanCloud", "CloudNativePG", "PgBackRest", "Sandbox"]
    for file in House.sources(in: "Sources") where !file.hasPrefix("Sources/pgvigil/") {
      let known = Self.imports(of: House.text(file) ?? "").intersection(engines)
      #expect(known.isEmpty, "\(file) imports \(known)")
    }
  }

  /// A store is read for engines and for whoever puts the program together.
  @Test func storesAreKnownToEnginesAndTheCompositionRootAlone() {
    let readers = ["BarmanCloud", "CloudNativePG", "PgBackRest", "ObjectStores", "pgvigil"]
    for file in House.sources(in: "Sources")
    where !readers.contains(where: { file.hasPrefix("Sources/\($0)/") }) {
      #expect(!Self.imports(of: House.text(file) ?? "").contains("ObjectStores"), "\(file)")
    }
  }

  /// Kubernetes is read for whoever asks; what an operator adds to it is that engine's.
  @Test func kubernetesNamesNoOperator() {
    for file in House.sources(in: "Sources/Kubernetes") {
      let text = House.text(file) ?? ""
      for word in ["CNPG", "cnpg.io", "Barman", "barman"] {
        #expect(!text.contains(word), "\(file) names \(word)")
      }
    }
  }

  /// Module names after `import`, whatever stands before it; `Module.name` where only a function of it is imported.
  static func imports(of text: String) -> Set<String> {
    var modules: Set<String> = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
        words[..<at].allSatisfy({ ["public", "internal", "package", "@testable"].contains($0) })
      else { continue }
      let name = words.last { !$0.isEmpty } ?? ""
      let module = name.split(separator: ".").first.map(String.init) ?? ""
      modules.insert(words[at + 1] == "func" ? name : module)
    }
    return modules
  }
}

extension String {
  /// Of `text` where `mark` stands before it on the same line or on the one before.
  fileprivate func firstRange(of text: String, after mark: String) -> Range<Index>? {
    ranges(of: text).first { self[..<$0.lowerBound].suffix(40).contains(mark) }
  }

  /// Without leading spaces.
  var trimmed: String { String(drop { $0 == " " }) }
}
