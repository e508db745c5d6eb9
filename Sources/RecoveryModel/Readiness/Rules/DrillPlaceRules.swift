/// What the next drill needs, and what the last ones left.
enum DrillPlaceRules {
  /// A warning about the proof to come: what could not be tried says nothing of the data.
  static let blocked = Rule("drill.blocked", .warning, "drill blocked") { context in
    guard let readiness = context.readiness, let obstacle = readiness.obstacle else { return [] }
    let since = readiness.since ?? readiness.checkedAt
    return [
      Finding(
        id: "drill.blocked", severity: .warning,
        headline: "The next verify drill cannot run, since \(Format.age(context.age(since))): "
          + Sanitizer.clean(obstacle, limit: 200),
        evidence: [
          Evidence(
            what: "asked by \(Sanitizer.clean(readiness.account, limit: 80)) for all it needs, "
              + "first in the way at \(Format.timestamp(since))",
            source: "drill readiness", at: readiness.checkedAt)
        ],
        remedy: (readiness.remedy.isEmpty
          ? "" : "\(Sanitizer.clean(readiness.remedy, limit: 300)). ")
          + "All that it needs: pgvigil plan drill \(context.declaration.typed)",
        ceiling: .proven)
    ]
  }

  /// Restored size and the WAL that passes through.
  private static let roomFactor = 1.3

  static let leftovers = Rule("drill.leftovers", .warning, "drill leftovers") { context in
    guard let drill = context.allDrills.last(where: { !$0.leftBehind.isEmpty }),
      drill.id == context.allDrills.last?.id
    else { return [] }
    return [
      Finding(
        id: "drill.leftovers", severity: .warning,
        headline: "The last verify drill left \(drill.leftBehind.count) things behind",
        evidence: drill.leftBehind.prefix(5).map {
          context.evidence(drill, Sanitizer.clean($0, limit: 200))
        },
        remedy: "Remove them by hand if the next drill's clean-up does not.", ceiling: .proven)
    ]
  }

  /// They cost room, and may be forgotten; nobody but a person knows when they have served.
  static let kept = Rule("recovery.kept", .info, "kept recovery") { context in
    context.report.kept.map { kept in
      Finding(
        id: "recovery.kept", severity: .info,
        headline: "A \(Sanitizer.clean(kept.sentence, limit: 300))",
        evidence: [
          Evidence(
            what: kept.way.isEmpty
              ? "recovery \(kept.id)" : Sanitizer.clean(kept.way, limit: 600),
            source: "asked for by \(Sanitizer.clean(kept.by, limit: 100))", at: kept.since)
        ],
        remedy: (kept.isUnfinished
          ? "If nobody is at it any more, to have it gone" : "Once it has served")
          + ": \(kept.removal(of: context.declaration))", ceiling: .proven)
    }
  }

  static let room = Rule("drill.room", .warning, "no drill room", needs: [.storage, .backups]) {
    context in
    guard let free = context.report.storage.value?.drillFreeBytes,
      let size = context.report.backups.value?.lastGood?.databaseBytes
    else { return [] }
    let needed = Int64(min(Double(size) * roomFactor, 9e18))
    guard free < needed else { return [] }
    return [
      Finding(
        id: "drill.room", severity: .warning,
        headline: "A verify drill has no room: \(Format.bytes(free)) free, about "
          + "\(Format.bytes(needed)) needed",
        evidence: [
          context.evidence("\(Format.bytes(free)) free at the drill's place", .storage),
          context.evidence("restored size \(Format.bytes(size))", .backups),
        ],
        remedy: "Free room there, or set another drill place in the configuration.",
        ceiling: .likely)
    ]
  }
}
