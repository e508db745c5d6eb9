import FoundationEssentials
import Glibc
import LocalFiles
import RecoveryModel
import YAMLReading

/// A cluster as the file declares it, with what the service alone needs to know.
package struct ConfiguredCluster: Sendable, Equatable {
  package var declaration: ClusterDeclaration
  /// Absolute path of a ledger shared by all who watch the cluster; nil = in the state directory.
  package var ledger: String?
  /// Line of its entry in the file, for errors that only its engine can find.
  package var line: Int?
  /// Lines of its keys, as `drill.place` and `instances[0].conninfo`, for what is found wrong with what they name.
  package var keyLines: [String: Int] = [:]

  package init(declaration: ClusterDeclaration, ledger: String? = nil, line: Int? = nil) {
    self.declaration = declaration
    self.ledger = ledger
    self.line = line
  }

  /// Of a key as `instances[0].conninfo`, or of the nearest above it that is there.
  func line(of key: String) -> Int? {
    var path = Substring(key)
    while !path.isEmpty {
      if let line = keyLines[String(path)] { return line }
      path = path.lastIndex { $0 == "." || $0 == "[" }.map { path[..<$0] } ?? ""
    }
    return line
  }
}

/// What the user set, from one YAML file. Durations in seconds.
package struct Configuration: Sendable, Equatable {
  package static let defaultInterval = 2.0
  package static let intervals = 0.2...3600.0
  package static let defaultWallboardCycle = 15.0

  /// Larger ones are no configuration.
  static let maximumBytes = 4 << 20

  /// Where it was read from; empty when it was not.
  package var path: String
  package var interval: Double
  /// nil = the default theme.
  package var theme: String?
  package var wallboardCycle: Double
  package var readOnly: Bool
  /// The demo wrote it: what is done with it is marked so.
  package var isSandbox = false
  package var clusters: [ConfiguredCluster]
  package var discovery: DiscoverySettings
  /// What works but should not stay so, each a line.
  package var warnings: [String]
  /// Lines of the keys at the top.
  package var keyLines: [String: Int] = [:]

  package init(
    path: String = "", interval: Double = Configuration.defaultInterval, theme: String? = nil,
    wallboardCycle: Double = Configuration.defaultWallboardCycle, readOnly: Bool = false,
    clusters: [ConfiguredCluster] = [], discovery: DiscoverySettings = DiscoverySettings(),
    warnings: [String] = []
  ) {
    self.path = path
    self.interval = interval
    self.theme = theme
    self.wallboardCycle = wallboardCycle
    self.readOnly = readOnly
    self.clusters = clusters
    self.discovery = discovery
    self.warnings = warnings
  }

  /// Reads and checks the whole file; `engines` are the rows of the engine table. Throws every problem at once.
  /// `mayFind`: clusters can be found by themselves, so that none need be declared.
  package static func load(
    path: String, engines: [EngineDescriptor], mayFind: Bool = false
  ) throws(ConfigurationError) -> Configuration {
    let bytes: [UInt8]
    switch FileBytes.read(path, limit: maximumBytes) {
    case .success(let content): bytes = content
    case .failure(let failure): throw ConfigurationError([unreadable(path, failure)])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError([
        ConfigurationProblem(file: path, expected: "UTF-8 text", found: "other bytes")
      ])
    }
    var configuration = try parse(text, path: path, engines: engines, mayFind: mayFind)
    if let mode = FileBytes.mode(path), mode & 0o004 != 0,
      configuration.clusters.contains(where: {
        $0.declaration.options.values.contains(where: \.hasPassword)
      })
    {
      configuration.warnings.append(
        "\(path) holds a password and everybody can read it: chmod 0600, or use ~/.pgpass")
    }
    return configuration
  }

  /// The same from text; `path` is used for messages and to resolve relative paths.
  package static func parse(
    _ text: String, path: String, engines: [EngineDescriptor], mayFind: Bool = false
  ) throws(ConfigurationError) -> Configuration {
    let root: YAMLNode?
    do {
      root = try YAMLDocuments.only(text)
    } catch {
      throw ConfigurationError([ConfigurationProblem(yaml: error, file: path)])
    }
    var reader = ConfigurationReader(file: path, engines: engines, mayFind: mayFind)
    let configuration = reader.read(root)
    guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
    return configuration
  }

  /// Its clusters, and those that are found, with what the command line was told to come by them.
  func reached(by arguments: [String]) -> Configuration {
    var configuration = self
    for index in clusters.indices {
      configuration.clusters[index].declaration.arguments = arguments
    }
    configuration.discovery.defaults.arguments = arguments
    return configuration
  }

  private static func unreadable(_ path: String, _ failure: FileFailure) -> ConfigurationProblem {
    let advice =
      failure.code == ENOENT
      ? "`pgvigil demo` shows everything on a sandbox and needs none; the README says how to write one"
      : failure.code == EACCES ? "run pgvigil as the file's owner, or let this account read it" : ""
    return ConfigurationProblem(
      file: path, expected: "a readable YAML file",
      found: failure.limit == nil ? "none: \(failure.words)" : "one that is \(failure.words)",
      advice: advice)
  }
}

extension OptionValue {
  /// A password written out in a conninfo string, a URL or a map.
  fileprivate var hasPassword: Bool {
    switch self {
    case .string(let text):
      if text.contains("password=") || text.contains("password =") { return true }
      guard let scheme = text.firstRange(of: "://"), text.hasPrefix("postgres") else {
        return false
      }
      let authority = text[scheme.upperBound...].prefix { $0 != "/" }
      return authority.split(separator: "@", omittingEmptySubsequences: false).count > 1
        && authority.prefix { $0 != "@" }.contains(":")
    case .list(let values): return values.contains(where: \.hasPassword)
    case .map(let values):
      return values["password"] != nil || values.values.contains(where: \.hasPassword)
    }
  }
}

extension ConfigurationProblem {
  /// What the YAML parser found wrong.
  init(yaml error: YAMLError, file: String) {
    let line = error.mark?.line
    switch error.reason {
    case .duplicateKey(let key):
      self.init(
        file: file, line: line, key: Sanitizer.clean(key, limit: 60), expected: "each key once",
        found: "this key for a second time")
    case .syntax(let problem):
      self.init(
        file: file, line: line, expected: "valid YAML", found: "an error: \(problem)",
        advice: problem.contains("cannot start any token") ? "indent with spaces, not tabs" : "")
    default:
      self.init(
        file: file, line: line, expected: "YAML that can be read to its end",
        found: "an obstacle: \(error.statement)")
    }
  }
}
