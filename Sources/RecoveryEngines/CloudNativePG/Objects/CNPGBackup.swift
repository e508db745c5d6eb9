import FoundationEssentials
import RecoveryModel

/// `backups.postgresql.cnpg.io`: one run of a base backup. `completed` is a claim.
public struct CNPGBackup: KubernetesObject {
  public static var resource: Resource {
    Resource(group: "postgresql.cnpg.io", version: "v1", plural: "backups")
  }

  public var metadata: ObjectMetadata
  public var spec: Spec
  public var status: Status?

  public struct Spec: Sendable, Equatable, Decodable {
    public var cluster: LocalReference?
    public var method: String?
    public var pluginConfiguration: CNPGScheduledBackup.PluginConfiguration?
  }

  public struct Status: Sendable, Equatable, Decodable {
    public var phase: String?
    public var method: String?
    /// Barman's id, `YYYYMMDDTHHMMSS`; of a snapshot the name of the Backup.
    public var backupId: String?
    public var startedAt: String?
    public var stoppedAt: String?
    public var reconciliationStartedAt: String?
    public var reconciliationTerminatedAt: String?
    public var beginWal: String?
    public var endWal: String?
    public var beginLSN: String?
    public var endLSN: String?
    public var error: String?
    public var commandError: String?
    /// The sentence of the two that says what went wrong, found once when the object was read.
    var said = FoundSentence()
    public var instanceID: InstanceID?
    /// In-tree only, these two: where it lies.
    public var destinationPath: String?
    public var serverName: String?
    /// Since 1.28.
    public var majorVersion: Int?
    public var snapshotBackupStatus: SnapshotStatus?
    public var pluginMetadata: PluginMetadata?

    /// All but `said`, which is ours.
    enum CodingKeys: String, CodingKey {
      case phase, method, backupId, startedAt, stoppedAt, reconciliationStartedAt
      case reconciliationTerminatedAt, beginWal, endWal, beginLSN, endLSN, error, commandError
      case instanceID, destinationPath, serverName, majorVersion, snapshotBackupStatus
      case pluginMetadata
    }
  }

  /// What a volume snapshot consists of.
  public struct SnapshotStatus: Sendable, Equatable, Decodable {
    public struct Element: Sendable, Equatable, Decodable {
      public var name: String?
      /// `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`.
      public var type: String?
      public var tablespaceName: String?
    }
    public var elements: [Element]?
  }

  public struct PluginMetadata: Sendable, Equatable, Decodable {
    /// Of the Cluster that it was taken of.
    public var clusterUID: String?
  }

  public struct InstanceID: Sendable, Equatable, Decodable {
    public var podName: String?
    enum CodingKeys: String, CodingKey { case podName }
  }
}

/// A reference to an object of the same namespace.
public struct LocalReference: Sendable, Equatable, Decodable {
  public var name: String?
}

extension CNPGBackup {
  /// `status.phase` as this code tells it apart; what a later operator invents is `.other`.
  public enum Phase: Sendable, Equatable {
    case new, pending, started, running, finalizing, completed, failed
    /// In-tree only, and stuck: nothing ends it by itself.
    case walArchivingFailing
    case invalid
    case other(String)

    init(_ text: String?) {
      self =
        switch text ?? "" {
        case "": .new
        case "pending": .pending
        case "started": .started
        case "running": .running
        case "finalizing": .finalizing
        case "completed": .completed
        case "failed": .failed
        case "walArchivingFailing": .walArchivingFailing
        case "invalid backup definition": .invalid
        default: .other(text ?? "")
        }
    }

    public var isDone: Bool { self == .completed || self == .failed }
    /// Somebody works on it.
    public var isUnderWay: Bool { self == .started || self == .running || self == .finalizing }
  }

  public var phase: Phase { Phase(status?.phase) }
  public var name: String { metadata.name }
  public var clusterName: String? { spec.cluster?.name }
  public var method: String { status?.method ?? spec.method ?? "barmanObjectStore" }
  public var scheduleName: String? { metadata.labels?["cnpg.io/scheduled-backup"] }

  /// The operator has one worker for all Backups, and one in-tree run keeps it until its WAL is archived.
  public var concernsOthers: Bool { isInTree && phase.isUnderWay }
  public var isInTree: Bool { method == "barmanObjectStore" }

  public var createdAt: Date? { kubernetesDate(metadata.creationTimestamp) }

  /// The best known beginning: `startedAt` is set only at the end.
  public var begunAt: Date? {
    startedAt ?? kubernetesDate(status?.reconciliationStartedAt) ?? createdAt
  }

  /// What went wrong, in one sentence, as the operator says it.
  public var errorText: String? {
    let sentence = status?.said.text ?? status?.sentence
    switch phase {
    case .failed: return sentence ?? "failed, and the operator does not say why"
    case .walArchivingFailing: return sentence ?? "WAL archiving fails"
    case .invalid: return sentence ?? "invalid backup definition"
    default: return nil
    }
  }

  /// All that the operator says of it.
  public var errorDetail: String? {
    let texts = [status?.error, status?.commandError].compactMap { $0 }.filter { !$0.isEmpty }
    guard let longest = texts.max(by: { $0.utf8.count < $1.utf8.count }) else { return nil }
    return FailureSentence.whole(longest)
  }

  /// A failed run of which nothing is in any catalog: there is no backup.
  public var leftNothing: Bool {
    phase == .failed && (status?.backupId ?? "").isEmpty && startedAt == nil
  }
}

/// What was found in the texts beside it, so that it is found once; says nothing new, so that all are alike.
struct FoundSentence: Sendable, Equatable {
  var text: String?

  static func == (left: FoundSentence, right: FoundSentence) -> Bool { true }
}

extension CNPGBackup.Status {
  /// The more telling of `error` and `commandError`; nil where neither says anything.
  var sentence: String? {
    let texts = [error, commandError].compactMap { $0 }.filter { !$0.isEmpty }
    let best = texts.compactMap(FailureSentence.best).max { $0.weight < $1.weight }
    return best.map { FailureSentence.shorten($0.text, limit: 200) }
  }
}
