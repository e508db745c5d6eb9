import PostgresServers
import RecoveryModel
import Transports

/// The engine's own keys of a declared cluster, read and checked.
package struct PgBackRestSettings: Sendable, Equatable {
  package var stanza: String
  /// Path of pgbackrest.conf; nil = where pgBackRest itself looks for it.
  package var config: String?
  /// Directory of further `*.conf`; nil = where pgBackRest itself looks for it, or beside `config`.
  package var configIncludePath: String?
  /// `PGBACKREST_*` variables for its processes, beside those that we have.
  package var environment: [String: Secret]
  package var executable: String
  /// Account that pgBackRest and drills run as when we are root; nil = the owner of the repository.
  package var runAs: String?
  /// Repository number, from 1; nil = the first that the options speak of, as pgBackRest has it.
  package var repository: Int?
  package var instances: [ServerAddress]
  /// Default database of smoke tests.
  package var database: String?
  /// PostgreSQL's programs; nil = the newest matching major under /usr/lib/postgresql.
  package var bindir: String?
  /// That the repository lies where the primary does is meant to be so.
  package var acceptsSharedPlace = false

  package init(
    stanza: String, config: String? = nil, configIncludePath: String? = nil,
    environment: [String: Secret] = [:], executable: String = "pgbackrest",
    runAs: String? = nil, repository: Int? = nil, instances: [ServerAddress] = [],
    database: String? = nil, bindir: String? = nil
  ) {
    self.stanza = stanza
    self.config = config
    self.configIncludePath = configIncludePath
    self.environment = environment
    self.executable = executable
    self.runAs = runAs
    self.repository = repository
    self.instances = instances
    self.database = database
    self.bindir = bindir
  }

  /// Keys accepted under `clusters[]` beside the common ones.
  package static let options: [EngineOption] = [
    EngineOption("stanza", .string, required: true, help: "pgBackRest stanza"),
    EngineOption(
      "config", .path,
      help: "path of pgbackrest.conf (/etc/pgbackrest/pgbackrest.conf, else /etc/pgbackrest.conf)"),
    EngineOption(
      "config_include_path", .path,
      help: "directory of further *.conf (conf.d beside pgbackrest.conf, where it has any)"),
    EngineOption(
      "environment", .map,
      help: "PGBACKREST_* variables that the server's archive_command has and pgvigil has not"),
    EngineOption("executable", .string, help: "pgbackrest program (found on PATH)"),
    EngineOption("run_as", .string, help: "account for pgBackRest when root (repository's owner)"),
    EngineOption("repository", .number, help: "repository number (the first configured)"),
    EngineOption(
      "instances", .list, required: true, help: "list of {name, conninfo} or {name, service}"),
    EngineOption("database", .string, help: "default database of smoke tests"),
    EngineOption("bindir", .path, help: "PostgreSQL program directory"),
    EngineOption(
      "shared_place", .string,
      help: "accepted: the repository lies on the primary's own machine on purpose"),
  ]

  /// Throws `RecoveryError` (invalid) that names the key; never quotes a connection string.
  package init(declaration: ClusterDeclaration) throws(RecoveryError) {
    let reader = OptionReader(declaration: declaration)
    self.init(stanza: try reader.required("stanza"))
    config = try reader.text("config")
    configIncludePath = try reader.text("config_include_path")
    environment = try reader.variables("environment")
    executable = try reader.text("executable") ?? executable
    runAs = try reader.text("run_as")
    database = try reader.text("database")
    bindir = try reader.text("bindir")
    acceptsSharedPlace = try reader.acceptsSharedPlace()
    if let text = try reader.text("repository") {
      guard let number = Int(text), (1...256).contains(number) else {
        throw reader.invalid("repository", .expected("a number from 1 to 256", found: text))
      }
      repository = number
    }
    for (key, path) in [("config", config), ("config_include_path", configIncludePath)] {
      guard let path, !path.hasPrefix("/") else { continue }
      throw reader.invalid(key, .expected("an absolute path", found: path))
    }
    instances = try reader.instances()
  }
}

extension OptionReader {
  /// Values may be keys of the repository: never quoted.
  fileprivate func variables(_ key: String) throws(RecoveryError) -> [String: Secret] {
    guard let value = value(key) else { return [:] }
    guard let map = value.map else { throw invalid(key, .expected("a map of variables")) }
    var result: [String: Secret] = [:]
    for (name, value) in map {
      let isName =
        name.hasPrefix(OptionNames.variablePrefix)
        && name.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
      guard isName else {
        throw invalid("\(key).\(name)", .expected("the name of a PGBACKREST_ variable"))
      }
      guard let text = value.string, !text.isEmpty else {
        throw invalid("\(key).\(name)", .expected("a text"))
      }
      result[name] = Secret(text)
    }
    return result
  }
}
