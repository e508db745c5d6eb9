import FoundationEssentials

extension IncidentPage {
  /// More would not be read.
  private static let most = 3

  /// What to do next, in this order: each step says when it is reached, so that no two stand against each other.
  func steps(_ cluster: ClusterSnapshot, _ chart: RecoveryChart, command: String) -> [String] {
    let name = Sanitizer.clean(command, limit: 300)
    let fate = PrimaryFate(cluster, at: now)
    let plan = { (name: String) in successor(cluster, chart) ?? self.plan(name) }
    var steps: [String]
    switch fate {
    case .answers where advised != nil:
      steps = [writing, goingBack(cluster, name), promoted(cluster) ?? remedy(cluster)]
        .compactMap { $0 }
    case .answers:
      let find = "Something is gone that should be there? pgvigil find \(name) --from -1h"
      // What is no more than a warning can wait until that is answered.
      let isGrave = cluster.findings.first?.severity == .critical
      steps = [promoted(cluster)].compactMap { $0 }
      steps += [isGrave ? remedy(cluster) : find, isGrave ? find : remedy(cluster)].compactMap {
        $0
      }
    // Which of them is kept comes before all else.
    case .several:
      steps = [remedy(cluster), plan(name).map { "Only if neither can be kept: \($0)" }]
        .compactMap { $0 }
    case .startingUp, .changing, .silent, .stopped, .empty, .gone:
      let standby = BestStandby(cluster, chart)
      steps = Self.instead(cluster, chart, fate)
      steps += plan(name).map { [last(standby, fate) + $0] } ?? []
    case .unseen(let way):
      steps = [
        "Reach \(way) another way: what runs there is not known. Until it is, promote and restore "
          + "nothing."
      ]
      steps += plan(name).map { ["Only if all of it is lost: \($0)"] } ?? []
    case .withheld, .feeding:
      steps = [fate.words] + (plan(name).map { ["Only if all of it is lost: \($0)"] } ?? [])
    case .storeAlone:
      steps = ["Look for a server that still runs: it has more than the store."]
      steps += plan(name).map { ["If there is none: \($0)"] } ?? []
    }
    let isBlind = answers.contains { $0.state != .answers && $0.what == ReportPart.backups.words }
    if let remedy = cluster.report.backups.failure?.remedy, isBlind, !remedy.isEmpty {
      let step = Sanitizer.clean(remedy, limit: 160)
      // Without them no moment is known: behind what keeps a second primary away, before all else.
      if !steps.contains(step) { steps.insert(step, at: min(1, steps.count)) }
    }
    // Reads what barman-cloud stores; a directory and pgBackRest's have no such way.
    let isStore = cluster.declaration.place != nil || cluster.declaration.options["store"] != nil
    if isStore, choices.allSatisfy({ $0.outlook == nil }),
      isBlind || cluster.report.outage != nil
    {
      steps.append("Read the store by itself: pgvigil incident s3://BUCKET/PREFIX")
    }
    return Array(steps.prefix(Self.most))
  }

  /// The moment that one would plan for first. Where the primary is lost, the latest; where it answers, what somebody chose
  /// or what is before the act that was found, and nil without either: nothing is to be gone back to.
  func advised(_ cluster: ClusterSnapshot, chosen: RecoveryMoment?) -> RecoveryMoment? {
    let reachable = choices.filter { $0.outlook != nil }
    guard PrimaryFate(cluster, at: now) == .answers else {
      return reachable.first { $0.kind == .latest || $0.kind == .certain }?.outlook?.moment
    }
    if let chosen, chosen != .latest { return chosen }
    return reachable.first { $0.kind == .beforeAct && $0.outlook?.isReachable == true }?.outlook?
      .moment
  }

  private func plan(_ name: String) -> String? {
    advised.map { moment in
      let quoted = moment.text.contains(" ") ? "'\(moment.text)'" : moment.text
      return "pgvigil plan recovery \(name) --at \(quoted)\(lost.options)"
    }
  }

  /// What lies recovered to the latest, where nothing was archived since: it need not be recovered again.
  private func successor(_ cluster: ClusterSnapshot, _ chart: RecoveryChart) -> String? {
    guard advised == .latest, let newest = chart.newestArchivedAt,
      let copy = kept.first(where: {
        $0.moment == RecoveryMoment.latest.text && !$0.isUnfinished && newest <= $0.since
      }), let way = copy.planning(of: cluster.declaration)
    else { return nil }
    return "\(Sanitizer.clean(copy.place, limit: 80)) holds the latest already: let it take "
      + "production's place, by the steps of this plan: \(way)"
  }

  /// What a promotion leaves to be done, until a base backup is taken behind it. An operator does the rest by itself.
  private func promoted(_ cluster: ClusterSnapshot) -> String? {
    let instances = cluster.report.instances.value ?? []
    guard let primary = instances.first(where: \.isRunningPrimary), let own = primary.timeline,
      let backup = cluster.report.backups.value?.newest(besides: []),
      let timeline = backup.timeline ?? backup.stopSegment?.timeline, timeline < own
    else { return nil }
    // pgBackRest refuses until then.
    let isBehind = primary.checkpointTimeline.map { $0 != own } ?? false
    let checkpoint = isBehind ? "CHECKPOINT on \(Sanitizer.clean(primary.name, limit: 40)), " : ""
    let expiry = wantedExpiry(cluster)
    let first = cluster.report.obstacle(to: .backup)?.advice ?? ""
    let backUp =
      "\(first)\(checkpoint)take a base backup at once\(expiry.map { " (\($0))" } ?? ""): pgvigil "
      + "\(expiry == nil ? "" : "plan ")backup \(cluster.declaration.typed)"
    guard cluster.declaration.place == nil else {
      return first.isEmpty
        ? "A promotion came after the last base backup: \(backUp)"
        : "\(backUp) (a promotion came after the last one)"
    }
    let old = instances.filter { $0.state != .running && $0.role != .standby }.map {
      Sanitizer.clean($0.name, limit: 40)
    }
    // Of what barman-cloud stores nobody plans that. Where all follow, the plan has no such part.
    let plan = "pgvigil plan recovery \(cluster.declaration.typed) --at latest"
    let way =
      cluster.declaration.engine == "pgbackrest"
      ? ", by the part \"To make ... follow\" of: \(plan);" : ","
    let astray = instances.contains { $0.role == .standby && $0.lag?.replay.bytes == nil }
    guard !old.isEmpty || astray || instances.count == 1 else {
      return "After the promotion: \(backUp)"
    }
    return
      "After the promotion: keep \(old.isEmpty ? "the old primary" : old.joined(separator: ", ")) "
      + "off until it is made anew, and have standbys follow the new one\(way) \(backUp)"
  }

