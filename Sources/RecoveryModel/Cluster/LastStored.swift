import FoundationEssentials

/// WAL that is known to have been stored: the newest that somebody told of.
package struct LastStored: Sendable, Equatable {
  package enum Teller: String, Sendable, Equatable {
    /// The server's own statistics.
    case server
    /// The same, at an earlier look: they were reset since.
    case earlierLook
    /// The archive's listing.
    case listing

    /// What evidence of it is called.
    package var source: String {
      switch self {
      case .server: "pg_stat_archiver.last_archived_time"
      case .earlierLook: "an earlier look at pg_stat_archiver"
      case .listing: "archive listing"
      }
    }
  }

  package var segment: WALSegment?
  package var at: Date
  package var teller: Teller
}

extension ArchiveStatus {
  /// The newest that is known to be stored, by whoever tells it; nil = nobody does.
  package var lastStored: LastStored? {
    let own = lastArchivedAt.map {
      LastStored(segment: lastArchivedSegment, at: $0, teller: .server)
    }
    return [own, earlier].compactMap { $0 }.max { $0.at < $1.at }
  }

  /// It cannot have failed before there was something to archive, nor before its last success; where the server tells
  /// neither, others may. nil = nobody knows, or it does not fail.
  package var failingSince: Date? {
    guard failing else { return nil }
    let waiting = [oldestReadySince, oldestWaitingSince].compactMap { $0 }.min()
    return [lastStored?.at, waiting].compactMap { $0 }.max() ?? failureSeenSince
  }

  /// The segment of that; nil = nobody tells of one.
  package var newestSegment: WALSegment? { lastStored?.segment ?? lastArchivedSegment }

  /// When a segment that recovery reads was last stored, by whoever tells it.
  var newestSegmentAt: Date? { [lastSegmentAt, earlier?.at].compactMap { $0 }.max() }

  /// A newer segment of this very line than the server tells of, as after a restart that took its last figures along.
  func isBehind(_ listed: LastStored) -> Bool {
    guard let own = lastArchivedSegment, let its = listed.segment, let at = lastArchivedAt else {
      return false
    }
    return its.timeline == timeline && own.timeline == timeline && its.number > own.number
      && listed.at > at
  }

  /// Nobody tells of anything that was stored, as far back as the server's figures go; nil = something is known, or the
  /// figures have no known beginning, so that nothing ever was.
  package var nothingSince: Date? { lastStored == nil ? figuresSince : nil }

  /// `since 2026-11-29T14:03:00Z, when its statistics begin`, of what they count; empty where their beginning is not known.
  package var sinceWords: String {
    figuresSince.map { " since \(Format.timestamp($0)), when its statistics begin" } ?? ""
  }

  /// Behind "nothing", where nobody tells of anything that was stored.
  package var yetWords: String { nothingSince == nil ? " yet" : sinceWords }
}

extension EngineReport {
  /// The newest segment of the archive's listing.
  var listedWAL: LastStored? {
    walArchive.value?.segments.last.flatMap { newest in
      newest.archivedAt.map { LastStored(segment: newest.segment, at: $0, teller: .listing) }
    }
  }

  /// A crash or a promotion empties the server's statistics: what it told before, or the archive tells, still holds.
  mutating func recallStored(_ known: LastStored?) {
    guard case .value(var status, let source, let at) = archive else { return }
    if status.lastArchivedAt == nil {
      var known = known
      if known?.teller == .server { known?.teller = .earlierLook }
      status.earlier = [listedWAL, known].compactMap { $0 }.max { $0.at < $1.at }
    } else {
      status.earlier = listedWAL.flatMap { status.isBehind($0) ? $0 : nil }
    }
    archive = .value(status, source: source, at: at)
  }
}
