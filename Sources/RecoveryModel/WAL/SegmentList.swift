import FoundationEssentials

/// Segments as an archive lists them, in little memory: most follow the one before them, so that a stretch of them has one
/// number, and of each there is kept its size and its time, eight bytes.
///
/// Sizes hold up to 4 GiB (a segment is of 1 GiB at most), times to the millisecond.
package struct SegmentList: Sendable {
  /// Segments of one timeline, each the next one's predecessor.
  package struct Stretch: Sendable, Equatable {
    package var first: WALSegment
    /// Where it begins in the list.
    package var offset: Int
    package var count: Int

    package var last: WALSegment {
      WALSegment(timeline: first.timeline, number: first.number + UInt64(count - 1))
    }
  }

  private struct Run: Sendable, Equatable {
    var first: WALSegment
    var offset: Int
    /// Milliseconds since 1970 that the times of its entries count from.
    var base: Int64
  }

  private struct Entry: Sendable, Equatable {
    var bytes: UInt32
    /// Milliseconds after the base of its run; `unknown` = no time is told.
    var delay: Int32
  }

  private static let unknown = Int32.min

  private var runs: [Run] = []
  private var entries: [Entry] = []

  package init() {}

  package mutating func append(_ archived: ArchivedSegment) {
    let time = archived.archivedAt.flatMap(Self.milliseconds)
    let bytes = UInt32(clamping: archived.storedBytes)
    if let run = runs.last, archived.segment == following(run),
      let delay = Self.delay(time, after: run.base)
    {
      entries.append(Entry(bytes: bytes, delay: delay))
    } else {
      runs.append(Run(first: archived.segment, offset: entries.count, base: time ?? 0))
      entries.append(Entry(bytes: bytes, delay: time == nil ? Self.unknown : 0))
    }
  }

  /// What would go on the last run.
  private func following(_ run: Run) -> WALSegment {
    WALSegment(
      timeline: run.first.timeline, number: run.first.number &+ UInt64(entries.count - run.offset))
  }

  private static func milliseconds(_ date: Date) -> Int64? {
    let time = (date.timeIntervalSince1970 * 1000).rounded()
    return abs(time) < 9e15 ? Int64(time) : nil
  }

  /// nil where it does not fit.
  private static func delay(_ time: Int64?, after base: Int64) -> Int32? {
    guard let time else { return unknown }
    let delay = Int32(exactly: time - base)
    return delay == unknown ? nil : delay
  }

  private static func archived(_ entry: Entry, _ index: Int, _ run: Run) -> ArchivedSegment {
    ArchivedSegment(
      segment: WALSegment(
        timeline: run.first.timeline, number: run.first.number &+ UInt64(index - run.offset)),
      storedBytes: Int64(entry.bytes),
      archivedAt: entry.delay == unknown
        ? nil : Date(timeIntervalSince1970: Double(run.base + Int64(entry.delay)) / 1000))
  }

  /// Position of the run that holds the entry.
  private func run(holding index: Int) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].offset <= index { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}

extension SegmentList {
  /// The stretches in order; two of them can follow each other.
  package var stretches: [Stretch] {
    runs.indices.map { index in
      let end = index + 1 < runs.count ? runs[index + 1].offset : entries.count
      return Stretch(
        first: runs[index].first, offset: runs[index].offset, count: end - runs[index].offset)
    }
  }

  /// Each segment comes after the one before it.
  package var isStrictlySorted: Bool {
    let stretches = stretches
    return zip(stretches, stretches.dropFirst()).allSatisfy { $0.last < $1.first }
  }

  /// How many of these numbers, on timelines up to one, were stored after a time.
  func count(
    from first: UInt64, through last: UInt64, upTo timeline: UInt32, storedAfter time: Date
  ) -> Int {
    let after = time.timeIntervalSince1970 * 1000
    return stretches.enumerated().reduce(0) { total, next in
      let (index, stretch) = next
      let low = Swift.max(first, stretch.first.number)
      let high = Swift.min(last, stretch.last.number)
      guard low <= high, stretch.first.timeline <= timeline else { return total }
      let begin = stretch.offset + Int(low - stretch.first.number)
      let base = runs[index].base
      return total
        + entries[begin...(begin + Int(high - low))].count {
          $0.delay != Self.unknown && Double(base + Int64($0.delay)) > after
        }
    }
  }

  package var storedBytes: Int64 { entries.reduce(0) { $0 + Int64($1.bytes) } }

  /// The same in no more memory than it takes.
  package var compacted: SegmentList {
    var list = SegmentList()
    list.runs = runs.withUnsafeBufferPointer(Array.init)
    list.entries = entries.withUnsafeBufferPointer(Array.init)
    return list
  }

  /// The same under other numbers, its sizes and times in the same memory; nil where a stretch has no such numbers.
  package func renumbered(_ number: (WALSegment) -> WALSegment?) -> SegmentList? {
    var list = self
    for (index, stretch) in stretches.enumerated() {
      guard let first = number(stretch.first), let last = number(stretch.last),
        last.timeline == first.timeline, last.number == first.number + UInt64(stretch.count - 1)
      else { return nil }
      list.runs[index].first = first
    }
    return list
  }

  /// What one more costs while it follows the one before it.
  static var bytesPerSegment: Int { MemoryLayout<Entry>.stride }

  /// Leaves the first `count`.
  package mutating func truncate(to count: Int) {
    guard count < entries.count else { return }
    entries.removeSubrange(count...)
    runs.removeAll { $0.offset >= count }
  }
}

extension SegmentList: RandomAccessCollection, RangeReplaceableCollection {
  package struct Iterator: IteratorProtocol {
    private let list: SegmentList
    private var index = 0
    private var run = 0

    fileprivate init(_ list: SegmentList) { self.list = list }

    package mutating func next() -> ArchivedSegment? {
      guard index < list.entries.count else { return nil }
      if run + 1 < list.runs.count, list.runs[run + 1].offset == index { run += 1 }
      defer { index += 1 }
      return SegmentList.archived(list.entries[index], index, list.runs[run])
    }
  }

  package func makeIterator() -> Iterator { Iterator(self) }
  package var startIndex: Int { 0 }
  package var endIndex: Int { entries.count }

  package subscript(index: Int) -> ArchivedSegment {
    get { Self.archived(entries[index], index, runs[run(holding: index)]) }
    set { replaceSubrange(index...index, with: CollectionOfOne(newValue)) }
  }

  package mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

  package mutating func replaceSubrange(
    _ range: Range<Int>, with new: some Collection<ArchivedSegment>
  ) {
    let rest = self[range.upperBound...]
    let tail = rest.isEmpty ? [] : Array(rest)
    truncate(to: range.lowerBound)
    for archived in new { append(archived) }
    for archived in tail { append(archived) }
  }

  package mutating func removeAll(where isGone: (ArchivedSegment) throws -> Bool) rethrows {
    var list = SegmentList()
    for archived in self where try !isGone(archived) { list.append(archived) }
    self = list
  }
}

extension SegmentList: Equatable, ExpressibleByArrayLiteral {
  package init(arrayLiteral elements: ArchivedSegment...) {
    self.init()
    for element in elements { append(element) }
  }

  package static func == (left: SegmentList, right: SegmentList) -> Bool {
    left.entries == right.entries && left.runs == right.runs
      // The same list can be cut into runs in more than one way.
      || left.count == right.count && left.elementsEqual(right)
  }
}
