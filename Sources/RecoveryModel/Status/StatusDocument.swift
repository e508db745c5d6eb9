import FoundationEssentials

/// `pgvigil status --json`: the contract with scripts. Keys are only ever added; what is absent is unknown.
///
/// Times are RFC 3339 in UTC, durations seconds, sizes bytes. All text has passed the sanitiser.
package struct StatusDocument: Codable, Sendable, Equatable {
  package var schemaVersion = 1
  package var generatedAt: String
  package var clusters: [ClusterStatus]
  /// What is to be known about the fleet as a whole, as a context that does not answer.
  package var notices: [NoticeStatus]?
  /// False where some place has not been asked yet; absent in documents of older versions.
  package var complete: Bool?

  enum CodingKeys: String, CodingKey {
    case schemaVersion = "schema_version"
    case generatedAt = "generated_at"
    case clusters, notices, complete
  }

  package init(snapshot: FleetSnapshot) {
    generatedAt = Format.timestamp(snapshot.takenAt)
    clusters = snapshot.clusters.map(ClusterStatus.init(snapshot:))
    notices = snapshot.notices.map(NoticeStatus.init)
    complete = !snapshot.hidesClusters
  }
}

/// Something to know about the fleet as a whole.
package struct NoticeStatus: Codable, Sendable, Equatable {
  package var subject: String
  /// `critical`, `warning` or `info`.
  package var severity: String
  package var text: String
  package var remedy: String
  package var since: String?

  package init(_ notice: FleetNotice) {
    subject = Sanitizer.clean(notice.subject)
    severity = notice.severity.rawValue
    text = Sanitizer.clean(notice.text)
    remedy = Sanitizer.clean(notice.remedy)
    since = notice.since.map { Format.timestamp($0) }
  }
}

/// One cluster of the document; also each step of `demo --unattended --json`.
package struct ClusterStatus: Codable, Sendable, Equatable {
  package var name: String
  package var engine: String
  package var verdict: String
  package var instances: [InstanceStatus]?
  package var archive: ArchiveFigures?
  package var rpo: ExposureFigures?
  package var reach: ReachFigures?
  package var backups: BackupFigures?
  package var window: WindowFigures?
  package var rto: RecoveryTimeFigures?
  package var lastDrill: DrillFigures?
  /// Whether the next drill could run; absent = nobody has asked lately.
  package var drillReadiness: ReadinessFigures?
  /// What scrubs have read of the contents; absent = nothing.
  package var contents: ContentFigures?
  package var store: StoreFigures?
  /// Recoveries of it that run within sight; absent = none.
  package var recoveries: [RecoveryFigures]?
  /// Recoveries that stay until somebody removes them; absent = none.
  package var keptRecoveries: [KeptFigures]?
  package var findings: [FindingStatus]
  package var unavailable: [UnavailableStatus]

  enum CodingKeys: String, CodingKey {
    case name, engine, verdict, instances, archive, rpo, reach, backups, window, rto, store
    case findings, unavailable, contents, recoveries
    case lastDrill = "last_drill"
    case keptRecoveries = "kept_recoveries"
    case drillReadiness = "drill_readiness"
  }

  package init(snapshot: ClusterSnapshot) {
    name = Sanitizer.clean(snapshot.declaration.name)
    engine = Sanitizer.clean(snapshot.declaration.engine)
    verdict = snapshot.verdict.rawValue
    instances = snapshot.report.instances.value?.map(InstanceStatus.init)
    archive = snapshot.report.archive.value.map(ArchiveFigures.init)
    rpo = ExposureFigures(snapshot.loss)
    reach = snapshot.reach.map(ReachFigures.init)
    backups = snapshot.report.backups.value.map { _ in BackupFigures(snapshot) }
    window = snapshot.window.map(WindowFigures.init)
    contents = snapshot.scrub.map(ContentFigures.init)
    rto = snapshot.recoveryTime.map {
      RecoveryTimeFigures($0, target: snapshot.declaration.targets.rto)
    }
    lastDrill = snapshot.drills.ofNow.last.map(DrillFigures.init)
    drillReadiness = snapshot.readiness.map(ReadinessFigures.init)
    store = snapshot.report.traffic.map(StoreFigures.init)
    let recoveries = snapshot.recoveries.map(RecoveryFigures.init)
    self.recoveries = recoveries.isEmpty ? nil : recoveries
    let kept = snapshot.report.kept.map(KeptFigures.init)
    keptRecoveries = kept.isEmpty ? nil : kept
    findings = snapshot.findings.map(FindingStatus.init)
    unavailable = snapshot.report.unavailable.map(UnavailableStatus.init)
  }
}

package struct InstanceStatus: Codable, Sendable, Equatable {
  package var name: String
  package var role: String
  package var state: String
  package var timeline: UInt32?
  /// Replay lag of a standby.
  package var lagBytes: Int64?
  package var lagSeconds: Double?

  enum CodingKeys: String, CodingKey {
    case name, role, state, timeline
    case lagBytes = "lag_bytes"
    case lagSeconds = "lag_seconds"
  }

  init(_ instance: Instance) {
    name = Sanitizer.clean(instance.name)
    role = instance.role.rawValue
    state = instance.state.word
    timeline = instance.timeline
    lagBytes = instance.lag?.replay.bytes
    lagSeconds = instance.lag?.replay.seconds.flatMap(finite)
  }
}

package struct FindingStatus: Codable, Sendable, Equatable {
  package struct EvidenceStatus: Codable, Sendable, Equatable {
    package var what: String
    package var source: String
    package var at: String?
  }
  package var id: String
  package var severity: String
  package var headline: String
  package var evidence: [EvidenceStatus]
  package var remedy: String

  package init(_ finding: Finding) {
    id = Sanitizer.clean(finding.id)
    severity = finding.severity.rawValue
    headline = Sanitizer.clean(finding.headline)
    evidence = finding.evidence.map {
      EvidenceStatus(
        what: Sanitizer.clean($0.what), source: Sanitizer.clean($0.source),
        at: $0.at.map(Format.timestamp))
    }
    remedy = Sanitizer.clean(finding.remedy)
  }
}

package struct UnavailableStatus: Codable, Sendable, Equatable {
  package var part: String
  package var reason: String
  package var remedy: String

  package init(_ missing: Unavailable) {
    part = Sanitizer.clean(missing.part)
    reason = Sanitizer.clean(missing.reason)
    remedy = Sanitizer.clean(missing.remedy)
  }
}

/// JSON has no infinity and no NaN: such a figure is unknown.
func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
