import FoundationEssentials
import RecoveryModel

/// How closely a cluster is looked at.
enum Looking: Sendable {
  /// Somebody looks at it, or an operation runs on it.
  case attended
  case unattended
}

/// One source's schedule. It is never asked twice at a time.
struct SourceState {
  let source: ObservationSource
  var inFlight = false
  /// What it says now may be older than what happened since: ask once more as soon as it has answered.
  var askAgain = false
  /// Somebody waits for the answer that is under way, or has caused it.
  var isAwaited = false
  var askedAt: Date?
  var answeredAt: Date?
  /// How long its last answer took, in seconds.
  var took = 0.0
  /// The pace that its last answer came at: a faster one counts from its first answer on.
  var answeredPace = 0.0
  /// The parts it has ever spoken for.
  var parts: Set<ReportPart> = []

  /// Seconds between two questions.
  func pace(interval: Double, looking: Looking, during operation: Bool = false) -> Double {
    switch source.pace {
    case .live: interval
    case .slow(let seconds):
      operation ? min(seconds, max(interval, 10)) : max(interval, seconds)
    case .attended(let seconds): looking == .attended ? interval : max(interval, seconds)
    }
  }

  /// When it is to be asked next. Timers wake a little early or late: a tenth of an interval is no reason to wait
  /// for the next one.
  func dueAt(interval: Double, looking: Looking, during operation: Bool = false) -> Date {
    guard let askedAt else { return .distantPast }
    return askedAt + pace(interval: interval, looking: looking, during: operation) - interval / 10
  }

  func isDue(
    at now: Date, interval: Double, looking: Looking, during operation: Bool = false
  ) -> Bool {
    guard let askedAt else { return true }
    let wait = pace(interval: interval, looking: looking, during: operation) - interval / 10
    let elapsed = now.timeIntervalSince(askedAt)
    // A clock that was set back must not stop the questions.
    return elapsed >= wait || elapsed < 0
  }

  /// Seconds between two answers, as they really come: its pace, or the time it takes to answer where that is
  /// longer.
  func realPace(interval: Double, looking: Looking) -> Double {
    max(pace(interval: interval, looking: looking), answeredPace, took)
  }
}
