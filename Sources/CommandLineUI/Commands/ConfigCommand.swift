import ArgumentParser
import RecoveryModel
import RecoveryService

/// `pgvigil config`: the configuration file.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check the configuration file, or print an example.",
    subcommands: [ConfigCheckCommand.self, ConfigExampleCommand.self])
}

struct ConfigCheckCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Read the file, look for what it names, and name every error; asks no server.")

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var formatOption: FormatOption

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let paths = Paths(environment: context.environment)
    let path = configurationOption.path ?? paths.configurationFile
    let engines = context.composition.engines
    let report: ConfigurationReport
    do throws(ConfigurationError) {
      let places = KubeconfigPlaces(environment: context.environment)
      let configuration = try Configuration.load(
        path: path, engines: engines,
        mayFind: context.composition.discoverer != nil && places.exist)
      try check(configuration, paths: paths, context.composition)
      report = ConfigurationReport(configuration: configuration)
    } catch {
      report = ConfigurationReport(file: path, error: error)
    }
    try context.output.emit(report)
    return report.valid ? .good : .worst
  }

  /// Throws what all who look find, once each: one kind of error hides no other.
  private func check(
    _ configuration: Configuration, paths: Paths, _ composition: Composition
  ) throws(ConfigurationError) {
    var problems: [ConfigurationProblem] = []
    func note(_ look: () throws(ConfigurationError) -> Void) {
      do throws(ConfigurationError) { try look() } catch {
        problems += error.problems.filter { found in
          !problems.contains { $0.found == found.found && $0.line == found.line }
        }
      }
    }
    note { () throws(ConfigurationError) in
      // The engines read their own keys when they are made.
      _ = try Services.make(
        configuration: configuration, engines: composition.engines,
        environment: ServiceOpener.engineEnvironment(firstID: nil), paths: paths,
        discoverer: composition.discoverer)
    }
    note { () throws(ConfigurationError) in
      try composition.discoverer?.checkContexts(of: configuration)
    }
    note { () throws(ConfigurationError) in
      try ConfigurationCheck(
        configuration: configuration, engines: composition.engines,
        discoverer: composition.discoverer, themeFault: composition.themeFault
      ).run()
    }
    guard problems.isEmpty else {
      throw ConfigurationError(problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
    }
  }
}

struct ConfigExampleCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "example", abstract: "Print an annotated example to start from.")

  @Option(
    help: ArgumentHelp(
      "What runs the backups: \(ConfigurationExample.engines).", valueName: "engine"))
  var engine: String = "pgbackrest"
  @OptionGroup var formatOption: FormatOption

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let example = ConfigurationExample.texts[engine] ?? ConfigurationExample.text
    try context.output.emit(ExampleReport(example: example))
    return .good
  }

  func validate() throws {
    guard ConfigurationExample.texts[engine] == nil else { return }
    throw ValidationError("--engine takes one of: \(ConfigurationExample.engines).")
  }
}

/// What is wrong in a configuration, or what it declares.
struct ConfigurationReport: Report {
  struct Cluster: Encodable {
    var name: String
    var engine: String
  }
  struct Problem: Encodable {
    var file: String
    var line: Int?
    var key: String
    var expected: String
    var found: String
    var advice: String
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var file: String
  var valid: Bool
  var clusters: [Cluster] = []
  var warnings: [String] = []
  var problems: [Problem] = []
  private var lines: [String] = []

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, file, valid, clusters, warnings, problems
  }

  init(configuration: Configuration) {
    file = configuration.path
    valid = true
    clusters = configuration.clusters.map {
      Cluster(name: $0.declaration.name, engine: $0.declaration.engine)
    }
    warnings = configuration.warnings
  }

  init(file: String, error: ConfigurationError) {
    self.file = file
    valid = false
    problems = error.problems.map {
      Problem(
        file: $0.file, line: $0.line, key: $0.key, expected: $0.expected, found: $0.found,
        advice: $0.advice)
    }
    lines = error.problems.map(\.description)
  }

  func text(_ style: TextStyle) -> String {
    guard valid else { return lines.map { Sanitizer.clean($0) }.joined(separator: "\n") }
    let count = clusters.count == 1 ? "1 cluster" : "\(clusters.count) clusters"
    let rows = clusters.map { ["  " + Sanitizer.clean($0.name), $0.engine] }
    let head = "\(Sanitizer.clean(file)): \(count), no errors"
    return
      ([head] + (rows.isEmpty ? [] : [TextLayout.table(rows)])
      + warnings.map { "warning: " + Sanitizer.clean($0) }).joined(separator: "\n")
  }
}

/// The example file as an answer.
struct ExampleReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var example: String

  func text(_ style: TextStyle) -> String {
    example.hasSuffix("\n") ? String(example.dropLast()) : example
  }
}
