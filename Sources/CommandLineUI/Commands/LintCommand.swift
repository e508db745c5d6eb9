import ArgumentParser
import FoundationEssentials
import ManifestLint
import RecoveryModel
import RecoveryService

/// `pgvigil lint`: what manifests would do to recoverability, before they are applied.
struct LintCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Find what would cost you the database in Kubernetes manifests; asks no server.",
    discussion: """
      Reads YAML with any number of documents, as in a pre-commit hook. Give the files that belong together in \
      one call: a schedule and its cluster, a cluster and its object store.

      Exit status: 0 clean or remarks only, 1 warnings, 2 errors, 3 a file could not be read.
      """)

  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp(
      "A cluster that exists although no file declares it; may be repeated.",
      valueName: "[namespace/]name"))
  var assumeCluster: [String] = []
  @Option(help: ArgumentHelp("How long a recovery may take.", valueName: "duration"))
  var rto: String = "1h"
  @Option(
    help: ArgumentHelp("How large the data really is, as 10Gi; judges volumes.", valueName: "size"))
  var dataSize: String?
  @Option(help: ArgumentHelp("A volume may be so many times its data.", valueName: "factor"))
  var volumeFactor: Double = 5
  @Option(
    help: ArgumentHelp("WAL that is written in a day, for the projection.", valueName: "size"))
  var walPerDay: String?
  @Argument(
    help: ArgumentHelp("Manifests; - for standard input.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var files: [String]

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if DurationText.seconds(rto).map({ $0 > 0 }) != true {
      let advice = DurationText.advice(for: rto).map { "; \($0)" } ?? ""
      throw ValidationError("--rto takes \(DurationText.expected)\(advice).")
    }
    for (option, size) in [("--data-size", dataSize), ("--wal-per-day", walPerDay)] {
      guard let size else { continue }
      if Quantity.bytes(size).map({ $0 > 0 }) != true {
        throw ValidationError("\(option) takes a size such as 10Gi.")
      }
    }
    if !(volumeFactor >= 1) { throw ValidationError("--volume-factor must be at least 1.") }
    if files.count(where: { $0 == "-" }) > 1 {
      throw ValidationError("Standard input can be read once only.")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    var manifests: [Manifest] = []
    var unreadable: [ManifestReadError] = []
    for file in files {
      switch ManifestReader.read(file: file) {
      case .success(let found): manifests += found
      case .failure(let failure): unreadable.append(failure)
      }
    }
    let findings = Linter.findings(in: manifests, options: options(now: context.now()))
    let report = LintDocument(
      files: files.count, manifests: manifests, findings: findings, unreadable: unreadable)
    try context.output.emit(report)
    return report.status
  }

  private func options(now: Date) -> LintOptions {
    LintOptions(
      assumedClusters: assumeCluster, rto: DurationText.seconds(rto) ?? 3600,
      dataBytes: dataSize.flatMap(Quantity.bytes), volumeFactor: volumeFactor,
      walPerDay: walPerDay.flatMap(Quantity.bytes) ?? LintOptions.defaultWALPerDay, now: now)
  }
}

/// What the linter found, as compilers say it.
struct LintDocument: Report {
  struct Row: Encodable {
    var file: String
    var line: Int
    var severity: LintSeverity
    var id: String
    var message: String
    var remedy: String
  }
  struct Unreadable: Encodable {
    var file: String
    var line: Int?
    var reason: String
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var files: Int
  var objects: Int
  /// Objects that some rule reads; of the others nothing is said.
  var judged: Int
  /// Kinds of the others, each once.
  var notJudged: [String]
  var errors: Int
  var warnings: Int
  var infos: Int
  var findings: [Row]
  var unreadable: [Unreadable]

  init(
    files: Int, manifests: [Manifest], findings: [LintFinding], unreadable: [ManifestReadError]
  ) {
    self.files = files
    objects = manifests.count
    judged = manifests.count(where: Linter.judges)
    notJudged = Set(manifests.filter { !Linter.judges($0) }.map(\.kind)).sorted()
      .map { Sanitizer.clean($0, limit: 60) }
    errors = findings.count { $0.severity == .error }
    warnings = findings.count { $0.severity == .warning }
    infos = findings.count { $0.severity == .info }
    self.findings = findings.map {
      Row(
        file: Sanitizer.clean($0.file), line: $0.line, severity: $0.severity, id: $0.id,
        message: Sanitizer.clean($0.message), remedy: Sanitizer.clean($0.remedy))
    }
    self.unreadable = unreadable.map {
      Unreadable(
        file: Sanitizer.clean($0.file), line: $0.line, reason: Sanitizer.clean($0.reason))
    }
  }

  /// A file that could not be read outweighs everything: nobody knows what is in it.
  var status: ExitStatus {
    if !unreadable.isEmpty { return .undecided }
    if errors > 0 { return .worst }
    return warnings > 0 ? .bad : .good
  }

  func text(_ style: TextStyle) -> String {
    let missing = unreadable.map { row in
      "\(row.file)\(row.line.map { ":\($0)" } ?? ""): unreadable, not judged: \(row.reason)"
    }
    let lines = findings.map { row in
      "\(row.file):\(row.line): \(style.lint(row.severity)) \(row.id): \(row.message) (\(row.remedy))"
    }
    return (missing + lines + [summary]).joined(separator: "\n")
  }

  /// Nothing found is said of what was judged alone: a file with nothing for us in it passes no test.
  private var summary: String {
    let scope =
      judged == objects && objects > 0
      ? Self.counted(objects, "object") : "\(judged) of \(Self.counted(objects, "object")) judged"
    let unread = unreadable.isEmpty ? "" : ", \(unreadable.count) of them unreadable"
    let place = "\(scope) of \(Self.counted(files, "file"))\(unread)"
    guard judged > 0 || !findings.isEmpty else {
      let kinds = notJudged.prefix(8).joined(separator: ", ")
      guard unreadable.isEmpty else {
        return "nothing judged: \(unreadable.count) of \(Self.counted(files, "file")) unreadable"
      }
      return "\(place): nothing of CloudNativePG's to judge"
        + (kinds.isEmpty ? "" : " (\(kinds))")
    }
    let found =
      findings.isEmpty
      ? "nothing found"
      : [(errors, "error"), (warnings, "warning"), (infos, "info")].filter { $0.0 > 0 }
        .map { Self.counted($0.0, $0.1) }.joined(separator: ", ")
    return "\(found) in \(place)"
  }

  private static func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }
}
