import FoundationEssentials

/// A line of what was done to a cluster and by whom.
package struct IncidentAct: Sendable, Equatable {
  package var at: Date
  /// As `oncall@jump-1`.
  package var who: String
  package var what: String

  package init(at: Date, who: String, what: String) {
    self.at = at
    self.who = who
    self.what = what
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
  package var lastSign: (what: String, at: Date)?
  /// With the latest moment that can be reached.
  package var loss: MomentLoss
  package var choices: [RecoveryChoice]
  package var running: [String]
  /// Newest first; nil = nobody has read them.
  package var acts: [IncidentAct]?
  package var steps: [String]

  /// `acts` newest first; `act` is what is to be undone, where somebody has found it; `command` is the cluster's name as
  /// commands are given it.
  package init(
    _ cluster: ClusterSnapshot, acts: [IncidentAct]?, act: DestructiveAct? = nil, now: Date,
    command: String? = nil
  ) {
    let recalled = cluster.recalled
    let chart = RecoveryChart(recalled?.cluster ?? cluster, now: now)
    self.cluster = cluster.declaration.name
    engineTitle = cluster.engineTitle
    verdict = cluster.verdict(at: now)
    self.now = now
    asOf = recalled?.asOf
    answers = Self.answers(cluster, now: now)
    lastSign = Self.lastSign(cluster, chart)
    choices = chart.choices(act: act)
    loss = choices.first { $0.kind == .latest }?.outlook?.loss ?? .unknown
    running = Self.running(cluster)
    self.acts = acts
    steps = []
    steps = steps(cluster, chart, command: command ?? cluster.declaration.name)
  }

  package static func == (one: IncidentPage, other: IncidentPage) -> Bool {
    one.cluster == other.cluster && one.engineTitle == other.engineTitle
      && one.verdict == other.verdict && one.now == other.now && one.asOf == other.asOf
      && one.answers == other.answers && one.lastSign?.at == other.lastSign?.at
      && one.lastSign?.what == other.lastSign?.what && one.loss == other.loss
      && one.choices == other.choices && one.running == other.running && one.acts == other.acts
      && one.steps == other.steps
  }
}

extension IncidentPage {
  // MARK: Who answers

  private static func answers(_ cluster: ClusterSnapshot, now: Date) -> [IncidentAnswer] {
    var answers: [IncidentAnswer] = []
    if let outage = cluster.report.outage {
      answers.append(
        IncidentAnswer(
          what: Sanitizer.clean(outage.place, limit: 60), state: .silent, last: outage.since,
          reason: Sanitizer.clean(outage.reason, limit: 160)))
    }
    answers += servers(cluster, now: now)
    let parts: [ReportPart] =
      cluster.report.claimedWindow == .pending
      ? [.backups, .walArchive] : [.backups, .walArchive, .claimedWindow]
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
    var answers = instances.map { instance -> IncidentAnswer in
      let name = Sanitizer.clean(instance.name, limit: 40)
      let role = instance.role == .unknown ? "server" : instance.role.rawValue
      let what = name == role ? name : "\(role) \(name)"
      guard case .unreachable(let reason) = instance.state else {
        return IncidentAnswer(
          what: what, state: .answers, last: instance.observedAt, reason: instance.state.word)
      }
      return IncidentAnswer(
        what: last.primary == instance.name && name != "primary" ? "primary \(name)" : what,
        state: .silent, last: last.instances[instance.name],
        reason: Sanitizer.clean(reason, limit: 160))
    }
    if let primary = last.primary, !instances.contains(where: { $0.name == primary }) {
      answers.insert(
        IncidentAnswer(
          what: "primary \(Sanitizer.clean(primary, limit: 40))", state: .silent,
          last: last.instances[primary], reason: "it is not among the cluster's servers any more"),
        at: 0)
    }
    return answers
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
        reason: Sanitizer.clean(failure.reason, limit: 160))
    }
    guard state.hasValue else {
      return part == .walArchive || part == .claimedWindow
        ? nil
        : IncidentAnswer(what: part.words, state: .unknown, last: nil, reason: "not asked yet")
    }
    let isStale = cluster.staleAge(of: part, at: now) != nil
    return IncidentAnswer(
      what: part.words, state: isStale ? .silent : .answers, last: last,
      reason: isStale ? "it has said nothing since" : "")
  }

  /// Whoever cannot ask the primary can see when it last archived something.
  private static func lastSign(
    _ cluster: ClusterSnapshot, _ chart: RecoveryChart
  ) -> (what: String, at: Date)? {
    var signs: [(what: String, at: Date)] = []
    if let newest = chart.audit?.newest, let at = newest.archivedAt, let size = chart.segmentSize {
      signs.append(("WAL \(newest.segment.name(segmentSize: size)) was archived", at))
    }
    if let status = cluster.report.archive.value, let at = status.lastArchivedAt {
      signs.append(("the server had archived WAL", at))
    }
    if let primary = cluster.lastAnswers.primary,
      let at = cluster.lastAnswers.instances[primary]
    {
      signs.append(("primary \(Sanitizer.clean(primary, limit: 40)) answered", at))
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
    return running + cluster.report.activities.map { Sanitizer.clean($0.sentence, limit: 120) }
  }
}
