import ArgumentParser
import FoundationEssentials
import RecoveryModel
import RecoveryService

/// `pgvigil manifest`: YAML for a Git repository, or a policy, one purpose each.
struct ManifestCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "manifest",
    abstract: "Print a Kubernetes manifest for exactly one purpose; asks no server.",
    discussion: "PURPOSE is one of:\n"
      + ManifestPurpose.allCases.map { "  \($0.rawValue): \($0.abstract)" }
      .joined(separator: "\n")
      + "\n\nSecrets are templates to be encrypted with SOPS; no value ever stands in them.")

  @Argument(help: ArgumentHelp("What it is for.", valueName: "purpose"))
  var purpose: ManifestPurpose
  @Argument(
    help: ArgumentHelp(
      "The place of bucket-policy, as s3://bucket/prefix.", valueName: "address"))
  var address: String?
  @OptionGroup var place: ManifestPlaceOptions
  @OptionGroup var store: ManifestStoreOptions
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp(
      "Only this role, of rbac: watch, backup, drill, store, scrub or recover.",
      discussion: "store and scrub, which read the Secrets of stores, are printed only when named.",
      valueName: "role"))
  var role: [ManifestRole] = []
  @Option(
    help: ArgumentHelp("Also bind this user, of rbac; may be repeated.", valueName: "name"))
  var user: [String] = []
  @Option(
    help: ArgumentHelp("Also bind this group, of rbac; may be repeated.", valueName: "name"))
  var group: [String] = []
  @Flag(
    help: "Let drills run psql in their copies where no tunnel is to be had: pods/exec, of rbac.")
  var exec = false
  @Flag(help: "Watch every namespace: a ClusterRole, of rbac.")
  var clusterWide = false
  @Flag(
    help: ArgumentHelp(
      "Also the right to read the logs of pods, of rbac.",
      discussion: "Then the reason of a failure is read where it stands."))
  var podLogs = false
  @Option(help: ArgumentHelp("The container image of a CronJob.", valueName: "image"))
  var image: String = "pgvigil:\(Version.number)"
  @Option(
    help: ArgumentHelp(
      "When.", discussion: "Six fields for scheduled-backup, five for a CronJob.",
      valueName: "cron"))
  var schedule: String?
  @Option(
    help: ArgumentHelp("ConfigMap with config.yaml for a CronJob's pod.", valueName: "name"))
  var configMap: String?
  @Option(
    help: ArgumentHelp(
      "Label of the PrometheusRule, where Prometheus selects by it.", valueName: "key=value"))
  var label: [String] = []

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    guard demanded.isEmpty else {
      let options = demanded.joined(separator: " and ")
      throw ValidationError("\(purpose.rawValue) needs \(options).")
    }
    if address != nil, purpose != .bucketPolicy {
      throw ValidationError("Only bucket-policy takes an address.")
    }
    guard !(user + group).contains("") else {
      throw ValidationError("--user and --group take a name.")
    }
    for pair in label where !pair.dropFirst().contains("=") {
      throw ValidationError("--label takes key=value, not `\(Sanitizer.clean(pair))`.")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let text = try purpose.text(options)
    try context.output.emit(ManifestReport(purpose: purpose.rawValue, manifest: text))
    return .good
  }

  /// Options that the purpose cannot do without and that were not given. A cluster's name stands in the rights of
  /// drills alone.
  private var demanded: [String] {
    if purpose == .bucketPolicy {
      return address == nil ? ["an address, as s3://BUCKET/PREFIX"] : []
    }
    guard purpose != .alerts else { return [] }
    let namesCluster =
      purpose != .rbac || role.isEmpty || !Set(role).isDisjoint(with: [.drill, .recover])
    let namesSecret =
      purpose == .rbac && place.cluster == nil && !Set(role).isDisjoint(with: [.store, .scrub])
      || purpose == .rbac && role.contains(.recover)
    return (place.namespace == nil ? ["--namespace"] : [])
      + (namesCluster && place.cluster == nil ? ["--cluster"] : [])
      + (namesSecret && store.secret.isEmpty ? ["--secret"] : [])
  }

  private var options: ManifestOptions {
    var options = ManifestOptions()
    place.fill(&options)
    store.fill(&options)
    if !role.isEmpty { options.roles = ManifestRole.allCases.filter(role.contains) }
    options.address = address ?? ""
    options.users = user
    options.groups = group
    options.allowsExec = exec
    options.clusterWide = clusterWide
    options.podLogs = podLogs
    options.image = image
    options.schedule = schedule
    options.configMap = configMap
    for pair in label {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      options.labels[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
    }
    return options
  }
}

/// Who and where.
struct ManifestPlaceOptions: ParsableArguments {
  @Option(
    name: [.long, .customShort("n")],
    help: ArgumentHelp("The cluster's namespace.", valueName: "namespace"))
  var namespace: String?
  @Option(help: ArgumentHelp("The cluster.", valueName: "name"))
  var cluster: String?
  @Option(help: ArgumentHelp("Where drills happen.", valueName: "namespace"))
  var drillNamespace: String = ManifestOptions().drillNamespace
  @Option(
    help: ArgumentHelp(
      "The object's name.", discussion: "Default: after its purpose.", valueName: "name"))
  var name: String?

  func fill(_ options: inout ManifestOptions) {
    if let namespace { options.namespace = namespace }
    if let cluster { options.cluster = cluster }
    options.drillNamespace = drillNamespace
    options.name = name
  }
}

/// Where backups go.
struct ManifestStoreOptions: ParsableArguments {
  @Option(help: ArgumentHelp("plugin or in-tree.", valueName: "method"))
  var method: ManifestMethod = .plugin
  @Option(help: ArgumentHelp("Bucket, or a whole URL as s3://bucket/path/.", valueName: "bucket"))
  var bucket: String = ManifestOptions().bucket
  @Option(help: ArgumentHelp("URL of an S3-compatible server.", valueName: "url"))
  var endpoint: String?
  @Option(help: ArgumentHelp("Region; its value belongs into the Secret too.", valueName: "region"))
  var region: String?
  @Option(help: ArgumentHelp("How far back it must be restorable, as 30d.", valueName: "policy"))
  var retention: String = ManifestOptions().retention
  @Option(
    help: ArgumentHelp(
      "Secret with the bucket's credentials; of rbac, every Secret that a drill copies or "
        + "a store is read with.",
      valueName: "name"))
  var secret: [String] = []
  @Option(help: ArgumentHelp("The ObjectStore.", valueName: "name"))
  var store: String?
  @Option(help: ArgumentHelp("The cluster's directory in the bucket.", valueName: "name"))
  var serverName: String?

  func fill(_ options: inout ManifestOptions) {
    options.method = method
    options.bucket = bucket
    options.endpoint = endpoint
    options.region = region
    options.retention = retention
    options.secrets = secret
    options.store = store
    options.serverName = serverName
  }
}

extension ManifestPurpose: ExpressibleByArgument {}
extension ManifestMethod: ExpressibleByArgument {}
extension ManifestRole: ExpressibleByArgument {}

/// The YAML as an answer.
struct ManifestReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var purpose: String
  var manifest: String

  func text(_ style: TextStyle) -> String {
    manifest.hasSuffix("\n") ? String(manifest.dropLast()) : manifest
  }
}
