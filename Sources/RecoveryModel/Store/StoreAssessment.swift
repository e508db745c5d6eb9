import FoundationEssentials

/// What can be had back of one server from the store alone.
///
/// The rules are those of every cluster, as far as they ask for base backups and WAL and nothing else; the rest is of
/// what only a store has.
package struct StoreAssessment: Sendable, Equatable {
  package var window: RecoveryWindow?
  /// Gravest first.
  package var findings: [Finding]
  package var verdict: Verdict
  /// Where the WAL of the newest restorable backup ends; nil = nothing is restorable.
  package var lastSegment: WALSegment?
  /// For each backup that finished, whether its own WAL is there; absent = not told.
  package var ownWAL: [String: Bool]
  /// For each backup that finished and does not count, why, in a few words.
  package var flaws: [String: String]

  /// Rules that judge what lies in a store. They speak of taking a backup of what runs; here nobody may.
  private static let rules: [Rule] = [
    GapRules.noBaseBackup, UsabilityRules.lacking,
    BackupRules.incompleteWAL, BackupRules.damaged, BackupRules.unverifiable, ChainRules.hole,
    SpoiledRules.segments, SpoiledRules.timeline,
  ]

  package init(_ server: StoredServer, now: Date) {
    let report = server.report(now: now, asOf: now)
    let catalog = report.backups.value
    let archive = report.walArchive.value
    if let catalog, let archive {
      window = ChainAudit.window(
        archive: archive, listedAt: server.wal.at, backups: catalog,
        retention: server.retention(catalog))
    }
    var context = RuleContext(
      declaration: ClusterDeclaration(name: server.name, engine: "store"), interval: 60,
      report: report, window: window, now: now)
    context.exposure = nil
    let told = Self.rules.flatMap { $0.findings(in: context) }.map {
      Self.finding($0, alone: context)
    }
    findings = (told + StoreRules.all.flatMap { $0(server, context) }).worstFirst
    // Nobody has restored from here, so far as the store tells.
    let floor: Verdict = window?.restorable.isEmpty == false ? .likely : .unknown
    verdict = findings.reduce(floor) { $0.worse($1.ceiling) }
    lastSegment = window?.lastSegment
    flaws = [:]
    for (backup, flaw) in catalog?.flawed ?? [] { flaws[backup.id] = flaw.words }
    ownWAL = [:]
    for id in window?.restorable ?? [] { ownWAL[id] = true }
    for id in window?.broken ?? [] { ownWAL[id] = false }
  }

  /// A remedy that asks for a running cluster is none here, and a hole needs somebody whether or not a newer backup has
  /// left it behind: what is in it is gone from the only copy.
  static func finding(_ finding: Finding, alone context: RuleContext) -> Finding {
    guard context.report.isStoreAlone else { return finding }
    var finding = finding
    if finding.remedy.contains(context.drillRemedy) {
      // With a place for drills pgvigil restores it by itself.
      guard context.declaration.drill.place == nil else { return finding }
      finding.remedy =
        "Prove it by hand: restore it with barman-cloud-restore on a host of its own."
    } else if [context.backupRemedy, context.newChainRemedy].contains(where: {
      finding.remedy.contains($0)
    }) {
      finding.remedy = "If the cluster that archives here still runs, take a base backup of it."
    }
    if ["chain.hole", "chain.spoiled"].contains(finding.id) {
      finding.ceiling = finding.ceiling.worse(.atRisk)
      // What is lost is lost against what else lies here, not against now; and its day matters.
      if let reach = context.reach {
        finding.headline = finding.headline.replacing(
          reach.words(now: context.now), with: "only to \(Format.timestamp(reach.until))")
      }
    }
    return finding
  }
}
