import FoundationEssentials
import RecoveryModel
import TextScreen

extension InstancesPanel {
  @Sendable static func detail(_ context: PanelContext, _ builder: inout ContentBuilder) {
    guard let instances = context.report.instances.value else {
      EngineSection.fill(.instances, context, &builder)
      builder.evidence("instances", context.report.instances, context: context)
      return
    }
    let activities = EngineSection.activities(context)
    if !activities.isEmpty { builder.add(activities + [.blank]) }
    let columns = detailColumns(builder.width)
    builder.table(
      columns,
      sort(instances).map { (id: $0.name, cells: detailCells($0, context, columns)) })
    let reasons = instances.compactMap { instance in
      instance.unreachableReason.map { "\(instance.name): \($0)" }
    }
    if !reasons.isEmpty {
      builder.section("Not reachable")
      for reason in reasons { builder.paragraph(reason, .critical) }
    }
    let withheld = instances.flatMap { instance in
      instance.withheld.map { (instance.name, $0) }
    }
    if !withheld.isEmpty {
      builder.section("Withheld")
      for (name, missing) in withheld {
        builder.paragraph("\(name), \(missing.part): \(missing.reason)", .unknown)
        if !missing.remedy.isEmpty { builder.paragraph("try: \(missing.remedy)", .notice) }
      }
    }
    VolumeSection.fill(context, &builder)
    EngineSection.fill(.instances, context, &builder)
    builder.section("Evidence")
    builder.evidence("instances", context.report.instances, context: context)
    if context.report.storage.value?.volumes.isEmpty == false {
      builder.evidence("volumes", context.report.storage, context: context)
    }
  }

  /// The least that a name gets: without it no other column says anything.
  static let nameWidth = 12

  private static let detail: [Table.Column] = [
    Table.Column("", width: .fixed(1)), Table.Column("name", width: .flexible(2)),
    Table.Column("role", width: .fixed(7)), Table.Column("state", width: .fixed(11)),
    Table.Column("TL", width: .fixed(3), alignment: .right),
    Table.Column("LSN", width: .fixed(12)), Table.Column("write", width: .fixed(14)),
    Table.Column("flush", width: .fixed(14)), Table.Column("replay", width: .fixed(14)),
    Table.Column("sync", width: .fixed(7)), Table.Column("slot", width: .flexible(2)),
    Table.Column("restart", width: .fixed(7)),
  ]

  /// In this order columns are taken in, for as long as the name keeps its room.
  private static let byImportance = [
    "role", "replay", "TL", "LSN", "state", "sync", "restart", "flush", "write", "slot",
  ]

  /// A flexible column's least; `slot` reads like `standby_1: active, reserved`.
  private static func least(_ column: Table.Column) -> Int {
    if case .fixed(let width) = column.width { return width }
    return column.title == "name" ? nameWidth : 20
  }

  static func detailColumns(_ width: Int) -> [Table.Column] {
    // A row is drawn one column in from either side, with a blank between columns.
    var left = width - 2 - 1 - (1 + nameWidth)
    var chosen: Set<String> = ["", "name"]
    for title in byImportance {
      guard let column = detail.first(where: { $0.title == title }) else { continue }
      let needed = 1 + least(column)
      guard needed <= left else { break }
      left -= needed
      chosen.insert(title)
    }
    return detail.filter { chosen.contains($0.title) }
  }

  /// One entry for each column, found by its title.
  private static func detailCells(
    _ instance: Instance, _ context: PanelContext, _ columns: [Table.Column]
  ) -> [Table.Entry] {
    columns.map { column in
      switch column.title {
      case "": mark(instance, context.glyphs)
      case "name": Table.Entry(instance.name, .strong)
      case "role":
        Table.Entry(instance.role.rawValue, instance.role == .unknown ? .unknown : .text)
      case "state": Table.Entry(instance.state.word)
      case "TL": Table.Entry(instance.timeline.map { "\($0)" } ?? "?")
      case "LSN": Table.Entry(instance.lsn?.description ?? "unknown")
      case "write": lag(instance, instance.lag?.write)
      case "flush": lag(instance, instance.lag?.flush)
      case "replay": lag(instance, instance.lag?.replay)
      case "sync": Table.Entry(instance.syncState ?? "")
      case "slot": Table.Entry(instance.slot.map { "\($0.name): \($0.words)" } ?? "")
      default:
        Table.Entry(
          instance.restartPending == true ? "pending" : Tick.word(instance.restartPending),
          instance.restartPending == true ? .notice : .text)
      }
    }
  }

  private static func lag(_ instance: Instance, _ lag: Lag?) -> Table.Entry {
    instance.role == .primary || instance.state != .running
      ? Table.Entry("") : Table.Entry(words(lag), lag == nil ? .unknown : .text)
  }

  @Sendable static func item(
    _ context: PanelContext, _ name: String, _ builder: inout ContentBuilder
  ) {
    guard let instance = context.report.instances.value?.first(where: { $0.name == name }) else {
      builder.paragraph("\(name) is not among the instances any more", .unknown)
      return
    }
    builder.fact("role", instance.role.rawValue)
    builder.fact("state", instance.state.word, instance.state == .running ? .good : .critical)
    if let reason = instance.unreachableReason { builder.fact("reason", reason, .critical) }
    builder.fact("version", instance.version.map(version) ?? "unknown")
    builder.fact("timeline", instance.timeline.map { "\($0)" } ?? "unknown")
    builder.fact("LSN", instance.lsn?.description ?? "unknown")
    builder.fact("restart", restart(instance.restartPending))
    builder.fact(
      "started",
      instance.startedAt.map { "\(Moment.full($0)), \(context.ago($0))" } ?? "unknown")
    builder.fact("system", instance.systemIdentifier ?? "unknown")
    if instance.role != .primary {
      builder.section("Behind its primary")
      builder.fact("write", words(instance.lag?.write))
      builder.fact("flush", words(instance.lag?.flush))
      builder.fact("replay", words(instance.lag?.replay))
      builder.fact("sync", instance.syncState ?? "unknown")
      builder.fact("slot", instance.slot.map { "\($0.name): \($0.words)" } ?? "none")
    }
    for missing in instance.withheld {
      builder.fact("withheld", "\(missing.part): \(missing.reason)", .unknown)
      builder.fact("try", missing.remedy, .notice)
    }
    builder.section("Evidence")
    builder.fact(
      "asked", "\(Moment.full(instance.observedAt)), \(context.ago(instance.observedAt))")
    builder.evidence("source", context.report.instances, context: context)
  }

  private static func restart(_ pending: Bool?) -> String {
    switch pending {
    case true: "pending: a setting was changed that needs a restart"
    case false: "none pending"
    default: "unknown"
    }
  }

  /// `15.18` of 150018: since PostgreSQL 10 the last four digits are the minor release.
  static func version(_ number: Int) -> String { "\(number / 10_000).\(number % 10_000)" }
}
