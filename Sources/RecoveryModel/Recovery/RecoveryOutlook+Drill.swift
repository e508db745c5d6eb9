import FoundationEssentials

extension RecoveryMoment {
  /// nil = it is no position.
  package var position: LSN? {
    guard case .position(let lsn) = target else { return nil }
    return lsn
  }
}

extension RecoveryOutlook {
  /// What a drill of it records.
  package var drillMoment: DrillMoment {
    let isDated: Bool
    switch moment.target {
    case .time, .latest, .backup: isDated = true
    // Since when it may have been written is no time of it.
    case .position, .transaction, .restorePoint: isDated = false
    }
    return DrillMoment(
      asked: moment.text, at: isDated ? at : nil, isEnd: effective == .latest)
  }

  /// What a plan of a drill to it tells of the way: moment, base backup, WAL.
  package func drillNotes(segmentSize: Int?) -> [String] {
    let told = lines(zone: .utc, segmentSize: segmentSize).filter {
      ["moment", "base", "WAL", "", "know"].contains($0.label)
    }
    let worth =
      effective == .latest
      ? "No transaction that is archived is known to be later: the drill replays all that is "
        + "archived, to its very end, and counts as one without a moment."
      : "A proof of this moment: \(DrillRecord.pastOnly). The verdict stays as it is."
    return told.map { $0.label.isEmpty ? $0.text : "\($0.label): \($0.text)" } + [worth]
  }
}

extension RecoveryChart {
  /// A base backup brings back nothing from before its own end.
  func tooLate(_ label: String, for moment: RecoveryMoment) -> RecoveryError? {
    guard let backup = candidates.last(where: { $0.id == label || $0.storedAs == label }),
      let end = backup.finishedAt
    else { return nil }
    switch moment.target {
    case .time(let time) where self.end(backup) > time: break
    case .position(let lsn) where stop(backup).map { $0 > lsn } ?? false: break
    default: return nil
    }
    return RecoveryError(
      .refused,
      "backup \(self.label(backup)) ended at \(RecoveryMoment.exact(end)), after \(moment.text): "
        + "nothing before its end can be recovered from it",
      remedy: "leave the backup out: the last one that had ended by then is taken")
  }

  /// As it would be for a drill. Where a restore point lies nobody knows: it is looked for behind the base backup that is
  /// named, or the newest.
  package func outlook(
    ofDrillTo moment: RecoveryMoment, from label: String?
  ) throws(RecoveryError)
    -> RecoveryOutlook
  {
    if let objection = moment.objection(isVerbatim: false) ?? toCome(moment) { throw objection }
    guard case .restorePoint = moment.target else {
      if let label, let refusal = tooLate(label, for: moment) { throw refusal }
      if let label, label != outlook(of: moment).base?.id {
        throw RecoveryError(
          .invalid,
          "backup \(Sanitizer.clean(label, limit: 60)) is not the one that "
            + "\(moment.text) is recovered from",
          remedy:
            "leave out the backup: it is chosen by its end; it is named for restore points alone")
      }
      return outlook(of: moment)
    }
    let base = label.map { label in candidates.last { $0.id == label } } ?? candidates.last
    guard let base else {
      throw RecoveryError(
        label == nil ? .refused : .invalid,
        label.map { "backup \(Sanitizer.clean($0, limit: 60)) cannot be recovered from" }
          ?? "there is no base backup that a recovery could start from")
    }
    var outlook = outlook(of: .latest)
    outlook.moment = moment
    outlook.effective = moment
    outlook.base = base
    outlook.at = nil
    outlook.route = audit?.route(from: base, to: .end)
    outlook.loss = .unknown
    outlook.alternatives = []
    outlook.remarks = [
      "where the restore point lies is not known: it is looked for behind backup \(self.label(base))"
    ]
    return outlook
  }
}
