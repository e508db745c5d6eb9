import DrillParts
import FoundationEssentials
import LocalFiles
import RecoveryModel
import Transports

/// Keeps what was seen of this host's recoveries: from it the next look tells whether they got on, and how those ended
/// that are not there any more. Blocks for some small files.
struct RecoveryMemory: Sendable {
  private var seen: [String: RecoverySight.Sighting] = [:]
  /// Those that ended as they should not have.
  private var ended: [String: RecoveryUnderWay] = [:]

  /// Seconds for which an end is told, and within which a promotion leaves its history file.
  private static let (told, promotion) = (86_400.0, 120.0)

  /// What is to be told of them now; `archive` = what was stored when it was last listed.
  mutating func take(
    _ sightings: [RecoverySight.Sighting], archive: WALArchive?, at now: Date
  ) -> [RecoveryUnderWay] {
    var under: [RecoveryUnderWay] = []
    for var sighting in sightings {
      let place = sighting.recovery.place
      let before = seen[place]
      let isSame =
        before?.recovery.stage == sighting.recovery.stage
        && before?.recovery.restoredBytes == sighting.recovery.restoredBytes
        && before?.recovery.replayedTo == sighting.recovery.replayedTo
        // Whoever waits for somebody else does not work.
        && before?.worked == sighting.worked
      sighting.recovery.movedAt = isSame ? before?.recovery.movedAt : now
      seen[place] = sighting
      ended[place] = nil
      under.append(sighting.recovery)
    }
    let present = Set(under.map(\.place))
    for (place, sighting) in seen where !present.contains(place) {
      let end = HostRecoveryEnd(sighting: sighting, archive: archive, now: now)
      var recovery = sighting.recovery
      recovery.ending = end.finding
      // PostgreSQL asks the archive once more between the end of its signal file and its history file.
      if recovery.ending == nil, !end.isConclusive,
        now.timeIntervalSince(recovery.observedAt) < Self.promotion
      {
        continue
      }
      seen[place] = nil
      if recovery.ending != nil {
        recovery.observedAt = now
        ended[place] = recovery
      }
    }
    ended = ended.filter {
      now.timeIntervalSince($0.value.observedAt) < Self.told
        && LocalFile.entries($0.key)?.isEmpty == false
    }
    return under + ended.values.sorted { $0.place < $1.place }
  }
}

/// How a recovery ended that runs no more, by what it left: pgBackRest takes its manifest away last, PostgreSQL its
/// `recovery.signal`, and a promotion leaves a history file.
struct HostRecoveryEnd {
  var sighting: RecoverySight.Sighting
  var archive: WALArchive?
  var now: Date

  /// Bytes of a log's end that are read, and seconds by which clocks may differ.
  private static let (tail, clockError) = (256 << 10, 10.0)

  private var recovery: RecoveryUnderWay { sighting.recovery }
  private var place: String { recovery.place }
  private var shown: String { Sanitizer.clean(place, limit: 120) }

  /// nil where it went well, or nobody can tell.
  var finding: Finding? {
    let mark = recovery.stage == .restoring ? "backup.manifest" : "recovery.signal"
    if LocalFile.modified("\(place)/\(mark)") != nil {
      return recovery.stage == .restoring ? failedRestore : failedReplay
    }
    return recovery.stage == .replaying ? short : nil
  }

  /// Nothing that is to come can change what is told.
  var isConclusive: Bool { recovery.stage == .restoring || promotion != nil }

  // MARK: It failed

  private var failedRestore: Finding {
    let said = log(after: "PROCESS START").last { $0.contains("ERROR: [") }
    let cause = said.flatMap { $0.after("]: ") } ?? said
    return failure(
      cause.map { FailureSentence.shorten($0, limit: 160) }
        ?? "pgbackrest restore is gone before it was through, and said nothing",
      remedy: "Then restore into it again with --delta: what is there already is kept.")
  }

  private var failedReplay: Finding? {
    var log = RecoveryLog()
    for line in self.log(after: "database system was ") { log.read(line) }
    // recovery_target_action = shutdown: it was to end there.
    if log.stop != nil, log.fatals.isEmpty { return nil }
    let reached = log.position(segmentSize: size).map { "; replay had come to \($0)" } ?? ""
    var cause = log.fatals.last.map { FailureSentence.shorten($0, limit: 160) }
    if let fatal = cause, fatal.contains(RecoveryLog.endedEarly) {
      cause = "\(fatal): \(log.obstacle(segmentSize: size))"
    }
    if cause == nil, log.isStopped { cause = "its server was stopped by somebody" }
    if cause == nil, let complaint = log.complaints.last { cause = complaint.text }
    if cause == nil, let signal = log.deaths.last { cause = "signal \(signal) killed its server" }
    return failure(
      (cause ?? "its server is gone before it was through, and no log of it was found") + reached,
      remedy: "Then start the server again: it goes on from its last restart point.")
  }

