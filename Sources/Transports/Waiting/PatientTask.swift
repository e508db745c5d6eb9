/// Something that may take long: done once at a time, and whoever asks waits for it so long and no longer. It goes on all
/// the same.
package actor PatientTask {
  private let pause: @Sendable (Double) async -> Void
  private var task: Task<Void, Never>?
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
  private var tickets = 0
  /// Somebody has left before it ended.
  private var isMissed = false
  /// Rings when something ends that nobody has waited for to its end.
  package nonisolated let late: QuestionBell

  package init(
    pause: @escaping @Sendable (Double) async -> Void = {
      try? await Task.sleep(for: .seconds($0))
    },
    late: QuestionBell = QuestionBell()
  ) {
    self.pause = pause
    self.late = late
  }

  package var isUnderWay: Bool { task != nil }

  /// Begins `work` unless it is under way, and waits for its end for at most `seconds`. False while it goes on. Cancelling
  /// whoever waits cancels the work.
  package func run(
    within seconds: Double, _ work: @escaping @Sendable () async -> Void
  ) async -> Bool {
    if task == nil {
      task = Task {
        await work()
        self.end()
      }
    }
    await end(within: seconds)
    return task == nil
  }

  private func end() {
    task = nil
    for continuation in waiting.values { continuation.resume() }
    waiting = [:]
    if isMissed { late.announce() }
    isMissed = false
  }

  private func end(within seconds: Double) async {
    guard let task else { return }
    tickets += 1
    let ticket = tickets
    let timer = Task {
      await pause(seconds)
      self.dismiss(ticket)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if self.task == nil { continuation.resume() } else { waiting[ticket] = continuation }
      }
    } onCancel: {
      task.cancel()
    }
    timer.cancel()
  }

  private func dismiss(_ ticket: Int) {
    guard let continuation = waiting.removeValue(forKey: ticket) else { return }
    isMissed = true
    continuation.resume()
  }
}
