import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Phases that CloudNativePG does not leave by itself.
enum PhaseRule {
  private static let grave: Set<String> = [
    "Cluster is unrecoverable and needs manual intervention", "Not enough disk space",
  ]
  private static let needsPerson: Set<String> = [
    "Waiting for user action",
    "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
    "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
    "Cluster has incomplete or invalid image catalog",
    "Cluster cannot execute instance online upgrade due to missing architecture binary",
    "Unable to create required cluster objects", "Invalid cluster definition",
  ]

  /// A restart of the operator passes through this one while its plugins come up.
  private static let passing =
    "Cluster cannot proceed to reconciliation due to an error while interacting with plugins"
  private static let passingFor = 60.0

  static let rule = CloudNativePGRule("cnpg.phase", .cluster, "unhealthy phase") { facts, now in
    let phase = facts.cluster.status?.phase ?? ""
    let isGrave = grave.contains(phase)
    // A cluster that could not be made has a finding that says more.
    guard isGrave || needsPerson.contains(phase), facts.bootstrap?.stage != .givenUp else {
      return []
    }
    let age = facts.cluster.condition("Ready")?.since.map { CloudNativePGRules.age($0, now) }
    if phase == passing, let age, age < passingFor { return [passes(facts)] }
    let reason = Sanitizer.clean(facts.cluster.status?.phaseReason ?? "", limit: 200)
    return [
      Finding(
        id: "cnpg.phase", severity: isGrave ? .critical : .warning,
        headline: "CloudNativePG waits for a person: \(phase)",
        evidence: [facts.clusterEvidence("phase \(phase)\(reason.isEmpty ? "" : ": \(reason)")")],
        remedy: phase == "Not enough disk space"
          ? "Raise storage.size or walStorage.size; the servers stay down until there is room."
          : facts.kubectl("describe cluster \(facts.quoted(facts.name))"),
        ceiling: isGrave ? .atRisk : .likely)
    ]
  }

  private static func passes(_ facts: CloudNativePGFacts) -> Finding {
    Finding(
      id: "cnpg.phase", severity: .info,
      headline: "The operator waits for its plugins, as after a restart of its own",
      evidence: [facts.clusterEvidence("phase \(passing)")],
      remedy: "Nothing to do for a minute; it is told as a problem when it stays.",
      ceiling: .proven)
  }
}

/// Somebody deletes the Cluster, and something still holds it: when it goes, its volumes go with it.
enum DeletionRule {
  static let rule = CloudNativePGRule("cnpg.deletion", .cluster, "being deleted") { facts, _ in
    guard let said = facts.cluster.metadata.deletionTimestamp else { return [] }
    let since = kubernetesDate(said)
    return [
      Finding(
        id: "cnpg.deletion", severity: .critical,
        headline: "The Cluster is being deleted: its servers and volumes go with it",
        evidence: [
          facts.clusterEvidence(
            "deletionTimestamp \(since.map(Format.timestamp) ?? "set"), held by a finalizer",
            at: since)
        ],
        remedy:
          "A deletion cannot be taken back. Where it was not meant, take what you need from the "
          + "servers while they run, and make sure that the object store is not cleared too.",
        ceiling: .atRisk)
    ]
  }
}

/// What is done on purpose, said as what it is, so that nobody takes it for an outage.
enum ActivityRule {
  /// Seconds after which a passing state is one that hangs.
  private static let long = 3600.0
  /// The same, of a former primary that does not come to follow: an instance manager does that within seconds.
  private static let longFollowing = 300.0

  static let rule = CloudNativePGRule("cnpg.activity", .cluster, "activity") { facts, now in
    // What is made for the first time has a rule of its own: it can fail.
    facts.activities.filter { $0.kind != .setup && $0.kind != .recovery }.map { activity in
      let age = activity.since.map { CloudNativePGRules.age($0, now) }
      let isFollowing = activity.kind == .switchover && facts.isPromoted
      let hangs = isPassing(activity.kind) && age ?? 0 > (isFollowing ? longFollowing : long)
      let warns = hangs || activity.kind == .failover || activity.kind == .fencing
      let duration = age.map { ", since \(Format.age($0))" } ?? ""
      return Finding(
        id: "cnpg.activity.\(activity.kind.rawValue)", severity: warns ? .warning : .info,
        headline: capitalized(activity.kind.words) + ": " + activity.sentence + duration,
        evidence: [
          facts.clusterEvidence(
            "phase \(facts.cluster.status?.phase ?? "unknown")", at: activity.since)
        ],
        remedy: remedy(activity, hangs: hangs, facts), ceiling: warns ? .likely : .proven,
        words: activity.kind.words)
    }
  }

  private static func isPassing(_ kind: ClusterActivity.Kind) -> Bool {
    switch kind {
    case .rollingRestart, .switchover, .failover, .upgrade, .scaling, .setup, .recovery: true
    case .fencing, .hibernation, .replicaCluster: false
    }
  }

