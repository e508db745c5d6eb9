import FoundationEssentials

package enum ProjectionBasis: String, Sendable, Codable { case measured, assumed }

/// How long a restore would take now, and why we think so. Seconds.
package struct RTOProjection: Sendable, Equatable {
  package var total: Estimate
  package var restore: Double
  package var replay: Double
  package var start: Double
  /// What the engine costs whatever the size: pods, jobs, an operator's own steps; 0 = nothing of note.
  package var fixed: Double
  /// Standard deviation of what replay took over what it was to take, as a share; nil = nobody has measured it.
  package var replaySpread: Double?
  package var basis: ProjectionBasis
  /// Drills that the rates come from, and the newest of them.
  package var drills: Int
  package var lastDrillAt: Date?
  /// Measured over predicted of the newest drill that stored a prediction, minus 1 (0.2 = took 20 % longer).
  package var lastError: Double?
  /// The load that it was computed for.
  package var restoreBytes: Int64
  package var load: ReplayLoad
  /// What it will be just before the next base backup, and under a weekly schedule; nil = WAL rate unknown.
  package var beforeNextBackup: Double?
  package var underWeeklySchedule: Double?
  /// What would shorten it, each a line.
  package var advice: [String]

  package init(
    total: Estimate, restore: Double, replay: Double, start: Double, fixed: Double = 0,
    replaySpread: Double? = nil, basis: ProjectionBasis,
    drills: Int, lastDrillAt: Date? = nil, lastError: Double? = nil, restoreBytes: Int64,
    load: ReplayLoad, beforeNextBackup: Double? = nil, underWeeklySchedule: Double? = nil,
    advice: [String] = []
  ) {
    self.total = total
    self.restore = restore
    self.replay = replay
    self.start = start
    self.fixed = fixed
    self.replaySpread = replaySpread
    self.basis = basis
    self.drills = drills
    self.lastDrillAt = lastDrillAt
    self.lastError = lastError
    self.restoreBytes = restoreBytes
    self.load = load
    self.beforeNextBackup = beforeNextBackup
    self.underWeeklySchedule = underWeeklySchedule
    self.advice = advice
  }

  /// `measured, 3 drills`.
  package var basisWords: String {
    basis == .measured ? "measured, \(drills) drill\(drills == 1 ? "" : "s")" : "assumed"
  }
}

/// What would be lost now. Zero is a claim and needs evidence; nil = unknown.
package struct RPOExposure: Sendable, Equatable {
  package var bytes: Int64?
  package var seconds: Double?
  package var segments: Int?
  /// Seconds are an upper bound (this console has not watched long enough to know better).
  package var isUpperBound: Bool
  /// So old is what would be lost at least, where `seconds` is a bound; nil = nothing tells.
  package var leastSeconds: Double?

  package init(
    bytes: Int64?, seconds: Double?, segments: Int?, isUpperBound: Bool = false,
    leastSeconds: Double? = nil
  ) {
    self.bytes = bytes
    self.seconds = seconds
    self.segments = segments
    self.isUpperBound = isUpperBound
    self.leastSeconds = leastSeconds
  }

  /// As it may be by now, so many seconds after it was seen; as it is where somebody has looked within the time that lies
  /// between two looks anyway.
  func grown(by age: Double, pace: Double) -> RPOExposure {
    guard age > Freshness.patience(pace: pace) / 2, let seconds else { return self }
    return bounded(by: max(seconds, age))
  }

  /// Of a server that stopped so many seconds after it was asked: nothing comes to it any more, and what it wrote last
  /// nobody has seen. `bound` is what the archive by itself has to say.
  func stopped(_ age: Double, bound: RPOExposure?) -> RPOExposure {
    let seen = seconds.map { max($0, age) }
    return bounded(by: [seen, bound?.seconds].compactMap { $0 }.min())
  }

  /// How much it was says nothing any more; so old as it was for certain it still is.
  private func bounded(by seconds: Double?) -> RPOExposure {
    RPOExposure(
      bytes: nil, seconds: seconds, segments: nil, isUpperBound: true,
      leastSeconds: certainSeconds > 0 ? certainSeconds : nil)
  }

  /// Lists of running transactions, some 100 bytes each, for which no segment is closed; a page of them is many.
  static let idleBytes: Int64 = 8192

  /// Seconds of it that are lost for certain.
  var certainSeconds: Double { (isUpperBound ? leastSeconds : seconds) ?? 0 }

  /// No more lies there than a server writes that nobody uses.
  var isIdle: Bool { bytes.map { $0 <= Self.idleBytes } ?? false }
}

