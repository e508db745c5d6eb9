import FoundationEssentials

/// How much of what lies there now was read, and what of it is damaged.
package struct ScrubStanding: Sendable, Equatable {
  package var readBytes: Int64 = 0
  package var totalBytes: Int64 = 0
  /// The longest ago that something was read which counts; nil = nothing was.
  package var since: Date?
  package var lastAt: Date?
  /// WAL that was read by its pages alone, segments.
  package var byPages = 0
  /// As they lie there now.
  package var faults: [ScrubFault] = []
  /// What the last scrub could not read.
  package var unread: [ScrubRecord.Unread] = []
  /// Of the record that this was made of.
  var lines = 0

  package init() {}

  /// nil where nothing lies there.
  package var share: Double? {
    totalBytes > 0 ? Double(readBytes) / Double(totalBytes) : nil
  }

  /// `42 % in 9d`.
  package func words(now: Date) -> String {
    // All is never said of less.
    let percent = Int(((share ?? 0) * 100).rounded(.down))
    let span = since.map { " in \(Format.age(max(0, now.timeIntervalSince($0))))" } ?? ""
    return "\(percent) %\(span)"
  }
}

extension EngineReport {
  /// What scrubs have found, put where the rules look: a damaged segment is no segment, a damaged backup no backup.
  mutating func apply(
    _ history: ScrubHistory, previous: ClusterSnapshot?
  ) -> ScrubStanding? {
    guard !history.isEmpty else { return nil }
    if history.faults.isEmpty, let previous, let standing = previous.scrub,
      standing.lines == history.lines, previous.report.walArchive.at == walArchive.at,
      previous.report.backups.at == backups.at
    {
      return standing
    }
    var standing = ScrubStanding()
    standing.lines = history.lines
    standing.lastAt = history.lastAt
    standing.unread = history.unread
    if case .value(var archive, let source, let at) = walArchive {
      archive.apply(history, &standing)
      walArchive = .value(archive, source: source, at: at)
    }
    if case .value(var catalog, let source, let at) = backups {
      catalog.apply(history, &standing)
      backups = .value(catalog, source: source, at: at)
    }
    return standing
  }
}

extension ScrubStanding {
  /// True where it is damaged, and it stays so.
  fileprivate mutating func count(
    _ subject: ScrubSubject, bytes: Int64?, modifiedAt: Date?, segmentSize: Int,
    _ history: ScrubHistory
  ) -> ScrubFault? {
    totalBytes += bytes ?? 0
    // Faults are few, and most archives have none.
    if !history.faults.isEmpty,
      var fault = history.fault(of: subject, segmentSize: segmentSize)
    {
      if !fault.isOf(modifiedAt, bytes) {
        fault.what += "; written again since: pgvigil scrub tells whether it is whole now"
      }
      faults.append(fault)
      note(fault.at, bytes)
      return fault
    }
    guard let reading = history.reading(of: subject, modifiedAt: modifiedAt) else { return nil }
    note(reading.at, bytes)
    if reading.depth == .pages { byPages += 1 }
    return nil
  }

  private mutating func note(_ date: Date, _ bytes: Int64?) {
    readBytes += bytes ?? 0
    since = min(since ?? date, date)
  }
}

extension WALArchive {
  fileprivate mutating func apply(_ history: ScrubHistory, _ standing: inout ScrubStanding) {
    let size = segmentSize
    var damaged: Set<WALSegment> = []
    for stored in segments {
      guard
        let fault = standing.count(
          .segment(stored.segment), bytes: stored.storedBytes, modifiedAt: stored.archivedAt,
          segmentSize: size, history)
      else { continue }
      damaged.insert(stored.segment)
      spoiled.append(
        SpoiledSegment(
          segment: stored.segment, fault: .damaged(fault.what), files: [fault.object], at: fault.at)
      )
    }
    if !damaged.isEmpty { segments.removeAll { damaged.contains($0.segment) } }
  }
}

extension BackupCatalog {
  fileprivate mutating func apply(_ history: ScrubHistory, _ standing: inout ScrubStanding) {
    for index in backups.indices {
      let backup = backups[index]
      guard backup.finishedAt != nil, backup.error == nil, backup.method != "volumeSnapshot",
        let bytes = backup.repositoryAddedBytes ?? backup.repositoryBytes
      else { continue }
      if let fault = standing.count(
        .backup(backup.storedAs ?? backup.id), bytes: bytes, modifiedAt: nil, segmentSize: 0,
        history)
      {
        backups[index].damage = fault.what
      }
    }
  }
}
