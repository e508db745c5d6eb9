import FoundationEssentials

/// All that a rule may look at. Values, and the time they are judged at.
package struct RuleContext: Sendable {
  package var declaration: ClusterDeclaration
  /// Seconds between refreshes.
  package var interval: Double
  package var report: EngineReport
  /// Those that speak of a recovery now, oldest first.
  package var drills: [DrillRecord]
  /// Also those of moments in the past.
  var allDrills: [DrillRecord]
  package var operation: RunningOperation?
  /// What somebody answered last, who may not any more.
  var lastAnswers = LastAnswers()
  package var window: RecoveryWindow?
  /// A window that makes no sense, and so is none.
  var refusedWindow: RecoveryWindow?
  package var exposure: RPOExposure?
  package var projection: RTOProjection?
  /// What is known of the contents; nil = nobody has read them.
  package var scrub: ScrubStanding?
  /// Of the cluster that this one was recovered from; nil = none, or not in sight.
  var origin: RecoveryOrigin?
  /// Whether the next drill could run; nil = not known.
  package var readiness: DrillReadiness?
  package var now: Date
  /// Seconds between two looks at a part, where its source has a pace of its own.
  package var paces: [ReportPart: Double]

  package init(
    declaration: ClusterDeclaration, interval: Double, report: EngineReport,
    drills: [DrillRecord] = [], operation: RunningOperation? = nil, window: RecoveryWindow? = nil,
    exposure: RPOExposure? = nil, projection: RTOProjection? = nil, now: Date,
    paces: [ReportPart: Double] = [:]
  ) {
    self.declaration = declaration
    self.interval = interval
    self.report = report
    self.drills = drills.ofNow
    allDrills = drills
    self.operation = operation
    self.window = window
    self.exposure = exposure
    self.projection = projection
    self.now = now
    self.paces = paces
  }
}

extension RuleContext {
  /// Clocks that differ by less are taken to agree; seconds.
  package static let clockTolerance = 5.0
  /// From here on no age can be trusted; seconds.
  static let graveClockError = 300.0

  func isStale(_ part: ReportPart) -> Bool {
    report.staleAge(of: part, interval: interval, paces: paces, at: now) != nil
  }

  /// There is a value and it still counts.
  func isFresh(_ part: ReportPart) -> Bool { report.state(of: part).hasValue && !isStale(part) }

  /// Whether the verdict cannot be had without it. A claim stands in for an audit of the archive; what is then said
  /// rests on drills alone.
  func decides(_ part: ReportPart) -> Bool {
    part.decides && !(part == .walArchive && isFresh(.claimedWindow))
      // Nobody archives before the first server runs.
      && !(part == .archive && isBeingMade)
      && !isBesideThePoint(part)
  }

  /// Nobody can tell of it, and nobody is missing: servers, where a store is all there is.
  func isBesideThePoint(_ part: ReportPart) -> Bool {
    report.isStoreAlone && [.instances, .archive].contains(part)
  }

  /// What it was recovered to is still stored, by the cluster that it comes from.
  var isHeldByOrigin: Bool { report.descent != nil && origin?.holds == true }

  func isUnder(_ kinds: ClusterActivity.Kind...) -> Bool {
    report.activities.contains { kinds.contains($0.kind) }
  }

  /// Seconds since then; never negative, whatever the clocks say.
  func age(_ date: Date) -> Double { max(0, now.timeIntervalSince(date)) }

  /// `what`, with the part's source and time.
  func evidence(_ what: String, _ part: ReportPart) -> Evidence {
    let state = report.state(of: part)
    return Evidence(what: what, source: state.source ?? part.words, at: state.at)
  }

  func evidence(_ drill: DrillRecord, _ what: String) -> Evidence {
    Evidence(
      what: what, source: "drill \(Sanitizer.clean(drill.id, limit: 40))", at: drill.finishedAt)
  }

  /// The cluster's name as it may stand in a sentence.
  var name: String { Sanitizer.clean(declaration.name, limit: 80) }

  /// Never what the plan would refuse: what is in its way comes first.
  var backupRemedy: String {
    advice(.backup, "Take a base backup: pgvigil backup \(declaration.typed)")
  }

  /// Where the archive lacks what a recovery needs.
  var newChainRemedy: String {
    advice(
      .backup,
      "Take a base backup, which starts a new chain: pgvigil backup \(declaration.typed)")
  }

