import FoundationEssentials
import Kubernetes
import RecoveryModel

/// A failure whose reason stands in a log alone, and where. Asked once: a new failure is a new question.
struct LogQuestion: Sendable, Hashable {
  enum Subject: Sendable, Hashable {
    case backup(String)
    case archiver
    case bootstrap
  }

  var subject: Subject
  /// Tells this failure from the next of the same kind.
  var occasion: String
  var parts: [PodLog.Part]
  /// Lines after that have to do with something else.
  var until: Date?

  static let sidecar = "plugin-barman-cloud"
  static let server = "postgres"
}

extension LogQuestion {
  /// Bytes of one look.
  private static let bytes = 256 << 10
  /// Seconds of the log before an end in which the reason stands.
  private static let lead = 120.0
  /// Seconds after which a log that goes on has dropped the line.
  private static let longest = 2 * 86_400.0
  /// Seconds after which an archiver that still fails may fail for another reason.
  private static let archiverPace = 300.0

  /// What is to be asked about this cluster now.
  static func all(_ facts: CloudNativePGFacts, now: Date) -> [LogQuestion] {
    [backup(facts, now), archiver(facts), bootstrap(facts)].compactMap { $0 }
  }

  private static func backup(_ facts: CloudNativePGFacts, _ now: Date) -> LogQuestion? {
    guard let failed = facts.newestFailed, failed.isReasonUntold,
      let pod = failed.status?.instanceID?.podName, facts.podNames?.contains(pod) == true,
      let begun = failed.status?.reconciliationStartedAt?.date ?? failed.createdAt
    else { return nil }
    let ended = failed.status?.reconciliationTerminatedAt?.date
    guard now.timeIntervalSince(ended ?? begun) < longest else { return nil }
    let since = max(begun, (ended ?? begun).addingTimeInterval(-lead))
    return LogQuestion(
      subject: .backup(failed.name), occasion: failed.metadata.uid ?? failed.name,
      parts: [
        PodLog.Part(pod: pod, container: failed.logContainer, since: since, bytes: bytes)
      ], until: ended?.addingTimeInterval(5))
  }

  private static func archiver(_ facts: CloudNativePGFacts) -> LogQuestion? {
    guard facts.isArchiverFailing, let pod = facts.currentPrimary,
      facts.podNames?.contains(pod) == true
    else { return nil }
    let failedAt =
      facts.primaryStatus?.value?.lastFailedAt
      ?? facts.cluster.condition("ContinuousArchiving")?.since
    guard let failedAt else { return nil }
    let turn = Int(failedAt.timeIntervalSince1970 / archiverPace)
    return LogQuestion(
      subject: .archiver, occasion: "\(pod) \(turn)",
      parts: [
        PodLog.Part(
          pod: pod, container: facts.archiverContainer, since: failedAt.addingTimeInterval(-90),
          bytes: bytes)
      ])
  }

  /// Of the newest try that has come to an end; of one that succeeded too, for where it ended.
  static func bootstrap(_ facts: CloudNativePGFacts) -> LogQuestion? {
    guard let course = facts.bootstrap, let pod = course.telling, let container = course.container,
      course.isRecovery || course.failed > 0
    else { return nil }
    let isPlugin = facts.isRecoveredByPlugin
    let containers = isPlugin ? [container, sidecar] : [container]
    return LogQuestion(
      subject: .bootstrap, occasion: pod,
      parts: containers.map {
        PodLog.Part(pod: pod, container: $0, lines: 400, bytes: bytes)
      })
  }
}

extension CNPGBackup {
  /// Where the tool that takes it prints.
  var logContainer: String {
    method == "plugin" ? LogQuestion.sidecar : LogQuestion.server
  }

  /// The operator says that it failed and nothing of why.
  var isReasonUntold: Bool {
    let texts = [status?.error, status?.commandError].compactMap { $0 }
    return !texts.compactMap(FailureSentence.best).contains(where: \.isTelling)
  }

  /// For who may read the log: the very command.
  func logCommand(namespace: String) -> String? {
    guard let pod = status?.instanceID?.podName else { return nil }
    let begun = status?.reconciliationStartedAt?.date ?? createdAt
    let since = begun.map { " --since-time=\(Format.timestamp($0))" } ?? ""
    let words = method == "plugin" ? "ERROR|error" : "barman-cloud-backup"
    return "kubectl -n \(ShellWord.quoted(namespace)) logs \(ShellWord.quoted(pod)) "
      + "-c \(logContainer)\(since) | grep -E '\(words)'"
  }
}

extension CloudNativePGFacts {
  /// As the catalog orders them: objects that were put back together are of one moment.
  var newestEnded: CNPGBackup? {
    (ownBackups ?? []).filter(\.phase.isDone).max {
      ($0.begunAt ?? .distantPast, $0.name) < ($1.begunAt ?? .distantPast, $1.name)
    }
  }

  /// The newest Backup that ended, where it failed.
  package var newestFailed: CNPGBackup? {
    newestEnded.flatMap { $0.phase == .failed ? $0 : nil }
  }

  /// The primary's last attempt to archive failed; where it does not answer, the operator says so.
  var isArchiverFailing: Bool {
    guard archiverMissing == nil, !cluster.isHibernated, currentPrimary != nil else { return false }
    if let status = primaryStatus?.value {
      return status.lastFailedAt.map { $0 > status.lastArchivedAt ?? .distantPast } ?? false
    }
    return cluster.condition("ContinuousArchiving")?.status == "False"
  }

  var archiverContainer: String {
    if case .plugin = cluster.walArchiver { return LogQuestion.sidecar }
    return LogQuestion.server
  }

  var isRecoveredByPlugin: Bool {
    let source = cluster.spec.bootstrap?.recovery?.source
    return cluster.spec.externalClusters?.contains { $0.name == source && $0.plugin != nil }
      ?? false
  }

  /// For who may read the log: the very command.
  var archiverLogCommand: String {
    let since =
      primaryStatus?.value?.lastFailedAt.map {
        " --since-time=\(Format.timestamp($0.addingTimeInterval(-90)))"
      } ?? " --since=10m"
    return kubectl("logs \(quoted(currentPrimary ?? name + "-1")) -c \(archiverContainer)\(since)")
      + " | grep -E 'wal-archive'"
  }
}
