import FoundationEssentials
import RecoveryModel

/// A sandbox on its way up or down, with a line per step.
struct SandboxLifecycle: Sendable {
  var context: CommandContext
  var directory: String

  private var sandbox: SandboxControl { context.composition.sandbox }

  /// Starts it; a signal takes down again what had been started. `owned`: it goes with this process.
  func up(rate: Double?, owned: Bool = false) async throws -> SandboxControl.State {
    let output = context.output
    let now = context.now
    let beginning = now()
    output.diagnostic("starting a sandbox in \(Sanitizer.clean(directory))")
    do {
      return try await SignalWatch.cancelling(
        context.signals,
        onSignal: { output.diagnostic("interrupted; taking the sandbox down") },
        body: {
          try await sandbox.up(directory, .init(rate: rate, owned: owned)) { step in
            output.diagnostic(Self.line(step, elapsed: now().timeIntervalSince(beginning)))
          }
        })
    } catch {
      if Self.isCancellation(error) { _ = try await downAfterFailure() }
      throw error
    }
  }

  /// The same for a demo, which will take it down at its end: throws `AlreadyRunning` for somebody else's.
  func upForDemo(rate: Double?) async throws -> SandboxControl.State {
    let state = try await up(rate: rate, owned: true)
    guard !state.alreadyRunning else { throw AlreadyRunning(state: state) }
    return state
  }

  /// Takes it down; signals wait. Returns what is left, each a line.
  func down() async throws -> [String] {
    let output = context.output
    let (sandbox, directory) = (sandbox, directory)
    let result = await SignalWatch.watching(
      context.signals,
      onSignal: { output.diagnostic("still taking the sandbox down") },
      body: { () async -> Result<[String], any Error> in
        do { return .success(try await sandbox.down(directory, false)) } catch {
          return .failure(error)
        }
      })
    return try result.get()
  }

  /// The same after a start or a story that broke off: no sandbox there is as good as one taken down.
  func downAfterFailure() async throws -> [String] {
    do {
      return try await down()
    } catch let error as RecoveryError where error.code == .refused {
      return []
    }
  }

  static func isCancellation(_ error: any Error) -> Bool {
    error is CancellationError || (error as? RecoveryError)?.code == .cancelled
  }

  /// `  3.4s  standby-1 streams (1.8s)`
  private static func line(_ step: SandboxControl.Step, elapsed: Double) -> String {
    let time = Format.duration(elapsed)
    let pad = String(repeating: " ", count: max(0, 7 - time.count))
    return "\(pad)\(time)  \(Sanitizer.clean(step.text)) (\(Format.duration(step.seconds)))"
  }
}

/// A demo was pointed at a sandbox that somebody else started; it must not end with the demo.
struct AlreadyRunning: Error {
  var state: SandboxControl.State

  var explanation: RecoveryError {
    RecoveryError(
      .refused, "a sandbox is already running in \(state.directory)",
      remedy: "pgvigil --config \(state.configuration ?? state.directory + "/config.yaml") opens it"
    )
  }
}
