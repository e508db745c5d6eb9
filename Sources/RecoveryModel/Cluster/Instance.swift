import FoundationEssentials

package enum InstanceRole: String, Sendable, Codable { case primary, standby, unknown }

/// What one look at a PostgreSQL server found.
package enum InstanceState: Sendable, Equatable {
  case running
  case startingUp
  /// Asked, and no usable answer: the reason in words a person can act on.
  case unreachable(reason: String)
  /// Nobody of us may ask: it may well run. Which right is missing, and what gives it.
  case unseen(Unavailable)

  /// The right without which it cannot be seen; nil = it was seen, or gave no answer.
  package var missingRight: Unavailable? {
    if case .unseen(let missing) = self { missing } else { nil }
  }

  /// One word, for a table cell and JSON.
  package var word: String {
    switch self {
    case .running: "running"
    case .startingUp: "starting up"
    case .unreachable: "unreachable"
    case .unseen: "unseen"
    }
  }
}

/// How far a standby is behind its primary at one of the three stages; nil = not known.
package struct Lag: Sendable, Equatable {
  package var bytes: Int64?
  package var seconds: Double?

  package init(bytes: Int64? = nil, seconds: Double? = nil) {
    self.bytes = bytes
    self.seconds = seconds
  }
}

package struct ReplicationLag: Sendable, Equatable {
  package var write: Lag
  package var flush: Lag
  package var replay: Lag

  package init(write: Lag = Lag(), flush: Lag = Lag(), replay: Lag = Lag()) {
    self.write = write
    self.flush = flush
    self.replay = replay
  }
}

package struct ReplicationSlot: Sendable, Equatable {
  package var name: String
  package var active: Bool
  /// PostgreSQL's `wal_status`: reserved, extended, unreserved, lost.
  package var walStatus: String?
  /// WAL that may still be written before the slot loses its segments; nil = unlimited or unknown.
  package var safeWALBytes: Int64?
  /// WAL the slot holds back on the primary.
  package var retainedBytes: Int64?

  package init(
    name: String, active: Bool, walStatus: String? = nil, safeWALBytes: Int64? = nil,
    retainedBytes: Int64? = nil
  ) {
    self.name = name
    self.active = active
    self.walStatus = walStatus
    self.safeWALBytes = safeWALBytes
    self.retainedBytes = retainedBytes
  }

  /// PostgreSQL will remove, or has removed, WAL that the standby still needs.
  package var isLosing: Bool { walStatus == "lost" || walStatus == "unreserved" }
}

/// Whom a standby receives WAL from.
package struct Upstream: Sendable, Equatable {
  /// `host:port`, as the standby reaches it.
  package var place: String
  /// Seconds since the last message when it was asked.
  package var heard: Double

  package init(place: String, heard: Double) {
    self.place = place
    self.heard = heard
  }

  /// The walreceiver asks for an answer after half of `wal_receiver_timeout` (60 s).
  var isAlive: Bool { heard < 35 }
}

/// One PostgreSQL server of a cluster, as last seen. Anything nil is unknown, never fine.
package struct Instance: Sendable, Equatable {
  package var name: String
  package var role: InstanceRole
  package var state: InstanceState
  /// When this instance last answered (or last failed to).
  package var observedAt: Date
  /// `server_version_num`, as 150018.
  package var version: Int?
  package var timeline: UInt32?
  /// Timeline of the last checkpoint (`pg_control_checkpoint()`): behind `timeline` from a promotion until the
  /// next checkpoint.
  package var checkpointTimeline: UInt32?
  /// Write position of a primary, replay position of a standby.
  package var lsn: LSN?
  /// Of a standby, as its primary sees it (else as it sees itself).
  package var lag: ReplicationLag?
  /// `sync`, `async`, `quorum`, `potential`.
  package var syncState: String?
  package var slot: ReplicationSlot?
  /// The slot that it would stream by and its primary does not have, while it streams from nobody.
  package var missingSlot: String?
  /// Whom it streams from, by its own word; nil = nobody, or not told.
  package var upstream: Upstream?
  /// The command that makes it the primary, without a password; nil = nobody knows one.
  package var promotion: String?
  /// Where its data should lie and do not, of one that does not answer; nil = they do, or nobody can see.
  package var emptyDirectory: String?
  /// When it last wrote WAL, by its files, of one that does not answer; nil = nobody can see.
  package var lastWroteAt: Date?
  /// Settings changed that need a restart (`pg_settings.pending_restart`).
  package var restartPending: Bool?
  package var startedAt: Date?
  package var systemIdentifier: String?
  /// Figures that a missing right or version withheld: each names itself and the right.
  package var withheld: [Unavailable]

  package init(
    name: String, role: InstanceRole = .unknown, state: InstanceState, observedAt: Date,
    version: Int? = nil, timeline: UInt32? = nil, lsn: LSN? = nil, lag: ReplicationLag? = nil,
    syncState: String? = nil, slot: ReplicationSlot? = nil, restartPending: Bool? = nil,
    startedAt: Date? = nil, systemIdentifier: String? = nil, withheld: [Unavailable] = [],
    checkpointTimeline: UInt32? = nil
  ) {
    self.name = name
    self.role = role
    self.state = state
    self.observedAt = observedAt
    self.version = version
    self.timeline = timeline
    self.lsn = lsn
    self.lag = lag
    self.syncState = syncState
    self.slot = slot
    self.restartPending = restartPending
    self.startedAt = startedAt
    self.systemIdentifier = systemIdentifier
    self.withheld = withheld
    self.checkpointTimeline = checkpointTimeline
  }
}

extension Instance {
  /// It runs by its own word: whoever only passes for running has told no position.
  var hasAnswered: Bool { state == .running && lsn != nil }

  /// It answers, and takes writes.
  package var isRunningPrimary: Bool { role == .primary && state == .running }

  /// PostgreSQL's; nil = not told, or of a time before 10, when two numbers made it.
  package var majorVersion: Int? {
    version.flatMap { $0 >= 100_000 ? $0 / 10_000 : nil }
  }
}
