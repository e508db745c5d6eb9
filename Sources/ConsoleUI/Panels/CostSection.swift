import FoundationEssentials
import RecoveryModel
import TextScreen

/// What the backups take up and what that costs: in full for the recovery window, in a line for the base backups.
enum CostSection {
  static func fill(_ context: PanelContext, _ builder: inout ContentBuilder) {
    let storage = context.report.storage.value
    builder.section("What it costs")
    if let traffic = context.report.traffic {
      builder.fact("reading", traffic.words, traffic.pausedUntil == nil ? .text : .warning)
    }
    guard let cost = cost(context) else {
      builder.paragraph("unknown: the repository's size cannot be told", .unknown)
      return
    }
    builder.fact("holds", "\(Format.bytes(cost.bytes)), \(RepositoryCost.words(cost.perMonth))")
    builder.fact("grows", growth(cost))
    if let settled = cost.settledBytes, let days = cost.keptDays {
      builder.fact(
        "settles at",
        "\(Format.bytes(settled)) with \(Format.span(days * 86_400)) kept, "
          + RepositoryCost.words(cost.cost(of: settled)))
    }
    builder.fact(
      "price", "USD \(cost.priceWords) per GiB and month, assumed (price_per_gib_month)", .dim)
    if let free = storage?.repositoryFreeBytes {
      builder.fact("free", "\(Format.bytes(free)) at the repository")
    }
  }

  static func summary(_ context: PanelContext) -> String {
    guard let cost = cost(context) else { return "unknown: the repository's size cannot be told" }
    let growth = cost.growthPerDay.map { ", \(Format.bytes($0)) more a day" } ?? ""
    return "\(Format.bytes(cost.bytes)) stored\(growth); \(RepositoryCost.roughly(cost.perMonth))"
  }

  private static func cost(_ context: PanelContext) -> RepositoryCost? {
    let declaration = context.cluster.declaration
    return RepositoryCost(
      catalog: context.report.backups.value, archive: context.report.walArchive.value,
      storage: context.report.storage.value, policy: context.report.retention.value,
      targets: declaration.targets, pricePerGiBMonth: declaration.pricePerGiBMonth,
      now: context.coarseNow)
  }

  /// Before anything expires.
  private static func growth(_ cost: RepositoryCost) -> String {
    let wal = cost.walPerDay.map { "\(Format.bytes($0)) WAL" } ?? "WAL not known yet"
    let backups = cost.backupsPerDay.map { "\(Format.bytes($0)) base backups" } ?? "no base backup"
    let total = cost.growthPerDay.map { "\(Format.bytes($0)) a day: " } ?? "a day: "
    return total + "\(backups), \(wal)"
  }
}
