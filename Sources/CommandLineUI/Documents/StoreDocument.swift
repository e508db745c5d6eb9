import FoundationEssentials
import RecoveryModel

/// `pgvigil store --json`: keys are only ever added; what is absent is unknown.
struct StoreDocument: Encodable {
  var schemaVersion = CommandLineUI.schemaVersion
  var generatedAt: String
  var place: String
  var endpoint: String
  var requests: Int
  var bytesRead: Int64
  var servers: [StoredServerEntry]

  init(_ report: StoreReport) {
    generatedAt = Format.timestamp(report.survey.takenAt)
    place = Sanitizer.clean(report.survey.place)
    endpoint = Sanitizer.clean(report.survey.endpoint)
    requests = report.survey.requests
    bytesRead = report.survey.bytesRead
    servers = zip(report.survey.servers, report.assessments).map(StoredServerEntry.init)
  }
}

/// One server of the document.
struct StoredServerEntry: Encodable {
  struct Window: Encodable {
    var first: String?
    var last: String?
    var lastSegment: String?
    /// Older moments that stand alone.
    var points: [String]
    var holes: [Hole]
    var restorable: [String]
    var broken: [String]
  }
  struct Hole: Encodable {
    var firstSegment: String
    var missing: Int
    var from: String?
    var to: String?
  }
  struct Remains: Encodable {
    var id: String
    var objects: Int
    var bytes: Int64
    var newestAt: String?
    /// Why its backup.info was not read; absent = it has none.
    var reason: String?
  }
  struct Uploads: Encodable {
    var count: Int
    var oldestAt: String?
    /// Absent where it is not told.
    var bytes: Int64?
  }
  struct Versions: Encodable {
    var count: Int
    var bytes: Int64
    var deleteMarkers: Int
    /// False where there are more than were counted.
    var complete: Bool
  }

  var name: String
  var path: String
  var verdict: String
  var window: Window?
  var backups: [StoredBackupEntry]?
  var remains: [Remains]
  var wal: StoredWALEntry?
  var unfinishedUploads: Uploads?
  var oldVersions: Versions?
  var serverSideEncryption: String?
  /// The same of the newest WAL.
  var walServerSideEncryption: String?
  /// What the bucket encrypts new objects with, `none` = what their writers ask for.
  var defaultServerSideEncryption: String?
  /// Buckets; empty = no copy is made.
  var replicatedTo: [String]?
  /// Each null where the store does not tell.
  var versioning: Bool?
  /// Null without object lock, 0 without a default.
  var objectLockDays: Int?
  /// The fewest days after which a lifecycle rule deletes.
  var lifecycleExpiryDays: Int?
  var findings: [FindingStatus]
  var unavailable: [UnavailableStatus]

  init(_ server: StoredServer, _ assessment: StoreAssessment) {
    let size = server.wal.value?.archive.segmentSize ?? 16 << 20
    name = Sanitizer.clean(server.name)
    path = Sanitizer.clean(server.path)
    verdict = assessment.verdict.rawValue
    window = assessment.window.map { Window($0, segmentSize: size) }
    backups = server.backups.value?.map {
      StoredBackupEntry(
        $0, ownWAL: assessment.ownWAL[$0.backup.id], flaw: assessment.flaws[$0.backup.id],
        segmentSize: size)
    }
    remains = server.remains.map {
      Remains(
        id: Sanitizer.clean($0.id), objects: $0.objects, bytes: $0.bytes,
        newestAt: $0.newestAt.map(Format.timestamp), reason: $0.reason.map { Sanitizer.clean($0) })
    }
    wal = server.wal.value.map(StoredWALEntry.init)
    unfinishedUploads = server.uploads.value.map {
      Uploads(
        count: $0.count, oldestAt: $0.oldestAt.map(Format.timestamp), bytes: $0.bytes)
    }
    oldVersions = server.oldVersions.value.map {
      Versions(
        count: $0.count, bytes: $0.bytes, deleteMarkers: $0.markers, complete: $0.isWhole)
    }
    walServerSideEncryption = server.walEncryption.value.map { Sanitizer.clean($0) }
    defaultServerSideEncryption = server.posture.defaultEncryption.value.map {
      Sanitizer.clean($0)
    }
    replicatedTo = server.posture.replication.value?.targets.map { Sanitizer.clean($0) }
    versioning = server.posture.versioning.value
    objectLockDays = server.posture.lock.value.flatMap { $0.isOn ? $0.defaultDays ?? 0 : nil }
    lifecycleExpiryDays = server.posture.lifecycle.value?.compactMap(\.expiresAfter).min()
    serverSideEncryption = server.encryption.value.map { Sanitizer.clean($0) }
    findings = assessment.findings.map(FindingStatus.init)
    unavailable = server.unavailable.map(UnavailableStatus.init)
  }
}

