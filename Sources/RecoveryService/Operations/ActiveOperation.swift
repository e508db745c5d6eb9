import FoundationEssentials
import RecoveryModel

/// Why an operation was stopped from outside.
enum StopReason: Sendable, Equatable {
  case cancelled
  /// It took longer than it may, in seconds.
  case timedOut(Double)
}

/// An operation of this process, from its reservation to its record.
struct ActiveOperation: Sendable {
  /// Log lines kept; older ones go.
  static let logKept = 200

  var running: RunningOperation
  var trace = OperationTrace()
  var interruption: StopReason?
  /// Reads the engine's stream; cancelling it cancels the operation.
  var reader: Task<(any Error)?, Never>?

  init(plan: OperationPlan, startedAt: Date) {
    running = RunningOperation(plan: plan, startedAt: startedAt)
  }

  /// Takes in one event; true when it changes what the cluster should be judged by.
  mutating func fold(_ event: OperationEvent) -> Bool {
    switch event.kind {
    case .stepBegan(let step):
      begin(step)
      log(step)
      return false
    case .drillEntered(let state):
      begin(state.words)
      running.drillState = state
      trace.enter(state, at: event.at)
      return true
    case .progress(let fraction, let done, let total):
      running.fraction = fraction
      running.bytesDone = done
      running.bytesTotal = total
      trace.bytes = done ?? trace.bytes
      return false
    case .log(let line):
      log(line)
      return false
    case .backupFinished(let label):
      trace.label = label
      return false
    case .cleared(let label):
      trace.cleared = label
      return false
    case .drillFinished(let record):
      trace.record = record
      return false
    case .kept(let kept, let record):
      trace.kept = kept
      trace.record = record
      return false
    case .removed(let recovery, let left):
      trace.removed = recovery
      trace.leftOnPurpose = left
      return false
    }
  }

  private mutating func begin(_ step: String) {
    running.step = step
    running.fraction = nil
    running.bytesDone = nil
    running.bytesTotal = nil
  }

  private mutating func log(_ line: String) {
    running.log.append(line)
    if running.log.count > Self.logKept {
      running.log.removeFirst(running.log.count - Self.logKept)
    }
  }
}

/// What an operation's events add up to: enough to record it when the engine can no longer do so itself.
struct OperationTrace: Sendable, Equatable {
  /// Of the backup that it made.
  var label: String?
  /// The stuck backup that it took out of the way.
  var cleared: String?
  var record: DrillRecord?
  /// The recovery that stays.
  var kept: KeptRecovery?
  /// The one that is gone, and what it left on purpose.
  var removed: String?
  var leftOnPurpose: String?
  var phases: [DrillPhase] = []
  var state: DrillState?
  /// Bytes moved in the present state.
  var bytes: Int64?
  private var enteredAt: Date?
  /// The furthest state before the clean-up.
  private(set) var furthest = DrillState.planned

  /// It had begun to do what a drill is for, so that its end says something about the backup.
  var leftPreflight: Bool { furthest != .planned && furthest != .preflight }

  mutating func enter(_ next: DrillState, at date: Date) {
    close(at: date)
    state = next
    enteredAt = date
    if next != .destroying, next != .recorded { furthest = next }
  }

  /// Ends the present phase.
  mutating func close(at date: Date) {
    if let state, let enteredAt, state != .planned, state != .recorded {
      phases.append(
        DrillPhase(
          state: state, seconds: max(0, date.timeIntervalSince(enteredAt)), bytes: bytes))
    }
    enteredAt = nil
    bytes = nil
  }
}
