import Glibc
import RecoveryModel
import Synchronization

extension ProcessRunner {
  /// Runs a program to its end and hands over its lines. When the task is cancelled the program is asked
  /// to end (SIGTERM, and SIGCONT for one that is stopped and could not hear it), killed after `grace` seconds, and
  /// waited for: nothing runs on after the return. The grace leaves room for a clean-up within five seconds in all.
  /// Returns the exit status. Throws `RecoveryError`, `.cancelled` included.
  package func follow(
    _ request: ProcessRequest, grace: Double = 2, line: @escaping @Sendable (String) -> Void
  ) async throws -> Int32 {
    let cancelled = RecoveryError(.cancelled, "\(request.executable) was cancelled")
    let leader = ProcessLeader()
    let events = stream(request)
    let reader = Task {
      for try await event in events {
        switch event {
        case .started(let pid): leader.lead(pid)
        case .outputLine(let text), .errorLine(let text): line(text)
        case .exited(let status):
          leader.leave()
          return status
        }
      }
      throw cancelled
    }
    let status = try await withTaskCancellationHandler {
      try await reader.value
    } onCancel: {
      leader.ask(SIGTERM)
      leader.ask(SIGCONT)
      Task {
        try? await Task.sleep(for: .seconds(grace))
        leader.ask(SIGKILL)
        reader.cancel()
      }
    }
    if Task.isCancelled { throw cancelled }
    return status
  }
}

/// The process group that a program leads, while it runs.
final class ProcessLeader: Sendable {
  private struct State {
    var pid: Int32?
    var pending: [Int32] = []
  }

  private let state = Mutex(State())

  func lead(_ pid: Int32) {
    state.withLock {
      $0.pid = pid
      for signal in $0.pending { kill(-pid, signal) }
    }
  }

  func leave() { state.withLock { $0.pid = nil } }

  /// Sends the signal to the whole group, as soon as there is one.
  func ask(_ signal: Int32) {
    state.withLock {
      if let pid = $0.pid { kill(-pid, signal) } else { $0.pending.append(signal) }
    }
  }
}
