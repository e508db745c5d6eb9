import FoundationEssentials
import RecoveryModel

/// What only the store tells; nothing of it, where it could not be read.
enum StoreContentRule {
  static let rule = CloudNativePGRule("store", .repository, "store") { facts, _ in
    facts.storeFindings
  }
}

/// The operator promises recovery from before the oldest backup that lies there: its point rests on one that failed or
/// was removed.
enum EarlyClaimRule {
  /// Seconds by which a claim may be older: it is refreshed now and then.
  private static let lag = 7200.0

  static let rule = CloudNativePGRule("cnpg.window.early", .window, "claim too early") {
    facts, now in
    guard case .value(let server, _, let at) = facts.stored, server.backups.value != nil,
      let claim = facts.claim, let first = claim.first
    else { return [] }
    let catalog = server.catalog(now: now)
    guard let oldest = catalog.usable.compactMap(\.finishedAt).min(),
      oldest.timeIntervalSince(first) > lag
    else { return [] }
    return [
      Finding(
        id: "cnpg.window.early", severity: .warning,
        headline: "Recovery is possible from \(Format.timestamp(oldest)) on, not from "
          + "\(Format.timestamp(first)), as \(facts.shown(claim.claimant)) says",
        evidence: [
          facts.evidence("first recoverability point", claim.claimant, at: first),
          facts.evidence("end of the oldest backup that can be used", server.path, at: at),
        ],
        remedy: "Believe the store: the point rests on a backup that failed or is gone.",
        ceiling: .proven)
    ]
  }
}
