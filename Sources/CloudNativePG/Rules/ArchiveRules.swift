import FoundationEssentials
import Kubernetes
import PostgresServers
import RecoveryModel

/// The cluster has no way to take a base backup, so that the one key that should take it cannot.
enum UnconfiguredRule {
  static let rule = CloudNativePGRule("cnpg.backup.unconfigured", .backups, "no backup plan") {
    facts, _ in
    // What is still being made has nothing to back up yet.
    guard !facts.cluster.canBackUp, facts.bootstrap == nil else { return [] }
    return [
      Finding(
        id: "cnpg.backup.unconfigured", severity: .critical,
        headline: "No backup is configured: neither spec.backup nor a plugin",
        evidence: [facts.clusterEvidence("no backup section, no enabled plugin")],
        remedy: "Add an ObjectStore and the Barman Cloud plugin (pgvigil manifest object-store, "
          + "pgvigil manifest cluster-backup), then take a base backup.",
        ceiling: .atRisk)
    ]
  }
}

/// `ContinuousArchiving` is True while nothing is archived: it is written when archive_command runs and by nothing
/// else, and a command that ships nothing succeeds too.
enum ArchivingClaimRule {
  /// Seconds that a waiting segment may take before the claim is called wrong.
  private static let hung = 360.0
  /// Seconds of a new cluster, or of a server that counts anew, before its first segment is missed.
  private static let firstSegment = 900.0

  static let rule = CloudNativePGRule("cnpg.archive.claim", .archive, "empty claim") { facts, now in
    guard let claim = facts.cluster.condition("ContinuousArchiving"), claim.isTrue,
      !facts.cluster.isHibernated
    else { return [] }
    if let missing = facts.archiverMissing {
      return [
        finding(
          "CloudNativePG reports archiving as working, but no WAL is archived anywhere",
          [facts.clusterEvidence(missing.reason)], missing.remedy, claim, facts)
      ]
    }
    guard let status = facts.primaryStatus?.value else { return [] }
    return stalled(status, claim, facts, now)
  }

  private static func stalled(
    _ status: InstanceManagerStatus, _ claim: Condition, _ facts: CloudNativePGFacts, _ now: Date
  ) -> [Finding] {
    let look =
      "Look at what archive_command does on the primary: "
      + facts.kubectl("logs \(facts.quoted(facts.currentPrimary ?? ""))")
    guard let last = status.lastArchivedAt else {
      let counted = countedSince(facts)
      guard let counted, CloudNativePGRules.age(counted, now) > firstSegment else { return [] }
      return [
        finding(
          "CloudNativePG reports archiving as working, but this primary tells of no segment that it "
            + "archived since \(Format.timestamp(counted))",
          [facts.statusEvidence("no last archived WAL")], look, claim, facts)
      ]
    }
    // One that waits alone may just have been closed, after hours of rest.
    guard let since = status.readyWALFiles > 1 ? last : facts.waitingSince.map({ max($0, last) })
    else { return [] }
    let age = CloudNativePGRules.age(since, now)
    guard status.readyWALFiles > 0, age >= hung else { return [] }
    return [
      finding(
        "CloudNativePG reports archiving as working, but \(status.readyWALFiles) segments wait "
          + "and none has gone out for \(Format.age(age))",
        [
          facts.statusEvidence(
            "\(status.readyWALFiles) .ready files, last archived \(Format.timestamp(last))")
        ], look, claim, facts)
    ]
  }

  /// Since when a segment could have been counted: a server that crashed has forgotten what it archived before.
  private static func countedSince(_ facts: CloudNativePGFacts) -> Date? {
    let primary = facts.pods.value?.first { $0.name == facts.currentPrimary }
    return [
      facts.cluster.metadata.creationTimestamp?.date, primary?.serverStartedAt,
      // Before that it was a standby, which archives nothing.
      facts.cluster.status?.currentPrimaryTimestamp.flatMap(kubernetesDate),
    ].compactMap { $0 }.max()
  }

  private static func finding(
    _ headline: String, _ evidence: [Evidence], _ remedy: String, _ claim: Condition,
    _ facts: CloudNativePGFacts
  ) -> Finding {
    let claimed = facts.clusterEvidence(
      "ContinuousArchiving is True: \(claim.message ?? claim.reason ?? "")", at: claim.since)
    return Finding(
      id: "cnpg.archive.claim", severity: .critical, headline: headline,
      evidence: evidence + [claimed], remedy: remedy, ceiling: .atRisk)
  }
}

/// `ContinuousArchiving` is False. A switchover refuses archiving for a moment; that alone is no failure.
enum ArchivingFailureRule {
  private static let grave = 900.0

