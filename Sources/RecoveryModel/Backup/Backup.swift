import FoundationEssentials

public enum BackupKind: String, Sendable, Codable, CaseIterable {
  case full, differential, incremental
}

/// A base backup as its catalog tells it. Bytes; nil = the catalog does not say.
public struct Backup: Sendable, Equatable, Identifiable {
  /// The engine's label, as `20261122-100443F`.
  public var id: String
  public var kind: BackupKind
  public var startedAt: Date
  public var finishedAt: Date?
  /// The catalog marks it as damaged (page checksum errors, failed).
  public var error: String?
  public var timeline: UInt32?
  public var startSegment: WALSegment?
  public var stopSegment: WALSegment?
  public var startLSN: LSN?
  public var stopLSN: LSN?
  /// Size of the restored data directory.
  public var databaseBytes: Int64?
  /// What this run copied from the data directory.
  public var copiedBytes: Int64?
  /// What a restore of this backup reads from the repository, with all it depends on.
  public var repositoryBytes: Int64?
  /// What this run added to the repository.
  public var repositoryAddedBytes: Int64?
  /// Backups that it cannot be restored without.
  public var dependsOn: [String]
  /// How it was taken, as the engine spells it: `barmanObjectStore`, `plugin`, `volumeSnapshot`.
  public var method: String?
  /// It failed and left nothing that could be restored: it is no backup, and told for its reason alone.
  public var leftNothing = false
  /// When it failed, where that is known.
  public var failedAt: Date?
  /// The whole error, where `error` is its sentence that matters; and what to do about it, where the engine knows.
  public var errorDetail: String?
  public var errorRemedy: String?
  /// The database that it was taken of, as far as the catalog tells.
  public var identity = DatabaseIdentity()
  /// Pieces that a restore needs and that it has not, in words.
  public var lacks: [String] = []
  /// Data is among what it lacks, not WAL alone, which an archive may have.
  public var lacksData = false
  /// Where it lies, spelled as `BackupCatalog.walPlace`; nil = not told.
  public var place: String?
  /// Seconds by which the times that the catalog has are ahead of the clock that was believed instead; nil = they agree,
  /// or there is no other.
  public var clockError: Double?

  public init(
    id: String, kind: BackupKind, startedAt: Date, finishedAt: Date?, error: String? = nil,
    timeline: UInt32? = nil, startSegment: WALSegment? = nil, stopSegment: WALSegment? = nil,
    startLSN: LSN? = nil, stopLSN: LSN? = nil, databaseBytes: Int64? = nil,
    copiedBytes: Int64? = nil, repositoryBytes: Int64? = nil, repositoryAddedBytes: Int64? = nil,
    dependsOn: [String] = [], method: String? = nil
  ) {
    self.id = id
    self.kind = kind
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.error = error
    self.timeline = timeline
    self.startSegment = startSegment
    self.stopSegment = stopSegment
    self.startLSN = startLSN
    self.stopLSN = stopLSN
    self.databaseBytes = databaseBytes
    self.copiedBytes = copiedBytes
    self.repositoryBytes = repositoryBytes
    self.repositoryAddedBytes = repositoryAddedBytes
    self.dependsOn = dependsOn
    self.method = method
  }

  /// Seconds that it took; nil while it runs.
  public var duration: Double? { finishedAt.map { $0.timeIntervalSince(startedAt) } }
}

/// A backup that somebody is taking now.
public struct BackupProgress: Sendable, Equatable {
  /// 0...1; nil where the tool does not say yet.
  public var fraction: Double?
  public var startedAt: Date?

  public init(fraction: Double? = nil, startedAt: Date? = nil) {
    self.fraction = fraction
    self.startedAt = startedAt
  }
}

/// A backup that somebody has asked for and that has not begun.
public struct BackupWait: Sendable, Equatable {
  public var name: String
  public var since: Date?
  /// What it waits for, in words that follow `waits for`; nil = nothing that can be seen.
  public var cause: String?

  public init(name: String, since: Date?, cause: String?) {
    self.name = name
    self.since = since
    self.cause = cause
  }
}

/// Encryption of the repository, as configured (mission.md: "Encryption, honestly").
public enum RepositoryEncryption: String, Sendable, Equatable { case none, clientSide, serverSide }

/// All base backups of a cluster, oldest first.
public struct BackupCatalog: Sendable, Equatable {
  public var backups: [Backup]
  public var running: BackupProgress?
  /// The next one that waits for its turn.
  public var waiting: BackupWait?
  public var encryption: RepositoryEncryption?
  public var systemIdentifier: String?
  /// The tool's own word on its repository, as `ok` or `no valid backups`.
  public var repositoryStatus: String?
  /// The database that runs now, as the catalog knows it.
  public var current = DatabaseIdentity()
  /// Since when it runs, where that is known and older backups are of another.
  public var origin: DatabaseOrigin?
  /// Where WAL goes; nil = not told.
  public var walPlace: String?

  public init(
    backups: [Backup], running: BackupProgress? = nil, encryption: RepositoryEncryption? = nil,
    systemIdentifier: String? = nil, repositoryStatus: String? = nil
  ) {
    self.backups = backups
    self.running = running
    self.encryption = encryption
    self.systemIdentifier = systemIdentifier
    self.repositoryStatus = repositoryStatus
  }

  /// Those that are there: a failed one that left nothing is none.
  public var kept: [Backup] { backups.filter { !$0.leftNothing } }

  /// The newest usable one.
  public var lastGood: Backup? {
    usable.max { ($0.finishedAt ?? .distantPast) < ($1.finishedAt ?? .distantPast) }
  }
}
