import FoundationEssentials

package enum BackupKind: String, Sendable, Codable, CaseIterable {
  case full, differential, incremental
}

/// A base backup as its catalog tells it. Bytes; nil = the catalog does not say. A fleet has tens of thousands.
@dynamicMemberLookup
package struct Backup: Sendable, Equatable, Identifiable {
  /// The engine's label, as `20261122-100443F`.
  package var id: String
  package var kind: BackupKind
  package var startedAt: Date
  package var finishedAt: Date?
  /// The catalog marks it as damaged or failed: nothing is restored from it.
  package var error: String?
  package var timeline: UInt32?
  package var startSegment: WALSegment?
  package var stopSegment: WALSegment?
  package var startLSN: LSN?
  package var stopLSN: LSN?
  /// How it was taken, as the engine spells it: `barmanObjectStore`, `plugin`, `volumeSnapshot`.
  package var method: String?
  /// Where it lies, spelled as `BackupCatalog.walPlace`; nil = not told.
  package var place: String?
  @Boxed private var details = Details()

  /// What most catalogs leave empty, or tell alike of all of a cluster's backups.
  package struct Details: Sendable, Equatable {
    /// Size of the restored data directory.
    package var databaseBytes: Int64?
    /// What this run copied from the data directory.
    package var copiedBytes: Int64?
    /// What a restore of this backup reads from the repository, with all it depends on.
    package var repositoryBytes: Int64?
    /// What this run added to the repository.
    package var repositoryAddedBytes: Int64?
    /// Backups that it cannot be restored without.
    package var dependsOn: [String] = []
    /// It failed and left nothing that could be restored: it is no backup, and told for its reason alone.
    package var leftNothing = false
    /// When it failed, where that is known.
    package var failedAt: Date?
    /// The whole error, where `error` is its sentence that matters; and what to do about it, where the engine knows.
    package var errorDetail: String?
    package var errorRemedy: String?
    /// The database that it was taken of, as far as the catalog tells.
    package var identity = DatabaseIdentity()
    /// Pieces that a restore needs and that it has not, in words.
    package var lacks: [String] = []
    /// What whoever took it saw amiss, though it can be restored: pages whose checksum was wrong.
    package var suspect: String?
    /// When the newest of its files was written, by the store's clock; nil = nobody looked.
    package var writtenAt: Date?
    /// What is wrong with its contents, where somebody read them.
    package var damage: String?
    /// What the store calls it, where that is not its id.
    package var storedAs: String?
    /// Data is among what it lacks, not WAL alone, which an archive may have.
    package var lacksData = false
    /// Seconds by which the times that the catalog has are ahead of the clock that was believed instead; nil = they agree,
    /// or there is no other.
    package var clockError: Double?
  }

  package subscript<Value>(dynamicMember field: WritableKeyPath<Details, Value>) -> Value {
    get { details[keyPath: field] }
    set { _details.change { $0[keyPath: field] = newValue } }
  }

  package init(
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
    self.method = method
    _details.change { details in
      details.databaseBytes = databaseBytes
      details.copiedBytes = copiedBytes
      details.repositoryBytes = repositoryBytes
      details.repositoryAddedBytes = repositoryAddedBytes
      details.dependsOn = dependsOn
    }
  }

  /// Holds in another's memory what it says as that does.
  package mutating func share(_ other: Backup) {
    _details.share(other._details)
    if place == other.place { place = other.place }
    if method == other.method { method = other.method }
  }

  /// Seconds that it took; nil while it runs.
  package var duration: Double? { finishedAt.map { $0.timeIntervalSince(startedAt) } }
}

/// A backup that somebody is taking now.
package struct BackupProgress: Sendable, Equatable {
  /// 0...1; nil where the tool does not say yet.
  package var fraction: Double?
  package var startedAt: Date?

  package init(fraction: Double? = nil, startedAt: Date? = nil) {
    self.fraction = fraction
    self.startedAt = startedAt
  }
}

/// A backup that somebody has asked for and that has not begun.
package struct BackupWait: Sendable, Equatable {
  package var name: String
  package var since: Date?
  /// What it waits for, in words that follow `waits for`; nil = nothing that can be seen.
  package var cause: String?

  package init(name: String, since: Date?, cause: String?) {
    self.name = name
    self.since = since
    self.cause = cause
  }
}

/// Encryption of the repository, as configured.
package enum RepositoryEncryption: String, Sendable, Equatable, Codable {
  case none, clientSide, serverSide
}

/// All base backups of a cluster, oldest first.
package struct BackupCatalog: Sendable, Equatable {
  package var backups: [Backup]
  package var running: BackupProgress?
  /// The next one that waits for its turn.
  package var waiting: BackupWait?
  package var encryption: RepositoryEncryption?
  package var systemIdentifier: String?
  /// The tool's own word on its repository, as `ok` or `no valid backups`.
  package var repositoryStatus: String?
  /// The database that runs now, as the catalog knows it.
  package var current = DatabaseIdentity()
  /// When it was made, by its system identifier; nil = not known.
  package var currentMadeAt: Date?
  /// The timeline of the server that runs, where a backup of a later one is there and the server was asked since.
  package var currentTimeline: UInt32?
  /// The way that the server that runs came; nil where the history files do not tell.
  package var line: ServerLine?
  /// Since when it runs, where that is known and older backups are of another.
  package var origin: DatabaseOrigin?
  /// Where WAL goes; nil = not told.
  package var walPlace: String?

  package init(
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
  package var kept: [Backup] { backups.filter { !$0.leftNothing } }

  /// The newest usable one, whether or not the archive holds the WAL that it needs for itself.
  package var lastGood: Backup? { newest(besides: []) }

  /// The newest usable one that is not of these.
  package func newest(besides broken: [String]) -> Backup? {
    usable.filter { !broken.contains($0.id) }
      .max { ($0.finishedAt ?? .distantPast) < ($1.finishedAt ?? .distantPast) }
  }
}
