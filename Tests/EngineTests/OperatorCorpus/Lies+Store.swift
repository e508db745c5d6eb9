import FoundationEssentials
import KubernetesStandIn
import ObjectStoreStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// The operator's objects are as they should be, and the bucket is not.
extension OperatorCorpus.Lie {
  private typealias Lie = OperatorCorpus.Lie

  private static let bucket = "the bucket's own listing"
  private static let replay = "PostgreSQL ends at the first segment that it does not find"

  private static func read(_ shape: inout OperatorWorld.Shape) { shape.isRead = true }

  private static func readByPlugin(_ shape: inout OperatorWorld.Shape) {
    shape.isRead = true
    shape.archiver = .barmanPlugin
  }

  static let ofTheStore: [OperatorCorpus.Lie] = bases + segments

  private static let bases: [OperatorCorpus.Lie] = [
    Lie(
      "completed, and none in the bucket", "nothing", from: bucket, .notRecoverable,
      sign: "backup.lacking", in: read
    ) { world in world.bucket = world.bucket?.filter { !$0.key.contains("/base/") } },
    Lie(
      "the newest is not in the bucket", "by an older backup alone", from: bucket, .atRisk,
      sign: "backup.lacking", in: readByPlugin
    ) { world in
      let base = world.base(0)
      world.bucket = world.bucket?.filter { !$0.key.hasPrefix(base) }
    },
    Lie(
      "completed, and its entry says FAILED", "nothing", from: bucket, .notRecoverable,
      sign: "backup.gap", in: read
    ) { world in
      for index in world.shape.ages.indices {
        world.edit(world.base(index) + "backup.info") {
          $0.replacing("status=DONE", with: "status=FAILED")
        }
      }
    },
    Lie(
      "the data of all is gone", "nothing", from: bucket, .notRecoverable, sign: "backup.lacking",
      in: read
    ) { world in world.bucket = world.bucket?.filter { !$0.key.contains("/data.tar") } },
    Lie(
      "the newest's tablespace is gone", "by an older backup alone", from: bucket, .atRisk,
      sign: "backup.lacking",
      in: {
        $0.isRead = true
        $0.tablespaces = ["fast"]
      }
    ) { $0.drop($0.base(0) + "16400.tar.gz") },
    Lie(
      "data of no bytes", "by an older backup alone", from: bucket, .atRisk,
      sign: "backup.lacking", in: read
    ) { $0.resize($0.base(0) + "data.tar.gz", 0) },
    Lie(
      "the backups of another database", "nothing of this one", from: "systemid in backup.info",
      .notRecoverable, sign: "backup.foreign", in: read
    ) { world in
      for index in world.shape.ages.indices {
        world.edit(world.base(index) + "backup.info") {
          $0.replacing("systemid=7391234567890123456", with: "systemid=7999999999999999999")
        }
      }
    },
    Lie(
      "no catalog entry can be read", "nothing until one is mended", from: bucket,
      .unknown, .atRisk, .notRecoverable, in: read
    ) { world in
      for index in world.shape.ages.indices {
        world.edit(world.base(index) + "backup.info") { _ in "\u{0}\u{1}\u{2}" }
      }
    },
  ]

  private static let segments: [OperatorCorpus.Lie] = [
    Lie("a hole", "WAL to the hole", from: replay, .atRisk, sign: "chain.hole", in: read) {
      $0.drop($0.walKey(0x25))
    },
    Lie(
      "a segment of no bytes", "WAL to that segment", from: replay, .atRisk,
      sign: "chain.spoiled", in: read
    ) { $0.resize($0.walKey(0x25), 0) },
    Lie(
      "a segment cut short", "WAL to that segment", from: "archive file has wrong size", .atRisk,
      sign: "chain.spoiled",
      in: {
        $0.isRead = true
        $0.compression = nil
      }
    ) { $0.resize($0.walKey(0x25), 8 << 20) },
    Lie(
      "the newest's own WAL is gone", "by an older backup, to there", from: replay, .atRisk,
      sign: "backup.wal-incomplete", in: read
    ) { $0.drop($0.walKey(0x20)) },
    Lie(
      "no WAL at all", "nothing", from: replay, .notRecoverable, sign: "backup.wal-incomplete",
      in: read
    ) { world in world.bucket = world.bucket?.filter { !$0.key.contains("/wals/") } },
    Lie(
      "archived, and not in the bucket", "WAL to half an hour ago", from: bucket, .atRisk,
      sign: "chain.lost-segment", in: readByPlugin
    ) { world in
      for number in UInt64(0x27)...0x29 { world.drop(world.walKey(number)) }
    },
    Lie(
      "nothing of the new timeline is there", "a history that the primary left",
      from: "tried on PostgreSQL 15", .atRisk, sign: "chain.lost-segment", in: read
    ) { $0.promote() },
    Lie(
      "the volume was put back to this morning", "its former life, not what runs",
      from: "PostgreSQL replays what has the next name", .atRisk, sign: "identity.ahead", in: read
    ) { world in
      world.move(to: 0x22, archivedAgo: 60)
      world.status { [world] in $0["lastArchivedWAL"] = .string(world.file(0x21)) }
    },
    Lie(
      "a history file from nowhere", "refused by default",
      from: "requested timeline is not a child",
      .atRisk, sign: "chain.stray-timeline", in: read
    ) { world in
      world.put(
        world.prefix + "wals/00000003.history", "2\t\(world.position(0x10))\tno target\n")
    },
    Lie(
      "a segment as .partial only", "WAL to that segment", from: replay, .atRisk,
      sign: "chain.spoiled", in: read
    ) { world in
      let key = world.walKey(0x25)
      let object = world.bucket?[key]
      world.bucket?[key] = nil
      world.bucket?[key.replacing(".gz", with: ".partial.gz")] = object
    },
  ]
}

extension OperatorWorld {
  /// Where a backup lies, with a slash at its end.
  func base(_ index: Int) -> String { "\(prefix)base/\(Self.label(shape.ages[index]))/" }

  mutating func drop(_ key: String) { bucket?[key] = nil }

  /// Another size in the listing.
  mutating func resize(_ key: String, _ bytes: Int64) { bucket?[key]?.bytes = bytes }

  mutating func put(_ key: String, _ text: String) {
    bucket?[key] = BucketInMemory.Object(
      bytes: Int64(text.utf8.count), modified: Stage.text(ago: 300), body: Array(text.utf8))
  }

  mutating func edit(_ key: String, _ change: (String) -> String) {
    guard let object = bucket?[key] else { return }
    let text = change(String(decoding: object.body, as: UTF8.self))
    bucket?[key] = BucketInMemory.Object(
      bytes: Int64(text.utf8.count), modified: object.modified, body: Array(text.utf8))
  }
}
