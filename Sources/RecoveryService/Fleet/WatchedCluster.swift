import FoundationEssentials
import RecoveryModel

/// A cluster with all that it takes to watch it and to act on it.
public struct WatchedCluster: Sendable {
  public var declaration: ClusterDeclaration
  public var engineTitle: String
  public var engine: any BackupEngine
  public var ledger: any DrillLedger

  public init(
    declaration: ClusterDeclaration, engineTitle: String, engine: any BackupEngine,
    ledger: any DrillLedger
  ) {
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

  let watched: WatchedCluster
  var report = EngineReport()
  var clock = WALClock()
  var ledger = LedgerState()
  var sources: [SourceState]
  var operation: ActiveOperation?
  var outcomes: [OperationOutcome] = []
  var assessed: ClusterSnapshot

  var name: String { watched.declaration.name }

  /// Seconds between two looks at each part.
  func paces(interval: Double) -> [ReportPart: Double] {
    var paces: [ReportPart: Double] = [:]
    for source in sources {
      for part in source.parts { paces[part] = source.realPace(interval: interval) }
    }
    return paces
  }

  /// Some part has never been told, or was told longer ago than twice its pace: too old to act on.
  func isTooOldToActOn(interval: Double, now: Date) -> Bool {
    sources.contains { source in
      guard let answeredAt = source.answeredAt else { return true }
      let age = now.timeIntervalSince(answeredAt)
      return age > 2 * source.realPace(interval: interval) || age < 0
    }
  }

  mutating func remember(_ outcome: OperationOutcome) {
    outcomes = Array((outcomes + [outcome]).suffix(Self.outcomesKept))
  }
}

/// The last that was read of a ledger, and what stood in the way of reading it again.
struct LedgerState {
  var drills: [DrillRecord] = []
  var notices: [String] = []
  var failure: RecoveryError?
  var checkedAt: Date?
  var reading = false
  var readAgain = false

  /// What the ledger's own state allows to be said about the cluster.
  func findings(path: String) -> [Finding] {
    if let failure {
      return [
        Finding(
          id: "ledger-unreadable", severity: .warning, headline: "the drill ledger cannot be read",
          evidence: [Evidence(what: failure.message, source: path, at: checkedAt)],
          remedy: "make \(path) readable and writable for this account",
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

/// One source's schedule. It is never asked twice at a time.
struct SourceState {
  let source: ObservationSource
  var inFlight = false
  /// What it says now may be older than the last operation: ask once more as soon as it has answered.
  var askAgain = false
  var askedAt: Date?
  var answeredAt: Date?
  /// How long its last answer took, in seconds.
  var took = 0.0
  /// The parts it has ever spoken for.
  var parts: Set<ReportPart> = []

  /// Seconds between two questions.
  func pace(interval: Double, during operation: Bool) -> Double {
    switch source.pace {
    case .live: interval
    case .slow(let seconds), .attended(let seconds):
      operation ? min(seconds, max(interval, 10)) : max(interval, seconds)
    }
  }

  /// Timers wake a little early or late: a tenth of an interval is no reason to wait for the next one.
  func isDue(at now: Date, interval: Double, during operation: Bool) -> Bool {
    guard let askedAt else { return true }
    let elapsed = now.timeIntervalSince(askedAt)
    let wait = pace(interval: interval, during: operation) - interval / 10
    // A clock that was set back must not stop the questions.
    return elapsed >= wait || elapsed < 0
  }

  /// Seconds between two answers, as they really come: its pace, or the time it takes to answer where that is
  /// longer.
  func realPace(interval: Double) -> Double {
    max(pace(interval: interval, during: false), took)
  }
}
