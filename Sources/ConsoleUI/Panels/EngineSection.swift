import FoundationEssentials
import RecoveryModel
import TextScreen

/// What only the engine knows: its own checks by what they are about, and what is done on purpose.
enum EngineSection {
  /// The engine's findings on these topics; nothing where there are none. A topic is the second part
  /// of a finding's id, as `schedule` in `cnpg.schedule.overdue:nightly`.
  static func fill(
    _ topics: Set<String>, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    let findings = (context.report.engineFindings.value ?? []).filter { finding in
      let parts = finding.id.split { $0 == "." || $0 == ":" }
      return parts.count > 1 && topics.contains(String(parts[1]))
    }
    guard !findings.isEmpty else { return }
    builder.section("\(context.cluster.engineTitle) checks")
    for finding in findings {
      let lines = Wrap.lines(
        finding.headline, width: max(1, builder.width - 3), limit: builder.limit)
      for (index, line) in lines.enumerated() {
        let mark = index == 0 ? " \(finding.severity.glyph(context.glyphs)) " : "   "
        builder.add(.line(Line([Span(mark, finding.severity.role), Span(line)])))
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
    context.report.activities.map { activity in
      let since = activity.since.map { ", since \(Moment.short($0))" } ?? ""
      return .line(
        Line([
          Span(" \(context.glyphs.bullet) \(activity.kind.words): ", .notice),
          Span(activity.sentence + since),
        ]))
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

  /// `18 GiB of 20 GiB, 90 %, full in 3h 10m` at the present rate; the shares are those at which the
  /// engine's own check warns.
  static func fill(_ volume: VolumeUsage) -> Span {
    guard let capacity = volume.capacityBytes, capacity > 0 else {
      return Span("size unknown", .unknown)
    }
    guard let used = volume.usedBytes else {
      return Span("\(Format.bytes(capacity)), use unknown", .unknown)
    }
    let share = Double(used) / Double(capacity)
    var text = "\(Format.bytes(used)) of \(Format.bytes(capacity)), \(Format.percent(share))"
    if let growth = volume.growthPerSecond, growth > 0 {
      let left = Double(max(0, capacity - used)) / growth
      if left < 365 * 86_400 { text += ", full in \(Format.age(left))" }
    }
    return Span(text, share >= 0.9 ? .critical : share >= 0.8 ? .warning : .text)
  }
}
