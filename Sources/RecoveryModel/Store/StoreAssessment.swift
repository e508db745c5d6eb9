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
    let report = Self.report(of: server, now: now)
    let catalog = report.backups.value
    let archive = report.walArchive.value
    if let catalog, let archive {
      window = ChainAudit.window(
        archive: archive, listedAt: server.wal.at, backups: catalog,
        retention: Self.retention(server, catalog))
    }
    var context = RuleContext(
      declaration: ClusterDeclaration(name: server.name, engine: "store"), interval: 60,
      report: report, window: window, now: now)
    context.exposure = nil
    let told = Self.rules.flatMap { $0.findings(in: context) }.map {
      Self.aloneFinding($0, context)
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

  /// As an engine would report it, all of it of now: a look is one, however long it took. A catalog of which something
  /// could not be read says nothing where the rest of it is of no use.
  private static func report(of server: StoredServer, now: Date) -> EngineReport {
    var report = EngineReport()
    switch server.backups {
    case .value(let stored, let source, _):
      let catalog = catalog(of: stored, now: now)
      let unread = server.remains.first { $0.reason != nil }
      if let unread, catalog.usable.isEmpty {
        report.backups = .unavailable(
          Unavailable(
            part: "backups", reason: "\(unread.id): \(unread.reason ?? "")", remedy: ""), at: now)
      } else {
        report.backups = .value(catalog, source: source, at: now)
      }
    case .unavailable(let failure, let at): report.backups = .unavailable(failure, at: at)
    case .pending: break
    }
    switch server.wal {
    case .value(let wal, let source, _):
      let newest = report.backups.value?.lastGood?.timeline
      report.walArchive = .value(wal.reachable(from: newest), source: source, at: now)
    case .unavailable(let failure, let at): report.walArchive = .unavailable(failure, at: at)
    case .pending: break
    }
    return report
  }

  /// Seconds after which a backup that has only begun is taken to have ended.
  private static let longestBackup = 86_400.0

  private static func catalog(of stored: [StoredBackup], now: Date) -> BackupCatalog {
    var catalog = BackupCatalog(backups: [])
    for entry in stored {
      var backup = entry.backup
      let age = now.timeIntervalSince(backup.startedAt)
      if entry.status == "STARTED", age > longestBackup {
        backup.error = "it began \(Format.age(age)) ago and never ended"
        backup.leftNothing = true
      }
      catalog.backups.append(backup)
    }
    // Nobody runs here: what the newest good one was taken of is what is wanted back.
    let good = catalog.backups.last { $0.finishedAt != nil && $0.error == nil }
    catalog.current.systemIdentifier = good?.identity.systemIdentifier
    catalog.current.majorVersion = good?.identity.majorVersion
    return catalog
  }

  /// WAL between backups that are kept for their own sake is deleted on purpose.
  private static func retention(
    _ server: StoredServer, _ catalog: BackupCatalog
  ) -> WALRetention? {
    let standalone = Set((server.backups.value ?? []).filter(\.isStandalone).map(\.backup.id))
    let usable = catalog.usable
    let first = usable.firstIndex { !standalone.contains($0.id) }
    guard let first, first > 0 else { return nil }
    return WALRetention(backups: usable.count - first, text: "keep:standalone")
  }

  /// A remedy that asks for a running cluster is none here, and a hole needs somebody whether or not a newer backup has
  /// left it behind: what is in it is gone from the only copy.
  private static func aloneFinding(_ finding: Finding, _ context: RuleContext) -> Finding {
    var finding = finding
    if finding.remedy.contains(context.backupRemedy) || finding.remedy.contains(context.drillRemedy)
    {
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

extension StoredWAL {
  /// Timelines that no history file leads to and that this backup is older than: a restore does not go there.
  func unled(from timeline: UInt32?) -> [UInt32] {
    guard let timeline else { return [] }
    let led = Set(histories)
    return timelines.map(\.timeline).filter { $0 > timeline && !led.contains($0) }
  }

  /// The archive as a restore from a backup of this timeline sees it.
  func reachable(from timeline: UInt32?) -> WALArchive {
    let unled = Set(unled(from: timeline))
    guard !unled.isEmpty else { return archive }
    var archive = archive
    archive.segments.removeAll { unled.contains($0.segment.timeline) }
    return archive
  }
}
