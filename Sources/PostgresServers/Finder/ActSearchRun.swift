import FoundationEssentials
import RecoveryModel
import Synchronization

/// Looks through a stretch of an archive's WAL, segment by segment; never more than a few of them lie on this machine.
package struct ActSearchRun: Sendable {
  private let inventory: ScrubInventory
  private let waldump: WALDump
  private let names: ActNameReader

  package init(_ inventory: ScrubInventory, waldump: WALDump, names: ActNameReader) {
    self.inventory = inventory
    self.waldump = waldump
    self.names = names
  }

  /// Segments that have to fit: the one that is read, the one before it, and what writing takes meanwhile.
  private static let room = 4

  /// `report` says how far the server is. Throws `RecoveryError`; what could not be read is told in the answer.
  package func run(
    _ order: ActSearchOrder, report: EngineReport,
    progress: @escaping @Sendable (ActSearchProgress) -> Void
  ) async throws -> ActSearch {
    let scratch = try WALScratch()
    defer { scratch.remove() }
    let least = Int64(Self.room * inventory.segmentSize)
    if let room = scratch.room, room < least {
      throw RecoveryError(
        .refused,
        "\(scratch.directory) has \(Format.bytes(room)) free, and reading WAL takes "
          + Format.bytes(least), remedy: "set TMPDIR to a place with more room")
    }
    let status = report.archive.value
    // What another server wrote was never production's.
    let inventory = inventory.without(report.strays())
    let route = StretchRoute(inventory, order)
    var reading = StretchReading(
      order: order, inventory: inventory, waldump: waldump, scratch: scratch)
    defer { reading.endFetching() }
    for (index, step) in route.steps.enumerated() {
      let next = index + 1 < route.steps.count ? route.steps[index + 1] : nil
      guard try await reading.take(step, before: next) else { break }
      progress(
        ActSearchProgress(
          segments: index + 1, ofSegments: route.steps.count,
          found: reading.found, at: reading.last))
    }
    var search = reading.conclude(
      beginsArchive: route.beginsArchive, isEmpty: route.steps.isEmpty,
      current: report.archive.at.map { $0 >= order.to } == true ? status?.currentLSN : nil,
      ahead: status?.currentLSN,
      hasPrimary: report.instances.value?.contains(where: \.isRunningPrimary) ?? false)
    if !search.acts.isEmpty { search.take(await names.read(search)) }
    // Long values go with each UPDATE of theirs: no row of a table is lost.
    search.acts.removeAll { act in
      act.kind == .delete && act.relations.allSatisfy { ($0.name ?? "").hasPrefix("pg_toast.") }
    }
    return search
  }
}

/// One search under way.
private struct StretchReading {
  let order: ActSearchOrder
  let inventory: ScrubInventory
  let waldump: WALDump
  let scratch: WALScratch
  private let reader: Guarded<ActReader>
  private var search: ActSearch
  /// Segments that lie there, with the timeline that their names have.
  private var kept: [WALSegment] = []
  /// Where the next one goes on; nil = at its own beginning.
  private var start: LSN?
  private var end: WALSegment?
  private var isDone = false
  /// The next one, which is fetched while this one is read.
  private var fetching: SegmentFetching

  init(
    order: ActSearchOrder, inventory: ScrubInventory, waldump: WALDump, scratch: WALScratch
  ) {
    self.order = order
    self.inventory = inventory
    self.waldump = waldump
    self.scratch = scratch
    reader = Guarded(ActReader(order))
    fetching = SegmentFetching(inventory: inventory)
    search = ActSearch(order)
  }

  private var size: Int { inventory.segmentSize }
  var found: Int { reader.value.acts.count }
  var last: Date? { reader.value.last }

  /// Nothing is fetched any more.
  mutating func endFetching() { fetching.end() }

  /// False = no more is to be read.
  mutating func take(
    _ step: StretchRoute.Step, before next: StretchRoute.Step?
  ) async throws -> Bool {
    if Task.isCancelled {
      miss(.cancelled, "it was cancelled", from: end?.end(segmentSize: size))
      return false
    }
    switch step {
    case .hole(let first, let count):
      miss(
        .hole,
        "\(count) WAL segment\(count == 1 ? " is" : "s are") missing from "
          + first.name(segmentSize: size), from: first.start(segmentSize: size),
        remedy: "a recovery stops there too: take a base backup")
      return true
    case .segment(let item, let segment): return try await take(item, segment, before: next)
    }
  }

  private mutating func take(
    _ item: ScrubItem, _ segment: WALSegment, before next: StretchRoute.Step?
  ) async throws -> Bool {
    let name = segment.name(segmentSize: size)
    let begin = segment.start(segmentSize: size)
    guard search.bytes + item.bytes <= order.limit else {
      miss(
        .limit,
        "\(Format.bytes(search.bytes)) were read, and the limit is "
          + Format.bytes(order.limit), from: begin, remedy: "narrow the stretch, or raise --limit")
      return false
    }
    let bytes: [UInt8]
    do {
      bytes = try await fetching.take(item)
    } catch {
      if Task.isCancelled { return try await take(.segment(item, segment), before: nil) }
      let why = (error as? RecoveryError)?.message ?? "\(error)"
      miss(
        .unreadable, "\(name) could not be read: \(why)", from: begin,
        remedy: (error as? RecoveryError)?.remedy ?? "")
      return true
    }
    search.bytes += item.bytes
    if case .segment(let item, _) = next, search.bytes + item.bytes <= order.limit {
      fetching.begin(item)
    }
    let expected = WALExpectation(segment: segment, segmentSize: size)
    let major: Int
    switch bytes.withUnsafeBytes({ WALSegmentCheck.state(of: $0, expected: expected) }) {
    case .faulty(let what):
      miss(.unreadable, "\(name) is damaged: \(what)", from: begin)
      return true
    case .good(_, nil):
      miss(.unreadable, "\(name) is of a PostgreSQL that is not known here", from: begin)
      return true
    case .good(_, let known?): major = known
    }
    try keep(bytes, segment, name)
    return try await read(segment, name, major)
  }

