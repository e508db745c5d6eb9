/// A recovery that is under way.
package struct RecoveryFigures: Codable, Sendable, Equatable {
  package var place: String
  /// `scheduled`, `working`, `restoring`, `replaying`, `promoting`, `handing_over` or `starting`.
  package var stage: String
  package var backup: String?
  package var target: String
  package var since: String?
  package var observedAt: String
  /// Of the stage, 0...1.
  package var fraction: Double?
  package var doneBytes: Int64?
  package var totalBytes: Int64?
  package var bytesPerSecond: Double?
  package var replayedTo: String?
  package var remainingSeconds: Double?
  package var remainingLowSeconds: Double?
  package var remainingHighSeconds: Double?
  /// For how long it has stood still; absent = it gets on, or nobody can tell.
  package var stillSeconds: Double?
  package var triesFailed: Int?
  package var triesMost: Int?
  package var nextTryAt: String?
  /// What it did last, in its own words.
  package var doing: String?
  /// What it does not get past; absent = nothing that is seen.
  package var obstacle: String?
  /// Its target lies beyond the end of the archive; absent = it does not, or nobody can tell.
  package var beyondEnd: Bool?

  enum CodingKeys: String, CodingKey {
    case place, stage, backup, target, since, fraction, doing, obstacle
    case beyondEnd = "beyond_end"
    case stillSeconds = "still_seconds"
    case triesFailed = "tries_failed"
    case triesMost = "tries_most"
    case nextTryAt = "next_try_at"
    case observedAt = "observed_at"
    case doneBytes = "done_bytes"
    case totalBytes = "total_bytes"
    case bytesPerSecond = "bytes_per_second"
    case replayedTo = "replayed_to"
    case remainingSeconds = "remaining_seconds"
    case remainingLowSeconds = "remaining_low_seconds"
    case remainingHighSeconds = "remaining_high_seconds"
  }

  init(_ forecast: RecoveryForecast) {
    let recovery = forecast.recovery
    place = Sanitizer.clean(recovery.place)
    stage = recovery.stage.rawValue
    backup = recovery.label.map { Sanitizer.clean($0) }
    target = Sanitizer.clean(recovery.aim.words)
    since = recovery.since.map(Format.timestamp)
    observedAt = Format.timestamp(recovery.observedAt)
    fraction = forecast.fraction.flatMap(finite)
    doneBytes = forecast.done
    totalBytes = forecast.total
    bytesPerSecond = forecast.rate.flatMap(finite)
    replayedTo = recovery.replayedTo.map { "\($0)" }
    remainingSeconds = (forecast.remaining?.expected).flatMap(finite)
    remainingLowSeconds = (forecast.remaining?.low).flatMap(finite)
    remainingHighSeconds = (forecast.remaining?.high).flatMap(finite)
    stillSeconds = forecast.still.flatMap(finite)
    (triesFailed, triesMost) = (recovery.tries?.failed, recovery.tries?.most)
    nextTryAt = recovery.tries?.next.map(Format.timestamp)
    doing = recovery.doing.isEmpty ? nil : Sanitizer.clean(recovery.doing)
    obstacle = recovery.obstacle.map { Sanitizer.clean("\($0.words): \($0.cause)", limit: 400) }
    beyondEnd = recovery.isBeyondEnd ? true : nil
  }
}

/// A recovery that stays.
package struct KeptFigures: Codable, Sendable, Equatable {
  package var id: String
  package var place: String
  package var moment: String
  package var since: String
  package var by: String
  package var connect: String
  package var unfinished: Bool
  package var running: Bool?
  package var start: String?

  package init(_ kept: KeptRecovery) {
    id = Sanitizer.clean(kept.id)
    place = Sanitizer.clean(kept.place)
    moment = Sanitizer.clean(kept.moment)
    since = Format.timestamp(kept.since)
    by = Sanitizer.clean(kept.by)
    connect = Sanitizer.clean(kept.connect, limit: 400)
    unfinished = kept.isUnfinished
    running = kept.isRunning
    start = kept.start.map { Sanitizer.clean($0, limit: 600) }
  }
}
