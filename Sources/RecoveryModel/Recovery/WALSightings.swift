import FoundationEssentials

/// A moment at which somebody saw how far the WAL was.
package struct WALSighting: Sendable, Equatable {
  package var at: Date
  package var lsn: LSN
  /// The next transaction to begin; nil = not told.
  package var nextTransaction: UInt64?
  package var timeline: UInt32?

  package init(at: Date, lsn: LSN, nextTransaction: UInt64?, timeline: UInt32? = nil) {
    self.at = at
    self.lsn = lsn
    self.nextTransaction = nextTransaction
    self.timeline = timeline
  }
}

extension WALClock {
  /// The same as single looks: where it began to stand, and until when it was seen to.
  package var sightings: [WALSighting] {
    samples.flatMap { sample in
      let until = sample.lastSeen > sample.firstSeen ? [sample.lastSeen] : []
      return ([sample.firstSeen] + until).map {
        WALSighting(
          at: $0, lsn: sample.lsn, nextTransaction: sample.nextTransactionID,
          timeline: sample.timeline)
      }
    }
  }
}

/// All such moments that are known of a cluster, oldest first: how a time is told as a position, and back.
///
/// Made of looks at the primary, also those that were kept, of the ends of base backups, and of where drills came out.
struct WALSightings: Sendable, Equatable {
  private(set) var all: [WALSighting]

  init(_ cluster: ClusterSnapshot) {
    var all = cluster.looks.all + cluster.clock.sightings
    if let look = cluster.report.lastLook { all.append(look) }
    for backup in cluster.report.backups.value?.usable ?? [] {
      if let at = backup.finishedAt, let lsn = backup.stopLSN {
        let timeline = backup.stopSegment?.timeline ?? backup.timeline
        all.append(WALSighting(at: at, lsn: lsn, nextTransaction: nil, timeline: timeline))
      }
    }
    for drill in cluster.drills {
      if let at = drill.reachedTime, let lsn = drill.reachedLSN {
        all.append(
          WALSighting(at: at, lsn: lsn, nextTransaction: nil, timeline: drill.timeline))
      }
    }
    // What another server was seen to write is nothing of production's.
    if let line = cluster.report.productionLine(cluster.lastAnswers) {
      all.removeAll { !line.holds($0.lsn, on: $0.timeline) }
    }
    self.all = Self.consistent(all.sorted { ($0.at, $0.lsn) < ($1.at, $1.lsn) })
  }

  /// What contradicts what came after it (another primary, another database) says nothing of now.
  private static func consistent(_ sorted: [WALSighting]) -> [WALSighting] {
    var kept: [WALSighting] = []
    var least = LSN(.max)
    for sighting in sorted.reversed() where sighting.lsn <= least {
      kept.append(sighting)
      least = sighting.lsn
    }
    return kept.reversed()
  }

  func last(until time: Date) -> WALSighting? { all.last { $0.at <= time } }
  func first(from time: Date) -> WALSighting? { all.first { $0.at >= time } }

  /// Between which positions the WAL stood at a time; nil where nobody looked before and after it.
  func positions(at time: Date) -> ClosedRange<LSN>? {
    guard let before = last(until: time), let after = first(from: time) else { return nil }
    return before.lsn...after.lsn
  }

  /// The likeliest position at a time: in proportion between the two looks.
  func position(at time: Date) -> LSN? {
    guard let before = last(until: time), let after = first(from: time) else { return nil }
    let span = after.at.timeIntervalSince(before.at)
    guard span > 0 else { return before.lsn }
    let share = time.timeIntervalSince(before.at) / span
    return LSN(before.lsn.rawValue + UInt64(Double(after.lsn.bytes(since: before.lsn)) * share))
  }

  /// Between which times a position was written; an end is nil where nobody looked.
  func times(of lsn: LSN) -> (after: Date?, before: Date?) {
    (all.last { $0.lsn < lsn }?.at, all.first { $0.lsn > lsn }?.at)
  }

  /// Between which looks a transaction began; an end is nil where nobody looked.
  func sightings(of transaction: UInt64) -> (before: WALSighting?, after: WALSighting?) {
    let told = all.filter { $0.nextTransaction != nil }
    return (
      told.last { $0.nextTransaction ?? .max <= transaction },
      told.first { $0.nextTransaction ?? 0 > transaction }
    )
  }

  /// Whether a transaction began between the two moments; nil = nobody can tell.
  func isWritten(from: Date, to: Date) -> Bool? {
    let told = all.filter { $0.nextTransaction != nil }
    let within = told.filter { $0.at >= from && $0.at <= to }.compactMap(\.nextTransaction)
    if Set(within).count > 1 { return true }
    guard let before = told.last(where: { $0.at <= from }),
      let after = told.first(where: { $0.at >= to }),
      before.nextTransaction == after.nextTransaction
    else { return nil }
    return false
  }
}
