import FoundationEssentials
import RecoveryModel

extension FleetService {
  /// Reads contents of a cluster's archive and writes down what came of it; the picture then has it. Cancelling the
  /// caller ends it after what is being read; the next one goes on from there. Throws `RecoveryError`: refused while
  /// another scrub of it runs.
  package func scrub(
    _ name: String, limits: ScrubLimits,
    progress: @escaping @Sendable (ScrubProgress) -> Void = { _ in }
  ) async throws -> ScrubOutcome {
    guard let watched = clusters[name]?.watched else {
      throw RecoveryError(.invalid, "no cluster named \(name)")
    }
    guard let ledger = watched.scrubs else {
      throw RecoveryError(.refused, "there is no place to keep a record of scrubs of \(name) in")
    }
    let holder = LockHolder(
      user: environment.engine.user, host: environment.engine.host, process: environment.process,
      operation: "a scrub", since: environment.engine.now())
    switch try await ledger.lock(holder) {
    case .busy(let other):
      throw RecoveryError(
        .refused, "\(name) is being scrubbed: \(other?.words ?? "by somebody else")",
        remedy: "wait for its end, or stop it: what it has read is kept")
    case .held(let lock):
      do {
        let inventory = try await watched.engine.contents()
        let run = ScrubRun(
          inventory, limits: limits, ledger: ledger, environment: environment, progress: progress)
        let outcome = try await run.run()
        await lock.release()
        await wait(for: [readLedger(of: name, again: true)])
        reassess(name)
        publishNow()
        return outcome
      } catch {
        await lock.release()
        throw error
      }
    }
  }
}
