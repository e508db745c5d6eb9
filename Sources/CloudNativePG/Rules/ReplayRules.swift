import FoundationEssentials
import Kubernetes
import RecoveryModel

/// A recovery that nobody gave a target ends at the first segment that it does not find, be it the archive's end, a hole
/// or a hiccup of the store; the operator calls each of them healthy.
enum ShortReplayRule {
  static let rule = CloudNativePGRule("cnpg.recovery.short", .recovery, "short replay") {
    facts, now in
    guard let ending = facts.logReasons.ending, isOfThisCluster(ending, facts) else { return [] }
    if let short = facts.shortfall, short.pod == ending.pod {
      return [missing(short, ending, facts)]
    }
    guard facts.bootstrap == nil, facts.cluster.spec.bootstrap?.recovery != nil,
      facts.cluster.spec.bootstrap?.recovery?.recoveryTarget?.stops != true, !facts.isReplayWhole
    else { return [] }
    return [unproven(ending, facts)]
  }

  /// A Cluster of the same name may have been there before.
  private static func isOfThisCluster(
    _ ending: RecoveryEnding, _ facts: CloudNativePGFacts
  ) -> Bool {
    guard let ended = ending.endedAt,
      let created = facts.cluster.metadata.creationTimestamp?.date
    else { return true }
    return ended >= created.addingTimeInterval(-60)
  }

  private static func missing(
    _ short: RecoveryShortfall, _ ending: RecoveryEnding, _ facts: CloudNativePGFacts
  ) -> Finding {
    let by = Format.timestamp(short.mark.at)
    return Finding(
      id: "cnpg.recovery.short", severity: .critical,
      headline: "Recovered short: replay ended \(end(ending))"
        + (ending.missing.map { " for want of segment \(word($0))" } ?? "")
        + ", but \(word(short.origin)) had archived up to \(short.mark.segment) by \(by): what was "
        + "written in between is not in this cluster, although it looks healthy",
      evidence: evidence(ending, facts) + [
        facts.evidence(
          "last archived: \(short.mark.segment)", "/pg/status of \(short.origin)",
          at: short.mark.at)
      ],
      remedy: "Do not go on with it as if it were whole. Look for the segment in "
        + "\(word(facts.bootstrapOrigin ?? "the archive")); when it is there, recover anew with a "
        + "recoveryTarget (targetLSN or targetTime), so that PostgreSQL ends with an error where it "
        + "cannot go on. When it is lost, what comes after it is lost too.",
      ceiling: .atRisk)
  }

  /// Nobody in sight can tell how far the archive went.
  private static func unproven(_ ending: RecoveryEnding, _ facts: CloudNativePGFacts) -> Finding {
    Finding(
      id: "cnpg.recovery.end", severity: .info,
      headline: "Recovered without a target: replay ended \(end(ending)), where the archive had no "
        + "segment \(word(ending.missing ?? "to follow")); whether that was its end, nobody in sight can say",
      evidence: evidence(ending, facts),
      remedy: "Look whether \(word(facts.bootstrapOrigin ?? "the archive")) has later segments, or "
        + "whether the newest rows are there; a recoveryTarget makes PostgreSQL end with an error where "
        + "it cannot go on.",
      ceiling: .proven, words: "end unproven")
  }

  private static func end(_ ending: RecoveryEnding) -> String {
    let at = ending.redoDoneAt.map { "at \(word($0))" } ?? "early"
    guard let last = ending.lastTransaction else { return at }
    return "\(at) (last transaction \(word(String(last.prefix(19)))))"
  }

  private static func evidence(
    _ ending: RecoveryEnding, _ facts: CloudNativePGFacts
  ) -> [Evidence] {
    let told = [
      ending.redoDoneAt.map { "redo done at \($0)" },
      ending.lastSegment.map { "last segment restored: \($0)" },
      ending.missing.map { "not in the archive: \($0)" },
      ending.lastTransaction.map { "last completed transaction was at log time \($0)" },
    ].compactMap { $0 }
    return [
      facts.evidence(told.joined(separator: "; "), "log of \(ending.pod)", at: ending.endedAt)
    ]
  }

  private static func word(_ text: String) -> String { Sanitizer.clean(text, limit: 120) }
}
