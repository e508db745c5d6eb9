import FoundationEssentials

/// How far a recovery is and how long it still takes, from what it did so far and from what drills of this cluster took.
package struct RecoveryForecast: Sendable, Equatable {
  package var recovery: RecoveryUnderWay
  /// Of the stage, 0...1; nil = what there is to do is not known.
  package var fraction: Double?
  /// Bytes done and to be done in this stage.
  package var done: Int64?
  package var total: Int64?
  /// Bytes a second in this stage; nil = too early to tell.
  package var rate: Double?
  /// Seconds until it takes connections, from when it was looked at; nil = nothing tells.
  package var remaining: Estimate?

  /// Below this share of a stage its own pace says less than the drills' does.
  private static let telling = 0.05

  /// `projection` is of a recovery to now: it stands in for what has not been seen yet.
  package init(
    _ recovery: RecoveryUnderWay, backup: Backup?, archive: WALArchive?, projection: RTOProjection?
  ) {
    self.recovery = recovery
    let elapsed = recovery.since.map { max(0, recovery.observedAt.timeIntervalSince($0)) }
    switch recovery.stage {
    case .restoring:
      done = recovery.restoredBytes
      total = backup?.databaseBytes
    case .replaying:
      let end = Self.end(of: recovery, backup, archive)
      if let from = recovery.replayedFrom, let to = recovery.replayedTo, let end, end > from {
        total = end.bytes(since: from)
        done = max(0, min(to.bytes(since: from), total ?? 0))
      }
    }
    if let done, let total, total > 0 { fraction = min(1, Double(done) / Double(total)) }
    if let done, done > 0, let elapsed, elapsed >= 1 { rate = Double(done) / elapsed }
    remaining = estimate(elapsed: elapsed, projection)
  }

  private func estimate(elapsed: Double?, _ projection: RTOProjection?) -> Estimate? {
    var stage: Double?
    if let fraction, fraction >= Self.telling, let rate, rate > 0, let done, let total {
      stage = Double(max(0, total - done)) / rate
    } else if let projection {
      let whole = recovery.stage == .restoring ? projection.restore : projection.replay
      stage = max(0, whole - (elapsed ?? 0))
    }
    guard var seconds = stage else { return nil }
    // What comes after this stage is known from drills alone.
    if recovery.stage == .restoring { seconds += projection?.replay ?? 0 }
    seconds += projection?.start ?? 0
    return Self.range(around: seconds, fraction: fraction ?? 0, projection)
  }

  /// As wide as the projection's own, and narrower the more is done.
  private static func range(
    around seconds: Double, fraction: Double, _ projection: RTOProjection?
  ) -> Estimate {
    var (low, high) = (0.6, 1.8)
    if let total = projection?.total, total.expected > 0 {
      low = total.low / total.expected
      high = total.high / total.expected
    }
    let open = 1 - fraction * 0.7
    return Estimate(
      expected: seconds, low: seconds * (1 - (1 - min(low, 1)) * open),
      high: seconds * (1 + (max(high, 1) - 1) * open))
  }

  /// Where replay ends; nil = not known.
  private static func end(
    of recovery: RecoveryUnderWay, _ backup: Backup?, _ archive: WALArchive?
  ) -> LSN? {
    switch recovery.aim {
    case .lsn(let lsn): return lsn
    case .immediate: return backup?.stopLSN
    case .latest, .named:
      return archive.flatMap { end(of: $0.segments.last, $0) }
    case .time(let date):
      guard let archive else { return nil }
      let reached = archive.segments.first { $0.archivedAt.map { $0 >= date } ?? false }
      return end(of: reached ?? archive.segments.last, archive)
    }
  }

  private static func end(of stored: ArchivedSegment?, _ archive: WALArchive) -> LSN? {
    stored?.segment.end(segmentSize: archive.segmentSize)
  }
}

extension RecoveryForecast {
  /// `62 %, about 14m left`, as much of it as is known; empty = nothing.
  package var brief: String {
    [
      fraction.map { Format.percent($0) },
      remaining.map { "about \(Format.duration($0.expected)) left" },
    ].compactMap { $0 }.joined(separator: ", ")
  }

  /// One sentence: how far it is and how long it takes, which a narrow place still shows, then what it does.
  package var sentence: String {
    let place = Sanitizer.clean(recovery.place, limit: 120)
    let label = recovery.label.map { "backup \(Sanitizer.clean($0, limit: 60)) " } ?? ""
    let range = remaining.map {
      " (\(Format.duration($0.low)) to \(Format.duration($0.high)))"
    }
    let head = brief.isEmpty ? "" : brief + (range ?? "") + ": "
    var parts: [String]
    switch recovery.stage {
    case .restoring: parts = ["\(label)is being restored into \(place)"]
    case .replaying:
      let at = recovery.replayedTo.map { ", at \($0)" } ?? ""
      parts = ["\(place) replays WAL to \(Sanitizer.clean(recovery.aim.words, limit: 80))\(at)"]
    }
    if let done {
      parts.append(Format.bytes(done) + (total.map { " of \(Format.bytes($0))" } ?? " so far"))
    }
    if let rate { parts.append("\(Format.bytes(Int64(rate)))/s") }
    return head + parts.joined(separator: ", ")
  }
}

extension ClusterSnapshot {
  /// The recoveries of this cluster that somebody runs on this host, with what is known of their end.
  package var recoveries: [RecoveryForecast] {
    report.recoveries.map { recovery in
      let catalog = report.backups.value
      let backup =
        recovery.label.flatMap { label in catalog?.backups.first { $0.id == label } }
        ?? (recovery.label == nil ? lastGoodBackup : nil)
      return RecoveryForecast(
        recovery, backup: backup, archive: report.walArchive.value, projection: projection)
    }
  }
}
