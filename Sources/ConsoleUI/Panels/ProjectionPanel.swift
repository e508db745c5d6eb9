import FoundationEssentials
import RecoveryModel
import TextScreen

/// How long a restore would take now.
enum ProjectionPanel {
  static let row = PanelRow(
    id: .projection, title: "Projected RTO", key: "6", status: status, summary: summary,
    detail: detail, item: { _, _, _ in },
    staleAge: { $0.cluster.staleAge(of: .backups, at: $0.now) })

  @Sendable private static func status(_ context: PanelContext) -> Span {
    guard let projection = context.cluster.recoveryTime else {
      return context.cluster.loss == .everything
        ? Span("none", .critical) : Span("unknown", .unknown)
    }
    return Span(Format.duration(projection.total.expected), role(projection, context))
  }

  static func role(_ projection: RTOProjection, _ context: PanelContext) -> Role {
    context.targets.standing(of: projection)?.role ?? .good
  }

  @Sendable private static func summary(
    _ context: PanelContext, width: Int, height: Int
  ) -> [Row] {
    guard let projection = context.cluster.recoveryTime else { return missing(context) }
    return [
      .gauge(reading(projection, context), gaugeRole(projection, context)),
      .line(
        Line([
          Span(" " + range(projection)),
          Span(", target \(Format.span(context.targets.rto))", .dim),
        ])),
      .fact("split", split(projection)),
      .fact("basis", basis(projection, context), projection.basis == .measured ? .text : .notice),
      .fact("at worst", trend(projection)),
    ]
  }

  private static func missing(_ context: PanelContext) -> [Row] {
    let reading = Gauge.Reading(value: nil, target: context.targets.rto, scale: scale(context))
    return [
      .gauge(reading, .gaugeFill),
      context.cluster.loss == .everything
        ? .fact("never", "nothing to restore from", .critical)
        : .fact("unknown", unknown(context), .unknown),
      .fact("target", Format.span(context.targets.rto)),
    ]
  }

  static func gaugeRole(_ projection: RTOProjection, _ context: PanelContext) -> Role {
    let role = role(projection, context)
    return role == .good ? .gaugeFill : role
  }

  /// The target stands at three quarters, so that one sees what is to spare and what is over.
  private static func scale(_ context: PanelContext) -> Double { context.targets.rto * 4 / 3 }

  static func reading(_ projection: RTOProjection, _ context: PanelContext) -> Gauge.Reading {
    Gauge.Reading(
      value: projection.total.expected, low: projection.total.low, high: projection.total.high,
      target: context.targets.rto, scale: scale(context))
  }

  static func range(_ projection: RTOProjection) -> String {
    "\(short(projection.total.low)) to \(short(projection.total.high))"
  }

  /// What the engine costs whatever the size comes first, where it costs anything.
  static func split(_ projection: RTOProjection) -> String {
    let parts = [projection.restore, projection.replay, projection.start].map(short)
    return ((projection.fixed > 0 ? ["fixed \(short(projection.fixed))"] : []) + parts)
      .joined(separator: " + ")
  }

  /// A duration without the blanks between its parts.
  static func short(_ seconds: Double) -> String {
    Format.duration(seconds).split(separator: " ").joined()
  }

  static func basis(_ projection: RTOProjection, _ context: PanelContext) -> String {
    guard projection.basis == .measured else { return "assumed: no drill has measured" }
    return projection.basisWords
      + (projection.lastDrillAt.map { ", \(context.ago($0))" } ?? "")
  }

  /// What it takes just before the next base backup, and what it would take were they weekly.
  static func trend(_ projection: RTOProjection) -> String {
    guard let before = projection.beforeNextBackup else { return "unknown: no WAL rate yet" }
    return rounded(before)
      + (projection.underWeeklySchedule.map { "; \(rounded($0)) if backed up weekly" } ?? "")
  }

  /// A duration in whole minutes from one minute on, rounded up.
  private static func rounded(_ seconds: Double) -> String {
    seconds < 60 ? Format.duration(seconds) : Format.age((seconds / 60).rounded(.up) * 60)
  }

  /// Why nothing can be projected though there is a backup.
  private static func unknown(_ context: PanelContext) -> String {
    if context.report.backups.value == nil { return "the catalog is not known" }
    if context.cluster.window?.restorable.isEmpty == true {
      return "no backup is known that can be restored"
    }
    let size = context.cluster.lastGoodBackup?.databaseBytes
    return size ?? context.report.configuration.value?.databaseBytes == nil
      ? "the backup's size is not known" : "the end of its WAL is not known"
  }
}
