import FoundationEssentials
import RecoveryModel
import TextScreen

extension BackupsPanel {
  @Sendable static func detail(_ context: PanelContext, _ builder: inout ContentBuilder) {
    guard let catalog = context.report.backups.value else {
      EngineSection.fill(.backups, context, &builder)
      builder.evidence("catalog", context.report.backups, context: context)
      return
    }
    if let last = context.cluster.lastGoodBackup, let finished = last.finishedAt {
      builder.fact("next", due(finished, context))
      builder.add(history(catalog, labelWidth: Line.detailLabelWidth))
    } else {
      builder.paragraph("There is no base backup: WAL alone restores nothing.", .critical)
    }
    builder.fact("keep", context.report.retention.value?.text ?? "unknown")
    builder.fact("encrypted", encryption(catalog.encryption))
    builder.fact("costs", CostSection.summary(context))
    builder.add(.blank)
    if let blocking = context.report.blockingBackup {
      let since = blocking.since.map { " since \(Moment.short($0))" } ?? ""
      builder.fact("blocked", "by \(blocking.name)\(since): \(blocking.reason)", .critical)
      builder.fact("", [.key(of: "clear"), Span(" takes it out of the way")])
    }
    let columns = columns(builder.width, catalog)
    builder.table(
      columns.map(\.table),
      catalog.backups.reversed().map { (id: $0.id, cells: cells($0, context, columns)) })
    EngineSection.fill(.backups, context, &builder)
    builder.section("Evidence")
    if let word = catalog.repositoryStatus { builder.fact("status", "the tool says: \(word)") }
    builder.evidence("catalog", context.report.backups, context: context)
    builder.evidence("retention", context.report.retention, context: context)
  }

  /// Who could read a stolen repository.
  static func encryption(_ encryption: RepositoryEncryption?) -> String {
    switch encryption {
    case .some(.none): "no: whoever reads the repository reads the data"
    case .clientSide: "on this side: without the key every backup is garbage, so keep the key"
    case .serverSide: "by the store: whoever holds its credentials reads the data"
    case nil: "unknown"
    }
  }

  /// A column of the catalog's table.
  private enum Column {
    case mark, label, kind, started, took, size, method, stored, walStart, walStop, restorable

    var table: Table.Column {
      switch self {
      case .mark: Table.Column("", width: .fixed(1))
      case .label: Table.Column("label", width: .flexible())
      case .kind: Table.Column("type", width: .fixed(4))
      case .started: Table.Column("started", width: .fixed(11))
      case .took: Table.Column("took", width: .fixed(7), alignment: .right)
      case .size: Table.Column("size", width: .fixed(8), alignment: .right)
      case .method: Table.Column("method", width: .fixed(17))
      case .stored: Table.Column("stored", width: .fixed(8), alignment: .right)
      case .walStart: Table.Column("WAL start", width: .fixed(24))
      case .walStop: Table.Column("WAL stop", width: .fixed(24))
      case .restorable: Table.Column("restorable", width: .fixed(10))
      }
    }
  }

  /// A column that would hold nothing but question marks is left out.
  private static func columns(_ width: Int, _ catalog: BackupCatalog) -> [Column] {
    let hasSizes =
      catalog.backups.isEmpty || catalog.backups.contains { $0.databaseBytes != nil }
    var columns: [Column] = [.mark, .label, .kind, .started, .took]
    if hasSizes { columns.append(.size) }
    if width >= 90, catalog.backups.contains(where: { $0.method != nil }) {
      columns.append(.method)
    }
    if width >= 76, hasSizes { columns.append(.stored) }
    if width >= 120 { columns += [.walStart, .walStop] }
    if width >= 60 { columns.append(.restorable) }
    return columns
  }

  private static func cells(
    _ backup: Backup, _ context: PanelContext, _ columns: [Column]
  ) -> [Table.Entry] {
    let restorable = isRestorable(backup, context)
    let tick = Tick.span(restorable, context.glyphs)
    func name(_ segment: WALSegment?) -> String {
      segment?.name(segmentSize: context.segmentSize) ?? "unknown"
    }
    return columns.map { column in
      switch column {
      case .mark: Table.Entry(tick.text, tick.role)
      case .label: Table.Entry(backup.id, .strong)
      case .method: Table.Entry(backup.method ?? "unknown", .dim)
      case .kind: Table.Entry(String(backup.kind.rawValue.prefix(4)))
      case .started: Table.Entry(Moment.short(backup.startedAt))
      case .took: Table.Entry(tookWords(backup))
      case .size: Table.Entry(backup.databaseBytes.map(Format.bytes) ?? "?")
      case .stored: Table.Entry(backup.repositoryBytes.map(Format.bytes) ?? "?")
      case .walStart: Table.Entry(name(backup.startSegment), .dim)
      case .walStop: Table.Entry(name(backup.stopSegment), .dim)
      case .restorable where backup.leftNothing: Table.Entry("failed", .warning)
      case .restorable where isClaimed(backup, context): Table.Entry("claimed", .notice)
      case .restorable:
        Table.Entry(
          context.report.backups.value?.flaw(of: backup)?.words ?? word(restorable), tick.role)
      }
    }
  }

