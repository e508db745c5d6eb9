import FoundationEssentials
import Kubernetes
import RecoveryModel
import Synchronization

/// How far the clusters in sight have archived, and when: what a recovery from their archives should come to.
package final class ArchiveReach: Sendable {
  /// What one archiver told of itself.
  package struct Archiver: Sendable, Equatable {
    var cluster: ObjectKey
    var context: String
    var place: ArchivePlace
    var system: String?
    /// Names of segments, each with when it was archived, the newest last.
    var marks: [Mark] = []
    /// When it was last asked.
    var lookedAt = Date.distantPast

    package init(
      cluster: ObjectKey, context: String, place: ArchivePlace, system: String? = nil,
      marks: [Mark] = [], lookedAt: Date = Date.distantPast
    ) {
      self.cluster = cluster
      self.context = context
      self.place = place
      self.system = system
      self.marks = marks
      self.lookedAt = lookedAt
    }
  }

  package struct Mark: Sendable, Equatable {
    var segment: String
    var at: Date

    package init(segment: String, at: Date) {
      self.segment = segment
      self.at = at
    }
  }

  /// Marks kept of each: a recovery is judged within seconds of its end.
  private static let kept = 64
  /// Seconds by which clocks may differ.
  private static let clockError = 10.0

  private let archivers = Mutex<[Archiver]>([])

  /// `archived`: what it told of its last, by the name of the file. A backup's file follows the segment that it is named
  /// after; of a history file nothing follows.
  func note(_ archiver: Archiver, archived: String, at: Date, lookedAt: Date) {
    let name = archived.hasSuffix(".backup") ? String(archived.prefix(24)) : archived
    let mark = Self.isSegment(name) ? Mark(segment: name, at: at) : nil
    archivers.withLock { known in
      let index = known.firstIndex {
        $0.cluster == archiver.cluster && $0.context == archiver.context
      }
      var next = archiver
      // Another place or database is another archive.
      if let index, known[index].place == archiver.place, known[index].system == archiver.system {
        next.marks = known[index].marks
      }
      next.lookedAt = lookedAt
      if let mark, next.marks.last?.segment != mark.segment {
        next.marks = next.marks.suffix(Self.kept - 1) + [mark]
      }
      if let index { known[index] = next } else { known.append(next) }
    }
  }

  /// The archiver of the archive that `recovery` was made from: by its place, else, where the archive lies at another
  /// place now, by the database and the name under which it archived.
  func origin(of recovery: RecoverySource, timeline: Substring) -> Archiver? {
    let others = archivers.withLock { $0 }.filter {
      ($0.cluster, $0.context) != (recovery.cluster, recovery.context)
        // A recovery whose database is not known yet is judged when it is.
        && ($0.system == nil || $0.system == recovery.system)
    }
    return others.first { $0.place == recovery.place }
      ?? others.first {
        recovery.system != nil && $0.system == recovery.system
          && $0.place.server == recovery.place.server
          // Another copy of the database is on a timeline of its own.
          && $0.marks.last?.segment.prefix(8) == timeline
      }
  }

  /// Who archives at the very place that one is recovered from, whatever database it turns out to hold.
  func archiver(at source: RecoverySource) -> Archiver? {
    archivers.withLock { $0 }.first {
      $0.place == source.place
        && ($0.cluster, $0.context) != (source.cluster, source.context)
    }
  }

  /// Of one cluster by itself.
  func archiver(of cluster: ObjectKey, context: String) -> Archiver? {
    archivers.withLock { $0 }.first { $0.cluster == cluster && $0.context == context }
  }

  /// The furthest segment that was archived by then; nil = not known.
  static func furthest(_ archiver: Archiver, by ended: Date) -> Mark? {
    archiver.marks.filter { $0.at <= ended.addingTimeInterval(-clockError) }
      .max { $0.segment < $1.segment }
  }

  private static func isSegment(_ name: String) -> Bool {
    name.utf8.count == 24
      && name.utf8.allSatisfy { (48...57).contains($0) || (65...70).contains($0) }
  }
}

/// The archive that a cluster was recovered from.
package struct RecoverySource: Sendable, Equatable {
  var cluster: ObjectKey
  var context: String
  var place: ArchivePlace
  var system: String?
}

/// What an archive held beyond the end of a recovery from it, by its own archiver.
struct RecoveryShortfall: Sendable, Equatable {
  var pod: String
  /// As it stands in a sentence.
  var origin: String
  var mark: ArchiveReach.Mark
}

