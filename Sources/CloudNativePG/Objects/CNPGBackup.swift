import FoundationEssentials
import Kubernetes
import RecoveryModel

/// `backups.postgresql.cnpg.io`: one run of a base backup. `completed` is a claim.
package struct CNPGBackup: KubernetesObject {
  package static var resource: Resource {
    Resource(group: "postgresql.cnpg.io", version: "v1", plural: "backups")
  }

  package var metadata: ObjectMetadata
  @Boxed package var spec: Spec
  package var status: Status?

  package struct Spec: Sendable, Equatable, Decodable {
    package var cluster: LocalReference?
    package var method: String?
    package var pluginConfiguration: CNPGScheduledBackup.PluginConfiguration?

    package init(
      cluster: LocalReference? = nil, method: String? = nil,
      pluginConfiguration: CNPGScheduledBackup.PluginConfiguration? = nil
    ) {
      self.cluster = cluster
      self.method = method
      self.pluginConfiguration = pluginConfiguration
    }
  }

  @dynamicMemberLookup
  package struct Status: Sendable, Equatable, Decodable {
    /// Barman's id, `YYYYMMDDTHHMMSS`; of a snapshot the name of the Backup.
    package var backupId: String?
    package var startedAt: KubernetesTime?
    package var stoppedAt: KubernetesTime?
    package var reconciliationStartedAt: KubernetesTime?
    package var reconciliationTerminatedAt: KubernetesTime?
    package var beginWal: WALFileName?
    package var endWal: WALFileName?
    package var beginLSN: String?
    package var endLSN: String?
    @Boxed private var circumstances: Circumstances

    private enum CodingKeys: String, CodingKey {
      case backupId, startedAt, stoppedAt, reconciliationStartedAt, reconciliationTerminatedAt
      case beginWal, endWal, beginLSN, endLSN
    }

    package init() { _circumstances = Boxed(wrappedValue: Circumstances()) }

    package init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      func text(_ key: CodingKeys) throws -> String? {
        try fields.decodeIfPresent(String.self, forKey: key)
      }
      func time(_ key: CodingKeys) throws -> KubernetesTime? {
        try text(key).map(KubernetesTime.init)
      }
      backupId = try text(.backupId)
      startedAt = try time(.startedAt)
      stoppedAt = try time(.stoppedAt)
      reconciliationStartedAt = try time(.reconciliationStartedAt)
      reconciliationTerminatedAt = try time(.reconciliationTerminatedAt)
      beginWal = try text(.beginWal).flatMap(WALFileName.init)
      endWal = try text(.endWal).flatMap(WALFileName.init)
      beginLSN = try text(.beginLSN)
      endLSN = try text(.endLSN)
      _circumstances = try Boxed(from: decoder)
    }

    package subscript<Value>(dynamicMember field: WritableKeyPath<Circumstances, Value>) -> Value {
      get { circumstances[keyPath: field] }
      set { _circumstances.change { $0[keyPath: field] = newValue } }
    }

    /// All at once.
    package mutating func tell(_ circumstances: Circumstances) {
      _circumstances = Boxed(wrappedValue: circumstances)
    }

    fileprivate mutating func share(_ other: Status) {
      _circumstances.share(other._circumstances)
    }
  }

  /// What one backup of a cluster nearly always tells as the last one did.
  package struct Circumstances: Sendable, Equatable, Decodable {
    package var phase: String?
    package var method: String?
    package var error: String?
    package var commandError: String?
    /// The sentence of the two that says what went wrong, found once when the object was read.
    package var said = FoundSentence()
    package var instanceID: InstanceID?
    /// In-tree only, these two: where it lies.
    package var destinationPath: String?
    package var serverName: String?
    /// In-tree only too: the server that it was sent to.
    package var endpointURL: String?
    /// Of a snapshot: the server ran meanwhile.
    package var online: Bool?
    /// Since 1.28.
    package var majorVersion: Int?
    package var snapshotBackupStatus: SnapshotStatus?
    package var pluginMetadata: PluginMetadata?

    /// All but `said`, which is ours.
    private enum CodingKeys: String, CodingKey {
      case phase, method, error, commandError, instanceID, destinationPath, serverName, majorVersion
      case endpointURL, online, snapshotBackupStatus, pluginMetadata
    }
  }

  /// Of one cluster's backups nearly all are alike but for names, times and positions.
  package mutating func share(_ neighbour: CNPGBackup) {
    _spec.share(neighbour._spec)
    guard let other = neighbour.status else { return }
    status?.share(other)
  }

  /// What a volume snapshot consists of.
  package struct SnapshotStatus: Sendable, Equatable, Decodable {
    package struct Element: Sendable, Equatable, Decodable {
      package var name: String?
      /// `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`.
      package var type: String?
      package var tablespaceName: String?

      package init(name: String? = nil, type: String? = nil, tablespaceName: String? = nil) {
        self.name = name
        self.type = type
        self.tablespaceName = tablespaceName
      }
    }
    package var elements: [Element]?
  }

  package struct PluginMetadata: Sendable, Equatable, Decodable {
    /// Of the Cluster that it was taken of.
    package var clusterUID: String?
  }

  package struct InstanceID: Sendable, Equatable, Decodable {
    package var podName: String?
    package enum CodingKeys: String, CodingKey { case podName }
  }
}

