/// What keeps, or does not keep, what lies in a bucket from being lost. Each as the store says it; a refusal is not "off".
package struct StorePosture: Sendable, Equatable {
  /// Deleted and overwritten objects are kept as old versions.
  package var versioning: Observed<Bool> = .pending
  /// They never were, so that there can be none.
  package var isNeverVersioned = false
  package var lock: Observed<ObjectLock> = .pending
  /// Rules in force that touch the server's objects.
  package var lifecycle: Observed<[LifecycleRule]> = .pending
  package var replication: Observed<Replication> = .pending
  /// Of new objects whose writer asks for nothing; as `AES256`, `aws:kms`, `none`.
  package var defaultEncryption: Observed<String> = .pending

  package init() {}

  /// Copies that the store makes elsewhere.
  package struct Replication: Sendable, Equatable {
    /// Buckets; empty = none is made.
    package var targets: [String] = []

    package init() {}
  }

  package struct ObjectLock: Sendable, Equatable {
    package var isOn: Bool
    /// Of new objects, unless their writer says otherwise; nil = none by default.
    package var defaultDays: Int?
    /// As `COMPLIANCE`.
    package var mode: String?

    package init(isOn: Bool, defaultDays: Int? = nil, mode: String? = nil) {
      self.isOn = isOn
      self.defaultDays = defaultDays
      self.mode = mode
    }
  }

  /// What a bucket does with its objects by itself.
  package struct LifecycleRule: Sendable, Equatable {
    package var id = ""
    /// Empty = all objects.
    package var prefix = ""
    /// Days after which the object is deleted.
    package var expiresAfter: Int?
    /// Days after which it is moved to `storageClass`.
    package var movesAfter: Int?
    package var storageClass: String?
    /// Days after which a version that is no longer the current one is deleted.
    package var forgetsVersionsAfter: Int?
    /// Days after which an unfinished upload is removed.
    package var abortsUploadsAfter: Int?

    package init() {}
  }
}

extension StorePosture.ObjectLock {
  package var words: String {
    guard isOn else { return "none" }
    return (defaultDays.map { "of \($0) days" } ?? "without a default")
      + (mode.map { " (\($0.lowercased()))" } ?? "")
  }
}

extension StorePosture.LifecycleRule {
  /// What it does, as `deletes after 30 days`.
  package var effects: [String] {
    [
      expiresAfter.map { "deletes after \($0) days" },
      movesAfter.map { "moves to \(storageClass ?? "another class") after \($0) days" },
      forgetsVersionsAfter.map { "forgets old versions after \($0) days" },
      abortsUploadsAfter.map { "removes unfinished uploads after \($0) days" },
    ].compactMap { $0 }
  }
}

/// What a bucket's own settings do to backups.
enum StorePostureRules {
  static let all: [StoreRules.StoreRule] = [expiry, cold, unkept, oldVersions, encryption]

  /// Retention decides by what a recovery needs, a lifecycle rule by age alone.
  private static let expiry: StoreRules.StoreRule = { server, context in
    let rules = (server.posture.lifecycle.value ?? []).filter { $0.expiresAfter != nil }
    guard let rule = rules.min(by: { ($0.expiresAfter ?? 0) < ($1.expiresAfter ?? 0) }),
      let days = rule.expiresAfter
    else { return [] }
    let newest = context.report.backups.value?.lastGood?.finishedAt
    let left = newest.map { Double(days) * 86_400 - context.age($0) }
    let isNear = left.map { $0 < 86_400 } ?? false
    return [
      Finding(
        id: "store.lifecycle", severity: isNear ? .critical : .warning,
        headline: "The bucket deletes what is \(days) days old, base backups and WAL alike"
          + (isNear ? ": the newest base backup is next" : ""),
        evidence: [evidence(rule, server)],
        remedy: "Take the rule away from these objects and let retention delete them; a rule may "
          + "still abort uploads and remove old versions.",
        ceiling: isNear ? .atRisk : .likely)
    ]
  }

  private static let slowClasses = ["GLACIER", "DEEP_ARCHIVE"]

  private static let cold: StoreRules.StoreRule = { server, _ in
    let rules = server.posture.lifecycle.value ?? []
    guard
      let rule = rules.first(where: { slowClasses.contains($0.storageClass ?? "") }),
      let days = rule.movesAfter
    else { return [] }
    return [
      Finding(
        id: "store.cold", severity: .warning,
        headline: "The bucket moves what is \(days) days old to \(rule.storageClass ?? ""): it "
          + "must be called back before it can be restored",
        evidence: [evidence(rule, server)],
        remedy: "Keep what a recovery may need in a class that answers at once.",
        ceiling: .likely)
    ]
  }

  private static let unkept: StoreRules.StoreRule = { server, _ in
    guard server.posture.versioning.value == false, server.posture.lock.value?.isOn == false,
      case .value(_, let source, let at) = server.posture.versioning
    else { return [] }
    return [
      Finding(
        id: "store.unkept", severity: .info,
        headline: "Whoever may delete here deletes for good: no versioning, no object lock",
        evidence: [Evidence(what: "versioning off, no object lock", source: source, at: at)],
        remedy: "Turn versioning on, with a lifecycle rule for old versions; object lock where "
          + "retention is longer than its days.", ceiling: .proven)
    ]
  }

  /// Nothing takes them away, and they cost what any object does.
  private static let oldVersions: StoreRules.StoreRule = { server, _ in
    guard case .value(let old, let source, let at) = server.oldVersions, old.bytes > 0,
      let rules = server.posture.lifecycle.value,
      !rules.contains(where: { $0.forgetsVersionsAfter != nil })
    else { return [] }
    let beside = server.bytes.map { ", beside \(Format.bytes($0)) that are current" } ?? ""
    return [
      Finding(
        id: "store.old-versions", severity: .info,
        headline: "Old versions take up \(Format.bytes(old.bytes))\(beside), and no rule of the "
          + "bucket ever removes them",
        evidence: [Evidence(what: "old versions: \(old.words)", source: source, at: at)],
        remedy: "A lifecycle rule for versions that are not current (NoncurrentVersionExpiration) "
          + "removes them; days longer than anybody needs to notice a deletion.",
        ceiling: .proven)
    ]
  }

  /// The bucket encrypts what comes; what lies there came before, or another way.
  private static let encryption: StoreRules.StoreRule = { server, _ in
    guard let usual = server.posture.defaultEncryption.value, usual != "none",
      case .value("none", let source, let at) = server.encryption
    else { return [] }
    return [
      Finding(
        id: "store.not-encrypted", severity: .info,
        headline: "The bucket encrypts new objects (\(Sanitizer.clean(usual, limit: 30))); the "
          + "newest base backup in it is not encrypted",
        evidence: [Evidence(what: "no server-side encryption", source: source, at: at)],
        remedy: "It was stored before that was set: the next base backup will be.",
        ceiling: .proven)
    ]
  }

  private static func evidence(
    _ rule: StorePosture.LifecycleRule, _ server: StoredServer
  ) -> Evidence {
    Evidence(
      what: "rule \(Sanitizer.clean(rule.id.isEmpty ? "without a name" : rule.id, limit: 60))"
        + " for \(rule.prefix.isEmpty ? "all objects" : Sanitizer.clean(rule.prefix, limit: 80))",
      source: server.posture.lifecycle.source ?? "lifecycle configuration",
      at: server.posture.lifecycle.at)
  }
}
