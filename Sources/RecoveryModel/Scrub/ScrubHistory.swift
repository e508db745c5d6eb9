import FoundationEssentials

/// All that scrubs of a cluster have read so far. What is in force of it depends on what lies there now.
package struct ScrubHistory: Sendable, Equatable {
  /// When something was read last, and up to which time of the store that holds.
  package struct Reading: Sendable, Equatable {
    package var at: Date
    package var newest: Date?
    package var depth: ScrubDepth

    /// It was not written again since.
    func covers(_ modifiedAt: Date?) -> Bool {
      guard let modifiedAt, let newest else { return modifiedAt == nil }
      return modifiedAt.timeIntervalSince(newest) < ScrubHistory.rounding
    }
  }

  private struct Stretch: Sendable, Equatable {
    var numbers: ClosedRange<UInt64>
    var reading: Reading
  }

  /// By timeline; in order, without overlaps.
  private var stretches: [UInt32: [Stretch]] = [:]
  private var backups: [String: Reading] = [:]
  /// The newest of each object that was not read again and found good.
  package private(set) var faults: [ScrubFault] = []
  /// What the last scrub could not read.
  package private(set) var unread: [ScrubRecord.Unread] = []
  package private(set) var lastAt: Date?
  /// Grows with each line.
  private(set) var lines = 0
  private var lastID = ""

  /// Seconds; records keep milliseconds.
  private static let rounding = 0.005

  package init() {}

  /// In the order of their lines.
  package init(_ records: [ScrubRecord]) {
    for record in records { take(record) }
  }

  package var isEmpty: Bool { lines == 0 }

  private mutating func take(_ record: ScrubRecord) {
    lines += 1
    func reading(_ depth: ScrubDepth) -> Reading {
      Reading(at: record.finishedAt, newest: record.newest, depth: depth)
    }
    for run in record.segments {
      guard let first = WALSegment(name: run.first, segmentSize: record.segmentSize), run.count > 0
      else { continue }
      let last = first.number + UInt64(run.count - 1)
      paint(first.timeline, first.number...last, reading(run.depth))
      faults.removeAll { fault in
        fault.segment.flatMap { WALSegment(name: $0, segmentSize: record.segmentSize) }.map {
          $0.timeline == first.timeline && (first.number...last).contains($0.number)
        } ?? false
      }
    }
    for id in record.backups {
      backups[id] = reading(.files)
      faults.removeAll { $0.backup == id }
    }
    for fault in record.faults {
      faults.removeAll { $0.object == fault.object }
      faults.append(fault)
    }
    if lastAt.map({ $0 <= record.finishedAt }) ?? true { lastAt = record.finishedAt }
    if record.id != lastID { unread = [] }
    lastID = record.id
    unread.merge(record.unread)
  }

  private mutating func paint(
    _ timeline: UInt32, _ numbers: ClosedRange<UInt64>, _ reading: Reading
  ) {
    var kept: [Stretch] = []
    for old in stretches[timeline] ?? [] {
      guard old.numbers.overlaps(numbers) else {
        kept.append(old)
        continue
      }
      if old.numbers.lowerBound < numbers.lowerBound {
        kept.append(
          Stretch(
            numbers: old.numbers.lowerBound...numbers.lowerBound - 1, reading: old.reading))
      }
      if old.numbers.upperBound > numbers.upperBound {
        kept.append(
          Stretch(
            numbers: numbers.upperBound + 1...old.numbers.upperBound, reading: old.reading))
      }
    }
    kept.append(Stretch(numbers: numbers, reading: reading))
    stretches[timeline] = kept.sorted { $0.numbers.lowerBound < $1.numbers.lowerBound }
  }

  /// When it was read as it lies there now and found good; nil = it was not.
  package func reading(of subject: ScrubSubject, modifiedAt: Date?) -> Reading? {
    let found: Reading?
    switch subject {
    case .backup(let id): found = backups[id]
    case .segment(let segment): found = reading(of: segment)
    }
    return found.flatMap { $0.covers(modifiedAt) ? $0 : nil }
  }

  private func reading(of segment: WALSegment) -> Reading? {
    guard let all = stretches[segment.timeline] else { return nil }
    var (low, high) = (0, all.count)
    while low < high {
      let middle = (low + high) / 2
      if all[middle].numbers.upperBound < segment.number { low = middle + 1 } else { high = middle }
    }
    return low < all.count && all[low].numbers.contains(segment.number) ? all[low].reading : nil
  }

  /// The fault of an object, whatever was written there since: a bad copy of it may have been put back. Only reading it
  /// again tells. nil = none is known.
  package func fault(of subject: ScrubSubject, segmentSize: Int) -> ScrubFault? {
    faults.first { fault in
      switch subject {
      case .segment(let segment): fault.segment == segment.name(segmentSize: segmentSize)
      case .backup(let id): fault.backup == id
      }
    }
  }
}

extension ScrubFault {
  /// It was not written again since.
  func isOf(_ modifiedAt: Date?, _ bytes: Int64?) -> Bool {
    guard bytes.map({ $0 == self.bytes }) ?? true else { return false }
    guard let modifiedAt, let read = self.modifiedAt else { return true }
    return abs(modifiedAt.timeIntervalSince(read)) < 0.005
  }
}