  private func failure(_ cause: String, remedy: String) -> Finding {
    let known = KnownCause.of(cause)?.remedy
    let log = sighting.log.map { "its log is \(ShellWord.quoted($0))" } ?? "look at its log"
    return Finding(
      id: "recovery.failed:\(place)", severity: .warning,
      headline: "The recovery into \(shown) failed: \(Sanitizer.clean(cause, limit: 400))",
      evidence: [
        Evidence(
          what: recovery.stage == .restoring
            ? "backup.manifest is still there, and no pgbackrest restore runs"
            : "recovery.signal is still there, and no server runs; last: \(recovery.doing)",
          source: shown, at: now)
      ],
      remedy: "\(known ?? "Mend what the log says (\(log)).") \(remedy)",
      ceiling: .proven, words: "recovery failed")
  }

  // MARK: It ended early

  private var size: Int { archive?.segmentSize ?? 16 << 20 }

  /// Where the promotion left the timeline that was replayed, and when.
  private var promotion: (left: TimelineSwitch, at: Date)? {
    let names = LocalFile.names("\(place)/pg_wal") ?? []
    guard let newest = names.filter({ $0.utf8.count == 16 && $0.hasSuffix(".history") }).max(),
      let timeline = WALSegment.timeline(ofFile: newest),
      let text = LocalFile.text("\(place)/pg_wal/\(newest)"),
      let left = TimelineSwitch.switches(timeline: timeline, text: text).last,
      let written = LocalFile.modified("\(place)/pg_wal/\(newest)")
    else { return nil }
    let at = Date(timeIntervalSince1970: written)
    // One that was fetched belongs to somebody else's promotion.
    guard recovery.since.map({ at >= $0 }) ?? true else { return nil }
    return (left, at)
  }

  private var short: Finding? {
    guard let (left, at) = promotion else { return nil }
    let end = left.switchedAt
    if case .lsn(let target) = recovery.aim {
      return end < target ? finding(end, "before its target \(target)", at) : nil
    }
    guard recovery.aim == .latest, let archive, end.rawValue > 0 else { return nil }
    let last = WALSegment(
      containing: LSN(end.rawValue - 1), timeline: left.parent, segmentSize: size)
    // What came in later was no part of it.
    let until = at.addingTimeInterval(-Self.clockError)
    let further = archive.segments.last {
      $0.segment.timeline == left.parent && $0.segment.number > last.number
        && $0.archivedAt.map { $0 <= until } ?? false
    }
    guard let further else { return nil }
    return finding(
      end,
      "for want of segment \(last.next.name(segmentSize: size)), but the archive went up to "
        + further.segment.name(segmentSize: size), at)
  }

  private func finding(_ end: LSN, _ why: String, _ at: Date) -> Finding {
    Finding(
      id: "recovery.short:\(place)", severity: .critical,
      headline:
        "Recovered short: \(shown) was promoted at \(end) \(why): what was written after it "
        + "is not in it, although it runs",
      evidence: [
        Evidence(what: "its timeline begins at \(end)", source: "\(shown)/pg_wal", at: at)
      ],
      remedy: "Do not go on with it as if it were whole. Look why the segment did not come "
        + "(\(sighting.log.map { ShellWord.quoted($0) } ?? "its log"), pgbackrest archive-get); then restore "
        + "anew with a target (--type=lsn or --type=time), so that PostgreSQL ends with an error where it "
        + "cannot go on.",
      ceiling: .atRisk, words: "recovered short")
  }

  /// The log's lines from the last that has these words on; none where it was not written since this began.
  private func log(after words: String) -> [String] {
    guard let path = sighting.log, let written = LocalFile.modified(path),
      recovery.since.map({ written >= $0.timeIntervalSince1970 - 1 }) ?? true,
      let text = LocalFile.tail(path, limit: Self.tail)
    else { return [] }
    let lines = text.split(separator: "\n").map(String.init)
    let begin = lines.lastIndex { $0.contains(words) } ?? 0
    return Array(lines[begin...])
  }
}
