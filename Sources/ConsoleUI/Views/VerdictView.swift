import FoundationEssentials
import RecoveryModel
import TextScreen

/// The answer to the one question, and the findings that made it.
enum VerdictView {
  static func draw(_ state: AppState, in rect: Rect, frame: inout Frame) {
    guard !rect.isEmpty, let cluster = state.cluster else { return }
    for (offset, line) in lines(cluster, state, rows: rect.height).prefix(rect.height).enumerated()
    {
      frame.write(
        line, in: Rect(x: rect.x, y: rect.y + offset, width: rect.width, height: 1),
        glyphs: state.glyphs)
    }
  }

  static func lines(_ cluster: ClusterSnapshot, _ state: AppState, rows: Int) -> [Line] {
    let verdict = cluster.verdict(at: state.now)
    var first = Line([
      Span(" \(verdict.glyph(state.glyphs)) \(verdict.rawValue)", verdict.role), Span("  "),
    ])
    let findings = cluster.findings
    if let age = cluster.staleAge(at: state.now) {
      let pause = state.paused ? "paused, " : ""
      first.left.append(
        Span("\(pause)no news for \(Format.age(age)); it was \(cluster.verdict.rawValue)", .unknown)
      )
    } else if rows == 1, verdict != .proven, let worst = findings.first {
      first.left.append(Span(worst.headline))
    } else {
      let taken = first.left.reduce(0) { $0 + GlyphWidth.columns(of: $1.text) }
      first.left += answer(cluster, state, room: state.columns - taken)
    }
    if findings.isEmpty, cluster.staleAge(at: state.now) != nil {
      return [first, Line("   what stands below is old", .unknown)]
    }
    return [first] + findingLines(findings, state, room: rows - 1)
  }

  /// `back in about 1m 36s, losing 2 KiB (12s)`: what would happen if the primary vanished now.
  /// The last restore is left out where it would be cut.
  static func answer(_ cluster: ClusterSnapshot, _ state: AppState, room: Int) -> [Span] {
    let context = PanelContext(cluster: cluster, now: state.now, glyphs: state.glyphs)
    if cluster.loss == .everything {
      return [Span("if the primary vanished now, everything would be lost", .strong)]
    }
    var spans = [Span("if lost now: ", .dim)]
    let separator = Span(" \(state.glyphs.separator) ", .dim)
    if let projection = cluster.recoveryTime {
      spans.append(Span("back in about \(Format.duration(projection.total.expected))"))
    } else {
      spans.append(Span("time to recover unknown", .unknown))
    }
    spans += [separator, loss(context)]
    if let drill = cluster.drills.lastPassed {
      let restored = [separator, Span("restored \(context.ago(drill.finishedAt))")]
      let width = (spans + restored).reduce(0) { $0 + GlyphWidth.columns(of: $1.text) }
      if width <= room { spans += restored }
    }
    return spans
  }

  private static func loss(_ context: PanelContext) -> Span {
    guard let lost = context.cluster.loss(at: context.now).changes else {
      return Span("loss unknown", .unknown)
    }
    if let reach = context.cluster.reach, reach.isCut {
      return Span(reach.words(now: context.now), .critical)
    }
    let exposure = ArchivePanel.exposure(context)
    if exposure.role == .good { return Span("losing nothing") }
    guard let seconds = lost.seconds else {
      return Span("losing \(exposure.text)", exposure.role)
    }
    // Something is waiting, and its age rounds to nothing.
    guard seconds >= 1 else {
      let bytes = lost.bytes.map(Format.bytes) ?? "less than 1s"
      return Span("losing \(bytes)", exposure.role)
    }
    let bound = lost.isUpperBound ? "at most " : ""
    return Span("losing \(bound)\(Format.atMost(seconds))", exposure.role)
  }

  private static func findingLines(
    _ findings: [Finding], _ state: AppState, room: Int
  ) -> [Line] {
    guard room > 0 else { return [] }
    if findings.isEmpty { return [Line("   nothing to report", .dim)] }
    // What to do about the worst comes before what else there is.
    let remedy = room > 1 ? Remedy.withKeys(findings[0].remedy) : ""
    let shown = findings.prefix(remedy.isEmpty ? room : room - 1)
    var lines = shown.map { finding in
      Line([
        Span("   \(finding.severity.glyph(state.glyphs)) ", finding.severity.role),
        Span(finding.headline),
      ])
    }
    if !remedy.isEmpty {
      lines.insert(Line([Span("     \(state.glyphs.arrowRight) \(remedy)", .notice)]), at: 1)
    }
    if findings.count > shown.count {
      lines[lines.count - 1].right = [
        Span("\(findings.count - shown.count) more: ", .dim), Span("f ", .key),
      ]
    }
    return lines
  }
}
