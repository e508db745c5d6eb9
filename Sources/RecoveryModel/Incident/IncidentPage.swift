import FoundationEssentials

/// A line of what was done to a cluster and by whom.
package struct IncidentAct: Sendable, Equatable {
  package var at: Date
  /// As `oncall@jump-1`.
  package var who: String
  package var what: String
  /// The recovery that he only watched; nil = he did something.
  package var watched: String?
  /// The moment that he recovered to, beside production; nil = he did something else.
  package var recovered: String?

  package init(at: Date, who: String, what: String) {
    self.at = at
    self.who = who
    self.what = what
  }

  /// A line of an audit log; `event` as `started`, `ended`.
  package init(
    at: Date, user: String, host: String, operation: String, kind: OperationKind, event: String,
    outcome: OperationOutcome.Status?, summary: String
  ) {
    let ending = outcome.flatMap { $0.words == event ? nil : " \($0.words)" } ?? ""
    self.init(
      at: at, who: "\(user)@\(host)", what: "\(kind.rawValue) \(event)\(ending): \(summary)")
    if event == "followed" { watched = operation }
  }
}

extension IncidentAct {
  /// Something destructive that may be gone back before.
  package struct Other: Sendable, Equatable {
    package var act: DestructiveAct
    /// As many follow closely, itself with them, where it begins a series; else 0.
    package var series: Int
    /// False = no base backup leads there.
    package var isReachable: Bool
    /// Where it lies recovered to before it; nil = nowhere.
    package var copy: String?
  }
}

/// Somebody who is asked of the cluster, and whether he still answers.
package struct IncidentAnswer: Sendable, Equatable {
  package enum State: String, Sendable, Equatable { case answers, silent, unknown }

  package var what: String
  package var state: State
  /// When he last answered; nil = this process has not seen it.
  package var last: Date?
  package var reason: String
}

/// A trace of a primary that was alive.
package struct IncidentSign: Sendable, Equatable {
  package var what: String
  package var at: Date
}

/// All that one wants to see of a cluster in an incident, on one page. Pure.
package struct IncidentPage: Sendable, Equatable {
  package var cluster: String
  package var engineTitle: String
  package var verdict: Verdict
  package var now: Date
  /// Some of it is not told now and was last seen then; nil = all of it is of now.
  package var asOf: Date?
  package var answers: [IncidentAnswer]
  /// The newest trace of a primary that anybody has, and when.
  package var lastSign: IncidentSign?
  /// With the latest moment that can be reached.
  package var loss: MomentLoss
  package var choices: [RecoveryChoice]
  package var running: [String]
  /// Recoveries beside production that were kept, newest first; what lies there need not be recovered again.
  package var kept: [KeptRecovery]
  /// Newest first; nil = nobody has read them.
  package var acts: [IncidentAct]?
  package var steps: [String]
  /// The moment that one would plan for first; nil = none can be reached, or nothing is to be gone back to.
  package var advised: RecoveryMoment?
  /// What is wanted back from there, as far as names are known.
  package var lost: [LostTable] = []
  /// Each act that was found beside the one that is advised or told of, oldest first; how many follow each other closely
  /// stands at the earliest of them.
  package var others: [IncidentAct.Other] = []
  /// Bytes per segment; nil = not known.
  package var segmentSize: Int?

  /// `acts` newest first; `act` is what is to be undone, where somebody has found it, `search` what
  /// looking for it came to; `chosen` is the moment that somebody stands on; `command` is the cluster's name as
  /// commands are given it.
  package init(
    _ cluster: ClusterSnapshot, acts: [IncidentAct]?, act: DestructiveAct? = nil,
    search: ActSearch? = nil, chosen: RecoveryMoment? = nil, now: Date, command: String? = nil
  ) {
    let search = cluster.joined(search)
    let recalled = cluster.recalled
    let chart = RecoveryChart(recalled?.cluster ?? cluster, now: now, search: search)
    self.cluster = cluster.declaration.name
    engineTitle = cluster.engineTitle
    verdict = cluster.verdict(at: now)
    self.now = now
    asOf = recalled?.asOf
    answers = Self.answers(cluster, now: now)
    lastSign = Self.lastSign(cluster, chart)
    choices = chart.choices(act: act, search: search, chosen: chosen)
    loss = choices.first { $0.kind == .latest }?.outlook?.loss ?? .unknown
    loss.isEverything = cluster.loss == .everything
    running = Self.running(cluster)
    kept = cluster.report.kept.sorted { $0.since > $1.since }
    self.acts = acts
    segmentSize = chart.segmentSize
    steps = []
    advised = nil
    advised = advised(cluster, chosen: chosen)
    lost = advised.flatMap { search?.lost(before: $0) } ?? []
    let marker = cluster.declaration.drill.marker?.table
    let series = search.map(cluster.report.standing)?.series(marker: marker) ?? []
    let told = [advised, choices.first { $0.kind == .beforeAct }?.outlook?.moment]
    others = series.filter { !told.contains($0.act.moment) }.map { act, count in
      IncidentAct.Other(
        act: act, series: count,
        isReachable: act.position.flatMap { cluster.reachOfActs[$0] }
          ?? chart.outlined(act.moment).isReachable,
        copy: kept.first { $0.moment == act.moment.text && !$0.isUnfinished }?.place)
    }
    steps = steps(cluster, chart, command: command ?? cluster.declaration.typed)
  }
}

