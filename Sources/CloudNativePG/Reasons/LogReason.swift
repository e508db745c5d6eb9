import FoundationEssentials
import RecoveryModel

/// Why something failed, out of the line of a pod's log that says so.
struct LogReason: Sendable, Equatable {
  /// One sentence, sanitised and cut.
  var sentence: String
  /// The whole line, sanitised.
  var detail: String
  var pod: String
  var container: String
  var at: Date?
  /// What else the log tells, each a line.
  var more: [String] = []

  var source: String { Sanitizer.clean("log of \(pod), container \(container)", limit: 160) }

  var evidence: [Evidence] {
    [Evidence(what: FailureSentence.lead(detail, limit: 300), source: source, at: at)]
      + more.map { Evidence(what: Sanitizer.clean($0, limit: 200), source: source, at: at) }
  }
}

/// What the logs of one cluster's pods told, as far as they were read.
struct LogReasons: Sendable, Equatable {
  /// By what was asked.
  var found: [LogQuestion.Subject: LogReason] = [:]
  /// How recoveries ended that a log was read of.
  var ending: RecoveryEnding?
  /// The right to read logs is missing.
  var isRefused = false

  var archiver: LogReason? { found[.archiver] }
  var bootstrap: LogReason? { found[.bootstrap] }
  func backup(_ name: String) -> LogReason? { found[.backup(name)] }

  /// How pgvigil would read it itself; nil where it has, or may.
  func rightRemedy(_ reason: LogReason?) -> String? {
    guard reason == nil, isRefused else { return nil }
    return
      "With the verb get on pods/log (pgvigil manifest rbac --pod-logs) pgvigil reads it itself."
  }
}

/// How a recovery's replay ended: where nobody named a target, it ends at the first segment that it does not find.
struct RecoveryEnding: Sendable, Equatable {
  var pod: String
  /// The last segment that was restored, and the first that the archive did not have.
  var lastSegment: String?
  var missing: String?
  var redoDoneAt: String?
  var lastTransaction: String?
  /// When replay ended, by the log's own clock.
  var endedAt: Date?
}
