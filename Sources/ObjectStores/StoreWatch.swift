import FoundationEssentials
import RecoveryModel
import Transports

/// Looks at one server's part of a bucket again and again, each time at no more than can have changed: a request a look,
/// some more now and then, everything once a day.
package actor StoreWatch {
  private let prefix: String
  private let now: @Sendable () -> Date
  private let open: @Sendable () async throws(RecoveryError) -> S3Client
  private let reading: PatientTask
  private var reader: BarmanServerReader?
  private var openedAt = Date.distantPast
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
  /// Seconds after which the store is opened anew: credentials may have been changed.
  private static let openPace = 3600.0

  /// `prefix`: of the server, with a slash at its end. `open` finds credentials; what is known stays when it is called
  /// again.
  package init(
    prefix: String, now: @escaping @Sendable () -> Date, reading: PatientTask = PatientTask(),
    open: @escaping @Sendable () async throws(RecoveryError) -> S3Client
  ) {
    self.prefix = prefix
    self.now = now
    self.reading = reading
    self.open = open
    late = reading.late
  }

  /// What the looks have cost since the store was opened.
  package var cost: RequestMeter.Count { reader?.client.meter.count ?? RequestMeter.Count() }

  /// What lies there. `mark` changes whenever a backup may have come or gone. Throws `RecoveryError`: timedOut while the
  /// first look is under way.
  package func server(mark: String) async throws(RecoveryError) -> StoredServer {
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
    let opened = BarmanServerReader(client: try await open(), prefix: prefix, now: now)
    (reader, openedAt) = (opened, began)
    return opened
  }

  private func stillReading() -> RecoveryError {
    let waited = beganAt.map { max(0, now().timeIntervalSince($0)) } ?? 0
    return RecoveryError(
      .timedOut, "the store is still being read, for \(Format.duration(waited)) so far",
      remedy: "wait: it goes on in a running console or exporter, and later looks are short")
  }

  private func lookAnew(_ mark: String, _ reader: BarmanServerReader) async {
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
