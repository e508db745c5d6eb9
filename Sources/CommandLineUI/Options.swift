import ArgumentParser
import RecoveryModel
import RecoveryService

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

/// Which clusters are meant, and where they are: `--config` and kubectl's own options.
struct FleetOptions: ParsableArguments {
  @OptionGroup var configurationOption: ConfigurationOption
  @Option(
    help: ArgumentHelp(
      "Kubeconfig to find clusters with.",
      discussion: "Default: as configured, else KUBECONFIG, else ~/.kube/config.",
      valueName: "file"),
    completion: .file())
  var kubeconfig: String?
  @Option(
    name: .customLong("context"),
    help: ArgumentHelp(
      "Context of the kubeconfig; several may be given.",
      discussion: "Default: as configured, else the current one.", valueName: "name"))
  var contexts: [String] = []
  @Option(
    name: [.customLong("namespace"), .customShort("n")],
    help: ArgumentHelp(
      "Only the clusters of this namespace; several may be given.",
      discussion: "Default: as configured, else all.", valueName: "name"))
  var namespaces: [String] = []
  @Flag(
    name: [.customLong("all-namespaces"), .customShort("A")],
    help: "The clusters of all namespaces, whatever the configuration says.")
  var allNamespaces = false

  /// What people type before a command, and whether the next word is its value: known without asking the parser for
  /// all its definitions.
  static let takesValue = [
    "--config": true, "-c": true, "--kubeconfig": true, "--context": true, "--namespace": true,
    "-n": true, "--all-namespaces": false, "-A": false, "--json": false,
  ]

  var request: FleetRequest {
    FleetRequest(
      configuration: configurationOption.path, kubeconfig: kubeconfig, contexts: contexts,
      namespaces: allNamespaces ? [] : namespaces, allNamespaces: allNamespaces)
  }
}

/// Which moment a recovery goes to, from where and into what.
struct RecoveryOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The moment to go back to.", valueName: "moment"))
  var at: String
  @Option(
    help: ArgumentHelp(
      "The new cluster, as name or namespace/name; on hosts the directory to recover into.",
      valueName: "place"))
  var to: String?
  @Option(
    help: ArgumentHelp(
      "Base backup to start from instead of the last that had ended by then.", valueName: "label"))
  var backup: String?
  @Option(
    help: ArgumentHelp(
      "A table that rows are missing of, as schema.table: how to give them back; may be repeated.",
      valueName: "table"))
  var table: [String] = []
  @Option(
    help: ArgumentHelp(
      "The database that it is in; without --table all of one that is gone itself.",
      valueName: "name"))
  var database: String?

  func validate() throws {
    guard !table.isEmpty || database != nil else { return }
    guard database != nil, lost.count == max(1, table.count) else {
      throw ValidationError(
        "--table takes the name of a table as SQL has it, and --database names where it is.")
    }
  }

  private var lost: [LostTable] {
    table.isEmpty
      ? [database.flatMap { LostTable(whole: $0) }].compactMap { $0 }
      : table.compactMap { LostTable(database: database ?? "", name: $0) }
  }

  /// Throws `RecoveryError` (invalid) for a moment that is not understood.
  func question(
    of cluster: EngineReport?, in context: CommandContext
  ) throws(RecoveryError) -> RecoveryQuestion {
    let labels = cluster?.backups.value?.backups.map(\.id) ?? []
    let moment = try MomentText(now: context.now(), zone: context.zone(), labels: labels).parse(at)
    var question = RecoveryQuestion(moment, into: to, from: backup)
    question.lost = lost
    return question
  }
}

/// `--json`, the same everywhere.
struct FormatOption: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print one JSON document instead of text.")
  var json = false

  var format: OutputFormat { json ? .json : .text }
}

/// How a place in an object store is reached.
struct StoreArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The store's S3 address.", discussion: "Default: Amazon's.", valueName: "url"))
  var endpointUrl: String?
  @Option(help: ArgumentHelp("The bucket's region.", valueName: "name"))
  var region: String?
  @Option(help: ArgumentHelp("Profile of ~/.aws/credentials and ~/.aws/config.", valueName: "name"))
  var profile: String?
  @Option(
    name: .customLong("ca"),
    help: ArgumentHelp("Certificate authorities of the store, PEM.", valueName: "file"),
    completion: .file())
  var authorityFile: String?
  @Flag(help: "The bucket's name stands in the path of the URL: usual but with Amazon.")
  var pathStyle = false
  @Flag(help: "The bucket's name stands before the host.")
  var hostStyle = false

  func validate() throws {
    if pathStyle && hostStyle {
      throw ValidationError("--path-style and --host-style exclude each other.")
    }
  }

  func question(_ address: String) -> StoreQuestion {
    StoreQuestion(
      address: address, endpointURL: endpointUrl, region: region, profile: profile,
      authorityFile: authorityFile, usesPathStyle: pathStyle ? true : hostStyle ? false : nil)
  }
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
