import FoundationEssentials

extension RecoveryChart {
  /// What a moment comes to: a base backup and how far to go from it, or why there is none.
  enum Aim {
    case at(Backup, ChainAudit.Goal)
    case miss(RecoveryOutlook.Standing)
  }

  func aim(_ moment: RecoveryMoment) -> Aim {
    if case .backup(let label) = moment.target { return aim(backup: label) }
    guard cluster.window != nil else { return .miss(.unknown(whyNoWindow)) }
    guard let newest = candidates.last else {
      return .miss(.impossible("there is no base backup that a recovery could start from"))
    }
    switch moment.target {
    case .latest: return .at(newest, .end)
    case .time(let time):
      guard let base = candidates.last(where: { end($0) <= time }) else { return .miss(tooEarly) }
      return .at(base, .time(time))
    case .position(let lsn):
      guard candidates.contains(where: { stop($0) != nil }) else {
        return .miss(.unknown("no base backup tells at which LSN it ended"))
      }
      guard let base = candidates.last(where: { stop($0).map { $0 <= lsn } ?? false }) else {
        return .miss(tooEarly)
      }
      return .at(base, .position(lsn))
    case .transaction(let id): return aim(transaction: id)
    case .restorePoint:
      return .miss(
        .unknown(
          "where a restore point lies stands in the WAL alone, and nobody has read it: name the LSN "
            + "that pg_create_restore_point() told"))
    case .backup: return .miss(.unknown("nothing is known of it"))
    }
  }

  /// A catalog tells whole seconds: until the next one it may have been running.
  func end(_ backup: Backup) -> Date {
    guard let end = backup.finishedAt else { return .distantFuture }
    let seconds = end.timeIntervalSince1970
    return seconds == seconds.rounded(.down) ? end.addingTimeInterval(1) : end
  }

  /// The position at which it becomes consistent; at the latest the end of the last segment that it names.
  func stop(_ backup: Backup) -> LSN? {
    backup.stopLSN
      ?? segmentSize.flatMap { size in backup.stopSegment?.end(segmentSize: size) }
  }

  func start(_ backup: Backup) -> LSN? {
    backup.startLSN
      ?? segmentSize.flatMap { size in backup.startSegment?.start(segmentSize: size) }
  }

  private var tooEarly: RecoveryOutlook.Standing {
    .beforeFirstBackup(candidates.first?.finishedAt)
  }

  /// A transaction lies where somebody saw it begin. It is committed later, nobody knows how much.
  private func aim(transaction id: UInt64) -> Aim {
    let seen = sightings.sightings(of: id)
    guard let after = seen.after else {
      let last = sightings.all.last { $0.nextTransaction != nil }
      guard let last, let next = last.nextTransaction else {
        return .miss(
          .unknown("nobody has seen when transaction \(id) ran: \(searchAdvice)"))
      }
      return .miss(
        .unknown(
          "transaction \(id) had not begun at \(RecoveryMoment.exact(last.at)), when \(next) was next"
        ))
    }
    guard let before = seen.before else {
      return .miss(
        .unknown(
          "transaction \(id) began before \(RecoveryMoment.exact(after.at)), when this was first "
            + "looked at: \(searchAdvice)"))
    }
    func last(by lsn: LSN) -> Backup? { candidates.last { stop($0).map { $0 <= lsn } ?? false } }
    if let base = last(by: before.lsn) { return .at(base, .position(after.lsn)) }
    guard let base = last(by: after.lsn), let end = base.finishedAt else { return .miss(tooEarly) }
    return .miss(
      .unknown(
        "transaction \(id) began between \(RecoveryMoment.exact(before.at)) and "
          + "\(RecoveryMoment.exact(after.at)), and the first base backup ended between the two, at "
          + "\(RecoveryMoment.exact(end)): \(searchAdvice)"))
  }

  /// A time would do only for who knows that it lies before the act, and then it need not be asked for by transaction.
  private var searchAdvice: String {
    "pgvigil find \(cluster.declaration.typed) --from TIME tells the LSN of "
      + "what was destroyed; then ask for 'before LSN'"
  }

  private func aim(backup label: String) -> Aim {
    guard let catalog = cluster.report.backups.value else { return .miss(.unknown(whyNoWindow)) }
    guard let backup = catalog.backups.last(where: { $0.id == label }) else {
      let near = Suggestion.nearest(to: label, among: catalog.kept.map(\.id))
      return .miss(
        .impossible(
          "no backup is named \(Sanitizer.clean(label, limit: 60))"
            + (near.map { "; did you mean \(Sanitizer.clean($0, limit: 60))?" } ?? "")))
    }
    let shown = self.label(backup)
    if let error = backup.error {
      return .miss(
        .impossible("backup \(shown) is damaged: \(Sanitizer.clean(error, limit: 160))"))
    }
    guard backup.finishedAt != nil else {
      return .miss(.impossible("backup \(shown) has not ended"))
    }
    if let flaw = catalog.flaw(of: backup) {
      return .miss(.impossible("backup \(shown) \(flaw.predicate)"))
    }
    let window = cluster.window
    if window?.broken.contains(label) == true {
      return .miss(
        .impossible(
          "backup \(shown) cannot be restored: WAL of its own, or a backup that it needs, is missing"
        ))
    }
    if window?.unjudged.contains(label) == true {
      return .miss(
        .unknown("backup \(shown) has only just ended: the end of its WAL is not seen yet"))
    }
    guard audit == nil || backup.startSegment != nil else {
      return .miss(.unknown("the catalog does not say which WAL backup \(shown) needs"))
    }
    return .at(backup, .backupEnd)
  }

  /// Why nothing is known of what can be restored.
  private var whyNoWindow: String {
    let report = cluster.report
    if let outage = report.outage {
      return "\(Sanitizer.clean(outage.place, limit: 60)) does not answer: "
        + Sanitizer.clean(outage.reason, limit: 160)
    }
    let failures = [
      report.backups.failure, report.walArchive.failure, report.claimedWindow.failure,
    ]
    guard let failure = failures.compactMap({ $0 }).first else {
      return cluster.isWindowSenseless
        ? "the times of the recovery window make no sense"
        : "nobody has told yet what can be restored"
    }
    return "\(failure.part): \(Sanitizer.clean(failure.reason, limit: 160))"
  }
}
