import FoundationEssentials
import RecoveryModel
import Transports

/// Looks at one server's part of a bucket again and again, each time at no more than can have changed: a request a look,
/// some more now and then, everything once a day.
package actor StoreWatch {
  private let prefix: String
  private var reader: BarmanServerReader
  private let now: @Sendable () -> Date
  private let reading: PatientTask
  private var look: BarmanServerReader.Look?
  private var wholeAt = Date.distantPast
  private var catalogAt = Date.distantPast
  private var catalogMark: String?
  private var beganAt: Date?
  /// Rings when a look ends that nobody has waited for to its end.
  package nonisolated let late: QuestionBell

  /// Seconds that a look waits for the store.
  private static let patience = 6.0
  /// Seconds between two looks at the catalog that nothing has asked for.
  private static let catalogPace = 600.0
  /// Seconds between two looks at everything.
  private static let wholePace = 86_400.0

  /// `prefix`: of the server, with a slash at its end.
  package init(
    client: S3Client, prefix: String, now: @escaping @Sendable () -> Date,
    reading: PatientTask = PatientTask()
  ) {
    self.prefix = prefix
    self.now = now
    self.reading = reading
    late = reading.late
    reader = BarmanServerReader(client: client, prefix: prefix, now: now)
  }

  /// What the looks have cost so far.
  package var cost: RequestMeter.Count { reader.client.meter.count }

  /// From now on asks by this client, what is known stays.
  package func use(_ client: S3Client) {
    reader = BarmanServerReader(client: client, prefix: prefix, now: now)
  }

  /// What lies there; nil while the first look is under way. `mark` changes whenever a backup may have come or gone.
  package func server(mark: String) async -> StoredServer? {
    if await !reading.isUnderWay { beganAt = now() }
    _ = await reading.run(within: Self.patience) { await self.lookAnew(mark) }
    return look?.server
  }

  /// Seconds since the look began that is under way.
  package var waited: Double { beganAt.map { max(0, now().timeIntervalSince($0)) } ?? 0 }

  private func lookAnew(_ mark: String) async {
    let began = now()
    var extent = BarmanServerReader.Extent.archived
    if mark != catalogMark || began.timeIntervalSince(catalogAt) >= Self.catalogPace {
      extent = .catalog
    }
    if look == nil || began.timeIntervalSince(wholeAt) >= Self.wholePace { extent = .whole }
    let next = await reader.look(extent, after: look)
    if Task.isCancelled { return }
    look = next
    if extent != .archived, next.server.backups.value != nil {
      (catalogAt, catalogMark) = (began, mark)
    }
    if extent == .whole, next.wal != nil { wholeAt = began }
  }
}
