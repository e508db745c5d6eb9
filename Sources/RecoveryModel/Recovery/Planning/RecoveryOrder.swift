import FoundationEssentials

/// What somebody wants to be recovered, and where to.
package struct RecoveryQuestion: Sendable, Equatable {
  package var moment: RecoveryMoment
  /// The new cluster's name, `namespace/name`, or a directory; nil = the engine proposes one.
  package var place: String?
  /// The base backup to start from; nil = the last one that had ended by then.
  package var backup: String?
  /// What is to be given back to a production that goes on; empty = not told.
  package var lost: [LostTable] = []

  package init(_ moment: RecoveryMoment, into place: String? = nil, from backup: String? = nil) {
    self.moment = moment
    self.place = place
    self.backup = backup
  }
}

/// A recovery that can be asked for: from which base backup to which moment.
package struct RecoveryOrder: Sendable, Equatable {
  package var outlook: RecoveryOutlook
  /// nil = it lies recovered already, and the one that it came from is gone: nothing but to go on from there.
  package var base: Backup?
  /// As PostgreSQL has to be asked for it.
  package var moment: RecoveryMoment
  /// The timeline on which the moment lies; nil = nobody has looked at the archive.
  package var timeline: UInt32?
  /// Bytes per segment; nil = not known.
  package var segmentSize: Int?
  /// What it must have come to at least, where no target makes PostgreSQL say that it has not.
  package var floor: LSN?
  /// Why nobody knows whether the base backup ended before the moment; nil = it did.
  package var doubt: String?
  package var place: String?
  package var lost: [LostTable] = []
  /// The server that was the primary when one was last seen; nil = nobody saw one.
  package var primary: String?

  package var target: PostgresTarget { PostgresTarget(moment) }
  package var cluster: String { outlook.cluster }
  package var now: Date { outlook.now }
  /// Empty = there is none.
  package var baseID: String { base?.id ?? "" }
  /// What the base backup is called in the store.
  package var storedBase: String { base?.storedAs ?? baseID }

  /// Of an order that is to be restored. Throws `RecoveryError` (refused) where there is none.
  package func baseToRestore() throws(RecoveryError) -> Backup {
    guard let base else {
      throw RecoveryError(
        .refused, "there is nothing to restore: \(doubt ?? "its base backup is gone")",
        remedy: "go on from what lies recovered, in its own place")
    }
    return base
  }
}

extension RecoveryChart {
  /// Throws `RecoveryError` (refused) where it cannot be reached, with what can.
  package func order(_ question: RecoveryQuestion) throws(RecoveryError) -> RecoveryOrder {
    if let objection = question.moment.objection(isVerbatim: false) ?? toCome(question.moment) {
      throw objection
    }
    let chart = try limited(to: question.backup, for: question.moment)
    let outlook = chart.outlook(of: question.moment)
    guard outlook.isReachable, let base = outlook.base, let moment = outlook.effective else {
      guard let order = chart.doubtful(outlook, question) ?? chart.kept(outlook, question) else {
        throw question.backup.flatMap { tooLate($0, for: question.moment) }
          ?? Self.refusal(outlook)
      }
      return order
    }
    var order = RecoveryOrder(
      outlook: outlook, base: base, moment: moment, timeline: outlook.route?.legs.last?.timeline,
      segmentSize: segmentSize, place: question.place)
    order.lost = question.lost
    order.primary = cluster.lastAnswers.primary
    if moment == .latest, let segmentSize {
      order.floor = outlook.route?.end.segment.start(segmentSize: segmentSize)
    }
    return order
  }

