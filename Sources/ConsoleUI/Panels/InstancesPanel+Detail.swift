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
    let columns = DetailColumn.fitting(builder.width)
    builder.table(
      columns.map(\.table),
      sort(instances).map { instance in
        (id: instance.name, cells: columns.map { cell($0, instance, context) })
      })
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

  /// The columns of the whole table, from the left.
  enum DetailColumn: CaseIterable {
    case mark, name, role, state, timeline, position, write, flush, replay, sync, slot, restart

    /// In this order columns are taken in, for as long as the name keeps its room.
    private static let byImportance: [Self] = [
      .role, .replay, .timeline, .position, .state, .sync, .restart, .flush, .write, .slot,
    ]

    var table: Table.Column {
      switch self {
      case .mark: Table.Column("", width: .fixed(1))
      case .name: Table.Column("name", width: .flexible(2))
      case .role: Table.Column("role", width: .fixed(7))
      case .state: Table.Column("state", width: .fixed(11))
      case .timeline: Table.Column("TL", width: .fixed(3), alignment: .right)
      case .position: Table.Column("LSN", width: .fixed(12))
      case .write: Table.Column("write", width: .fixed(14))
      case .flush: Table.Column("flush", width: .fixed(14))
      case .replay: Table.Column("replay", width: .fixed(14))
      case .sync: Table.Column("sync", width: .fixed(7))
      case .slot: Table.Column("slot", width: .flexible(2))
      case .restart: Table.Column("restart", width: .fixed(7))
      }
    }

    /// A flexible column's least; `slot` reads like `standby_1: active, reserved`.
    private var least: Int {
      if case .fixed(let width) = table.width { return width }
      return self == .name ? nameWidth : 20
    }

    static func fitting(_ width: Int) -> [Self] {
      // A row is drawn one column in from either side, with a blank between columns.
      var left = width - 2 - 1 - (1 + nameWidth)
      var chosen: Set<Self> = [.mark, .name]
      for column in byImportance {
        let needed = 1 + column.least
        guard needed <= left else { break }
        left -= needed
        chosen.insert(column)
      }
      return allCases.filter(chosen.contains)
    }
  }

  private static func cell(
    _ column: DetailColumn, _ instance: Instance, _ context: PanelContext
  ) -> Table.Entry {
    switch column {
    case .mark: mark(instance, context.glyphs)
    case .name: Table.Entry(instance.name, .strong)
    case .role:
      Table.Entry(instance.role.rawValue, instance.role == .unknown ? .unknown : .text)
    case .state: Table.Entry(instance.state.word)
    case .timeline: Table.Entry(instance.timeline.map { "\($0)" } ?? "?")
    case .position: Table.Entry(instance.lsn?.description ?? "unknown")
    case .write: lag(instance, instance.lag?.write)
    case .flush: lag(instance, instance.lag?.flush)
    case .replay: lag(instance, instance.lag?.replay)
    case .sync: Table.Entry(instance.syncState ?? "")
    case .slot: Table.Entry(instance.slot.map { "\($0.name): \($0.words)" } ?? "")
    case .restart:
      Table.Entry(
        instance.restartPending == true ? "pending" : Tick.word(instance.restartPending),
        instance.restartPending == true ? .notice : .text)
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
