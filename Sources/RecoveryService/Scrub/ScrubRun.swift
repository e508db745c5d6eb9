import FoundationEssentials
import RecoveryModel
import Synchronization

/// One scrub: reads an inventory in its order, at its pace, and writes down in parts what came of it, so that the next one
/// goes on where this one was interrupted.
actor ScrubRun {
  private let inventory: ScrubInventory
  private let limits: ScrubLimits
  private let ledger: any ScrubLedger
  private let environment: ServiceEnvironment
  private let id: String
  private let begunAt: Date
  private let progress: @Sendable (ScrubProgress) -> Void
  private var outcome = ScrubOutcome()
  private var part: ScrubRecord
  private var read: [ScrubDepth: [WALSegment]] = [:]
  private var inPart = 0
  /// Of earlier scrubs within the last 24 hours.
  private var spentBefore: Int64 = 0
  private var fetched: Int64 = 0
  private var wanted: Int64 = 0

  /// Objects and seconds after which a part is written down.
  private static let partLimit = (objects: 500, seconds: 60.0)

  init(
    _ inventory: ScrubInventory, limits: ScrubLimits, ledger: any ScrubLedger,
    environment: ServiceEnvironment, progress: @escaping @Sendable (ScrubProgress) -> Void
  ) {
    self.inventory = inventory
    self.limits = limits
    self.ledger = ledger
    self.environment = environment
    self.progress = progress
    id = environment.engine.newID()
    begunAt = environment.engine.now()
    part = Self.part(id, inventory, environment, begunAt)
  }

  /// Throws `RecoveryError` where nothing can be written down.
  func run() async throws(RecoveryError) -> ScrubOutcome {
    let records = try await ledger.records()
    let day = begunAt.addingTimeInterval(-86_400)
    spentBefore = records.filter { $0.finishedAt > day }.reduce(0) { $0 + $1.bytes }
    let total = inventory.items.reduce(0) { $0 + $1.bytes }
    wanted = Int64((limits.share * Double(total)).rounded(.up))
    var taken: Int64 = 0
    for item in inventory.ordered(after: ScrubHistory(records)) {
      guard taken < wanted else { break }
      if Task.isCancelled {
        outcome.ending = .cancelled
        break
      }
      guard fits(item) else {
        outcome.ending = .dailyLimit
        break
      }
      if await take(item) { taken += item.bytes }
      let age = environment.engine.now().timeIntervalSince(part.startedAt)
      if inPart >= Self.partLimit.objects || age >= Self.partLimit.seconds { try await write() }
    }
    try await write()
    outcome.seconds = max(0, environment.engine.now().timeIntervalSince(begunAt))
    return outcome
  }

  /// One that is larger than a whole day's share would never be read: it may have a day of its own.
  private func fits(_ item: ScrubItem) -> Bool {
    guard let daily = limits.daily else { return true }
    let spent = spentBefore + fetched
    return spent + item.bytes <= daily || spent == 0
  }

  /// False where nothing can be said of it.
  private func take(_ item: ScrubItem) async -> Bool {
    progress(
      ScrubProgress(
        object: item.object, objects: outcome.objects, bytes: fetched, ofBytes: wanted))
    let reading = await inventory.read(item) { bytes in await self.pace(bytes) }
    inPart += 1
    switch (reading, item.subject) {
    case (.unread(let reason), _):
      if Task.isCancelled { return false }
      let unread = ScrubRecord.Unread(reason: reason, objects: 1, bytes: item.bytes)
      part.unread.merge([unread])
      outcome.unread.merge([unread])
      return false
    case (.good(let depth), .segment(let segment)): read[depth, default: []].append(segment)
    case (.good, .backup(let id)): part.backups.append(id)
    case (.faulty(let what), _):
      let fault = ScrubFault(
        item, segmentSize: inventory.segmentSize, what: what, at: environment.engine.now())
      part.faults.append(fault)
      outcome.faults.append(fault)
    }
    outcome.objects += 1
    return true
  }

  /// Waits until what has come so far is no more than the rate allows.
  private func pace(_ bytes: Int64) async {
    fetched += bytes
    part.bytes += bytes
    outcome.bytes += bytes
    progress(
      ScrubProgress(object: "", objects: outcome.objects, bytes: fetched, ofBytes: wanted))
    guard let rate = limits.rate else { return }
    let ahead =
      Double(fetched) / rate - environment.engine.now().timeIntervalSince(begunAt)
    if ahead > 0 { try? await environment.sleep(ahead) }
  }

  private func write() async throws(RecoveryError) {
    guard inPart > 0 else { return }
    part.segments = read.flatMap { depth, segments in
      Self.runs(of: segments, depth, segmentSize: inventory.segmentSize)
    }.sorted { $0.first < $1.first }
    part.finishedAt = environment.engine.now()
    let isWorthALine =
      part.bytes > 0 || !part.segments.isEmpty || !part.backups.isEmpty || !part.unread.isEmpty
    if isWorthALine { try await ledger.append(part) }
    part = Self.part(id, inventory, environment, part.finishedAt)
    read = [:]
    inPart = 0
  }

  private static func part(
    _ id: String, _ inventory: ScrubInventory, _ environment: ServiceEnvironment, _ at: Date
  ) -> ScrubRecord {
    ScrubRecord(
      id: id, startedAt: at, finishedAt: at, segmentSize: inventory.segmentSize,
      newest: inventory.items.compactMap(\.modifiedAt).max(), host: environment.engine.host,
      user: environment.engine.user, version: environment.engine.version)
  }

  private static func runs(
    of segments: [WALSegment], _ depth: ScrubDepth, segmentSize: Int
  ) -> [ScrubRecord.Run] {
    var runs: [(first: WALSegment, count: UInt64)] = []
    for segment in segments.sorted() {
      if let last = runs.last, last.first.timeline == segment.timeline,
        last.first.number + last.count == segment.number
      {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((segment, 1))
      }
    }
    return runs.map {
      ScrubRecord.Run(
        first: $0.first.name(segmentSize: segmentSize), count: Int($0.count), depth: depth)
    }
  }
}
