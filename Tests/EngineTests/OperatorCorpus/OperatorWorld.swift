import FoundationEssentials
import KubernetesStandIn
import ObjectStoreStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// A cluster of CloudNativePG with all that stands around it, as its API server, its instances and its bucket show it.
/// Healthy as it is made; what lies about it is changed then.
struct OperatorWorld: Sendable {
  var shape: Shape
  var cluster: JSONValue = .empty
  /// The newest first.
  var backups: [JSONValue] = []
  var schedules: [JSONValue] = []
  var stores: [JSONValue] = []
  var pods: [JSONValue] = []
  var claims: [JSONValue] = []
  var volumeSnapshots: [JSONValue] = []
  var others: [JSONValue] = []
  /// What `/pg/status` answers, by pod; 500 where there is none.
  var statuses: [String: JSONValue] = [:]
  /// nil = nobody can reach the store.
  var bucket: [String: BucketInMemory.Object]?
  /// Where the primary's WAL stood ten minutes ago, to a console that has looked ever since; nil = none has.
  var seenBefore: LSN?

  enum Archiver: Sendable, Equatable {
    case inTree, barmanPlugin
    /// Another plugin, by its name.
    case plugin(String)
  }

  /// What makes one healthy cluster differ from another.
  struct Shape: Sendable {
    var name = "pg-main"
    var archiver = Archiver.inTree
    /// Of base backups; nil = as WAL is archived.
    var method: String?
    var version = "1.30.0"
    var major = 17
    var instances = 3
    var timeline: UInt32 = 2
    var segmentMiB = 16
    var hasWALVolume = true
    var tablespaces: [String] = []
    /// Seconds since the ends of the base backups, the newest first.
    var ages: [Double] = [25_550, 111_950, 198_350]
    var schedule = "0 0 3 * * *"
    var retention: String? = "30d"
    var compression: String? = "gzip"
    var encryption: String?
    /// In the store; nil = the cluster's name.
    var serverName: String?
    var isRead = false

    var baseMethod: String {
      method ?? (archiver == .inTree ? "barmanObjectStore" : "plugin")
    }
    var segmentBytes: Int { segmentMiB << 20 }
    var server: String { serverName.flatMap { $0.isEmpty ? nil : $0 } ?? name }
  }

  init(_ shape: Shape = Shape()) throws {
    self.shape = shape
    cluster = try makeCluster()
    for (index, age) in shape.ages.enumerated() {
      backups.append(try makeBackup(age, segment: Self.segment(ofBackup: index)))
    }
    schedules = [try makeSchedule()]
    if shape.archiver == .barmanPlugin { stores = [try makeStore()] }
    for number in 1...shape.instances {
      pods.append(try makePod(number))
      claims += try makeClaims(number)
      statuses[instance(number)] = number == 1 ? try primaryStatus() : try standbyStatus()
    }
    others = [try makeSecret()]
    volumeSnapshots = backups.flatMap(makeVolumeSnapshots)
    if shape.isRead { bucket = makeBucket() }
  }

  static func shaped(_ change: (inout Shape) -> Void) throws -> OperatorWorld {
    var shape = Shape()
    change(&shape)
    return try OperatorWorld(shape)
  }

  // MARK: Places in the WAL

  static let lastArchived: UInt64 = 0x29

  static func segment(ofBackup index: Int) -> UInt64 { 0x20 - 4 * UInt64(min(index, 7)) }

  func instance(_ number: Int) -> String { "\(shape.name)-\(number)" }

  func file(_ number: UInt64, timeline: UInt32? = nil) -> String {
    WALSegment(timeline: timeline ?? shape.timeline, number: number)
      .name(segmentSize: shape.segmentBytes)
  }

  func position(_ segment: UInt64, _ offset: UInt64 = 0) -> String {
    "\(LSN(segment * UInt64(shape.segmentBytes) + offset))"
  }

  /// In the bucket, with a slash at its end.
  var prefix: String { "\(shape.server)/" }

  func walKey(_ number: UInt64, timeline: UInt32? = nil) -> String {
    let file = file(number, timeline: timeline)
    let suffix = shape.compression.flatMap { Self.suffixes[$0] } ?? ""
    return "\(prefix)wals/\(file.prefix(16))/\(file)\(suffix)"
  }

  static let suffixes = [
    "gzip": ".gz", "bzip2": ".bz2", "snappy": ".snappy", "zstd": ".zst", "lz4": ".lz4", "xz": ".xz",
  ]

  /// Barman's name of a backup that ended so long ago.
  static func label(_ age: Double) -> String {
    let text = Stage.text(ago: age + 5)
    return text.filter { $0 != "-" && $0 != ":" && $0 != "Z" }
  }

  // MARK: All of it

  /// As the server gets them, in a namespace.
  func objects(in namespace: String) -> [JSONValue] {
    ([cluster] + backups + schedules + stores + pods + claims + volumeSnapshots + others)
      .map { object in
        var object = object
        object.set(.string(namespace), at: "metadata", "namespace")
        return object
      }
  }

  // MARK: Changing it

  mutating func status(_ change: (inout JSONValue) -> Void) {
    guard var status = statuses[instance(1)] else { return }
    change(&status)
    statuses[instance(1)] = status
  }

  mutating func annotate(_ key: String, _ value: String) {
    cluster.set(.string(value), at: "metadata", "annotations", key)
  }

  mutating func condition(_ type: String, _ status: String, _ reason: String, ago: Double = 3600) {
    var conditions = cluster[path: "status", "conditions"]?.array ?? []
    conditions.removeAll { $0["type"]?.string == type }
    conditions.append(Self.condition(type, status, reason, ago: ago))
    cluster.set(.array(conditions), at: "status", "conditions")
  }

  static func condition(
    _ type: String, _ status: String, _ reason: String, ago: Double
  ) -> JSONValue {
    [
      "type": .string(type), "status": .string(status), "reason": .string(reason),
      "message": .string(reason), "lastTransitionTime": .string(Stage.text(ago: ago)),
    ]
  }

  /// Whoever promised a window promises this one.
  mutating func claim(first: Double?, last: Double?) {
    let points = [("firstRecoverabilityPoint", first), ("lastSuccessfulBackup", last)]
    for (key, age) in points {
      let text = age.map { JSONValue.string(Stage.text(ago: $0)) }
      if shape.archiver == .barmanPlugin {
        let field = key.hasPrefix("first") ? key : "lastSuccessfulBackupTime"
        stores[0].set(text, at: "status", "serverRecoveryWindow", shape.server, field)
      } else {
        cluster.set(text, at: "status", key)
        cluster.set(text.map { ["barmanObjectStore": $0] }, at: "status", key + "ByMethod")
      }
    }
  }

  /// Every base backup is so much older, and nobody says otherwise.
  mutating func age(by seconds: Double) throws {
    var older = shape
    older.ages = shape.ages.map { $0 + seconds }
    let other = try OperatorWorld(older)
    (shape, backups) = (older, other.backups)
    if let bucket { self.bucket = bucket.isEmpty ? [:] : other.bucket }
    claim(first: older.ages.last, last: older.ages.first)
  }
}
