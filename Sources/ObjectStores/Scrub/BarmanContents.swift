import FoundationEssentials
import PostgresServers
import RecoveryModel
import Transports

/// Reads the contents of what barman-cloud has put into a bucket: segments and base backups, to their last byte.
package struct BarmanContents: Sendable {
  private let client: any ObjectStore
  /// Of the server, with a slash at its end.
  private let prefix: String
  private let now: @Sendable () -> Date
  private let tools: ContentTools

  package init(
    client: any ObjectStore, prefix: String, tools: ContentTools,
    now: @escaping @Sendable () -> Date
  ) {
    self.client = client
    self.prefix = prefix
    self.tools = tools
    self.now = now
  }

  /// All that lies there now. Throws `RecoveryError` where that cannot be listed.
  package func inventory() async throws(RecoveryError) -> ScrubInventory {
    let look = await BarmanServerReader(client: client, prefix: prefix, now: now)
      .look(.contents, after: nil)
    for failure in [look.server.backups.failure, look.server.wal.failure].compactMap({ $0 }) {
      throw RecoveryError(
        failure.code ?? .unreachable, "\(failure.part): \(failure.reason)", remedy: failure.remedy)
    }
    let catalog = look.server.catalog(now: now())
    let size = look.server.wal.value?.archive.segmentSize ?? 16 << 20
    let bases = look.entries.values.compactMap { Self.base($0.directory, $0.entry) }
    let files = Self.segments(look.wal, segmentSize: size)
    let reader = ObjectContents(
      client: client, prefix: prefix, tools: tools, segmentSize: size,
      identities: WALIdentities(catalog), switches: look.histories.switches,
      files: Dictionary(files.map { ($0.segment, $0.file) }, uniquingKeysWith: { $1 }),
      bases: Dictionary(bases.map { ($0.id, $0) }, uniquingKeysWith: { $1 }))
    return ScrubInventory(
      items: bases.map(\.item) + files.map(\.item), segmentSize: size,
      switches: look.histories.switches, plain: { try await reader.plain($0, pace: $1) },
      read: { await reader.read($0, pace: $1) })
  }

  /// nil for what did not end, or whose data is not in the store.
  private static func base(
    _ directory: BaseListing.Directory, _ entry: BarmanServerReader.Entry
  ) -> StoredBase? {
    guard let stored = entry.backup, stored.status == "DONE", !directory.data.isEmpty else {
      return nil
    }
    return StoredBase(
      id: directory.id, data: directory.data.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
      modifiedAt: directory.newestAt, system: stored.backup.identity.systemIdentifier,
      encryption: stored.encryption)
  }

  /// The file of each that a restore would take: Barman's fetches each whole one over the one before.
  private static func segments(
    _ listing: WALListing?, segmentSize: Int
  ) -> [(segment: WALSegment, file: WALListing.File, item: ScrubItem)] {
    var found: [(segment: WALSegment, file: WALListing.File, item: ScrubItem)] = []
    for file in listing?.files ?? [] where !file.kind.isPartial {
      guard
        let segment = WALSegment(
          timeline: file.timeline, log: file.log, index: file.index, segmentSize: segmentSize)
      else { continue }
      if found.last?.segment == segment { found.removeLast() }
      let item = ScrubItem(
        subject: .segment(segment), object: "wals/\(file.path)", bytes: file.bytes,
        modifiedAt: file.at)
      found.append((segment, file, item))
    }
    return found
  }
}

/// The data of one base backup.
struct StoredBase: Sendable {
  var id: String
  /// Names and bytes, in the order of the names.
  var data: [(name: String, bytes: Int64)]
  var modifiedAt: Date?
  var system: String?
  var encryption: String?

  var item: ScrubItem {
    ScrubItem(
      subject: .backup(id), object: "base/\(id)", bytes: data.reduce(0) { $0 + $1.bytes },
      modifiedAt: modifiedAt)
  }
}

/// Which system and version may have written a segment.
struct WALIdentities: Sendable {
  private let current: DatabaseIdentity
  private let others: Set<String>
  /// Number of the segment that the first backup of the present one begins in.
  private let first: UInt64?

  init(_ catalog: BackupCatalog) {
    current = catalog.current
    let systems = Set(catalog.backups.compactMap(\.identity.systemIdentifier))
    others = systems.subtracting([catalog.current.systemIdentifier].compactMap { $0 })
    first = catalog.usable.compactMap(\.startSegment?.number).min()
  }

  /// What lies before the first backup of the present system may be of one that was here before it.
  func expectation(
    _ segment: WALSegment, segmentSize: Int, switches: [TimelineSwitch]
  ) -> WALExpectation {
    var expectation = WALExpectation(
      segment: segment, segmentSize: segmentSize, majorVersion: current.majorVersion,
      systems: Set([current.systemIdentifier].compactMap { $0 }),
      switchedAt: switches.first { $0.timeline == segment.timeline }?.switchedAt)
    if !others.isEmpty, first.map({ segment.number < $0 }) ?? true {
      if !expectation.systems.isEmpty { expectation.systems.formUnion(others) }
      expectation.majorVersion = nil
    }
    return expectation
  }
}
