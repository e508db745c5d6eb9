import FoundationEssentials

extension WALArchive {
  /// Timelines, newer than production's own, that left its line before what it was seen to write since: another server's,
  /// as of a copy that was let out and taken back. PostgreSQL's `latest` would follow the newest of them.
  ///
  /// `look` is where production was last seen to write; `isNow`: it answers.
  func strays(beside line: ServerLine, _ look: WALSighting, isNow: Bool) -> Set<UInt32> {
    guard look.timeline == line.timeline else { return [] }
    let parents = Dictionary(
      switches.map { ($0.timeline, $0) }, uniquingKeysWith: { first, _ in first })
    let newer = parents.keys.filter { $0 > line.timeline }
    guard !newer.isEmpty else { return [] }
    let strays = newer.filter { timeline in
      var child = timeline
      while let step = parents[child], step.parent < child {
        if step.parent == line.timeline { return step.switchedAt < look.lsn }
        if line.left[step.parent] != nil { return true }
        child = step.parent
      }
      return false
    }
    // A server that is silent may have been promoted or restored since: then the newer one is its own.
    guard !isNow else { return Set(strays) }
    let newest = segments.last { strays.contains($0.segment.timeline) }?.archivedAt
    return newest.map { $0 < look.at } ?? false ? Set(strays) : []
  }

  fileprivate func without(_ timelines: Set<UInt32>) -> WALArchive {
    var archive = self
    archive.segments = SegmentList(segments.filter { !timelines.contains($0.segment.timeline) })
    archive.switches.removeAll { timelines.contains($0.timeline) }
    return archive
  }
}

extension EngineReport {
  /// Other servers' timelines; `last` tells of a server that does not answer any more. None where several are primary:
  /// which of them is kept nobody knows.
  package func strays(_ last: LastAnswers = LastAnswers()) -> Set<UInt32> {
    guard let stored = walArchive.value, let line = productionLine(last),
      (instances.value ?? []).count(where: \.isRunningPrimary) < 2
    else { return [] }
    let now = lastLook
    return (now ?? last.look).map { stored.strays(beside: line, $0, isNow: now != nil) } ?? []
  }

  /// Where the server writes; nil = it does not answer.
  var lastLook: WALSighting? {
    guard let status = archive.value, let at = archive.at else { return nil }
    return WALSighting(
      at: at, lsn: status.currentLSN, nextTransaction: status.nextTransactionID,
      timeline: status.timeline)
  }

  /// The archive as a recovery of production is to read it: without those.
  package func ownArchive(_ last: LastAnswers = LastAnswers()) -> WALArchive? {
    let strays = strays(last)
    return strays.isEmpty ? walArchive.value : walArchive.value?.without(strays)
  }
}