  /// Under the timeline that is read now, those before it too: a record may begin in one and end in the other.
  private mutating func keep(
    _ bytes: [UInt8], _ segment: WALSegment, _ name: String
  ) throws(RecoveryError) {
    kept = kept.map { old in
      guard old.timeline != segment.timeline else { return old }
      let new = WALSegment(timeline: segment.timeline, number: old.number)
      scratch.rename(old.name(segmentSize: size), to: new.name(segmentSize: size))
      return new
    }
    scratch.remove(name)
    kept.removeAll { $0 == segment }
    try scratch.write(bytes, named: name)
    kept.append(segment)
  }

  private mutating func read(
    _ segment: WALSegment, _ name: String, _ major: Int
  ) async throws -> Bool {
    let reader = reader
    let begin = segment.start(segmentSize: size)
    let ending: WALDump.Ending
    do {
      ending = try await waldump.records(
        in: scratch, timeline: segment.timeline, from: start ?? begin,
        to: segment.end(segmentSize: size), major: major,
        take: { line in reader.change { $0.take(line) } })
    } catch {
      if Task.isCancelled {
        miss(.cancelled, "it was cancelled", from: begin)
      } else {
        miss(
          .unreadable,
          "pg_waldump could not be run: \((error as? RecoveryError)?.message ?? "\(error)")",
          from: begin)
      }
      return false
    }
    switch ending {
    case .noProgram:
      miss(
        .program, "there is no pg_waldump of PostgreSQL \(major) on this machine", from: begin,
        remedy: "install the server package of PostgreSQL \(major), on Debian postgresql-\(major)")
      return false
    case .undecodable(let what), .failed(let what):
      miss(.unreadable, "\(name): \(what)", from: reader.value.position ?? begin)
    case .whole:
      let least = start ?? begin
      start = reader.value.position.map { max($0, least) } ?? least
    }
    search.segments += 1
    search.firstSegment = search.firstSegment ?? name
    search.lastSegment = name
    end = segment
    forget()
    isDone = reader.value.last.map { $0 > order.to } ?? false
    return !isDone
  }

  /// What lies before the last record is not needed any more.
  private mutating func forget() {
    let least = start.map { $0.rawValue / UInt64(size) } ?? .max
    for segment in kept where segment.number < least {
      scratch.remove(segment.name(segmentSize: size))
    }
    kept.removeAll { $0.number < least }
  }

  /// Records behind a part that was not read are no continuation of those before it.
  private mutating func miss(
    _ kind: UnreadWAL.Kind, _ words: String, from: LSN?, remedy: String = ""
  ) {
    search.unread.append(
      UnreadWAL(kind, from: from, Sanitizer.clean(words, limit: 300), remedy: remedy))
    start = nil
    reader.change { $0.lose() }
    forget()
  }

  /// `current`: how far the server was at the end of the stretch or after it; `ahead`: at the last look.
  func conclude(
    beginsArchive: Bool, isEmpty: Bool, current: LSN?, ahead: LSN?, hasPrimary: Bool
  ) -> ActSearch {
    var search = search
    search.take(reader.value)
    let stopped = search.unread.contains {
      $0.kind == .limit || $0.kind == .program || $0.kind == .cancelled
    }
    if beginsArchive, search.segments > 0, reader.value.first.map({ $0 > order.from }) ?? true {
      search.unread.insert(
        UnreadWAL(
          .beforeArchive, from: nil,
          "the archive begins with \(search.firstSegment ?? "nothing"): it has nothing of before"),
        at: 0)
    }
    guard !isDone, !stopped else { return search }
    let end = end?.end(segmentSize: size)
    // Where a segment has just been closed, the next position is behind its first header.
    if let current, let end, current.bytes(since: end) <= Self.longHeader, !isEmpty {
      return search
    }
    let more = end.flatMap { end in ahead.map { $0.bytes(since: end) } } ?? 0
    let last = reader.value.last.map {
      "the last commit that is archived is of \(RecoveryMoment.exact($0))"
    }
    let rest = UnreadWAL(
      .notArchived, from: end,
      (last ?? "nothing of that time is archived")
        + (more > 0 ? "; \(Format.bytes(more)) of WAL are not archived yet" : ""),
      remedy: hasPrimary
        ? "close the segment (SELECT pg_switch_wal() on the primary), and search again"
        : "no primary answers that could close its segment: what it had not archived is told by "
          + "nobody")
    if search.order.isOpen, search.segments > 0 {
      search.beyond = rest
    } else {
      search.unread.append(rest)
    }
    return search
  }

  /// `XLogLongPageHeaderData`.
  private static let longHeader: Int64 = 40
}

/// A value that a sink of bytes changes and others read.
private final class Guarded<Value: Sendable>: Sendable {
  private let lock: Mutex<Value>

  init(_ value: Value) { lock = Mutex(value) }

  var value: Value { lock.withLock { $0 } }
  func change(_ body: (inout Value) -> Void) { lock.withLock { body(&$0) } }
}
