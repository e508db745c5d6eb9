import FoundationEssentials

package struct ArchiveFigures: Codable, Sendable, Equatable {
  package var lastArchivedWAL: String?
  package var lastArchivedAt: String?
  package var waitingSegments: Int?
  package var failing: Bool

  enum CodingKeys: String, CodingKey {
    case lastArchivedWAL = "last_archived_wal"
    case lastArchivedAt = "last_archived_at"
    case waitingSegments = "waiting_segments"
    case failing
  }

  init(_ status: ArchiveStatus) {
    lastArchivedWAL =
      status.segmentSize > 0
      ? status.newestSegment?
        .name(segmentSize: status.segmentSize) : nil
    lastArchivedAt = (status.lastStored?.at).map(Format.timestamp)
    waitingSegments = status.waitingSegments
    failing = status.failing
  }
}

package struct ExposureFigures: Codable, Sendable, Equatable {
  package var bytes: Int64?
  package var seconds: Double?
  /// True where nothing can be restored, and then alone; absent else.
  package var everything: Bool?

  /// nil = it is not known.
  init?(_ loss: ProjectedLoss) {
    guard loss != .unknown else { return nil }
    bytes = loss.changes?.bytes
    seconds = loss.seconds.flatMap(finite)
    everything = loss == .everything ? true : nil
  }
}

/// To when the cluster could be brought back now, and what would be gone.
package struct ReachFigures: Codable, Sendable, Equatable {
  package var until: String
  package var lostSeconds: Double?
  /// Something keeps a recovery from the newest WAL.
  package var cut: Bool

  enum CodingKeys: String, CodingKey {
    case until, cut
    case lostSeconds = "lost_seconds"
  }

  init(_ reach: RecoveryReach) {
    until = Format.timestamp(reach.until)
    lostSeconds = finite(reach.lostSeconds)
    cut = reach.isCut
  }
}

package struct BackupFigures: Codable, Sendable, Equatable {
  /// Backups that can bring back what runs now.
  package var count: Int
  package var lastFinishedAt: String?
  package var lastAgeSeconds: Double?

  enum CodingKeys: String, CodingKey {
    case count
    case lastFinishedAt = "last_finished_at"
    case lastAgeSeconds = "last_age_seconds"
  }

  init(_ snapshot: ClusterSnapshot) {
    let now = snapshot.takenAt
    count = snapshot.goodBackups ?? 0
    let finished = snapshot.lastGoodBackup?.finishedAt
    lastFinishedAt = finished.map(Format.timestamp)
    // What lies in the future has no age.
    lastAgeSeconds = finished.flatMap { date in
      let age = now.timeIntervalSince(date)
      return age < -RuleContext.clockTolerance ? nil : max(0, age)
    }
  }
}

package struct WindowFigures: Codable, Sendable, Equatable {
  package struct Hole: Codable, Sendable, Equatable {
    package var from: String?
    package var to: String?
  }
  package var first: String?
  package var last: String?
  package var holes: [Hole]
  /// Single moments before `first`, where WAL between backups is expired on purpose.
  package var points: [String]?
  /// `audited` or `claimed`: whether somebody looked at the archive.
  package var basis: String?

  init(_ window: RecoveryWindow) {
    first = window.first.map(Format.timestamp)
    last = window.last.map(Format.timestamp)
    basis = window.basis.rawValue
    points = window.points.isEmpty ? nil : window.points.map(Format.timestamp)
    holes = window.holes.map {
      Hole(from: $0.from.map(Format.timestamp), to: $0.to.map(Format.timestamp))
    }
  }
}

