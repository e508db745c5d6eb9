import FoundationEssentials

/// What a place in an object store holds, as a look at it found: no server, cluster or operator was asked.
package struct StoreSurvey: Sendable, Equatable {
  /// `s3://bucket/prefix`.
  package var place: String
  package var endpoint: String
  /// Ordered by path.
  package var servers: [StoredServer]
  package var takenAt: Date
  /// What the look has cost.
  package var requests: Int
  package var bytesRead: Int64

  package init(
    place: String, endpoint: String, servers: [StoredServer] = [], takenAt: Date,
    requests: Int = 0, bytesRead: Int64 = 0
  ) {
    self.place = place
    self.endpoint = endpoint
    self.servers = servers
    self.takenAt = takenAt
    self.requests = requests
    self.bytesRead = bytesRead
  }
}

/// One server's base backups and WAL in a store.
package struct StoredServer: Sendable, Equatable {
  /// The last part of its path: what Barman calls the server.
  package var name: String
  /// `s3://bucket/prefix/server`.
  package var path: String
  /// Oldest first; those whose backup.info was read.
  package var backups: Observed<[StoredBackup]> = .pending
  package var wal: Observed<StoredWAL> = .pending
  /// Directories of backups that no backup.info could be read for.
  package var remains: [BackupRemains] = []
  package var uploads: Observed<UploadRemains> = .pending
  /// Server-side, of the newest base backup's data; as `AES256`, `none`.
  package var encryption: Observed<String> = .pending
  /// The same of the newest WAL.
  package var walEncryption: Observed<String> = .pending
  package var oldVersions: Observed<OldVersions> = .pending
  package var posture = StorePosture()

  package init(name: String, path: String) {
    self.name = name
    self.path = path
  }
}

/// A base backup in a store.
package struct StoredBackup: Sendable, Equatable {
  package var backup: Backup
  /// As its catalog entry has it: `DONE`, `FAILED`, `STARTED`.
  package var status: String
  /// Of the server that it was taken of, as `150018`.
  package var version: Int?
  /// What keeps it from being deleted: `full`, `standalone`; nil = nothing.
  package var keep: String?
  /// As `gzip`, `none`; nil where no data lies there.
  package var compression: String?
  /// Client-side, as the catalog entry says.
  package var encryption: String?
  package var tablespaces: [String] = []
  /// Objects of data and their bytes.
  package var dataObjects = 0
  package var dataBytes: Int64 = 0
  /// Bytes per segment of its server's WAL; nil = not told.
  package var segmentSize: Int?

  package init(backup: Backup, status: String) {
    self.backup = backup
    self.status = status
  }

  /// Only its own end is meant to be restorable.
  package var isStandalone: Bool { keep == "standalone" }
}

/// What lies where a backup should and has no catalog entry that could be read.
package struct BackupRemains: Sendable, Equatable {
  package var id: String
  package var objects: Int
  package var bytes: Int64
  package var newestAt: Date?
  /// Why its entry could not be read; nil = it has none.
  package var reason: String?

  package init(
    id: String, objects: Int, bytes: Int64, newestAt: Date?, reason: String? = nil
  ) {
    self.id = id
    self.objects = objects
    self.bytes = bytes
    self.newestAt = newestAt
    self.reason = reason
  }
}

/// The WAL of one server in a store, of all its timelines.
package struct StoredWAL: Sendable, Equatable {
  package var archive: WALArchive
  /// All objects and their bytes.
  package var objects = 0
  package var bytes: Int64 = 0
  /// The timelines that a history file leads to.
  package var histories: [UInt32] = []
  /// History files whose text could not be had, each with the reason.
  package var unreadHistories: [UInt32: String] = [:]
  /// The reason where a text was had, and is none of a history.
  package static let noSwitch = "it names no switch"
  package var partials = 0
  package var marks = 0
  /// Segments that lie there several times.
  package var twins = 0
  /// Names that have no place there.
  package var strays: [String] = []
  /// Segments by compression, as `gzip`.
  package var compressions: [String: Int] = [:]
  /// No backup tells the segment size: it is that of the names, or PostgreSQL's default.
  package var isSegmentSizeAssumed = false
  /// Names occur that cannot be with that size.
  package var contradictsSegmentSize = false

  package init(archive: WALArchive) { self.archive = archive }

  /// Of each timeline that has segments, ascending: how many, and the last.
  package var timelines: [(timeline: UInt32, segments: Int, last: ArchivedSegment)] {
    var result: [(timeline: UInt32, segments: Int, last: ArchivedSegment)] = []
    for stretch in archive.segments.stretches {
      let last = archive.segments[stretch.offset + stretch.count - 1]
      if let index = result.indices.last, result[index].timeline == stretch.first.timeline {
        result[index].segments += stretch.count
        result[index].last = last
      } else {
        result.append((stretch.first.timeline, stretch.count, last))
      }
    }
    return result
  }

  /// Segments that have no good file. A partial file alone is what each promotion leaves at its timeline's end.
  package var spoiled: [SpoiledSegment] { archive.spoiled.filter { $0.fault != .halfWritten } }

  /// The one that came last, whatever timeline it is of.
  package var newest: ArchivedSegment? {
    archive.segments.max {
      ($0.archivedAt ?? .distantPast, $0.segment) < ($1.archivedAt ?? .distantPast, $1.segment)
    }
  }
}

/// Uploads that nobody has completed.
package struct UploadRemains: Sendable, Equatable {
  package var count: Int
  package var oldestAt: Date?
  /// What their parts take up; nil = not told.
  package var bytes: Int64?

  package init(count: Int, oldestAt: Date?, bytes: Int64? = nil) {
    self.count = count
    self.oldestAt = oldestAt
    self.bytes = bytes
  }
}

/// Versions of objects that are no longer current: deleted or overwritten, and kept.
package struct OldVersions: Sendable, Equatable {
  package var count = 0
  package var bytes: Int64 = 0
  /// What hides a deleted object's versions from listings.
  package var markers = 0
  /// False where there are more than were counted.
  package var isWhole = true

  package init() {}
}
