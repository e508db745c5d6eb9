import FoundationEssentials
import RecoveryModel

/// A cluster with all that it takes to watch it and to act on it.
package struct WatchedCluster: Sendable {
  package var declaration: ClusterDeclaration
  package var engineTitle: String
  package var engine: any BackupEngine
  package var ledger: any DrillLedger
  /// What was read of its contents; nil = nobody keeps that.
  package var scrubs: (any ScrubLedger)?
  /// What is kept of it between looks; nil = nobody keeps that.
  package var notes: NotesFile?

  package init(
    declaration: ClusterDeclaration, engineTitle: String, engine: any BackupEngine,
    ledger: any DrillLedger, scrubs: (any ScrubLedger)? = nil, notes: NotesFile? = nil
  ) {
    self.scrubs = scrubs
    self.notes = notes
    self.declaration = declaration
    self.engineTitle = engineTitle
    self.engine = engine
    self.ledger = ledger
  }
}

/// What the fleet service knows of one cluster between two looks.
struct ClusterState {
  /// Outcomes kept for the screen.
  static let outcomesKept = 20

  var watched: WatchedCluster
  /// Tells this state from an earlier cluster's of the same name.
  let epoch: Int
  /// Boxed, as is `assessed`: a table of a big fleet's states has room for twice as many.
  @Boxed var report: EngineReport
  var clock = WALClock()
  var ledger = LedgerState()
  var keeping = NoteKeeping()
  var followed = FollowedRecoveries()
  /// What was last found in the WAL: it dates the moments before those acts.
  var search: ActSearch?
  var sources: [SourceState]
  var operation: ActiveOperation?
  var outcomes: [OperationOutcome] = []
  @Boxed var assessed: ClusterSnapshot
  var assessedAt: Date
  /// Ends the engine's own news; nil = nobody listens.
  var endListening: (@Sendable () -> Void)?

  init(
    watched: WatchedCluster, epoch: Int, interval: Double, now: Date, assess: Assess
  ) {
    self.watched = watched
    self.epoch = epoch
    var report = EngineReport()
    report.backupKinds = watched.engine.backupKinds
    _report = Boxed(wrappedValue: report)
    sources = watched.engine.sources.map { SourceState(source: $0) }
    assessedAt = now
    let assessed = assess(
      AssessmentInput(
        declaration: watched.declaration, engineTitle: watched.engineTitle, interval: interval,
        report: report, drills: [], operation: nil, outcomes: [], clock: WALClock(), now: now,
        paces: [:], previous: nil))
    _assessed = Boxed(wrappedValue: assessed)
  }

  var name: String { watched.declaration.name }

  /// Some source has been asked before.
  var wasAsked: Bool { sources.contains { $0.askedAt != nil } }

  /// Some source was asked since then and has not answered.
  func isAsked(since time: Date) -> Bool {
    sources.contains { source in source.inFlight && source.askedAt.map { $0 >= time } == true }
  }

  /// Seconds between two looks at each part.
  func paces(interval: Double, looking: Looking) -> [ReportPart: Double] {
    var paces: [ReportPart: Double] = [:]
    for source in sources {
      let pace = source.realPace(interval: interval, looking: looking)
      for part in source.parts { paces[part] = pace }
    }
    return paces
  }

  /// When it is to be judged anew although nothing was told: after a minute, or as soon as a part gets older than
  /// three of its paces.
  func judgement(interval: Double, looking: Looking) -> Date {
    var next = assessedAt + max(interval, FleetService.unattendedPace)
    let paces = paces(interval: interval, looking: looking)
    for part in paces.keys {
      guard let end = report.goodUntil(part, interval: interval, paces: paces) else { continue }
      // A little more, so that it is past then.
      let stale = end + 0.01
      if stale > assessedAt { next = min(next, stale) }
    }
    return next
  }

  /// Some part has never been told, or was told longer ago than twice its pace: too old to act on.
  func isTooOldToActOn(interval: Double, now: Date) -> Bool {
    sources.contains { source in
      guard let answeredAt = source.answeredAt else { return true }
      let age = now.timeIntervalSince(answeredAt)
      let pace = max(source.pace(interval: interval, looking: .attended), source.took)
      return age > 2 * pace || age < 0
    }
  }

  mutating func remember(_ outcome: OperationOutcome) {
    outcomes = Array((outcomes + [outcome]).suffix(Self.outcomesKept))
  }

  mutating func stopListening() {
    endListening?()
    endListening = nil
  }
}

/// The last that was read of a ledger, and what stood in the way of reading it again.
struct LedgerState {
  var drills: [DrillRecord] = []
  var scrubs = ScrubHistory()
  var notes = ClusterNotes()
  var notices: [String] = []
  var failure: RecoveryError?
  var checkedAt: Date?
  var askedAt: Date?
  var reading = false
  var readAgain = false

  func dueAt(pace: Double) -> Date { askedAt.map { $0 + pace } ?? .distantPast }

  func isDue(at now: Date, pace: Double) -> Bool {
    guard let askedAt, !reading else { return !reading }
    return now < askedAt || dueAt(pace: pace) <= now
  }

  /// What the ledger's own state allows to be said about the cluster.
  func findings(path: String) -> [Finding] {
    if let failure {
      return [
        Finding(
          id: "ledger-unreadable", severity: .warning, headline: "the drill ledger cannot be read",
          evidence: [Evidence(what: failure.message, source: path, at: checkedAt)],
          remedy: failure.remedy.isEmpty
            ? "make \(path) readable and writable for this account" : failure.remedy,
          // A failed drill may stand in it.
          ceiling: .unknown)
      ]
    }
    guard let first = notices.first else { return [] }
    let more = notices.count > 1 ? " and \(notices.count - 1) more" : ""
    return [
      Finding(
        id: "ledger-skipped", severity: .info, headline: "lines of the drill ledger were skipped",
        evidence: [Evidence(what: first + more, source: path, at: checkedAt)],
        remedy: "nothing is lost: they stay in the file", ceiling: .proven)
    ]
  }
}