extension IncidentPage {
  /// On a page with room; a short one takes its telling end.
  private static let longestReason = 300

  // MARK: Who answers

  private static func answers(_ cluster: ClusterSnapshot, now: Date) -> [IncidentAnswer] {
    var answers: [IncidentAnswer] = []
    if let outage = cluster.report.outage {
      answers.append(
        IncidentAnswer(
          what: Sanitizer.clean(outage.place, limit: 60), state: .silent, last: outage.since,
          reason: Sanitizer.clean(outage.reason, limit: longestReason)))
    }
    // What is asked through a place that does not answer has nothing to add.
    guard cluster.report.outage == nil else { return answers }
    answers += servers(cluster, now: now)
    // Where the archive is listed nobody goes by what is claimed.
    let isListed =
      cluster.report.claimedWindow == .pending || cluster.report.walArchive.value != nil
    let parts: [ReportPart] =
      isListed ? [.backups, .walArchive] : [.backups, .walArchive, .claimedWindow]
    for part in parts {
      if let answer = answer(part, cluster, now: now) { answers.append(answer) }
    }
    return answers
  }

  private static func servers(_ cluster: ClusterSnapshot, now: Date) -> [IncidentAnswer] {
    if cluster.report.isStoreAlone {
      return [
        IncidentAnswer(
          what: "servers", state: .unknown, last: nil, reason: "none is known, only the store")
      ]
    }
    guard let instances = cluster.report.instances.value,
      cluster.staleAge(of: .instances, at: now) == nil
    else {
      return [answer(.instances, cluster, now: now)].compactMap { $0 }
    }
    let last = cluster.lastAnswers
    // A command that has only just come knows it by what others wrote down.
    let seen = { (name: String) in
      last.instances[name] ?? cluster.looks.lastSeen(name)
    }
    var answers = instances.map { instance -> IncidentAnswer in
      let name = Sanitizer.clean(instance.name, limit: 40)
      let role =
        last.primary == instance.name && instance.state != .running
        ? "primary" : instance.role == .unknown ? "server" : instance.role.rawValue
      let what = named(role, name)
      if let missing = instance.state.missingRight
        ?? (instance.hasAnswered ? nil : instance.withheld.first { $0.code == .denied })
      {
        return IncidentAnswer(
          what: what, state: .unknown, last: seen(instance.name),
          reason: Sanitizer.clean(missing.reason, limit: longestReason))
      }
      guard case .unreachable(let reason) = instance.state else {
        return IncidentAnswer(
          what: what, state: .answers, last: instance.observedAt, reason: instance.state.word)
      }
      return IncidentAnswer(
        what: what, state: .silent, last: seen(instance.name),
        reason: Sanitizer.clean(reason, limit: longestReason))
    }
    if let primary = last.primary, !instances.contains(where: { $0.name == primary }) {
      answers.insert(
        IncidentAnswer(
          what: named("primary", Sanitizer.clean(primary, limit: 40)), state: .silent,
          last: seen(primary), reason: "it is not among the cluster's servers any more"),
        at: 0)
    }
    return answers
  }

