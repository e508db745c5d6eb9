import FoundationEssentials
import RecoveryModel
import TextScreen

/// Who serves, who follows, and how far behind.
enum InstancesPanel {
  static let row = PanelRow(
    id: .instances, title: "Instances", key: "1", status: status, summary: summary,
    detail: detail, item: item,
    staleAge: { $0.cluster.staleAge(of: .instances, at: $0.now) })

  @Sendable private static func status(_ context: PanelContext) -> Span {
    guard let instances = context.report.instances.value else {
      return MissingPart.status(context.report.instances)
    }
    let running = instances.filter { $0.state == .running }.count
    let primaries = instances.filter(\.isRunningPrimary).count
    if context.report.activities.contains(where: { $0.kind == .hibernation }) {
      return Span("hibernated", .notice)
    }
    let role = context.cluster.standing(of: instances)?.role ?? .good
    if primaries != 1 {
      return Span(primaries == 0 ? "no primary" : "\(primaries) primaries", role)
    }
    return Span(
      "\(running) \(running == instances.count ? "" : "of \(instances.count) ")running", role)
  }

  @Sendable private static func summary(
    _ context: PanelContext, width: Int, height: Int
  ) -> [Row] {
    guard let instances = context.report.instances.value else {
      return MissingPart.rows(context.report.instances, width: width, limit: context.limit)
    }
    let shown = SummaryColumn.allCases.filter { $0 != .lsn || width >= 56 }
    let columns = shown.map { $0.column(width) }
    let row = { (instance: Instance) in
      Row.cells(columns, shown.map { cell($0, of: instance, context) })
    }
    let sorted = sort(instances)
    let spare = footnotes(context, sorted, width: width)
    let header = height > sorted.count + (spare.isEmpty ? 0 : 1)
    var rows: [Row] = header ? [.heading(columns)] : []
    let room = height - rows.count - (spare.isEmpty ? 0 : 1)
    if sorted.count > room {
      let first = sorted.prefix(max(0, room - 1))
      rows += first.map(row)
      rows.append(.text("and \(sorted.count - first.count) more", .dim))
    } else {
      rows += sorted.map(row)
    }
    return rows + spare
  }

  /// Primary first, then what needs a person, then by name.
  static func sort(_ instances: [Instance]) -> [Instance] {
    func rank(_ instance: Instance) -> Int {
      if instance.role == .primary { return 0 }
      return instance.state == .running ? 2 : 1
    }
    return instances.sorted { (rank($0), $0.name) < (rank($1), $1.name) }
  }

  /// In the order of the table; the last has its place where there is room.
  private enum SummaryColumn: CaseIterable {
    case mark, name, role, lag, lsn

    func column(_ width: Int) -> Table.Column {
      switch self {
      case .mark: Table.Column("", width: .fixed(1))
      case .name: Table.Column("name")
      case .role: Table.Column("role", width: .fixed(7))
      case .lag:
        // What mark, name and role leave, with the blanks between and around them.
        Table.Column("replay lag", width: .fixed(min(14, max(8, width - 13 - nameWidth))))
      case .lsn: Table.Column("LSN", width: .fixed(12), alignment: .right)
      }
    }
  }

  private static func cell(
    _ column: SummaryColumn, of instance: Instance, _ context: PanelContext
  ) -> Table.Entry {
    switch column {
    case .mark: mark(instance, context.glyphs)
    case .name: Table.Entry(instance.name, .strong)
    case .role:
      Table.Entry(instance.role.rawValue, instance.role == .unknown ? .unknown : .text)
    case .lag: standing(instance)
    case .lsn: Table.Entry(instance.lsn?.description ?? "", .dim)
    }
  }

  static func mark(_ instance: Instance, _ glyphs: GlyphSet) -> Table.Entry {
    switch instance.state {
    case .running: Table.Entry(glyphs.check, .good)
    case .startingUp: Table.Entry(glyphs.bullet, .notice)
    case .unreachable: Table.Entry(glyphs.cross, .critical)
    case .unseen: Table.Entry("?", .unknown)
    }
  }

  /// A standby's replay lag, or why there is none.
  private static func standing(_ instance: Instance) -> Table.Entry {
    switch instance.state {
    case .unreachable: return Table.Entry("unreachable", .critical)
    case .unseen: return Table.Entry("unseen", .unknown)
    case .startingUp: return Table.Entry("starting up", .notice)
    case .running: break
    }
    guard instance.role != .primary else {
      return Table.Entry(instance.timeline.map { "timeline \($0)" } ?? "", .dim)
    }
    return Table.Entry(words(instance.lag?.replay), instance.lag == nil ? .unknown : .text)
  }

  /// `16 MiB 0.4s`; a side that is not known is left out.
  static func words(_ lag: Lag?) -> String {
    let parts = [lag?.bytes.map(Format.bytes), lag?.seconds.map(Format.duration)]
    let known = parts.compactMap { $0 }
    return known.isEmpty ? "unknown" : known.joined(separator: " ")
  }

  /// One row for what no table row shows: restarts, slots, reasons. Empty when all is well.
  private static func footnotes(
    _ context: PanelContext, _ instances: [Instance], width: Int
  ) -> [Row] {
    if let recovery = context.cluster.recoveries.first {
      return [.text("recovering: \(recovery.sentence)", .notice)]
    }
    if let activity = context.report.activities.first {
      return [.text("\(activity.kind.words): \(activity.sentence)", .notice)]
    }
    if let down = instances.first(where: { $0.unreachableReason != nil }),
      let reason = down.unreachableReason
    {
      let limit = TextLimit(rows: 1, glyphs: context.glyphs)
      let told = limit.reason(reason, width: width - down.name.count - 4)
      return [.text("\(down.name): \(told)", .warning)]
    }
    let restarts = instances.filter { $0.restartPending == true }.map(\.name)
    if !restarts.isEmpty {
      return [.text("restart pending: \(restarts.joined(separator: ", "))", .notice)]
    }
    let slots = instances.compactMap(\.slot).filter { !$0.active || $0.isLosing }
    if let slot = slots.first {
      return [.text("slot \(slot.name): \(slot.words)", slot.isLosing ? .warning : .notice)]
    }
    return []
  }
}

extension Instance {
  /// Why it is not seen to run.
  var unreachableReason: String? {
    if case .unreachable(let reason) = state { reason } else { state.missingRight?.reason }
  }
}

extension ReplicationSlot {
  var words: String {
    var parts = [active ? "active" : "inactive"]
    if let walStatus { parts.append(walStatus) }
    if let retainedBytes { parts.append("holds \(Format.bytes(retainedBytes))") }
    return parts.joined(separator: ", ")
  }
}