  static let rule = CloudNativePGRule("cnpg.archive.failing", .archive, "archiving fails") {
    facts, now in
    guard let claim = facts.cluster.condition("ContinuousArchiving"), claim.status == "False",
      facts.archiverMissing == nil, !facts.cluster.isHibernated
    else { return [] }
    // The condition is written when archive_command runs; the server itself knows better.
    if let status = facts.primaryStatus?.value, let archived = status.lastArchivedAt,
      archived > claim.since ?? .distantFuture
    {
      return []
    }
    let message = facts.words(claim)
    let age = claim.since.map { CloudNativePGRules.age($0, now) }
    let moving =
      message.contains("switchover in progress")
      || facts.activities.contains { $0.kind == .switchover } && !facts.isPromoted
    let passing = moving && (age ?? 0) < grave
    // What the server itself says is a finding that says more.
    guard passing || !(facts.primaryStatus?.value != nil && facts.isArchiverFailing) else {
      return []
    }
    let failure = facts.archiveFailure
    return [
      Finding(
        id: "cnpg.archive.failing",
        severity: passing ? .info : (age ?? 0) >= grave ? .critical : .warning,
        headline: passing
          ? "Archiving pauses while the primary changes"
          : "Archiving fails\(age.map { " since \(Format.age($0))" } ?? ""): "
            + (failure.reason ?? FailureSentence.find(in: message, limit: 120)),
        evidence: [
          facts.clusterEvidence("ContinuousArchiving is False: \(message)", at: claim.since)
        ],
        remedy: passing
          ? "Wait for the switchover to end."
          : failure.remedy,
        ceiling: passing ? .likely : .atRisk)
    ]
  }
}

/// The primary does not answer: what the operator and the metrics say of its archiver stands in, and is told as what it
/// is.
enum SecondHandRule {
  static let rule = CloudNativePGRule("cnpg.archive.second-hand", .archive, "second hand") {
    facts, now in
    guard facts.archiverMissing == nil, !facts.cluster.isHibernated,
      let failure = facts.primaryStatus?.failure,
      facts.currentPrimary.map({ facts.servers[$0]?.archive == nil }) ?? true
    else { return [] }
    let claim = facts.cluster.condition("ContinuousArchiving")
    var evidence: [Evidence] = []
    if let claim {
      evidence.append(
        facts.clusterEvidence(
          "ContinuousArchiving is \(claim.status): \(facts.words(claim))", at: claim.since))
    }
    let metrics = facts.primaryMetrics
    if let last = metrics?.lastArchivedAt {
      evidence.append(
        facts.evidence("last archived \(Format.timestamp(last))", "the primary's metrics"))
    }
    if let ready = metrics?.readyWALFiles {
      evidence.append(facts.evidence("\(ready) .ready files", "the primary's metrics"))
    }
    guard !evidence.isEmpty else { return [] }
    let told: String
    if let last = metrics?.lastArchivedAt {
      let age = Format.age(CloudNativePGRules.age(last, now))
      told = "its metrics say that the last segment went out \(age) ago"
    } else {
      told = "the operator last heard that archiving \(claim?.isTrue == true ? "works" : "fails")"
    }
    return [
      Finding(
        id: "cnpg.archive.second-hand", severity: .info,
        headline: "The primary's archiver is known at second hand only: \(told)",
        evidence: evidence,
        remedy: remedy(failure), ceiling: .likely)
    ]
  }

  /// A right is advised where one was refused; else whatever keeps the instance from answering.
  private static func remedy(_ failure: Unavailable) -> String {
    if InstanceProxy.isRefusal(failure) {
      return "Let pgvigil ask the instance: the verb get on pods/proxy (pgvigil manifest rbac), "
        + "or conninfo in its configuration."
    }
    let why = Sanitizer.clean(failure.reason, limit: 200)
    guard !failure.remedy.isEmpty else { return "It is asked again: \(why)." }
    return "It is asked again (\(why)); meanwhile \(failure.remedy)."
  }
}

/// Another cluster archives into the same directory of the bucket: each overwrites what the other needs.
enum ArchiveSharedRule {
  static let rule = CloudNativePGRule("cnpg.archive.shared", .archive, "shared archive") {
    facts, now in
    guard !facts.archiveSharers.isEmpty else { return [] }
    let others = facts.archiveSharers.map { facts.shown("\($0.namespace)/\($0.name)") }
    let named = others.prefix(3).joined(separator: ", ")
    let more = others.count > 3 ? " and \(others.count - 3) more" : ""
    let path = facts.storeConfiguration?.destinationPath ?? "the same path"
    return [
      Finding(
        id: "cnpg.archive.shared", severity: .critical,
        headline:
          "It archives to the same place as \(named)\(more): WAL and backups of one spoil those "
          + "of the other",
        evidence: [
          facts.clusterEvidence("archives to \(path), server \(facts.cluster.serverName)"),
          facts.evidence("archives there too", "Cluster \(others[0])"),
        ],
        remedy:
          "Give one of them a serverName of its own. "
          + facts.afterBackupObstacle(
            "Take a base backup of it then: \(facts.backupCommand).", now: now)
          + " What lies there now is proven by a drill alone.",
        ceiling: .atRisk)
    ]
  }
}
