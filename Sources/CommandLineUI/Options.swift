import ArgumentParser
import RecoveryModel

/// `--config`, the same everywhere.
struct ConfigurationOption: ParsableArguments {
  @Option(
    name: [.customLong("config"), .customShort("c")],
    help: ArgumentHelp(
      "Configuration file.", discussion: "Default: $XDG_CONFIG_HOME/pgvigil/config.yaml.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var path: String?
}

/// `--json`, the same everywhere.
struct FormatOption: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print one JSON document instead of text.")
  var json = false

  var format: OutputFormat { json ? .json : .text }
}

/// `--dir`, of the sandbox.
struct SandboxDirectory: ParsableArguments {
  @Option(
    name: .customLong("dir"),
    help: ArgumentHelp(
      "The sandbox's directory, at most 80 bytes.",
      discussion: "It must not exist yet, be empty, or be a sandbox's.", valueName: "directory"),
    completion: .directory)
  var path: String
}

/// How an operation is waited for.
struct WaitOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-wait"),
    help: "Start it in the background, print its id and return.")
  var noWait = false

  /// Fixes the operation's id: what the background process is started with.
  @Option(name: .customLong("operation-id"), help: .hidden)
  var operationID: String?
}

extension BackupKind: ExpressibleByArgument {}
