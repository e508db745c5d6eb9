import FoundationEssentials

/// What would be nearer or faster, and what else is to be known.
extension RecoveryChart {
  func alternatives(to outlook: RecoveryOutlook) -> [RecoveryAlternative] {
    switch outlook.standing {
    case .reachable, .claimed:
      if let hole = outlook.route?.holes.first {
        return [next(after: hole.to ?? .distantFuture, .behindHole)].compactMap { $0 }
      }
      guard outlook.effective != .latest, let at = outlook.at else { return [] }
      return [next(after: at, .nextBackup)].compactMap { $0 }
    case .cut(let hole):
      let behind = next(after: hole.to ?? outlook.at ?? .distantPast, .behindHole)
      return [beforeHole(outlook), behind].compactMap { $0 }
    case .beforeFirstBackup:
      return [next(after: .distantPast, .firstBackup)].compactMap { $0 }
    case .beyondEnd, .impossible, .unknown: return []
    }
  }

  /// The end of the first base backup that ended later.
  private func next(
    after date: Date, _ kind: RecoveryAlternative.Kind
  ) -> RecoveryAlternative? {
    guard let backup = candidates.first(where: { ($0.finishedAt ?? .distantPast) > date }) else {
      return nil
    }
    return alternative(kind, RecoveryMoment(.backup(backup.id)))
  }

  /// The start of the last segment that is there: a recovery that is told to go there comes to it or says that it did
  /// not.
  private func beforeHole(_ outlook: RecoveryOutlook) -> RecoveryAlternative? {
    guard let route = outlook.route, let base = outlook.base, let size = segmentSize else {
      return nil
    }
    guard let stop = base.stopSegment, route.end.segment.number > stop.number else {
      return alternative(.beforeHole, RecoveryMoment(.backup(base.id)))
    }
    let position = route.end.segment.start(segmentSize: size)
    return alternative(.beforeHole, RecoveryMoment(.position(position)))
  }

  private func alternative(
    _ kind: RecoveryAlternative.Kind, _ moment: RecoveryMoment
  ) -> RecoveryAlternative? {
    let outlook = outlined(moment)
    guard outlook.isReachable else { return nil }
    return RecoveryAlternative(
      kind: kind, moment: moment, at: outlook.at, loss: outlook.loss,
      rto: outlook.projection?.total)
  }

  func remarks(on outlook: RecoveryOutlook) -> [String] {
    [
      claim(outlook), endedByHole(outlook), sizeless(outlook), commits(outlook),
      passedOver(outlook),
      transaction(outlook), clocks,
    ].compactMap { $0 }
  }

  private func claim(_ outlook: RecoveryOutlook) -> String? {
    guard outlook.basis == .claimed, outlook.isReachable else { return nil }
    let claimant =
      cluster.report.claimedWindow.value.map { Sanitizer.clean($0.claimant, limit: 80) }
      ?? "the engine"
    return "Nobody has listed the archive: \(claimant) claims this window. Whether it has holes, "
      + "which timelines the way takes and how much WAL that is cannot be known; a verify drill "
      + "proves it."
  }

  /// PostgreSQL takes a missing segment for the end of the archive, and promotes.
  private func endedByHole(_ outlook: RecoveryOutlook) -> String? {
    guard outlook.effective == .latest, let hole = outlook.route?.holes.first else { return nil }
    return
      "The latest is where a hole begins, \(words(hole)): what is archived behind it cannot be "
      + "reached, and PostgreSQL will not say so."
  }

  /// `2 segments from 000000010000000100000091`.
  func words(_ hole: WALHole) -> String {
    let name = segmentSize.map { hole.first.name(segmentSize: $0) } ?? "\(hole.first.number)"
    return "\(hole.missing) segment\(hole.missing == 1 ? "" : "s") from \(name)"
      + (hole.spoiled.map { " (\($0.words))" } ?? "")
  }

  private func sizeless(_ outlook: RecoveryOutlook) -> String? {
    guard outlook.isReachable, outlook.projection == nil else { return nil }
    return outlook.base?.databaseBytes == nil
      && cluster.report.configuration.value?.databaseBytes == nil
      && RTOProjection.lastRestoredBytes(cluster.drills) == nil
      ? "How long it takes cannot be told: no size of the database is known."
      : "How long it takes cannot be told: how much WAL there is to replay is not known."
  }

  private func commits(_ outlook: RecoveryOutlook) -> String? {
    switch outlook.laterCommit {
    case .some(.none):
      "Nothing was committed after it, as far as the archive reaches: PostgreSQL would end with "
        + "\"recovery ended before configured recovery target was reached\". The latest is the "
        + "same and is reached."
    case .unknown:
      "It lies in the last archived WAL: unless \(outlook.stop) is in there, PostgreSQL ends with "
        + "\"recovery ended before configured recovery target was reached\"."
    case .seen, .likely, nil: nil
    }
  }

  /// Backups that ended nearer and do not count.
  private func passedOver(_ outlook: RecoveryOutlook) -> String? {
    guard let at = outlook.at, let base = outlook.base?.finishedAt,
      let catalog = cluster.report.backups.value
    else { return nil }
    let counted = Set(candidates.map(\.id))
    let nearer = catalog.backups.last { backup in
      guard let end = backup.finishedAt, !counted.contains(backup.id) else { return false }
      return end > base && end <= at
    }
    guard let nearer else { return nil }
    let why =
      nearer.error != nil
      ? "damaged"
      : catalog.flaw(of: nearer)?.words
        ?? (cluster.window?.broken.contains(nearer.id) == true
          ? "WAL of its own is missing"
          : cluster.window?.unjudged.contains(nearer.id) == true
            ? "its WAL has not been looked for yet" : "taken on a timeline that was left")
    return "Backup \(label(nearer)) ended nearer and does not count: \(why)."
  }

  private func transaction(_ outlook: RecoveryOutlook) -> String? {
    guard case .transaction(let id) = outlook.moment.target, outlook.isReachable,
      let after = sightings.sightings(of: id).after
    else { return nil }
    return
      "Transaction \(id) began before \(RecoveryMoment.exact(after.at)); when it was committed "
      + "nobody has seen, so that time and size are at least these."
  }

  /// Times are told by several clocks.
  private var clocks: String? {
    cluster.findings.first { ["clock.disagrees", "clock.backup"].contains($0.id) }
      .map { "Times here are not to be trusted: \(Sanitizer.clean($0.headline, limit: 200))." }
  }
}
