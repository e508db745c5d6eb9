import FoundationEssentials
import Kubernetes

/// `startedAt` and `stoppedAt` are the node's, as its image wrote them down; `reconciliation…At` are the operator's. Older
/// images wrote local time and called it UTC.
extension CNPGBackup {
  /// Seconds by which clocks may differ without anybody caring.
  private static let tolerance = 60.0
  /// Zones are multiples of a quarter of an hour, none further off than 14 hours.
  private static let zoneStep = 900.0
  private static let furthestZone = 14 * 3600.0

  package var startedAt: Date? { corrected(toldStartedAt) }
  package var stoppedAt: Date? { corrected(toldStoppedAt) }
  /// As the object says it, right or wrong.
  package var toldStartedAt: Date? { status?.startedAt?.date }
  package var toldStoppedAt: Date? { status?.stoppedAt?.date }

  private func corrected(_ told: Date?) -> Date? {
    guard let told, let error = clockError else { return told }
    return told.addingTimeInterval(-error)
  }

  /// Seconds by which its own times are ahead of the operator's; nil = they agree, or there is nothing to compare.
  package var clockError: Double? {
    guard let status else { return nil }
    let noticed = status.reconciliationTerminatedAt?.date
    // Not when the object was made: one that was put back is younger than its backup.
    let begun = status.reconciliationStartedAt?.date
    // It began after the operator began with it and ended before the operator knew of its end.
    let least = toldStoppedAt.flatMap { told in noticed.map { told.timeIntervalSince($0) } }
    let most = toldStartedAt.flatMap { told in begun.map { told.timeIntervalSince($0) } }
    return Self.error(least: least, most: most)
  }

  /// The error lies between these two. Zero where that can be, else a whole zone, else the least that explains it.
  package static func error(least: Double?, most: Double?) -> Double? {
    if let least, least > tolerance {
      let upper = (most ?? least) + tolerance
      let zone = (((least - tolerance) / zoneStep).rounded(.up)) * zoneStep
      return zone > 0 && zone <= upper && zone <= furthestZone ? zone : least
    }
    if let most, most < -tolerance {
      let lower = (least ?? most) - tolerance
      let zone = (((most + tolerance) / zoneStep).rounded(.down)) * zoneStep
      return zone < 0 && zone >= lower && -zone <= furthestZone ? zone : most
    }
    return nil
  }
}
