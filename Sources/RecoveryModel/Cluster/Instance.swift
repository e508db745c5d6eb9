import FoundationEssentials

public enum InstanceRole: String, Sendable, Codable { case primary, standby, unknown }

/// What one look at a PostgreSQL server found.
public enum InstanceState: Sendable, Equatable {
  case running
  case startingUp
  /// Asked, and no usable answer: the reason in words a person can act on.
  case unreachable(reason: String)

  /// One word, for a table cell and JSON.
  public var word: String {
    switch self {
    case .running: "running"
    case .startingUp: "starting up"
    case .unreachable: "unreachable"
    }
  }
}

/// How far a standby is behind its primary at one of the three stages; nil = not known.
public struct Lag: Sendable, Equatable {
  public var bytes: Int64?
  public var seconds: Double?

  public init(bytes: Int64? = nil, seconds: Double? = nil) {
    self.bytes = bytes
    self.seconds = seconds
  }
}

public struct ReplicationLag: Sendable, Equatable {
  public var write: Lag
  public var flush: Lag
  public var replay: Lag

  public init(write: Lag = Lag(), flush: Lag = Lag(), replay: Lag = Lag()) {
    self.write = write
    self.flush = flush
    self.replay = replay
  }
}

public struct ReplicationSlot: Sendable, Equatable {
  public var name: String
  public var active: Bool
  /// PostgreSQL's `wal_status`: reserved, extended, unreserved, lost.
  public var walStatus: String?
  /// WAL that may still be written before the slot loses its segments; nil = unlimited or unknown.
  public var safeWALBytes: Int64?
  /// WAL the slot holds back on the primary.
  public var retainedBytes: Int64?

  public init(
    name: String, active: Bool, walStatus: String? = nil, safeWALBytes: Int64? = nil,
    retainedBytes: Int64? = nil
  ) {
    self.name = name
    self.active = active
    self.walStatus = walStatus
    self.safeWALBytes = safeWALBytes
    self.retainedBytes = retainedBytes
  }
}

/// One PostgreSQL server of a cluster, as last seen. Anything nil is unknown, never fine.
public struct Instance: Sendable, Equatable {
  public var name: String
  public var role: InstanceRole
  public var state: InstanceState
  /// When this instance last answered (or last failed to).
  public var observedAt: Date
  /// `server_version_num`, as 150018.
  public var version: Int?
  public var timeline: UInt32?
  /// Timeline of the last checkpoint (`pg_control_checkpoint()`): behind `timeline` from a promotion until the
  /// next checkpoint.
  public var checkpointTimeline: UInt32?
  /// Write position of a primary, replay position of a standby.
  public var lsn: LSN?
  /// Of a standby, as its primary sees it (else as it sees itself).
  public var lag: ReplicationLag?
  /// `sync`, `async`, `quorum`, `potential`.
  public var syncState: String?
  public var slot: ReplicationSlot?
  /// Settings changed that need a restart (`pg_settings.pending_restart`).
  public var restartPending: Bool?
  public var startedAt: Date?
  public var systemIdentifier: String?
  /// Figures that a missing right or version withheld: each names itself and the right.
  public var withheld: [Unavailable]

  public init(
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