  /// A segment that is closed while nothing is archived waits with the others.
  func closeSegment(on primary: Instance? = nil) -> String {
    let place = primary.map { " on \(Sanitizer.clean($0.name, limit: 40))" } ?? ""
    let isArchived = report.archive.value.map { $0.enabled && !$0.failing } ?? true
    return "SELECT pg_switch_wal()\(place)" + (isArchived ? "" : " once archiving works again")
  }

  /// A drill goes to what is archived: before the first segment behind a promotion is, it would prove the past.
  var drillRemedy: String {
    let drill = "Run a verify drill: pgvigil drill \(declaration.typed)"
    // What is in its way is to be waited for in any case, and says itself how.
    guard report.obstacles[.drill] == nil, let primary = primaries.first,
      let own = primary.timeline, isFresh(.walArchive),
      let archived = report.walArchive.value?.segments.last?.segment.timeline, archived < own
    else { return advice(.drill, drill) }
    return closeSegment(on: primary) + ", and when WAL of timeline \(own) is archived: "
      + advice(.drill, drill)
  }

  private func advice(_ kind: OperationKind, _ text: String) -> String {
    guard let obstacle = report.obstacle(to: kind) ?? nothingToDrill(kind) else { return text }
    return obstacle.advice + text.prefix(1).lowercased() + text.dropFirst()
  }

  /// Whatever the engine: without a backup that can be used there is nothing to restore.
  private func nothingToDrill(_ kind: OperationKind) -> PlanObstacle? {
    guard kind == .drill, report.isWithoutBackup else { return nil }
    let first = report.obstacle(to: .backup).map { "\($0.remedy) (\($0.why)), " } ?? ""
    return PlanObstacle(
      why: "there is none that could be restored", remedy: first + "take a base backup")
  }

  var primaries: [Instance] {
    (report.instances.value ?? []).filter(\.isRunningPrimary)
  }

  var standbys: [Instance] {
    (report.instances.value ?? []).filter { $0.role == .standby }
  }

  /// Usable ones: finished, without an error, of the database that runs now.
  var finishedBackups: [Backup] {
    report.backups.value?.usable ?? []
  }

  func segmentName(_ segment: WALSegment) -> String {
    let size = report.walArchive.value?.segmentSize ?? report.archive.value?.segmentSize ?? 16 << 20
    return size > 0 ? segment.name(segmentSize: size) : "\(segment.number)"
  }

  /// As `drills.lastConclusive`; but a drill that was cut short does not take back what one before it showed of the
  /// same backup: that it cannot be recovered.
  var lastTellingDrill: DrillRecord? {
    guard let last = drills.lastConclusive, last.outcome == .failed, last.cause == .interrupted
    else { return drills.lastConclusive }
    let telling = drills.last {
      $0.outcome == .passed || $0.outcome == .failed && $0.cause != .interrupted
    }
    guard let telling, telling.outcome == .failed, telling.backup == last.backup else {
      return last
    }
    return telling
  }

  /// It failed over the archive's listing before anything was restored, and a later listing has what it missed.
  func isOvertaken(_ drill: DrillRecord) -> Bool {
    guard drill.failedIn == .preflight, let listedAt = report.walArchive.at,
      let label = drill.backup
    else { return false }
    return listedAt > drill.finishedAt && window?.basis == .audited
      && window?.restorable.contains(label) == true
  }

  /// The newest drill within the interval that passed, of another backup than the failed one's, which is still there
  /// and has not failed since; nil = nothing else is proven.
  func olderProof(than failed: DrillRecord) -> DrillRecord? {
    let kept = Set(window?.restorable ?? finishedBackups.map(\.id))
      .intersection(finishedBackups.map(\.id))
    return drills.last { drill in
      guard drill.outcome == .passed, let label = drill.backup, label != failed.backup else {
        return false
      }
      let telling = drills.last {
        $0.backup == label
          && ($0.outcome == .passed || $0.outcome == .failed && $0.cause != .interrupted)
      }
      return kept.contains(label) && telling?.id == drill.id
        && declaration.targets.lateness(ofDrillAged: age(drill.finishedAt)) == nil
    }
  }

  /// It is set up or recovered, and no server of it has run yet: there is nothing to lose and nothing to reach.
  var isBeingMade: Bool { isUnder(.setup, .recovery) && primaries.isEmpty }

  var isBackupRunning: Bool {
    operation?.plan.request.kind == .backup || report.backups.value?.running != nil
  }
}
