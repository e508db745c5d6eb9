import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What a planned drill on Kubernetes is carried out by.
struct ClusterDrillOrder: Sendable, Equatable {
  /// A Secret to be copied, under another name and with the needed keys alone.
  struct SecretCopy: Sendable, Equatable {
    var source: String
    var copy: String
    /// Empty = all of them.
    var keys: [String]
  }

  var tag: DrillTag
  /// The drill namespace and the copy's name in it.
  var namespace: String
  var copy: String
  /// Name of the Backup, and the id under which the object store has it.
  var backup: String
  var backupID: String
  var backupFinishedAt: Date?
  var beginLSN: LSN?
  var target: LSN
  var timeline: UInt32
  var segmentSize: Int
  var cluster: ObjectTree
  /// The copy of the ObjectStore; nil in-tree.
  var store: ObjectTree?
  var secrets: [SecretCopy]
  var database: String
  /// Where replay is to stop instead of `target`, which is then as far as it may come.
  var moment: RecoveryMoment?
  var asked: DrillMoment?
  /// What was planted and must be found.
  var marker: SmokeTest?
  var lastSegment: WALSegment
  /// The copy's own superuser is used for the tests.
  var usesSuperuser: Bool

  init(
    tag: DrillTag, namespace: String, copy: String, choice: DrillChoice, drawing: DrillDrawing
  ) {
    self.tag = tag
    self.namespace = namespace
    self.copy = copy
    backup = choice.backup.name
    backupID = choice.backupID
    backupFinishedAt = choice.backup.stoppedAt
    beginLSN = choice.backup.status?.beginLSN.flatMap { LSN(text: $0) }
    target = choice.target
    timeline = choice.timeline
    segmentSize = choice.segmentSize
    moment = choice.moment
    asked = choice.asked
    marker = choice.marker
    lastSegment = choice.lastSegment
    cluster = drawing.cluster
    store = drawing.store
    secrets = drawing.secrets
    database = drawing.database
    usesSuperuser = drawing.usesSuperuser
  }

  /// What is held against where the copy came out; nil = `target`, which it must have reached.
  var momentCheck: MomentCheck? {
    moment.flatMap { $0 == .latest ? nil : MomentCheck($0, backup: backup) }
  }
  /// Where replay is to end, in words.
  var goal: String {
    moment.map { $0 == .latest ? "the end of the archive" : $0.text } ?? "\(target)"
  }

  /// Role of the recovery job that the operator makes, and of its container.
  static let jobRole = "full-recovery"

  /// Containers of the job's pods that have something to say; the plugin fetches the base backup in its own.
  var containers: [String] { [Self.jobRole] + (store == nil ? [] : ["plugin-barman-cloud"]) }
}