extension StoredServerEntry.Window {
  init(_ window: RecoveryWindow, segmentSize: Int) {
    first = window.first.map(Format.timestamp)
    last = window.last.map(Format.timestamp)
    lastSegment = window.lastSegment?.name(segmentSize: segmentSize)
    points = window.points.map(Format.timestamp)
    holes = window.holes.map {
      StoredServerEntry.Hole(
        firstSegment: $0.first.name(segmentSize: segmentSize), missing: $0.missing,
        from: $0.from.map(Format.timestamp), to: $0.to.map(Format.timestamp))
    }
    restorable = window.restorable.map { Sanitizer.clean($0) }
    broken = window.broken.map { Sanitizer.clean($0) }
  }
}

/// One base backup of the document.
struct StoredBackupEntry: Encodable {
  var id: String
  var status: String
  var error: String?
  var startedAt: String
  var finishedAt: String?
  var timeline: UInt32?
  var beginWal: String?
  var endWal: String?
  var beginLsn: LSN?
  var endLsn: LSN?
  /// All WAL from its begin to its end is there.
  var ownWalThere: Bool?
  var databaseBytes: Int64?
  var storedBytes: Int64
  var dataObjects: Int
  var lacks: [String]
  /// Why it does not count although it finished.
  var flaw: String?
  var compression: String?
  var encryption: String?
  var keep: String?
  var tablespaces: [String]
  var systemIdentifier: String?
  var serverVersion: Int?

  init(_ stored: StoredBackup, ownWAL: Bool?, flaw: String?, segmentSize: Int) {
    let backup = stored.backup
    id = Sanitizer.clean(backup.id)
    status = Sanitizer.clean(stored.status)
    error = backup.error.map { Sanitizer.clean($0) }
    startedAt = Format.timestamp(backup.startedAt)
    finishedAt = backup.finishedAt.map(Format.timestamp)
    timeline = backup.timeline
    beginWal = backup.startSegment?.name(segmentSize: stored.segmentSize ?? segmentSize)
    endWal = backup.stopSegment?.name(segmentSize: stored.segmentSize ?? segmentSize)
    beginLsn = backup.startLSN
    endLsn = backup.stopLSN
    ownWalThere = ownWAL
    databaseBytes = backup.databaseBytes
    storedBytes = stored.dataBytes
    dataObjects = stored.dataObjects
    self.flaw = flaw
    lacks = backup.lacks.map { Sanitizer.clean($0) }
    compression = stored.compression
    encryption = stored.encryption.map { Sanitizer.clean($0) }
    keep = stored.keep.map { Sanitizer.clean($0) }
    tablespaces = stored.tablespaces.map { Sanitizer.clean($0) }
    systemIdentifier = backup.identity.systemIdentifier.map { Sanitizer.clean($0) }
    serverVersion = stored.version
  }
}

/// The WAL of the document.
struct StoredWALEntry: Encodable {
  struct Timeline: Encodable {
    var timeline: UInt32
    var segments: Int
    var lastSegment: String
    var lastAt: String?
    var parent: UInt32?
    var switchedAt: LSN?
    /// A history file leads to it; timeline 1 needs none.
    var hasHistory: Bool
  }
  struct Spoiled: Encodable {
    var segment: String
    var files: [String]
    var at: String?
  }

  var segmentSize: Int
  var segmentSizeAssumed: Bool
  var segments: Int
  var objects: Int
  var bytes: Int64
  var lastSegment: String?
  var lastAt: String?
  var compressions: [String: Int]
  var partials: Int
  var twins: Int
  var spoiled: [Spoiled]
  var strays: [String]
  var timelines: [Timeline]

  init(_ wal: StoredWAL) {
    let size = wal.archive.segmentSize
    segmentSize = size
    segmentSizeAssumed = wal.isSegmentSizeAssumed
    segments = wal.archive.segments.count
    objects = wal.objects
    bytes = wal.bytes
    lastSegment = wal.newest?.segment.name(segmentSize: size)
    lastAt = wal.newest?.archivedAt.map(Format.timestamp)
    compressions = wal.compressions
    partials = wal.partials
    twins = wal.twins
    spoiled = wal.spoiled.map {
      Spoiled(
        segment: $0.segment.name(segmentSize: size), files: $0.files.map { Sanitizer.clean($0) },
        at: $0.at.map(Format.timestamp))
    }
    strays = wal.strays.map { Sanitizer.clean($0) }
    timelines = wal.timelines.map { entry in
      let left = wal.archive.switches.first { $0.timeline == entry.timeline }
      return Timeline(
        timeline: entry.timeline, segments: entry.segments,
        lastSegment: entry.last.segment.name(segmentSize: size),
        lastAt: entry.last.archivedAt.map(Format.timestamp), parent: left?.parent,
        switchedAt: left?.switchedAt, hasHistory: wal.histories.contains(entry.timeline))
    }
  }
}
