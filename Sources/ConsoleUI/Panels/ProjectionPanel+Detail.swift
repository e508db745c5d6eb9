import FoundationEssentials
import RecoveryModel
import TextScreen

extension ProjectionPanel {
  @Sendable static func detail(_ context: PanelContext, _ builder: inout ContentBuilder) {
    guard let projection = context.cluster.recoveryTime else {
      builder.add(row.summary(context, builder.width, 10))
      EngineSection.fill(.projection, context, &builder)
      builder.section("Evidence")
      builder.evidence("catalog", context.report.backups, context: context)
      return
    }
    builder.add(.gauge(reading(projection, context), gaugeRole(projection, context)))
    builder.fact(
      "now",
      "\(Format.duration(projection.total.expected)), between "
        + "\(Format.duration(projection.total.low)) and \(Format.duration(projection.total.high))",
      role(projection, context))
    builder.fact("target", Format.span(context.targets.rto))
    fillSplit(projection, &builder)
    fillBasis(projection, context, &builder)
    builder.section("As WAL grows")
    builder.fact(
      "at worst",
      projection.beforeNextBackup.map {
        "\(Format.duration($0)) just before the next base backup"
      } ?? "unknown: no WAL rate yet")
    builder.fact(
      "weekly",
      projection.underWeeklySchedule.map {
        "\(Format.duration($0)) if base backups were weekly"
      } ?? "unknown")
    builder.section("What would shorten it")
    if projection.advice.isEmpty { builder.paragraph("nothing that is known of", .dim) }
    for advice in projection.advice { builder.paragraph("\(context.glyphs.bullet) \(advice)") }
    EngineSection.fill(.projection, context, &builder)
    fillEvidence(context, &builder)
  }

  private static func fillSplit(
    _ projection: RTOProjection, _ builder: inout ContentBuilder
  ) {
    builder.section("Split")
    let load = projection.load
    if projection.fixed > 0 {
      builder.fact(
        "fixed",
        "\(Format.duration(projection.fixed)) whatever the size: pods, and the operator's own steps"
      )
    }
    builder.fact(
      "restore",
      "\(Format.duration(projection.restore)) for \(Format.bytes(projection.restoreBytes))")
    builder.fact(
      "replay",
      "\(Format.duration(projection.replay)) for \(load.segments) segments, "
        + "\(Format.bytes(load.walBytes)) of WAL, \(Format.bytes(load.storedBytes)) as stored")
    builder.fact("start", Format.duration(projection.start))
  }

  private static func fillBasis(
    _ projection: RTOProjection, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    builder.section("Basis")
    builder.fact(
      "basis", basis(projection, context), projection.basis == .measured ? .text : .notice)
    guard let error = projection.lastError else {
      builder.fact("error", "no prediction has been put to the test yet", .dim)
      return
    }
    let percent = Int((abs(error) * 100).rounded())
    builder.fact(
      "error", "the last drill took \(percent) % \(error < 0 ? "less" : "longer") than predicted")
  }

  private static func fillEvidence(
    _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    builder.section("Evidence")
    if let configuration = context.report.configuration.value {
      builder.fact(
        "fetch",
        configuration.asynchronousWALFetch.map {
          $0 ? "WAL is fetched ahead" : "one WAL segment after the other"
        }
          ?? "unknown")
      builder.fact("buffers", configuration.sharedBuffers.map(Format.bytes) ?? "unknown")
      builder.fact(
        "workers", configuration.restoreWorkers.map { "\($0) for a restore" } ?? "unknown")
    }
    builder.evidence("settings", context.report.configuration, context: context)
    builder.evidence("catalog", context.report.backups, context: context)
    builder.repositoryEvidence(context)
  }
}
