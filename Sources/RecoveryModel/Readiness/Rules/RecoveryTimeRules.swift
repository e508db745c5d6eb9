/// The projected recovery time against the target.
enum RecoveryTimeRules {
  static let target = Rule("rto.target", .critical, "over the RTO", needs: [.backups]) { context in
    guard let projection = context.projection else { return [] }
    let target = context.declaration.targets.rto
    guard let standing = context.declaration.targets.standing(of: projection) else { return [] }
    let over = standing == .critical
    let basis =
      projection.basis == .measured
      ? "measured in \(projection.drills) drills" : "assumed rates, no drill yet"
    return [
      Finding(
        id: "rto.target", severity: standing,
        headline: over
          ? "Recovery would take about \(Format.duration(projection.total.expected)), over the "
            + "target of \(Format.span(target))"
          : "Recovery could take up to \(Format.duration(projection.total.high)), over the target "
            + "of \(Format.span(target))",
        evidence: [
          Evidence(
            what: "restore \(Format.duration(projection.restore)), replay "
              + "\(Format.duration(projection.replay)) of \(projection.load.segments) segments",
            source: basis, at: projection.lastDrillAt),
          context.evidence(
            "\(Format.bytes(projection.load.walBytes)) of WAL since the backup",
            context.report.walArchive.value == nil ? .archive : .walArchive),
        ],
        remedy: context.report.obstacle(to: .backup) == nil
          ? projection.advice.first ?? context.backupRemedy : context.backupRemedy,
        ceiling: over ? .atRisk : .likely)
    ]
  }
}
