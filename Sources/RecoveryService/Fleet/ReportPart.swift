import FoundationEssentials
import RecoveryModel

/// The parts of a report by name.
enum ReportPart: String, Sendable, CaseIterable {
  case instances, archive, backups
  case walArchive = "WAL archive"
  case retention, storage, configuration
}

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
    return parts
  }
}

extension EngineReport {
  /// The report without what is too old to be believed: a value older than its source's patience becomes
  /// unavailable, with the time it was last seen.
  func withoutOverdue(_ sources: [SourceState], interval: Double, now: Date) -> EngineReport {
    var report = self
    for state in sources {
      let patience = state.patience(interval: interval)
      for part in state.parts {
        switch part {
        case .instances: report.instances.expire(part, state, patience, now)
        case .archive: report.archive.expire(part, state, patience, now)
        case .backups: report.backups.expire(part, state, patience, now)
        case .walArchive: report.walArchive.expire(part, state, patience, now)
        case .retention: report.retention.expire(part, state, patience, now)
        case .storage: report.storage.expire(part, state, patience, now)
        case .configuration: report.configuration.expire(part, state, patience, now)
        }
      }
    }
    return report
  }
}

extension Observed {
  fileprivate mutating func expire(
    _ part: ReportPart, _ state: SourceState, _ patience: Double, _ now: Date
  ) {
    guard case .value(_, let source, let at) = self, now.timeIntervalSince(at) > patience
    else { return }
    let silence = state.inFlight ? "was asked again and has not answered" : "was not asked again"
    self = .unavailable(
      Unavailable(
        part: part.rawValue,
        reason: "last seen \(Format.timestamp(at)); \(source) \(silence)",
        remedy: "see whether \(source) hangs"), at: at)
  }
}
