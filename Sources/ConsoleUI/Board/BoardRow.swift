import FoundationEssentials
import RecoveryModel
import TextScreen

/// One cluster's row of the board, cell by cell.
struct BoardRow {
  let cluster: ClusterSnapshot
  let context: PanelContext
  let verdict: Verdict
  /// Of the whole picture, in seconds; nil while it is fresh.
  let staleAge: Double?
  /// What the heading above says already.
  let group: String

  init(_ cluster: ClusterSnapshot, group: String = "", now: Date, glyphs: GlyphSet) {
    self.cluster = cluster
    self.group = group
    context = PanelContext(cluster: cluster, now: now, glyphs: glyphs)
    staleAge = cluster.staleAge(at: now)
    verdict = cluster.verdict(at: now)
  }

  func entry(_ column: BoardColumn, width: Int) -> Table.Entry {
    switch column {
    case .mark: Table.Entry(verdict.glyph(context.glyphs), verdict.role)
    case .name: Table.Entry(name(width), .strong)
    case .verdict: Table.Entry(verdict.rawValue, verdict.role)
    case .why: why(width)
    case .rpo: marked(rpo)
    case .rto: marked(rto(width))
    case .backup: marked(backup(width))
    case .proof: marked(proof(width))
    case .instances: marked(instances)
    case .activity: activity(width)
    }
  }

  /// Without the group's name; cut at its beginning, for clusters differ at the end.
  private func name(_ width: Int) -> String {
    var name = CellText.clean(cluster.id)
    if !group.isEmpty, name.hasPrefix(group + "/") { name.removeFirst(group.count + 1) }
    guard GlyphWidth.columns(of: name) > width else { return name }
    let ellipsis = context.glyphs.ellipsis
    while GlyphWidth.columns(of: name) >= width, !name.isEmpty { name.removeFirst() }
    return ellipsis + name
  }

  /// The worst finding: its headline where it fits, else a few words.
  private func why(_ width: Int) -> Table.Entry {
    if let staleAge { return Table.Entry("no news for \(Format.age(staleAge))", .unknown) }
    guard let finding = cluster.worstFinding else {
      if verdict == .unknown { return Table.Entry("no answer yet", .unknown) }
      return Table.Entry(width < 17 ? "no finding" : "nothing to report", .dim)
    }
    if finding.severity == .info, let activity = cluster.report.activities.first {
      return Table.Entry(activity.kind.words, .notice)
    }
    let headline = CellText.clean(finding.headline)
    let fits = GlyphWidth.columns(of: headline) <= width
    return Table.Entry(
      fits ? headline : finding.shortForm, finding.severity == .info ? .dim : .text)
  }

  /// A figure that is not as it should be carries a mark that needs no colour.
  private func marked(_ entry: Table.Entry) -> Table.Entry {
    guard staleAge == nil else { return Table.Entry(entry.text, .unknown) }
    guard entry.role == .warning || entry.role == .critical else { return entry }
    return Table.Entry(entry.text + context.glyphs.warning, entry.role)
  }

  private static let unknown = Table.Entry("?", .unknown)

  private var rpo: Table.Entry {
    let loss = cluster.loss(at: context.now)
    if loss == .everything { return Table.Entry("all", .critical) }
    guard let lost = loss.changes, let seconds = lost.seconds else { return Self.unknown }
    let bound = lost.isUpperBound && seconds > 0 ? "<" : ""
    return Table.Entry(
      bound + WallboardView.compact(Self.roundedUp(seconds)),
      context.targets.standing(of: lost).role)
  }

  private func rto(_ width: Int) -> Table.Entry {
    guard !isStale(.backups), let projection = cluster.recoveryTime else {
      return cluster.loss == .everything
        ? Table.Entry("never", .critical) : Self.unknown
    }
    let expected = ProjectionPanel.short(projection.total.expected)
    let target = width >= 11 ? "/\(Format.span(context.targets.rto))" : ""
    return Table.Entry(expected + target, context.targets.standing(of: projection).role)
  }

  private func backup(_ width: Int) -> Table.Entry {
    guard !isStale(.backups), cluster.report.backups.value != nil else { return Self.unknown }
    guard let finished = cluster.lastGoodBackup?.finishedAt else {
      return Table.Entry("none", .critical)
    }
    let age = context.age(finished)
    return Table.Entry(
      self.age(age, width), context.targets.lateness(ofBackupAged: age).role)
  }

  private func proof(_ width: Int) -> Table.Entry {
    guard let last = cluster.drills.lastConclusive else {
      return cluster.isNeverDrilled ? Table.Entry("never", .warning) : Self.unknown
    }
    guard last.outcome == .passed else { return Table.Entry(last.outcome.words, .critical) }
    let age = context.age(last.finishedAt)
    return Table.Entry(
      self.age(age, width), context.targets.lateness(ofDrillAged: age).role)
  }

  /// Running and wanted: `2/3`. A cluster that sleeps on purpose has none and lacks none.
  private var instances: Table.Entry {
    let kinds = cluster.report.activities.map(\.kind)
    if kinds.contains(.hibernation) { return Table.Entry("off", .notice) }
    guard !isStale(.instances),
      let instances = cluster.report.instances.value
    else { return Self.unknown }
    guard instances.allSatisfy({ $0.state.missingRight == nil }) else { return Self.unknown }
    let running = instances.filter { $0.state == .running }
    let standing = cluster.standing(of: instances)
    return Table.Entry("\(running.count)/\(instances.count)", standing?.role ?? .text)
  }

  private func activity(_ width: Int) -> Table.Entry {
    if let operation = cluster.operation {
      let share = operation.fraction.map { " \(Format.percent($0))" } ?? ""
      return Table.Entry(operation.plan.request.words + share, .notice)
    }
    if let recovery = cluster.recoveries.first {
      let whole = "recovering \(recovery.brief)"
      let short = "recovering" + (recovery.fraction.map { " \(Format.percent($0))" } ?? "")
      return Table.Entry(whole.count <= width ? whole : short, .notice)
    }
    guard let first = cluster.report.activities.first else { return Table.Entry("") }
    let more = cluster.report.activities.count - 1
    let since = first.since.map { ", \(Format.age(context.age($0)))" } ?? ""
    let words = first.kind.words + (more > 0 ? " +\(more)" : "")
    let whole = words + since
    return Table.Entry(whole.count <= width ? whole : words, .notice)
  }

  /// To the unit that it is shown in: a loss may not be told too small.
  private static func roundedUp(_ seconds: Double) -> Double {
    let unit: Double = seconds <= 60 ? 1 : seconds <= 3600 ? 60 : seconds <= 86_400 ? 3600 : 86_400
    return (seconds / unit).rounded(.up) * unit
  }

  /// The largest unit alone where there is no room for two.
  private func age(_ seconds: Double, _ width: Int) -> String {
    width >= 8 ? Format.age(seconds) : WallboardView.compact(seconds)
  }

  private func isStale(_ part: ReportPart) -> Bool {
    cluster.staleAge(of: part, at: context.now) != nil
  }
}
