import FoundationEssentials
import RecoveryModel
import RecoveryService

/// The answer of `scrub`: what was read now, what has been read in all, and what the cluster's verdict makes of it.
struct ScrubReport: Report {
  let outcome: ScrubOutcome
  /// As it is judged afterwards; nil = nobody could tell.
  let cluster: ClusterSnapshot?
  let name: String
  let now: Date

  /// What a damaged object makes of the cluster.
  private static let rules: Set<String> = [
    "chain.spoiled", "backup.wal-incomplete", "backup.damaged", "scrub.damaged",
  ]

  var status: ExitStatus {
    if !outcome.faults.isEmpty || outcome.ending == .cancelled { return .bad }
    return outcome.unread.isEmpty ? .good : .undecided
  }

  private var findings: [Finding] {
    (cluster?.findings ?? []).filter { Self.rules.contains($0.id) }
  }

  func text(_ style: TextStyle) -> String {
    var lines = [
      TextLayout.wrapped(
        Sanitizer.clean("\(name): \(outcome.words)"), first: "", rest: "  ")
    ]
    let text = FindingText(style: style)
    lines += outcome.faults.map { text.line("  damaged", "\($0.object): \($0.what)") }
    lines += outcome.unread.map {
      text.line(
        "  not read", "\(Self.objects($0.objects)), \(Format.bytes($0.bytes)): \($0.reason)")
    }
    if let scrub = cluster?.scrub {
      lines.append(text.line("  in all", "contents read: \(scrub.words(now: now))"))
    }
    if let cluster, !findings.isEmpty {
      lines.append(text.line("  verdict", cluster.verdict.rawValue))
      lines += text.lines(findings)
    }
    return lines.joined(separator: "\n")
  }

  private static func objects(_ count: Int) -> String {
    count == 1 ? "1 object" : "\(count) objects"
  }

  private struct Document: Encodable {
    var schemaVersion = CommandLineUI.schemaVersion
    var cluster: String
    /// `done`, `daily_limit` or `cancelled`.
    var ending: ScrubOutcome.Ending
    var objects: Int
    var bytes: Int64
    var seconds: Double
    var damaged: [ScrubFault]
    var unread: [ScrubRecord.Unread]
    var contents: ContentFigures?
    var verdict: String?
    var findings: [FindingStatus]
  }

  func encode(to encoder: any Encoder) throws {
    try Document(
      cluster: name, ending: outcome.ending, objects: outcome.objects, bytes: outcome.bytes,
      seconds: outcome.seconds, damaged: outcome.faults, unread: outcome.unread,
      contents: cluster?.scrub.map(ContentFigures.init), verdict: cluster?.verdict.rawValue,
      findings: findings.map(FindingStatus.init)
    ).encode(to: encoder)
  }
}
