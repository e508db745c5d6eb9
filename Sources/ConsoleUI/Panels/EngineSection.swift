import FoundationEssentials
import RecoveryModel
import TextScreen

/// What only the engine knows: its own checks by what they are about, and what is done on purpose.
enum EngineSection {
  /// The engine's findings that belong to this panel; nothing where there are none.
  static func fill(
    _ panel: PanelID, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    let findings = (context.report.engineFindings.value ?? [])
      .filter { $0.topic.panels.contains(panel) }.map(\.finding)
    guard !findings.isEmpty else { return }
    builder.section("\(context.cluster.engineTitle) checks")
    for finding in findings {
      let lines = Wrap.lines(
        finding.headline, width: builder.width, indent: 3, limit: builder.limit)
      for (index, line) in lines.enumerated() {
        let mark = index == 0 ? " \(finding.severity.glyph(context.glyphs)) " : "   "
        builder.add(
          .line(Line([Span(mark, finding.severity.role), Span(String(line.dropFirst(3)))])))
      }
      for evidence in finding.evidence.prefix(1) {
        builder.add(
          Row.paragraph(
            evidence.what, .dim, width: builder.width, indent: 3, limit: builder.limit))
      }
    }
  }

  /// What is being done to the cluster, or stands as it is, on purpose.
  static func activities(_ context: PanelContext) -> [Row] {
    context.cluster.recoveries.map { recovery in
      .line(
        Line([
          Span(" \(context.glyphs.bullet) recovering: ", .notice), Span(recovery.sentence),
        ]))
    }
      + context.report.activities.map { activity in
        let since = activity.since.map { ", since \(Moment.short($0))" } ?? ""
        return .line(
          Line([
            Span(" \(context.glyphs.bullet) \(activity.kind.words): ", .notice),
            Span(activity.sentence + since),
          ]))
      }
  }
}

extension FindingTopic {
  /// Where findings on it stand among a panel's details: somewhere, always.
  var panels: Set<PanelID> {
    switch self {
    case .cluster: [.instances]
    case .identity: [.instances, .archive]
    case .archive: [.archive]
    case .backups: [.backups]
    case .repository: [.backups, .window]
    case .window: [.window]
    case .recovery: [.projection]
    }
  }
}

/// The volumes that the servers keep their files on.
enum VolumeSection {
  static func fill(_ context: PanelContext, _ builder: inout ContentBuilder) {
    let volumes = context.report.storage.value?.volumes ?? []
    guard !volumes.isEmpty else { return }
    builder.section("Volumes")
    for volume in volumes {
      builder.add(
        .line(
          Line(
            [
              Span(" \(volume.name)", .strong), Span(" \(content(volume))", .dim),
            ], right: [fill(volume), Span(" ")])))
    }
  }

  private static func content(_ volume: VolumeUsage) -> String {
    switch volume.content {
    case .data: "data"
    case .wal: "WAL"
    case .tablespace: "tablespace"
    }
  }

  /// `18 GiB of 20 GiB, 90 %, full in 3h 10m` at the present rate.
  static func fill(_ volume: VolumeUsage) -> Span {
    guard let capacity = volume.capacityBytes, capacity > 0 else {
      return Span("size unknown", .unknown)
    }
    guard let used = volume.usedBytes, let share = volume.usedShare else {
      return Span("\(Format.bytes(capacity)), use unknown", .unknown)
    }
    var text = "\(Format.bytes(used)) of \(Format.bytes(capacity)), \(Format.percent(share))"
    if let left = volume.secondsLeft { text += ", full in \(Format.age(left))" }
    return Span(text, volume.filling.role)
  }
}
