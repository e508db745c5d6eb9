import FoundationEssentials

/// What somebody answered who may not any more: a report tells only that he does not.
package struct LastAnswers: Sendable, Equatable {
  private struct Stored: Sendable, Equatable {
    var wal: LastStored
    var system: String?
  }

  /// By name.
  package private(set) var instances: [String: Date] = [:]
  /// The server that was the primary when one was last seen; nil = nobody saw one, or another has taken its place unseen.
  package private(set) var primary: String?
  /// The one that was being written when somebody last looked.
  private(set) var timeline: UInt32?
  /// Where that server last was seen to write; others may have been the ones who looked.
  private(set) var look: WALSighting?
  /// What is known of that server's stop; nil = it may run.
  package private(set) var stop: PrimaryStop?
  /// It has written nothing after that; nil = it may run.
  package var stoppedAt: Date? { stop?.at }
  /// The newest WAL that was told of as stored, and the database that it was of.
  private var stored: Stored?
  /// Each part as it was last told.
  @Boxed package private(set) var report = EngineReport()

  package init() {}

  /// When a part was last told; nil = this console has not seen it.
  package func at(_ part: ReportPart) -> Date? {
    let state = report.state(of: part)
    return state.hasValue ? state.at : nil
  }

  /// The newest WAL that was told of as stored, of the database that this report is of; nil = none was.
  func stored(of report: EngineReport) -> LastStored? {
    guard let stored, stored.system == nil || report.system == nil || stored.system == report.system
    else { return nil }
    return stored.wal
  }

  /// With what this report tells. Servers that are not in it any more are kept: whoever asks where the primary is gone
  /// to wants to know it. `notes` are those that others kept.
  package func noting(
    _ report: EngineReport, _ notes: ClusterNotes = ClusterNotes()
  ) -> LastAnswers {
    let looks = notes.looks
    var noted = self
    noted.report = report.recalling(self.report)
    noted.primary = primary ?? looks.primary
    noted.timeline = noted.report.archive.value?.timeline ?? looks.all.last?.timeline
    noted.look = [noted.report.lastLook, looks.all.last, look].compactMap { $0 }
      .max { $0.at < $1.at }
    if let seen = noted.timeline,
      let stored = report.walArchive.value?.segments.last?.segment.timeline,
      stored > seen, !report.strays(noted).contains(stored)
    {
      noted.primary = nil
    }
    let told = report.archive.value.flatMap { $0.savedSegmentLast ? $0.lastStored : nil }
    if let newest = [told, report.listedWAL, stored(of: report)].compactMap({ $0 })
      .max(by: { $0.at < $1.at })
    {
      noted.stored = Stored(wal: newest, system: report.system ?? stored?.system)
    }
    for instance in report.instances.value ?? [] where instance.hasAnswered {
      noted.instances[instance.name] = instance.observedAt
      if instance.role == .primary { noted.primary = instance.name }
    }
    // Of one alone that nobody has seen run yet the same is meant.
    let servers = report.instances.value ?? []
    // Who feeds standbys has not stopped, whatever listens where it is looked for.
    if case .feeding = PrimaryFate.missing(among: servers, last: noted.primary) {
      noted.stop = nil
      return noted
    }
    let suspect = primary == nil && looks.primary == nil && servers.count == 1 ? servers.first : nil
    noted.stop = (servers.first { $0.name == noted.primary } ?? suspect).flatMap { server in
      let known = [stop, notes.stop].compactMap { $0 }
      let answered = [noted.instances[server.name], looks.all.last?.at].compactMap { $0 }.max()
      return PrimaryStop(server, after: answered, known)
    }
    return noted
  }
}

extension EngineReport {
  /// The database's own identifier, by the first server that tells it.
  package var system: String? {
    instances.value?.lazy.compactMap(\.systemIdentifier).first
  }

  /// With the parts of an earlier one in place of those that nobody tells now.
  func recalling(_ earlier: EngineReport) -> EngineReport {
    var report = self
    report.instances = instances.recalling(earlier.instances)
    report.archive = archive.recalling(earlier.archive)
    report.backups = backups.recalling(earlier.backups)
    report.walArchive = walArchive.recalling(earlier.walArchive)
    report.retention = retention.recalling(earlier.retention)
    report.storage = storage.recalling(earlier.storage)
    report.configuration = configuration.recalling(earlier.configuration)
    report.claimedWindow = claimedWindow.recalling(earlier.claimedWindow)
    report.engineFindings = engineFindings.recalling(earlier.engineFindings)
    return report
  }
}

extension Observed {
  fileprivate func recalling(_ earlier: Observed) -> Observed {
    value == nil && earlier.value != nil ? earlier : self
  }
}

extension ClusterSnapshot {
  /// As it was seen last, where what a recovery is judged by is not told now; nil = it is, or was never seen. `asOf` is
  /// the oldest look that this rests on.
  package var recalled: (cluster: ClusterSnapshot, asOf: Date)? {
    guard window == nil else { return nil }
    let last = lastAnswers.report
    guard let window = ClusterAssessment.window(of: last) else { return nil }
    var cluster = self
    cluster.report = report.recalling(last)
    cluster.window = window
    let parts: [ReportPart] = [.backups, .walArchive, .claimedWindow]
    let times = parts.filter { !report.state(of: $0).hasValue }.compactMap(lastAnswers.at)
    return times.min().map { (cluster, $0) }
  }
}