package struct RecoveryTimeFigures: Codable, Sendable, Equatable {
  package var expectedSeconds: Double?
  package var lowSeconds: Double?
  package var highSeconds: Double?
  /// What of `expected_seconds` the engine costs whatever the size; nil = nothing of note.
  package var fixedSeconds: Double?
  package var targetSeconds: Double
  package var basis: String
  package var drills: Int

  enum CodingKeys: String, CodingKey {
    case expectedSeconds = "expected_seconds"
    case lowSeconds = "low_seconds"
    case highSeconds = "high_seconds"
    case fixedSeconds = "fixed_seconds"
    case targetSeconds = "target_seconds"
    case basis, drills
  }

  init(_ projection: RTOProjection, target: Double) {
    expectedSeconds = finite(projection.total.expected)
    lowSeconds = finite(projection.total.low)
    highSeconds = finite(projection.total.high)
    fixedSeconds = projection.fixed > 0 ? finite(projection.fixed) : nil
    targetSeconds = target
    basis = projection.basis.rawValue
    drills = projection.drills
  }
}

package struct DrillFigures: Codable, Sendable, Equatable {
  package struct Phase: Codable, Sendable, Equatable {
    package var name: String
    package var seconds: Double?
    package var bytes: Int64?
  }
  package struct Test: Codable, Sendable, Equatable {
    package var name: String
    package var rows: Int64?
    package var expectation: String
    package var passed: Bool?
  }
  package var id: String
  package var finishedAt: String
  package var outcome: String
  package var backup: String?
  package var predictedRTOSeconds: Double?
  package var measuredRTOSeconds: Double?
  package var phases: [Phase]
  package var tests: [Test]

  enum CodingKeys: String, CodingKey {
    case id, outcome, backup, phases, tests
    case finishedAt = "finished_at"
    case predictedRTOSeconds = "predicted_rto_seconds"
    case measuredRTOSeconds = "measured_rto_seconds"
  }

  package init(_ drill: DrillRecord) {
    id = Sanitizer.clean(drill.id)
    finishedAt = Format.timestamp(drill.finishedAt)
    outcome = drill.outcome.rawValue
    backup = drill.backup.map { Sanitizer.clean($0) }
    predictedRTOSeconds = (drill.predicted?.expected).flatMap(finite)
    measuredRTOSeconds = drill.measuredRTO.flatMap(finite)
    phases = drill.phases.map {
      Phase(name: $0.words, seconds: finite($0.seconds), bytes: $0.bytes)
    }
    tests = drill.tests.map {
      Test(
        name: Sanitizer.clean($0.name), rows: $0.rows,
        expectation: Sanitizer.clean($0.expectation), passed: $0.passed)
    }
  }
}

/// Whether the next drill could run, and who asked when.
package struct ReadinessFigures: Codable, Sendable, Equatable {
  package var ready: Bool
  package var checkedAt: String
  /// What is in the way, and since when; absent = nothing.
  package var obstacle: String?
  package var since: String?
  package var account: String

  enum CodingKeys: String, CodingKey {
    case ready, obstacle, since, account
    case checkedAt = "checked_at"
  }

  init(_ readiness: DrillReadiness) {
    ready = readiness.obstacle == nil
    checkedAt = Format.timestamp(readiness.checkedAt)
    obstacle = readiness.obstacle.map { Sanitizer.clean($0) }
    since = readiness.since.map(Format.timestamp)
    account = Sanitizer.clean(readiness.account)
  }
}

/// What reading the cluster's store costs.
package struct StoreFigures: Codable, Sendable, Equatable {
  /// Within the last `counted_seconds`: a day, or less where it has not been read for so long.
  package var requests: Int
  package var bytesRead: Int64
  package var countedSeconds: Double
  package var requestsPerDayLimit: Int?
  package var bytesPerDayLimit: Int64?
  /// The limit is reached: nothing is asked before this moment.
  package var pausedUntil: String?

  enum CodingKeys: String, CodingKey {
    case requests
    case bytesRead = "bytes_read"
    case countedSeconds = "counted_seconds"
    case requestsPerDayLimit = "requests_per_day_limit"
    case bytesPerDayLimit = "bytes_per_day_limit"
    case pausedUntil = "paused_until"
  }

  init(_ traffic: StoreTraffic) {
    requests = traffic.requests
    bytesRead = traffic.bytes
    countedSeconds = traffic.seconds
    requestsPerDayLimit = traffic.limit.requests
    bytesPerDayLimit = traffic.limit.bytes
    pausedUntil = traffic.pausedUntil.map(Format.timestamp)
  }
}
