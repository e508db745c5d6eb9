import FoundationEssentials
import RecoveryModel
import TextScreen

/// The cursor over the recovery window.
extension AppState {
  /// So many seconds on or back, to a whole minute. Behind the end is the latest, before the beginning the end of the
  /// first base backup.
  mutating func stepMoment(_ seconds: Double) {
    guard let cluster, let window = (cluster.recalled?.cluster ?? cluster).window,
      let first = window.first, let last = window.last
    else { return }
    let at = recoveryOutlook?.at ?? last
    let minute = 60.0
    let from = at.timeIntervalSinceReferenceDate / minute
    // From between two minutes the first step goes to the next one, not past it.
    let whole = seconds < 0 ? from.rounded(.up) : from.rounded(.down)
    let time = Date(timeIntervalSinceReferenceDate: whole * minute + seconds)
    let target: RecoveryMoment.Target
    // What lies behind the end of the window is drawn too, and has an outlook of its own.
    if time > now {
      target = .latest
    } else if time < (window.points.first ?? first).addingTimeInterval(1),
      let label = window.restorable.first
    {
      target = .backup(label)
    } else {
      target = .time(time)
    }
    recovery = RecoveryCursor(cluster: cluster.id, moment: RecoveryMoment(target))
  }

  /// Where a typed moment is; or what is understood.
  mutating func goTo(moment text: String) -> [Effect] {
    guard let cluster else { return [] }
    let labels = cluster.report.backups.value?.backups.map(\.id) ?? []
    do {
      let moment = try MomentText(now: now, zone: zone, labels: labels).parse(text)
      recovery = RecoveryCursor(cluster: cluster.id, moment: moment)
      if screen != .detail(.window) { show(.window) }
      list.offset = 0
    } catch {
      notify("\(error.message); \(error.remedy)", .warning, seconds: 15)
    }
    return []
  }

  mutating func openIncident() -> [Effect] {
    if screen == .incident {
      back()
      return []
    }
    // From the top, wherever it was left.
    lists[.incident] = nil
    open(.incident)
    return readAudit()
  }

  /// Seconds between two readings of the audit log while its lines are on the screen.
  private static let auditPace = 5.0

  /// Others act meanwhile. Also where another cluster is shown, and a clock was set back.
  mutating func followAudit() -> [Effect] {
    guard screen == .incident else { return [] }
    if let asked = auditAsked, asked.cluster == selectedCluster,
      (0..<Self.auditPace).contains(now.timeIntervalSince(asked.at))
    {
      return []
    }
    return readAudit()
  }

  private mutating func readAudit() -> [Effect] {
    auditAsked = selectedCluster.map { AuditQuestion(cluster: $0, at: now) }
    return selectedCluster.map { [.readAudit(cluster: $0)] } ?? []
  }

  mutating func receive(_ acts: [IncidentAct], of cluster: String) -> [Effect] {
    audit = AuditReading(cluster: cluster, acts: acts)
    clampList()
    return []
  }
}
