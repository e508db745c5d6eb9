import FoundationEssentials
import RecoveryModel

/// A rule that only CloudNativePG's own objects can answer. What it needs and does not find it says nothing about: the
/// missing part is a finding of its own.
struct CloudNativePGRule: Sendable {
  var id: String
  var topic: FindingTopic
  /// What its findings are called in a column: at most 15 letters.
  var words: String
  var evaluate: @Sendable (_ facts: CloudNativePGFacts, _ now: Date) -> [Finding]

  init(
    _ id: String, _ topic: FindingTopic, _ words: String,
    evaluate: @escaping @Sendable (CloudNativePGFacts, Date) -> [Finding]
  ) {
    self.id = id
    self.topic = topic
    self.words = words
    self.evaluate = evaluate
  }
}

/// Every rule of the engine. A new rule is a new row here.
enum CloudNativePGRules {
  static let all: [CloudNativePGRule] = [
    UnconfiguredRule.rule,
    ArchivingClaimRule.rule,
    ArchivingFailureRule.rule,
    SecondHandRule.rule,
    SystemIdentityRule.rule,
    EndWALRule.rule,
    EndpointRule.rule,
    StoreSecretRule.rule,
    ReplicaStillRule.rule,
    ArchiveSharedRule.rule,
    FailedCountedRule.rule,
    BlockedBackupRule.rule,
    LastBackupConditionRule.rule,
    ScheduleMissingRule.rule,
    ScheduleInvalidRule.rule,
    ScheduleSuspendedRule.rule,
    ScheduleOverdueRule.rule,
    ScheduleFieldsRule.rule,
    ScheduleMethodRule.rule,
    ScheduleStoreRule.rule,
    ScheduleClusterRule.rule,
    ObjectStoreMissingRule.rule,
    RecoverabilityPointRule.rule,
    EarlyClaimRule.rule,
    StoreContentRule.rule,
    RetentionUnsetRule.rule,
    RetentionUnenforcedRule.rule,
    InTreeRule.rule,
    VolumeFillingRule.rule,
    WALBacklogRule.rule,
    CertificateRule.rule,
    BootstrapRule.rule,
    BootstrapRule.beside,
    ShortReplayRule.rule,
    PhaseRule.rule,
    OperatorRule.rule,
    DeletionRule.rule,
    ActivityRule.rule,
    VolumeOversizedRule.rule,
    EncryptionRule.rule,
    StoredEncryptionRule.rule,
    StoreInsideRule.rule,
    NightlyRule.rule,
  ]

  static func findings(facts: CloudNativePGFacts, now: Date) -> [EngineFinding] {
    all.flatMap { rule in
      rule.evaluate(facts, now).map { EngineFinding($0.named(rule.words), rule.topic) }
    }
  }

  /// Seconds since then; never negative, whatever the clocks say.
  static func age(_ date: Date, _ now: Date) -> Double { max(0, now.timeIntervalSince(date)) }
}
