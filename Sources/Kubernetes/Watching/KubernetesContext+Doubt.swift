import FoundationEssentials
import RecoveryModel
import Synchronization

/// Whether the server is there at all.
extension KubernetesContext {
  /// Seconds between two questions whether the server is there at all, and for the answer to one: together less than
  /// any answer counts for.
  private static var doubtPace: Double { 5 }
  private static var doubtDeadline: Double { 4 }

  /// A watch without news and one whose server hangs look alike for the minute until a bookmark is overdue.
  func runDoubt() async {
    while !Task.isCancelled {
      try? await clock.sleep(Self.doubtPace)
      await doubt()
    }
  }

  /// Asks the server itself, once for all who doubt it, as does whoever has waited in vain for an answer through it. When
  /// there is none, its watches are silent for the same reason. Returns when that is known.
  package func doubt() async {
    let now = clock.now()
    let question = state.withLock { state -> Task<Void, Never>? in
      if let question = state.doubt { return question }
      if let at = state.doubtedAt, (0..<Self.doubtPace / 2).contains(now.timeIntervalSince(at)) {
        return nil
      }
      guard let client = state.connection?.client else { return nil }
      state.doubtedAt = now
      let question = Task { await self.doubt(client) }
      state.doubt = question
      return question
    }
    await withTaskCancellationHandler {
      await question?.value
    } onCancel: {
      question?.cancel()
    }
  }

  private func doubt(_ client: KubernetesClient) async {
    defer { state.withLock { $0.doubt = nil } }
    do {
      // Any answer is one, a refusal too.
      _ = try await client.send("GET", "/readyz", deadline: Self.doubtDeadline)
    } catch {
      guard let said = error as? RecoveryError, said.code == .timedOut || said.code == .unreachable
      else { return }
      for set in sets { await set.giveUp(said) }
    }
  }
}