  /// `primary pg-main-1`; one that is called what it is, is called so once.
  private static func named(_ role: String, _ name: String) -> String {
    name == role ? name : "\(role) \(name)"
  }

  /// Of a part by itself; nil = it has not been asked, and need not be.
  private static func answer(
    _ part: ReportPart, _ cluster: ClusterSnapshot, now: Date
  ) -> IncidentAnswer? {
    let state = cluster.report.state(of: part)
    let last = state.hasValue ? state.at : cluster.lastAnswers.at(part)
    if let failure = state.failure {
      // Where an engine claims a window, nobody need list the archive.
      if part == .walArchive, cluster.report.claimedWindow.value != nil { return nil }
      return IncidentAnswer(
        what: part.words, state: .silent, last: last,
        reason: Sanitizer.clean(failure.reason, limit: longestReason))
    }
    guard state.hasValue else {
      return part == .walArchive || part == .claimedWindow
        ? nil
        : IncidentAnswer(what: part.words, state: .unknown, last: nil, reason: "no answer yet")
    }
    let isStale = cluster.staleAge(of: part, at: now) != nil
    // Under a wrong name there is an answer, and nothing in it.
    let isEmpty = part == .walArchive && cluster.report.walArchive.value?.segments.isEmpty == true
    return IncidentAnswer(
      what: part.words, state: isStale ? .silent : isEmpty ? .unknown : .answers, last: last,
      reason: isStale ? "it has said nothing since" : isEmpty ? "nothing is listed there" : "")
  }

  /// Whoever cannot ask the primary can see when it last archived something.
  private static func lastSign(
    _ cluster: ClusterSnapshot, _ chart: RecoveryChart
  ) -> IncidentSign? {
    var signs: [IncidentSign] = []
    if let newest = chart.audit?.newest, let at = newest.archivedAt, let size = chart.segmentSize {
      signs.append(
        IncidentSign(
          what: "WAL \(newest.segment.name(segmentSize: size)) was archived", at: at))
    }
    if let status = cluster.report.archive.value, let at = status.lastArchivedAt {
      signs.append(IncidentSign(what: "the server had archived WAL", at: at))
    }
    if let primary = cluster.lastAnswers.primary,
      let at = cluster.lastAnswers.instances[primary]
    {
      signs.append(
        IncidentSign(
          what: "\(named("primary", Sanitizer.clean(primary, limit: 40))) answered", at: at))
    }
    return signs.max { $0.at < $1.at }
  }

  private static func running(_ cluster: ClusterSnapshot) -> [String] {
    var running: [String] = []
    if let operation = cluster.operation {
      let share = operation.fraction.map { ", \(Format.percent($0))" } ?? ""
      running.append(
        "\(Sanitizer.clean(operation.plan.title, limit: 80)): "
          + "\(Sanitizer.clean(operation.step, limit: 60))\(share)")
    }
    if let backup = cluster.report.backups.value?.running {
      let share = backup.fraction.map { ", \(Format.percent($0))" } ?? ""
      let since = backup.startedAt.map { " since \(RecoveryMoment.exact($0))" } ?? ""
      running.append("a base backup\(since)\(share)")
    }
    return running + cluster.recoveries.map { Sanitizer.clean($0.sentence, limit: 200) }
      + cluster.report.activities.map { Sanitizer.clean($0.sentence, limit: 120) }
  }
}