  private static func tookWords(_ backup: Backup) -> String {
    if let seconds = backup.duration { return Format.duration(seconds) }
    guard backup.error != nil else { return "running" }
    let end = backup.failedAt.map { Format.duration($0.timeIntervalSince(backup.startedAt)) }
    return end ?? "failed"
  }

  private static func word(_ restorable: Bool?) -> String {
    switch restorable {
    case true: "WAL whole"
    case false: "no"
    default: "unknown"
    }
  }

  @Sendable static func item(
    _ context: PanelContext, _ id: String, _ builder: inout ContentBuilder
  ) {
    guard let backup = context.report.backups.value?.backups.first(where: { $0.id == id }) else {
      builder.paragraph("\(id) is not in the catalog any more", .unknown)
      return
    }
    let restorable = isRestorable(backup, context)
    builder.fact("label", backup.id, .strong)
    builder.fact("type", backup.kind.rawValue)
    if isClaimed(backup, context) {
      builder.fact("usable", "claimed by the engine; nobody has looked at its WAL", .notice)
    } else {
      builder.fact("usable", word(restorable), Tick.span(restorable, context.glyphs).role)
    }
    if let flaw = context.report.backups.value?.flaw(of: backup) {
      builder.fact("why", flaw.predicate, .warning)
    }
    if let method = backup.method { builder.fact("method", method) }
    if let error = backup.error ?? backup.suspect { fillError(error, backup, &builder) }
    builder.fact("started", Moment.full(backup.startedAt))
    builder.fact(
      backup.failedAt == nil ? "finished" : "failed",
      (backup.finishedAt ?? backup.failedAt).map(Moment.full) ?? "not finished")
    builder.fact("took", took(backup))
    builder.fact("size", size(backup))
    builder.fact("copied", backup.copiedBytes.map(Format.bytes) ?? "unknown")
    builder.fact(
      "added",
      backup.repositoryAddedBytes.map { "\(Format.bytes($0)) to the repository" }
        ?? "unknown")
    builder.fact(
      "needs", backup.dependsOn.isEmpty ? "no other" : backup.dependsOn.joined(separator: ", "))
    builder.section("WAL")
    let size = context.segmentSize
    builder.fact("timeline", backup.timeline.map { "\($0)" } ?? "unknown")
    builder.fact("start", position(backup.startSegment, backup.startLSN, size))
    builder.fact("stop", position(backup.stopSegment, backup.stopLSN, size))
    fillProof(id, context, &builder)
    builder.section("Evidence")
    builder.evidence("catalog", context.report.backups, context: context)
    builder.repositoryEvidence(context)
  }

  /// The sentence that matters, what to do, and below all that was said.
  private static func fillError(_ error: String, _ backup: Backup, _ builder: inout ContentBuilder)
  {
    builder.fact("error", error, .critical)
    if let remedy = backup.errorRemedy { builder.fact("do", Remedy.withKeys(remedy)) }
    if let detail = backup.errorDetail, detail != error {
      builder.paragraph(CellText.clean(detail), .dim)
    }
    if backup.leftNothing {
      builder.paragraph("It left nothing that could be restored: it counts as no backup.", .notice)
    }
  }

  private static func fillProof(
    _ id: String, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    builder.section("Proof")
    let proofs = context.cluster.drills.filter { $0.backup == id }
    if proofs.isEmpty { builder.paragraph("never restored: \"completed\" is a claim", .notice) }
    for drill in proofs.reversed() {
      builder.fact(
        "drill",
        "\(drill.outcome.words), \(Moment.full(drill.finishedAt))"
          + (drill.moment.map { ", to \($0.asked)" } ?? ""), drill.outcome.role)
    }
  }

  private static func position(_ segment: WALSegment?, _ lsn: LSN?, _ size: Int) -> String {
    let parts = [segment?.name(segmentSize: size), lsn.map { "at \($0)" }].compactMap { $0 }
    return parts.isEmpty ? "unknown" : parts.joined(separator: " ")
  }
}

extension PanelContext {
  /// Bytes per WAL segment; 16 MiB, PostgreSQL's default, while nothing has told.
  var segmentSize: Int {
    report.archive.value?.segmentSize ?? report.walArchive.value?.segmentSize ?? 16_777_216
  }
}