/// A reference to an object of the same namespace.
package struct LocalReference: Sendable, Equatable, Decodable {
  package var name: String?
}

extension CNPGBackup {
  /// `status.phase` as this code tells it apart; what a later operator invents is `.other`.
  package enum Phase: Sendable, Equatable {
    case new, pending, started, running, finalizing, completed, failed
    /// In-tree only, and stuck: nothing ends it by itself.
    case walArchivingFailing
    case invalid
    case other(String)

    package init(_ text: String?) {
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

    package var isDone: Bool { self == .completed || self == .failed }
    /// Somebody works on it.
    package var isUnderWay: Bool { self == .started || self == .running || self == .finalizing }
  }

  package var phase: Phase { Phase(status?.phase) }
  package var name: String { metadata.name }
  package var clusterName: String? { spec.cluster?.name }
  package var method: String { status?.method ?? spec.method ?? "barmanObjectStore" }
  package var scheduleName: String? { metadata.labels?["cnpg.io/scheduled-backup"] }

  /// The operator has one worker for all Backups, and one in-tree run keeps it until its WAL is archived.
  package var concernsOthers: Bool { isInTree && phase.isUnderWay }
  package var isInTree: Bool { method == "barmanObjectStore" }
  /// What it needs to end lies in the archive alone: true of all but a snapshot of a server that stood still.
  package var needsArchivedEnd: Bool {
    method != "volumeSnapshot" || status?.online == true && status?.endWal != nil
  }

  package var createdAt: Date? { metadata.creationTimestamp?.date }

  /// The best known beginning: `startedAt` is set only at the end.
  package var begunAt: Date? {
    startedAt ?? status?.reconciliationStartedAt?.date ?? createdAt
  }

  /// What went wrong, in one sentence, as the operator says it.
  package var errorText: String? {
    let sentence = status?.said.text ?? status?.sentence
    switch phase {
    case .failed: return sentence ?? "failed, and the operator does not say why"
    case .walArchivingFailing: return sentence ?? "WAL archiving fails"
    case .invalid: return sentence ?? "invalid backup definition"
    default: return nil
    }
  }

  /// All that the operator says of it.
  package var errorDetail: String? {
    let texts = [status?.error, status?.commandError].compactMap { $0 }.filter { !$0.isEmpty }
    guard let longest = texts.max(by: { $0.utf8.count < $1.utf8.count }) else { return nil }
    return FailureSentence.whole(longest)
  }

  /// A failed run of which nothing is in any catalog: there is no backup.
  package var leftNothing: Bool {
    phase == .failed && (status?.backupId ?? "").isEmpty && startedAt == nil
  }
}

/// What was found in the texts beside it, so that it is found once; says nothing new, so that all are alike.
package struct FoundSentence: Sendable, Equatable {
  package var text: String?

  package static func == (left: FoundSentence, right: FoundSentence) -> Bool { true }
}

extension CNPGBackup.Status {
  package var sentence: String? { circumstances.sentence }
}

extension CNPGBackup.Circumstances {
  /// The more telling of `error` and `commandError`; nil where neither says anything.
  package var sentence: String? {
    let texts = [error, commandError].compactMap { $0 }.filter { !$0.isEmpty }
    let best = texts.compactMap(FailureSentence.best).max { $0.weight < $1.weight }
    return best.map { FailureSentence.shorten($0.text, limit: 200) }
  }
}

extension [CNPGBackup] {
  /// The one that stopped last; nil without any.
  var lastToEnd: CNPGBackup? {
    self.max { ($0.stoppedAt ?? .distantPast) < ($1.stoppedAt ?? .distantPast) }
  }
}
