import RecoveryModel
import Transports

/// How a copy's server came to its end, and whether that speaks of the backup.
package struct CopyEnding: Sendable, Equatable {
  var log: RecoveryLog
  /// The server's exit status; nil while it is not known.
  var status: Int32?
  /// Free bytes where it lay; nil = unknown.
  var free: Int64?
  var place: String
  var order: DrillOrder
  /// What fetches segments, as people know it.
  var fetcher: String
  var sharedBuffers: String?

  /// As PostgreSQL says it where the copy's links are closed.
  private static let newTablespace = "could not create symbolic link \"pg_tblspc/"
  private static let program = "the copy's PostgreSQL"
  /// Less is full, though nobody said so.
  package static let cramped: Int64 = 1 << 20

  /// How a drill ends whose copy died before it took queries.
  func end(of archive: any HostDrillArchive) async -> DrillEnd {
    let isCramped = log.shortage == .full || (free ?? .max) < Self.cramped
    let fetching =
      endedEarly || fetchingDied != nil
      ? await archive.end(fetching: log, isCramped: isCramped, place: place) : nil
    if isHoleKnown {
      if case .failed = fetching, let fetching { return fetching }
      return hole
    }
    if let words = interference { return .couldNotRun(words) }
    if log.fatals.contains(where: { $0.contains(Self.newTablespace) }) {
      return .couldNotRun(
        "a tablespace was made after base backup \(order.label), and replay would lay it over "
          + "production's own directory: the copy was stopped; a new base backup has it within")
    }
    if let end = fetching ?? fetchingDied { return end }
    if let fault = log.fatals.last.flatMap({ MachineFault(said: $0) }) ?? log.shortage {
      return .couldNotRun(fault.words(Self.program, said: log.lastWords, place: place))
    }
    if !log.sawDatabase, !isOfDataDirectory { return .couldNotRun(refusal) }
    if let free, free < Self.cramped {
      return .couldNotRun(MachineFault.full.words(Self.program, said: log.lastWords, place: place))
    }
    if endedEarly, let target = order.momentCheck, isArchiveSpent {
      return target.notReached(log: log, segmentSize: order.segmentSize)
    }
    guard !endedEarly else { return hole }
    let place = reached.map { "at \($0)" } ?? "before it replayed anything"
    return .failed("the copy died \(place): \(log.reason)")
  }

  /// Who ended it, where it did not end by itself. A crash of its own, as over a broken page, is none.
  var interference: String? {
    let crashed = log.deaths.contains { MachineFault(signal: $0) == nil }
    guard !crashed else { return nil }
    let signals = log.deaths + [status.flatMap(MachineFault.signal(ofStatus:))].compactMap { $0 }
    if let fault = signals.lazy.compactMap({ MachineFault(signal: $0) }).first {
      return fault.words(Self.program, said: nil, place: place)
    }
    return log.isStopped ? MachineFault.stopped.words(Self.program, said: nil, place: place) : nil
  }

  /// The same of a copy that is gone, whether it left a word or not.
  var loss: String? {
    if let interference { return interference }
    guard log.deaths.isEmpty else { return nil }
    return (log.shortage ?? .killed(signal: nil)).words(Self.program, said: nil, place: place)
  }

  private var endedEarly: Bool { log.fatals.contains { $0.contains(RecoveryLog.endedEarly) } }

  /// Replay came to the segment that was missing when the plan was made.
  private var isHoleKnown: Bool {
    endedEarly
      && order.missing.map { $0.suffix(16) == missing?.suffix(16) } ?? false
  }

  /// What it asked for last lies behind all that was archived when the plan was made.
  private var isArchiveSpent: Bool {
    guard let last = order.lastSegment,
      let missing = missing.flatMap({ WALSegment(name: $0, segmentSize: order.segmentSize) })
    else { return false }
    return missing.number > last.number
  }

  private var missing: String? { log.missingSegment(segmentSize: order.segmentSize) }
  private var reached: String? { log.position(segmentSize: order.segmentSize)?.description }

  private var hole: DrillEnd {
    let planned = isHoleKnown || missing == nil ? order.missing : nil
    let obstacle = log.obstacle(segmentSize: order.segmentSize, planned: planned)
    return .failed(
      "\(obstacle): "
        + (reached.map { "replay ended at \($0), before" } ?? "nothing was replayed towards")
        + " its target \(order.goal)")
  }

  /// The command that fetches segments was ended: PostgreSQL takes every other failure of it for the end of the archive.
  private var fetchingDied: DrillEnd? {
    guard let fatal = log.fatals.first(where: { $0.hasPrefix("could not restore file ") }) else {
      return nil
    }
    let signal = fatal.after("terminated by signal ") ?? fatal.after("exit code ")
    let number = signal.flatMap { Int32($0.prefix { $0.isNumber }) } ?? 0
    let fault = MachineFault(signal: number > 128 ? number - 128 : number) ?? .tool
    return .couldNotRun(fault.words(fetcher, said: fatal, place: place))
  }

  /// It never came as far as the database: what it was started with is to blame, unless it names what was restored.
  private var isOfDataDirectory: Bool {
    let marks = [
      "control file", "\"global/", "\"base/", "\"pg_wal", "\"pg_xact", "\"pg_multixact",
      "\"pg_tblspc", "PG_VERSION", "is not a valid data directory", "incompatible with server",
    ]
    return log.fatals.contains { fatal in marks.contains(where: fatal.contains) }
  }

  private var refusal: String {
    let words = MachineFault.refused.words(Self.program, said: log.reason, place: place)
    guard let sharedBuffers, log.reason.contains("\"shared_buffers\"") else { return words }
    return "\(words): drill.shared_buffers is \(sharedBuffers) in pgvigil's configuration"
  }
}

extension RecoveryLog {
  /// The last thing it complained about.
  package var reason: String { lastWords ?? "it gave no reason" }

  fileprivate var lastWords: String? { fatals.last }
}
