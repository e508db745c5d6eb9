import FoundationEssentials

extension IncidentPage {
  /// More would not be read.
  private static let most = 3

  /// What to do next, in this order, each a sentence or a command.
  func steps(_ cluster: ClusterSnapshot, _ chart: RecoveryChart, command: String) -> [String] {
    let name = Sanitizer.clean(command, limit: 300)
    let remedy = remedy(cluster)
    var steps: [String]
    switch primaries(cluster) {
    case 0:
      steps = [asking(cluster), standby(cluster, chart), plan(name)].compactMap { $0 }
      steps += [remedy].compactMap { $0 }
    case 1 where advised != nil:
      steps = [Self.writing, plan(name), remedy].compactMap { $0 }
    case 1:
      steps = [remedy].compactMap { $0 }
      steps.append("Something is gone that should be there? pgvigil find \(name) --from -1h")
    // Which of them is kept comes before all else.
    default: steps = [remedy, plan(name)].compactMap { $0 }
    }
    let isBlind = answers.contains { $0.state != .answers && $0.what == ReportPart.backups.words }
    if choices.allSatisfy({ $0.outlook == nil }), isBlind || cluster.report.outage != nil {
      steps.append("Read the store by itself: pgvigil incident s3://BUCKET/PREFIX")
    }
    return Array(steps.prefix(Self.most))
  }

  /// The moment that one would plan for first. Where the primary is lost, the latest; where it answers, what somebody chose
  /// or what is before the act that was found, and nil without either: nothing is to be gone back to.
  func advised(_ cluster: ClusterSnapshot, chosen: RecoveryMoment?) -> RecoveryMoment? {
    let reachable = choices.filter { $0.outlook != nil }
    guard primaries(cluster) == 1 else { return reachable.first?.outlook?.moment }
    if let chosen, chosen != .latest { return chosen }
    return reachable.first { $0.kind == .beforeAct }?.outlook?.moment
  }

  private func primaries(_ cluster: ClusterSnapshot) -> Int {
    (cluster.report.instances.value ?? []).count { $0.isRunningPrimary }
  }

  private func plan(_ name: String) -> String? {
    advised.map { moment in
      let quoted = moment.text.contains(" ") ? "'\(moment.text)'" : moment.text
      return "pgvigil plan recovery \(name) --at \(quoted)"
    }
  }

  /// Of the worst finding that says what to do, but for the primary's own, which the page begins with.
  private func remedy(_ cluster: ClusterSnapshot) -> String? {
    cluster.findings
      .first { $0.severity > .info && !$0.remedy.isEmpty && $0.id != "primary.unreachable" }
      .map { Sanitizer.clean($0.remedy, limit: 160) }
  }

  /// nil where no server is known.
  private func asking(_ cluster: ClusterSnapshot) -> String? {
    guard !(cluster.report.instances.value ?? []).isEmpty else { return nil }
    return
      "Is the primary down, or only unreachable from here? Started again it loses nothing; until "
      + "that is known promote and restore nothing."
  }

  /// A standby that runs has what the archive has not: nothing that is restored can be newer.
  private func standby(_ cluster: ClusterSnapshot, _ chart: RecoveryChart) -> String? {
    let instances = cluster.report.instances.value ?? []
    guard
      let standby = instances.filter({ $0.role == .standby && $0.state == .running })
        .max(by: { ($0.lsn ?? LSN(0)) < ($1.lsn ?? LSN(0)) })
    else { return nil }
    let shown = Sanitizer.clean(standby.name, limit: 40)
    let archived = chart.audit?.newest.flatMap { newest in
      chart.segmentSize.map { newest.segment.end(segmentSize: $0) }
    }
    let ahead = standby.lsn.flatMap { lsn in (archived ?? chart.archivedEnd).map { (lsn, $0) } }
    guard let (lsn, end) = ahead, lsn >= end else {
      return "\(shown) runs as a standby: see whether to promote it before anything is restored."
    }
    return "\(shown) runs as a standby and is \(Format.bytes(lsn.bytes(since: end))) ahead of the "
      + "archive: promoting it loses less than any recovery."
  }

  private static let writing =
    "The primary answers: stop what writes to it first, every recovery loses what is written from its "
    + "moment on."
}