  /// Why a moment cannot be meant; nil = nothing speaks against it. A cursor may stand there, a plan is made of no slip of
  /// the pen.
  func toCome(_ moment: RecoveryMoment) -> RecoveryError? {
    // Only the server's own word of now says what is still to be written.
    let status =
      cluster.staleAge(of: .archive, at: now) == nil ? cluster.report.archive.value : nil
    let reached: String? =
      switch moment.target {
      case .time(let time):
        time.timeIntervalSince(now) > RuleContext.clockTolerance
          ? "it is \(Format.timestamp(now))" : nil
      case .position(let lsn):
        status.flatMap { $0.currentLSN < lsn ? "the WAL stands at \($0.currentLSN)" : nil }
      case .transaction(let id):
        status?.nextTransactionID.flatMap { id > $0 ? "the next transaction is \($0)" : nil }
      case .latest, .backup, .restorePoint: nil
      }
    return reached.map {
      RecoveryError(
        .invalid, "\(moment.text) has not come yet: \($0)",
        remedy: "say latest for all that is archived")
    }
  }

  /// The same chart with one base backup to start from.
  private func limited(
    to label: String?, for moment: RecoveryMoment
  ) throws(RecoveryError) -> RecoveryChart {
    guard let label else { return self }
    if case .backup(let named) = moment.target, named == label { return self }
    guard candidates.contains(where: { $0.id == label || $0.storedAs == label }) else {
      let outlook = outlook(of: RecoveryMoment(.backup(label)))
      throw RecoveryError(
        .refused,
        outlook.isReachable
          ? "backup \(Sanitizer.clean(label, limit: 60)) leads to no moment of what runs now"
          : outlook.standingWords,
        remedy: candidates.isEmpty
          ? "" : "there are: " + candidates.suffix(8).map { self.label($0) }.joined(separator: ", ")
      )
    }
    var chart = self
    chart.candidates = candidates.filter { $0.id == label || $0.storedAs == label }
    return chart
  }

  /// Where a restore point or a transaction lies nobody may know; the WAL has it all the same. Starts from the newest base
  /// backup, and says that this may be too new.
  private func doubtful(
    _ outlook: RecoveryOutlook, _ question: RecoveryQuestion
  ) -> RecoveryOrder? {
    switch (outlook.standing, question.moment.target) {
    case (.unknown, .restorePoint), (.unknown, .transaction): break
    default: return nil
    }
    guard let base = candidates.last, cluster.window != nil else { return nil }
    var outlook = outlook
    outlook.base = base
    outlook.route = audit?.route(from: base, to: .end)
    let ended = base.finishedAt.map { " at \(RecoveryMoment.exact($0))" } ?? ""
    var order = RecoveryOrder(
      outlook: outlook, base: base, moment: question.moment,
      timeline: outlook.route?.legs.last?.timeline, segmentSize: segmentSize,
      doubt:
        "backup \(label(base)) ended\(ended), and nobody has seen whether \(question.moment.text) "
        + "came after that: if it came before, PostgreSQL replays all WAL and says that it did not "
        + "reach it; name an older backup then",
      place: question.place)
    order.lost = question.lost
    return order
  }

  /// What was recovered needs no base backup any more, and gives back what it has.
  private func kept(_ outlook: RecoveryOutlook, _ question: RecoveryQuestion) -> RecoveryOrder? {
    let place = question.place ?? ""
    let isKept = cluster.report.kept.contains { copy in
      copy.moment == question.moment.text && !copy.isUnfinished
        && (copy.place == place || copy.place.hasSuffix("/\(place)"))
    }
    guard isKept, !place.isEmpty else { return nil }
    var order = RecoveryOrder(
      outlook: outlook, moment: question.moment, segmentSize: segmentSize,
      doubt: "no base backup leads there any more; what lies recovered needs none",
      place: question.place)
    order.lost = question.lost
    order.primary = cluster.lastAnswers.primary
    return order
  }

  private static func refusal(_ outlook: RecoveryOutlook) -> RecoveryError {
    let near = outlook.alternatives.map { "\($0.words): \($0.moment.text)" }
    return RecoveryError(
      .refused, "there is nothing to plan: \(outlook.standingWords)",
      remedy: near.isEmpty ? "" : near.joined(separator: "; "))
  }
}
