import RecoveryModel

extension ReportUpdate {
  /// The parts that this answer speaks for.
  var parts: Set<ReportPart> {
    var parts: Set<ReportPart> = []
    if instances != nil { parts.insert(.instances) }
    if archive != nil { parts.insert(.archive) }
    if backups != nil { parts.insert(.backups) }
    if walArchive != nil { parts.insert(.walArchive) }
    if retention != nil { parts.insert(.retention) }
    if storage != nil { parts.insert(.storage) }
    if configuration != nil { parts.insert(.configuration) }
    if claimedWindow != nil { parts.insert(.claimedWindow) }
    if engineFindings != nil { parts.insert(.engineFindings) }
    return parts
  }
}
