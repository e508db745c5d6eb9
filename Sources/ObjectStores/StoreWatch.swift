import FoundationEssentials
import RecoveryModel
import Transports

/// Looks at one server's part of a bucket again and again, each time at no more than can have changed: a request a look,
/// one more now and then, everything once a day; and no more in a day than is allowed.
package actor StoreWatch {
  private let prefix: String
  private let now: @Sendable () -> Date
  private let open: @Sendable () async throws(RecoveryError) -> any ObjectStore
  private let reading: PatientTask
  private let meter: RequestMeter
  private var reader: BarmanServerReader?
  private var openedAt = Date.distantPast
  private var place: String?
  private var look: BarmanServerReader.Look?
  private var wholeAt = Date.distantPast
  private var catalogAt = Date.distantPast
  private var beginningsAt = Date.distantPast
  private var catalogMark: String?
  private var beganAt: Date?
  /// Rings when a look ends that nobody has waited for to its end.
  package nonisolated let late: QuestionBell

  /// Seconds between two looks: with all that is asked now and then, less than a request a minute where nothing comes.
  package static let pace = 90.0
  /// Seconds between two looks at the catalog that nothing has asked for.
  package static let catalogPace = 600.0
  /// Seconds that a look waits for the store.
  private static let patience = 6.0
  /// Seconds between two looks at where the timelines begin: what expires goes with its backup, and that is seen sooner.
  private static let beginningsPace = 3600.0
  /// Seconds between two looks at everything.
  private static let wholePace = 86_400.0
  /// Seconds after which the store is opened anew: credentials may have been changed.
  private static let openPace = 3600.0

  /// `prefix`: of the server, with a slash at its end. `open` finds credentials; what is known stays when it is called
  /// again.
  package init(
    prefix: String, now: @escaping @Sendable () -> Date, limit: StoreLimit = StoreLimit(),
    reading: PatientTask = PatientTask(),
    open: @escaping @Sendable () async throws(RecoveryError) -> any ObjectStore
  ) {
    self.prefix = prefix
    self.now = now
    self.reading = reading
    self.open = open
    meter = RequestMeter(limit: limit, now: now)
    late = reading.late
  }

  /// What the looks have cost.
  package var cost: RequestMeter.Count { meter.count }

  /// What they have cost in the last day; nil while nobody has looked.
  package var traffic: StoreTraffic? { place.map(meter.traffic) }

  /// What lies there. `mark` changes whenever a backup may have come or gone. Where a day's limit is reached, it is what
  /// was seen last, as old as it is. Throws `RecoveryError`: underWay while the first look is.
  package func server(mark: String) async throws(RecoveryError) -> StoredServer {
    if let refusal = traffic?.refusal {
      guard let server = look?.server else { throw refusal }
      return server
    }
    let reader = try await opened()
    if await !reading.isUnderWay { beganAt = now() }
    _ = await reading.run(within: Self.patience) { await self.lookAnew(mark, reader) }
    guard let server = look?.server else { throw stillReading() }
    // Other credentials may do: the next look asks for them.
    if server.wal.failure != nil, server.backups.failure != nil { self.reader = nil }
    return server
  }

  private func opened() async throws(RecoveryError) -> BarmanServerReader {
    let began = now()
    if let reader, began.timeIntervalSince(openedAt) < Self.openPace { return reader }
    let client = try await open().metered(by: meter)
    let opened = BarmanServerReader(client: client, prefix: prefix, now: now)
    place = opened.path
    (reader, openedAt) = (opened, began)
    return opened
  }

  private func stillReading() -> RecoveryError {
    .underWay("the store is still being read", since: beganAt)
  }

  private func lookAnew(_ mark: String, _ reader: BarmanServerReader) async {
    let began = now()
    func isDue(_ last: Date, _ pace: Double) -> Bool { began.timeIntervalSince(last) >= pace }
    var extent: BarmanServerReader.Extent = []
    if mark != catalogMark || isDue(catalogAt, Self.catalogPace) { extent.insert(.catalog) }
    if isDue(beginningsAt, Self.beginningsPace), extent.isEmpty { extent.insert(.beginnings) }
    if look == nil || isDue(wholeAt, Self.wholePace) { extent = .whole }
    let next = await reader.look(extent, after: look)
    if Task.isCancelled { return }
    look = next
    if extent.contains(.catalog), next.server.backups.value != nil {
      (catalogAt, catalogMark) = (began, mark)
    }
    guard next.server.wal.value != nil else { return }
    if extent.contains(.beginnings) { beginningsAt = began }
    guard extent == .whole else { return }
    wholeAt = began
    // Of a large archive hundreds of pages were read, and a few bytes of each name are kept.
    if (next.wal?.objects ?? 0) > 10_000 { Memory.giveBack() }
  }
}