  private static func remedy(
    _ activity: ClusterActivity, hangs: Bool, _ facts: CloudNativePGFacts
  ) -> String {
    let name = facts.shown(facts.name)
    if hangs, activity.kind == .switchover, facts.isPromoted {
      return
        "The former primary does not follow. It archives what it still has before it does: where archiving "
        + "fails, mend that first; else its pod's log says why: "
        + facts.kubectl("get pods -l cnpg.io/cluster=\(facts.quoted(name))")
    }
    if hangs {
      return "It takes longer than it should: "
        + facts.kubectl("describe cluster \(facts.quoted(name))")
    }
    switch activity.kind {
    case .failover: return "Wait for the new primary; then look at what became of the old one."
    case .fencing:
      return "When done: "
        + facts.kubectl("annotate cluster \(facts.quoted(name)) cnpg.io/fencedInstances-")
    case .hibernation:
      return "To wake it: "
        + facts.kubectl(
          "annotate cluster \(facts.quoted(name)) --overwrite cnpg.io/hibernation=off")
    case .replicaCluster: return "Nothing to do; its own backups count for this site."
    case .rollingRestart, .switchover, .upgrade, .scaling, .setup, .recovery:
      return "Nothing to do; it ends by itself."
    }
  }

  private static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}

/// Certificates that expire. The operator renews its own seven days before; those that somebody provided it does not.
enum CertificateRule {
  private static let renewal = 7 * 86_400.0
  private static let notice = 30 * 86_400.0

  static let rule = CloudNativePGRule("cnpg.certificate", .cluster, "certificate") { facts, now in
    let provided = facts.cluster.spec.certificates?.secrets ?? []
    let expirations = facts.cluster.status?.certificates?.expirations ?? [:]
    return expirations.sorted { $0.key < $1.key }.compactMap { secret, text in
      guard let end = date(text) else { return nil }
      let left = end.timeIntervalSince(now)
      let own = !provided.contains(secret)
      // A day's grace: the operator renews when it comes by.
      guard left < (own ? renewal - 86_400 : notice) else { return nil }
      let name = facts.shown(secret)
      let expired = left <= 0
      return Finding(
        id: "cnpg.certificate:\(name)",
        severity: expired ? .critical : left < renewal ? .warning : .info,
        headline: expired
          ? "The certificate in \(name) expired \(Format.age(-left)) ago"
          : "The certificate in \(name) expires in \(Format.age(left))",
        evidence: [facts.clusterEvidence("expires \(Format.timestamp(end))")],
        remedy: own
          ? "The operator should have renewed it: is it running? "
            + facts.kubectl("get secret \(facts.quoted(name))")
          : "Renew it: CloudNativePG does not renew certificates that it was given.",
        ceiling: expired ? .atRisk : left < renewal ? .likely : .proven)
    }
  }

  /// As Go prints a time: `2026-11-20 10:00:00 +0000 UTC`.
  static func date(_ text: String) -> Date? {
    let words = text.split(separator: " ")
    guard words.count >= 3, words[2].count == 5 else { return kubernetesDate(text) }
    return kubernetesDate("\(words[0])T\(words[1])\(words[2].prefix(3)):\(words[2].suffix(2))")
  }
}

/// What the configured encryption protects from, where the general finding would say too much or too little.
enum EncryptionRule {
  static let rule = CloudNativePGRule("cnpg.encryption", .backups, "encryption") { facts, _ in
    guard let store = facts.storeConfiguration else { return [] }
    let wal = store.wal?.encryption ?? ""
    let data = store.data?.encryption ?? ""
    if wal.isEmpty != data.isEmpty {
      let open = wal.isEmpty ? "WAL" : "base backups"
      let other = wal.isEmpty ? "base backups are" : "WAL is"
      return [
        finding(
          .warning,
          "The store is asked to encrypt only a part: \(other) covered, \(open) not",
          store, "Set wal.encryption and data.encryption alike: each holds all of the data.", facts)
      ]
    }
    guard wal == "aws:kms" || data == "aws:kms" else { return [] }
    return [
      finding(
        .info,
        "The store encrypts with a KMS key: whoever lacks the right to that key restores nothing",
        store,
        "Keep the key's deletion locked, and let the drill's role use it; it protects "
          + "against stolen disks and against credentials without the right to the key.", facts)
    ]
  }

  private static func finding(
    _ severity: Severity, _ headline: String, _ store: BarmanObjectStoreConfiguration,
    _ remedy: String, _ facts: CloudNativePGFacts
  ) -> Finding {
    let place = facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)"
    return Finding(
      id: "cnpg.encryption", severity: severity, headline: headline,
      evidence: [
        facts.evidence(
          "wal.encryption \(store.wal?.encryption ?? "unset"), data.encryption "
            + (store.data?.encryption ?? "unset"), place)
      ],
      remedy: remedy, ceiling: .proven)
  }
}
