import FoundationEssentials
import RecoveryModel
import TextScreen

extension WindowPanel {
  @Sendable static func detail(_ context: PanelContext, _ builder: inout ContentBuilder) {
    if let window = context.cluster.window {
      fillWindow(window, context, &builder)
    } else {
      builder.add(row.summary(context, builder.width, 10))
    }
    builder.section("Policy against reality")
    builder.fact(
      "wanted",
      context.targets.retention.map { "\(Format.span($0)) back" }
        ?? "whatever the repository keeps")
    builder.fact("policy", context.report.retention.value?.text ?? "unknown")
    if let first = context.cluster.window?.first {
      builder.fact(
        "reality", "\(Format.age(context.age(first))) back", isShort(context) ? .warning : .text)
    }
    builder.fact("expires", expiry(context)?.words ?? "unknown")
    CostSection.fill(context, &builder)
    fillStore(context, &builder)
    EngineSection.fill(.window, context, &builder)
    builder.section("Evidence")
    builder.repositoryEvidence(context)
    builder.evidence("catalog", context.report.backups, context: context)
    builder.evidence("retention", context.report.retention, context: context)
    builder.evidence("storage", context.report.storage, context: context)
  }

  private static func fillWindow(
    _ window: RecoveryWindow, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    guard let first = window.first, let last = window.last else {
      builder.paragraph(
        "No moment can be restored: there is no base backup to start from.", .critical)
      return
    }
    builder.fact("from", "\(Moment.full(first)), \(context.ago(first))")
    builder.fact("to", "\(Moment.full(last)), \(context.ago(last))")
    // Without a listing of the archive there is no segment to name.
    if window.basis == .audited || window.lastSegment != nil {
      builder.fact(
        "until", window.lastSegment?.name(segmentSize: context.segmentSize) ?? "unknown")
    }
    let claimed = window.basis == .claimed
    let count = window.restorable.count
    let backups = count == 1 ? "1 base backup" : "\(count) base backups"
    let basis = claimed ? "by the engine's word" : "with all \(count == 1 ? "its" : "their") WAL"
    builder.fact("usable", "\(backups) \(basis)")
    for label in window.broken {
      builder.fact("broken", "\(label): WAL of the backup itself is missing", .critical)
    }
    for label in window.unjudged {
      builder.fact("new", "\(label): ended after the archive was listed", .notice)
    }
    fillHoles(window, context, &builder)
  }

  /// What keeps what lies in the store, each as the store says it.
  private static func fillStore(_ context: PanelContext, _ builder: inout ContentBuilder) {
    guard !context.report.storeFacts.isEmpty else { return }
    builder.section("The store")
    for fact in context.report.storeFacts {
      builder.fact(fact.label, fact.words, fact.isKnown ? .text : .unknown)
    }
    let asked = context.report.storeFacts.compactMap(\.at).max()
    if let asked { builder.fact("asked", context.ago(asked), .dim) }
  }

  private static func fillHoles(
    _ window: RecoveryWindow, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    builder.section("Holes")
    if window.basis == .claimed {
      builder.paragraph(
        "not looked for: this window is what \(claimant(context)) claims. A verify drill proves it.",
        .notice)
    } else if window.holes.isEmpty {
      builder.paragraph("none: every segment of the chain is there", .good)
    }
    for hole in window.holes {
      builder.fact("missing", words(hole, segmentSize: context.segmentSize), .critical)
    }
    if !window.holes.isEmpty {
      builder.paragraph(
        "What lies in a hole cannot be restored, nor what comes after it until the next base "
          + "backup. A new base backup closes the gap from then on.", .notice)
    }
  }

  private static func claimant(_ context: PanelContext) -> String {
    context.cluster.report.claimedWindow.value?.claimant ?? "the engine"
  }
}
