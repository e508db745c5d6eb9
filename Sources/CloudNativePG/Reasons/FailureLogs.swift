import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Reads logs for the reasons of new failures and keeps what it found: each failure is asked for once, a refusal is
/// not repeated for a while.
struct FailureLogs: Sendable {
  private(set) var reasons = LogReasons()
  /// The newest occasion that was answered, by subject.
  private var answered: [LogQuestion.Subject: String] = [:]
  /// Those that got no answer, and when they may be asked again.
  private var retries: [LogQuestion: Date] = [:]
  private var refusedUntil: Date?

  private static let refusalLifetime = 300.0
  private static let retryPause = 20.0

  /// What is still to be asked.
  func open(_ questions: [LogQuestion], now: Date) -> [LogQuestion] {
    if let refusedUntil, refusedUntil > now { return [] }
    return questions.filter { question in
      answered[question.subject] != question.occasion
        && retries[question].map { $0 <= now } ?? true
    }
  }

  /// Forgets what no question is about any more.
  mutating func keep(_ questions: [LogQuestion]) {
    let subjects = Set(questions.map(\.subject))
    for subject in answered.keys where !subjects.contains(subject) {
      // A recovery's log goes with its pod: what it told stays.
      guard subject != .bootstrap else { continue }
      answered[subject] = nil
      reasons.found[subject] = nil
    }
    retries = retries.filter { questions.contains($0.key) }
  }

  enum Answer: Sendable {
    case lines([(part: PodLog.Part, lines: [String])])
    case refused
    /// Pod or container is gone: there is nothing to read, now or later.
    case gone
    case silent
  }

  static func ask(_ question: LogQuestion, _ log: PodLog) async -> Answer {
    var logs: [(part: PodLog.Part, lines: [String])] = []
    for part in question.parts {
      do { logs.append((part, try await log.lines(part))) } catch {
        switch (error as? RecoveryError)?.code {
        case .denied: return .refused
        case .invalid: return .gone
        // A container that does not exist in this pod costs its own lines alone.
        case .failed where !logs.isEmpty: continue
        default: return .silent
        }
      }
    }
    return .lines(logs)
  }

  mutating func take(_ answer: Answer, to question: LogQuestion, now: Date) {
    switch answer {
    case .refused:
      reasons.isRefused = true
      refusedUntil = now.addingTimeInterval(Self.refusalLifetime)
    case .silent: retries[question] = now.addingTimeInterval(Self.retryPause)
    case .gone:
      reasons.isRefused = false
      answered[question.subject] = question.occasion
    case .lines(let logs):
      reasons.isRefused = false
      answered[question.subject] = question.occasion
      let reading = LogReading(question: question)
      if let reason = reading.reason(logs) { reasons.found[question.subject] = reason }
      if question.subject == .bootstrap, let ending = reading.ending(logs) {
        reasons.ending = ending
      }
    }
  }
}