/// From the first to the last moment that can be restored, with what is missing between.
package struct RecoveryWindow: Sendable, Equatable {
  /// What a window rests on; the screen says which.
  package enum Basis: String, Sendable, Equatable {
    /// Every segment of the archive was looked at.
    case audited
    /// The engine says so, and nobody looked.
    case claimed
  }

  package var first: Date?
  package var last: Date?
  /// Moments before `first` that can be restored and none beside them: ends of backups whose WAL is kept no further, on
  /// purpose.
  package var points: [Date] = []
  /// The end of the unbroken chain after the newest restorable backup.
  package var lastSegment: WALSegment?
  package var holes: [WALHole]
  /// Labels of backups whose own WAL is complete, oldest first.
  package var restorable: [String]
  /// Labels of backups whose own WAL (start…stop) is missing a segment.
  package var broken: [String]
  /// Labels of backups that have only just ended: the end of their WAL may still come.
  package var unjudged: [String] = []
  package var basis: Basis

  package init(
    first: Date? = nil, last: Date? = nil, lastSegment: WALSegment? = nil, holes: [WALHole] = [],
    restorable: [String] = [], broken: [String] = [], basis: Basis = .audited
  ) {
    self.first = first
    self.last = last
    self.lastSegment = lastSegment
    self.holes = holes
    self.restorable = restorable
    self.broken = broken
    self.basis = basis
  }
}

/// What an engine says can be restored (`ObjectStore.status.serverRecoveryWindow`): a claim, not an audit.
package struct ClaimedWindow: Sendable, Equatable {
  /// The first recoverability point: the end of the oldest base backup that is kept.
  package var first: Date?
  package var lastBackupAt: Date?
  /// Where the claim stands, as `ObjectStore minio-store, server pg-main`.
  package var claimant: String

  package init(first: Date?, lastBackupAt: Date?, claimant: String) {
    self.first = first
    self.lastBackupAt = lastBackupAt
    self.claimant = claimant
  }
}

extension RecoveryWindow {
  /// What follows from a claim, the good backups of the catalog and what the server says it archived; nil without a
  /// claim.
  package static func claimed(_ report: EngineReport) -> RecoveryWindow? {
    guard let claim = report.claimedWindow.value, let catalog = report.backups.value else {
      return nil
    }
    let good = catalog.usable
    let archived = report.archive.value.flatMap { $0.enabled ? $0.newestSegmentAt : nil }
    let ends = [archived, catalog.lastGood?.finishedAt].compactMap { $0 }
    // A claim does not tell a backup of this database from one of another.
    let oldest = good.compactMap(\.finishedAt).min()
    let first = catalog.flawed.isEmpty ? claim.first ?? oldest : oldest
    return RecoveryWindow(
      first: good.isEmpty ? nil : first, last: good.isEmpty ? nil : ends.max(),
      restorable: good.map(\.id), basis: .claimed)
  }

  /// A window that ends before it begins, or that reaches into the future by more than clocks may differ, says nothing.
  func makesSense(at now: Date) -> Bool {
    if let first, let last, first.timeIntervalSince(last) > RuleContext.clockTolerance {
      return false
    }
    return [first, last].compactMap { $0 }.allSatisfy {
      $0.timeIntervalSince(now) <= RuleContext.graveClockError
    }
  }
}
