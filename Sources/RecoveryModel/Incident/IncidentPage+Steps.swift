import FoundationEssentials

extension IncidentPage {
  /// More would not be read.
  private static let most = 4

  /// What to do next, in this order, each a sentence or a command.
  func steps(_ cluster: ClusterSnapshot, _ chart: RecoveryChart, command: String) -> [String] {
    let name = Sanitizer.clean(command, limit: 80)
    var steps = [standby(cluster, chart), writing(cluster)].compactMap { $0 }
    let wanted = choices.filter { $0.outlook != nil }
    if let moment = advised {
      let quoted = moment.text.contains(" ") ? "'\(moment.text)'" : moment.text
      steps.append("pgvigil plan recovery \(name) --at \(quoted)")
    }
    if let finding = cluster.findings.first(where: { $0.severity > .info && !$0.remedy.isEmpty }) {
      steps.append(Sanitizer.clean(finding.remedy, limit: 160))
    }
    let isBlind = answers.contains { $0.state != .answers && $0.what == ReportPart.backups.words }
    if wanted.isEmpty, isBlind || cluster.report.outage != nil {
      steps.append(
        "Read the store by itself: pgvigil incident s3://BUCKET/PREFIX")
    }
    return Array(steps.prefix(Self.most))
  }

  /// The moment that one would plan for first; nil = none can be reached.
  package var advised: RecoveryMoment? {
    let wanted = choices.filter { $0.outlook != nil }
    return (wanted.last { $0.kind != .latest } ?? wanted.first)?.outlook?.moment
  }

  /// A standby that runs has what the archive has not: nothing that is restored can be newer.
  private func standby(_ cluster: ClusterSnapshot, _ chart: RecoveryChart) -> String? {
    let instances = cluster.report.instances.value ?? []
    guard !instances.contains(where: \.isRunningPrimary),
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

  private func writing(_ cluster: ClusterSnapshot) -> String? {
    let instances = cluster.report.instances.value ?? []
    guard instances.contains(where: \.isRunningPrimary) else {
      return nil
    }
    return
      "The primary answers: stop what writes to it first, every recovery loses what is written "
      + "from its moment on."
  }
}
