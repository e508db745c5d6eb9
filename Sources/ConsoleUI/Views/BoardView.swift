import FoundationEssentials
import RecoveryModel
import TextScreen

/// All clusters, the one that needs a person first on top.
enum BoardView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Clusters"
    let columns = columns(builder.width)
    builder.table(
      columns, state.clusters.map { (id: $0.id, cells: cells($0, state, columns)) })
  }

  private static func columns(_ width: Int) -> [Table.Column] {
    var columns = [
      Table.Column("", width: .fixed(1)), Table.Column("cluster", width: .flexible(2)),
      Table.Column("verdict", width: .fixed(15)),
    ]
    if width >= 72 {
      columns += [
        Table.Column("RTO", width: .fixed(7), alignment: .right),
        Table.Column("loses", width: .fixed(7), alignment: .right),
        Table.Column("backup", width: .fixed(7), alignment: .right),
        Table.Column("drill", width: .fixed(7), alignment: .right),
      ]
    }
    if width >= 110 { columns.append(Table.Column("because", width: .flexible(5))) }
    return columns
  }

  private static func cells(
    _ cluster: ClusterSnapshot, _ state: AppState, _ columns: [Table.Column]
  ) -> [Table.Entry] {
    let context = PanelContext(cluster: cluster, now: state.now, glyphs: state.glyphs)
    let verdict = cluster.verdict(at: state.now)
    return columns.map { column in
      switch column.title {
      case "": Table.Entry(verdict.glyph(state.glyphs), verdict.role)
      case "cluster": Table.Entry(cluster.id, .strong)
      case "verdict": Table.Entry(verdict.rawValue, verdict.role)
      case "RTO":
        entry(cluster.projection.map { Format.duration($0.total.expected) })
      case "loses":
        entry(cluster.exposure.flatMap { $0.seconds == nil ? nil : $0 }.map(ArchivePanel.seconds))
      case "backup":
        age(cluster.report.backups.value.map { $0.lastGood?.finishedAt }, context)
      case "drill": age(.some(cluster.lastConclusiveDrill?.finishedAt), context)
      default:
        Table.Entry(
          VerdictView.sorted(cluster.findings).first?.headline ?? "nothing to report",
          cluster.findings.isEmpty ? .dim : .text)
      }
    }
  }

  private static func entry(_ text: String?) -> Table.Entry {
    text.map { Table.Entry($0) } ?? Table.Entry("?", .unknown)
  }

  /// Outer nil = not known, inner nil = there is none.
  private static func age(_ date: Date??, _ context: PanelContext) -> Table.Entry {
    switch date {
    case .some(.some(let date)): Table.Entry(Format.age(context.age(date)))
    case .some(.none): Table.Entry("none", .warning)
    case .none: Table.Entry("?", .unknown)
    }
  }
}
