/// What keeps, or does not keep, what lies in a bucket from being lost. Each as the store says it; a refusal is not "off".
package struct StorePosture: Sendable, Equatable {
  /// Deleted and overwritten objects are kept as old versions.
  package var versioning: Observed<Bool> = .pending
  package var lock: Observed<ObjectLock> = .pending
  /// Rules in force that touch the server's objects.
  package var lifecycle: Observed<[LifecycleRule]> = .pending

  package init() {}

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

extension StorePosture {
  /// `versioning off; no object lock; lifecycle deletes after 30 days`; nil = nobody has asked.
  package var words: String? {
    guard versioning != .pending else { return nil }
    return [versioningWords, lockWords, lifecycleWords].joined(separator: "; ")
  }

  private var versioningWords: String {
    versioning.value.map { "versioning \($0 ? "on" : "off")" } ?? "versioning unknown"
  }

  private var lockWords: String {
    guard let lock = lock.value else { return "object lock unknown" }
    guard lock.isOn else { return "no object lock" }
    return "object lock"
      + (lock.defaultDays.map { " of \($0) days" } ?? " without a default")
      + (lock.mode.map { " (\(Sanitizer.clean($0.lowercased(), limit: 20)))" } ?? "")
  }

  private var lifecycleWords: String {
    guard let rules = lifecycle.value else { return "lifecycle unknown" }
    let told = rules.flatMap { rule in
      [
        rule.expiresAfter.map { "deletes after \($0) days" },
        rule.movesAfter.map {
          "moves to \(Sanitizer.clean(rule.storageClass ?? "another class", limit: 30)) after \($0) days"
        },
        rule.forgetsVersionsAfter.map { "forgets old versions after \($0) days" },
        rule.abortsUploadsAfter.map { "removes unfinished uploads after \($0) days" },
      ].compactMap { $0 }
    }
    return told.isEmpty ? "no lifecycle rule" : "lifecycle \(told.joined(separator: ", "))"
  }
}

/// What a bucket's own settings do to backups.
enum StorePostureRules {
  static let all: [StoreRules.StoreRule] = [expiry, cold, unkept]

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