extension ArchiveReach {
  /// nil where replay came as far as is known to have been archived, or nobody in sight can tell.
  func shortfall(_ ending: RecoveryEnding, of source: RecoverySource?) -> RecoveryShortfall? {
    guard let source, let last = ending.lastSegment, let ended = ending.endedAt,
      let origin = origin(of: source, timeline: last.prefix(8)),
      let mark = Self.furthest(origin, by: ended),
      // Beyond it in the log, on this timeline or on one that branches off later.
      mark.segment.prefix(8) >= last.prefix(8), mark.segment.suffix(16) > last.suffix(16)
    else { return nil }
    return RecoveryShortfall(
      pod: ending.pod, origin: "\(origin.cluster.namespace)/\(origin.cluster.name)", mark: mark)
  }
}

extension ArchiveReach {
  /// Whoever archives there had archived nothing further after replay had ended, or the next segment only then.
  func isWhole(_ ending: RecoveryEnding, of source: RecoverySource?) -> Bool {
    guard let source, let last = ending.lastSegment, let ended = ending.endedAt,
      let origin = origin(of: source, timeline: last.prefix(8)), origin.lookedAt > ended
    else { return false }
    let beyond = origin.marks.filter { $0.segment.suffix(16) > last.suffix(16) }
    guard let next = beyond.first else { return !origin.marks.isEmpty }
    return next.at > ended && next.segment == ending.missing
  }
}

extension ArchiveReach.Archiver {
  /// Where a recovery to there ends by what has been archived, and whether its target lies behind that; nil = that does not
  /// tell.
  func end(
    of aim: RecoveryUnderWay.Aim, segmentSize: Int
  ) -> (lsn: LSN, isBefore: Bool)? {
    func end(_ mark: ArchiveReach.Mark?) -> LSN? {
      mark.flatMap { WALSegment(name: $0.segment, segmentSize: segmentSize) }
        .map { $0.end(segmentSize: segmentSize) }
    }
    switch aim {
    case .latest, .named: return end(marks.last).map { ($0, false) }
    case .time(let date):
      let reached = marks.first { $0.at >= date }
      return end(reached ?? marks.last).map { ($0, reached == nil) }
    case .lsn(let lsn):
      return end(marks.last).flatMap { lsn > $0 ? ($0, true) : nil }
    case .immediate: return nil
    }
  }
}

extension CloudNativePGFacts {
  /// Who archives here, as far as it can be told where.
  package func archiver(context: String) -> ArchiveReach.Archiver? {
    cluster.archivePlace(objectStore(named:)).map { place in
      ArchiveReach.Archiver(
        cluster: cluster.key, context: context, place: place,
        system: identity.systemIdentifier)
    }
  }

  /// The archive that this cluster was recovered from to its end; nil where a target stopped it, which PostgreSQL holds
  /// it to, or its place is not told.
  package func recoverySource(context: String) -> RecoverySource? {
    guard cluster.spec.bootstrap?.recovery?.recoveryTarget?.stops != true else { return nil }
    return archiveSource(context: context)
  }

  /// The archive that it is recovered from, however far; nil where its place is not told.
  func archiveSource(context: String) -> RecoverySource? {
    guard let place = cluster.recoveryPlace(objectStore(named:)) else { return nil }
    return RecoverySource(
      cluster: cluster.key, context: context, place: place,
      system: identity.systemIdentifier
        ?? statuses.values.lazy.compactMap { $0.value?.systemID }.first)
  }
}

extension CNPGCluster {
  /// The archive that it is recovered from; nil where its place is not told.
  func recoveryPlace(_ objectStore: (String) -> BarmanObjectStore?) -> ArchivePlace? {
    guard let recovery = spec.bootstrap?.recovery else { return nil }
    let external = spec.externalClusters?.first { $0.name == recovery.source }
    var store = external?.barmanObjectStore
    var server = store?.serverName ?? external?.name
    if let parameters = external?.plugin?.parameters {
      store = parameters["barmanObjectName"].flatMap { objectStore($0)?.spec.configuration }
      server = parameters["serverName"] ?? name
    }
    return server.flatMap { store?.place(of: $0) }
  }
}

extension CNPGCluster.RecoveryTarget {
  /// It says where to stop, not only by which way.
  package var stops: Bool {
    targetTime != nil || targetLSN != nil || targetXID != nil || targetName != nil
      || targetImmediate == true
  }
}
