import FoundationEssentials

/// What would be gone if the cluster vanished now.
package enum ProjectedLoss: Sendable, Equatable {
  /// Nothing can be restored.
  case everything
  /// What was written behind the last moment that can be restored.
  case changes(RPOExposure)
  /// Nobody can tell; also where no moment is known that could be restored, however little waits to be archived.
  case unknown

  /// nil = not all, or not known.
  package var changes: RPOExposure? {
    if case .changes(let exposure) = self { exposure } else { nil }
  }

  /// Infinite where it is everything; nil = not known.
  package var seconds: Double? { self == .everything ? .infinity : changes?.seconds }

  /// As it stands against what the cluster is held to; nil = as it should, or not known.
  package func standing(_ targets: RecoveryTargets) -> Severity? {
    self == .everything ? .critical : changes.flatMap(targets.standing(of:))
  }
}

extension ClusterSnapshot {
  /// The one judgement, which every face tells.
  package var loss: ProjectedLoss {
    if verdict == .notRecoverable { return .everything }
    let isOwn = goodBackups ?? 0 > 0 && window?.restorable.isEmpty == false
    let isKnown =
      isOwn ? staleAge(of: .backups, at: takenAt) == nil : origin?.holds == true && reach != nil
    guard isKnown, let changes = unreachedChanges,
      changes.seconds != nil || changes.bytes != nil
    else { return .unknown }
    return .changes(changes)
  }

  /// The same as it may be shown: what was not old when the picture was made, and is by now, is not known any more.
  package func loss(at now: Date) -> ProjectedLoss {
    let hasTurned = [ReportPart.archive, .backups].contains {
      staleAge(of: $0, at: takenAt) == nil && staleAge(of: $0, at: now) != nil
    }
    return hasTurned ? .unknown : loss
  }

  /// How long it would take to get it back; nil = nothing can be restored, or nobody can tell.
  package var recoveryTime: RTOProjection? { loss == .everything ? nil : projection }

  /// What lies behind the end of what can be restored: where something cuts the way to the end of the archive all
  /// behind that, however little is waiting to be archived.
  var unreachedChanges: RPOExposure? {
    guard let reach, reach.isCut else { return exposure }
    let seconds = max(reach.lostSeconds, exposure?.seconds ?? 0)
    return RPOExposure(
      bytes: nil, seconds: seconds, segments: nil, isUpperBound: reach.isUpperBound)
  }
}