  /// To before an act, where production goes on: from what lies recovered already, and with what is known of its being
  /// mended. Whoever has given rows back has done so by SQL of his own.
  private func goingBack(_ cluster: ClusterSnapshot, _ name: String) -> String? {
    guard let advised, choices.contains(where: { $0.kind == .beforeAct }) else { return plan(name) }
    if let copy = kept.first(where: { $0.moment == advised.text && !$0.isUnfinished }),
      let way = copy.givingBack(lost, to: cluster.declaration)
    {
      return "It lies recovered in \(Sanitizer.clean(copy.place, limit: 80)). Unless it was given "
        + "back from there: \(way)"
    }
    let done = acts?.first { $0.recovered == advised.text }
    let since = done.map {
      "mended from what \(Sanitizer.clean($0.who, limit: 40)) recovered \(Format.timestamp($0.at))"
    }
    return plan(name).map { "Unless it was \(since ?? "mended since"): \($0)" }
  }

  /// Of the worst finding that says what to do.
  private func remedy(_ cluster: ClusterSnapshot) -> String? {
    // What is to be typed stands at its end.
    let remedy = cluster.findings.first { $0.severity > .info && !$0.remedy.isEmpty }
      .map { Sanitizer.clean($0.remedy, limit: 420) }
    // What it would expire may be the only way back to before an act.
    guard let remedy, remedy.contains("pgvigil backup "), let expiry = wantedExpiry(cluster) else {
      return remedy
    }
    return remedy.replacing("pgvigil backup ", with: "pgvigil plan backup ") + " (\(expiry))"
  }

  private func wantedExpiry(_ cluster: ClusterSnapshot) -> String? {
    NextExpiry(cluster, at: now).flatMap { $0.wanted.isEmpty ? nil : $0.words }
  }

  /// What comes before any recovery to the latest, where no primary answers: one that starts has all, and a standby may have
  /// more than the archive.
  static func instead(
    _ cluster: ClusterSnapshot, _ chart: RecoveryChart, _ fate: PrimaryFate
  ) -> [String] {
    switch fate {
    case .startingUp, .changing, .silent, .stopped, .empty, .gone:
      [first(fate, cluster), BestStandby(cluster, chart)?.step(fate) ?? down(fate, cluster)]
        .compactMap { $0 }
    case .answers, .several, .unseen, .withheld, .feeding, .storeAlone: []
    }
  }

  /// Standbys that do not run either: what they received is nowhere else. An operator starts them by itself.
  private static func down(_ fate: PrimaryFate, _ cluster: ClusterSnapshot) -> String? {
    guard cluster.declaration.place == nil else { return nil }
    let names = (cluster.report.instances.value ?? []).filter {
      guard case .unreachable = $0.state, $0.emptyDirectory == nil else { return false }
      return $0.name != cluster.lastAnswers.primary
    }.map { Sanitizer.clean($0.name, limit: 40) }
    guard !names.isEmpty, fate != .silent(nil) else { return nil }
    return
      "If it is lost, start \(names.joined(separator: ", ")) as a standby, where standby.signal lies in its data: "
      + "it may have more than the archive. Then look at this page again."
  }

  /// By whom it is started as well, where that is all it takes.
  private static func first(_ fate: PrimaryFate, _ cluster: ClusterSnapshot) -> String {
    guard case .stopped(let name) = fate else { return fate.words }
    let declaration = cluster.declaration
    // A primary of the past would come up as a second one; what starts a sandbox knows that by itself.
    let others = (cluster.report.instances.value ?? []).contains {
      $0.name != name && $0.state != .running && $0.role != .standby
    }
    let alone = others && declaration.start == nil ? " Start no other one before it." : ""
    let way =
      declaration.start.map { "With: \($0)" }
      ?? (declaration.place == nil
        ? "By its service (systemctl, pg_ctlcluster), or Patroni or pg_auto_failover if one runs it."
        : "Its operator does that: see why it has not.")
    return "\(fate.words)\(alone) Nothing below is needed then. \(way)"
  }

  /// In front of the last resort.
  private func last(_ standby: BestStandby?, _ fate: PrimaryFate) -> String {
    if let standby, standby.standing.isWorthPromoting { return "If no standby can: " }
    if case .gone = fate { return "Then: " }
    return standby == nil ? "If it is lost, keep it off, then: " : "Then: "
  }

  /// Where a few tables went, production goes on while they are given back; nil then.
  private var writing: String? {
    let act = choices.lazy.compactMap(\.act).first
    guard act.map({ $0.isMass || others.contains { $0.series > FoundAct.few } }) ?? true else {
      return nil
    }
    return
      "The primary answers\(act == nil ? ". Where all of it goes back," : ":") stop what writes to it first, "
      + "every recovery loses what is written from its moment on."
  }
}
