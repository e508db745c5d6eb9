import Glibc
import RecoveryModel
import Subprocess
import Synchronization

extension ProcessRunner {
  /// Real processes. Output beyond `outputLimit` bytes ends the program: nothing that we run speaks that much.
  package static let live = ProcessRunner(
    run: { request in
      let output = Mutex<[UInt8]>([])
      let errors = Mutex<[UInt8]>([])
      let status = try await ChildProcess(request).execute { part in
        switch part {
        case .started: return
        case .output(let bytes): output.withLock { $0 += bytes }
        case .error(let bytes): errors.withLock { $0 += bytes }
        }
      }
      return ProcessResult(
        status: status, output: output.withLock { String(decoding: $0, as: UTF8.self) },
        error: errors.withLock { String(decoding: $0, as: UTF8.self) })
    },
    stream: { request in
      AsyncThrowingStream { continuation in
        let lines = LineSplitter(continuation)
        let task = Task {
          do {
            let status = try await ChildProcess(request).execute { part in
              switch part {
              case .started(let pid): lines.started(pid: pid)
              case .output(let bytes): lines.output(bytes)
              case .error(let bytes): lines.error(bytes)
              }
            }
            lines.finish()
            continuation.yield(.exited(status: status))
            continuation.finish()
          } catch {
            lines.finish()
            continuation.finish(throwing: error)
          }
        }
        continuation.onTermination = { reason in
          if case .cancelled = reason { task.cancel() }
        }
      }
    })
}

/// One run of a program in a process group of its own.
struct ChildProcess {
  enum Part: Sendable {
    case started(pid: Int32)
    case output([UInt8])
    case error([UInt8])
  }

  /// Bytes of both streams together. A `repo-ls` of 100,000 segments is 16 MB.
  static let outputLimit = 64 << 20
  /// What a program gets between SIGTERM and SIGKILL.
  static let grace = Duration.seconds(2)

  let request: ProcessRequest

  init(_ request: ProcessRequest) { self.request = request }

  /// Returns the exit status. Throws `RecoveryError`: unreachable, timedOut, cancelled, failed.
  func execute(_ receive: @escaping @Sendable (Part) -> Void) async throws -> Int32 {
    if Task.isCancelled { throw cancelled }
    let configuration = try configuration()
    let ending = Mutex<RecoveryError?>(nil)
    let limit = Deadline(seconds: request.deadline)
    let dependence = request.endsWithUs ? Dependence() : nil
    defer { dependence?.end() }
    let result: ExecutionResult<Void, SequenceOutput, SequenceOutput>
    do {
      result = try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .sequence
      ) { execution in
        let group = execution.processIdentifier.value
        dependence?.begin(group)
        // Before the leader is reaped: afterwards the number may be another's.
        defer { dependence?.end() }
        receive(.started(pid: group))
        await follow(execution, ending: ending, receive)
        // The leader is still unreaped, so the group's number cannot have been given away.
        if ending.withLock({ $0 != nil }) || Task.isCancelled { kill(-group, SIGKILL) }
        if await overstays(group, limit: limit) {
          ending.withLock { $0 = $0 ?? (Task.isCancelled ? cancelled : timedOut) }
        }
      }
    } catch let error as SubprocessError {
      throw ending.withLock { $0 } ?? (Task.isCancelled ? cancelled : spawnFailure(error))
    }
    if let error = ending.withLock({ $0 }) { throw error }
    if Task.isCancelled { throw cancelled }
    switch result.terminationStatus {
    case .exited(let code): return code
    case .signaled(let signal): return 128 + signal
    }
  }

  /// Reads both streams until the program is gone, or has been made to go.
  private func follow(
    _ execution: Execution<NoInput, SequenceOutput, SequenceOutput>,
    ending: borrowing Mutex<RecoveryError?>, _ receive: @escaping @Sendable (Part) -> Void
  ) async {
    let budget = Budget(Self.outputLimit)
    let overrun = await withTaskGroup(of: Outcome.self) { group in
      group.addTask {
        await read(execution.standardOutput, budget: budget) { receive(.output($0)) }
      }
      group.addTask {
        await read(execution.standardError, budget: budget) { receive(.error($0)) }
      }
      group.addTask {
        do { try await Task.sleep(for: .seconds(request.deadline)) } catch { return .stopped }
        return .deadlinePassed
      }
      var open = 2
      var overrun: Outcome?
      while open > 0, let outcome = await group.next() {
        switch outcome {
        case .readToEnd: open -= 1
        case .stopped: continue
        case .deadlinePassed, .tooMuchOutput:
          if outcome == .tooMuchOutput { open -= 1 }
          overrun = overrun ?? outcome
          await execution.teardown(using: Self.gracefully)
          kill(-execution.processIdentifier.value, SIGKILL)
        }
      }
      group.cancelAll()
      return overrun
    }
    if let overrun { ending.withLock { $0 = overrun == .deadlinePassed ? timedOut : tooMuch } }
  }

  private enum Outcome: Sendable { case readToEnd, deadlinePassed, tooMuchOutput, stopped }

  private func read(
    _ sequence: SubprocessOutputSequence, budget: Budget,
    _ receive: @Sendable ([UInt8]) -> Void
  ) async -> Outcome {
    do {
      for try await buffer in sequence {
        guard budget.spend(buffer.count) else { return .tooMuchOutput }
        receive(buffer.withUnsafeBytes { Array($0) })
      }
    } catch {
      // A read that fails has the same meaning as its end: the status tells the rest.
      return .readToEnd
    }
    return .readToEnd
  }

  /// Waits, without reaping, for a program that closed its output before it ended. True when it had to be
  /// killed at the deadline.
  private func overstays(_ pid: Int32, limit: Deadline) async -> Bool {
    var pause = 1
    var killed = false
    while true {
      var information = siginfo_t()
      let status = waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
      if status != 0 || information.si_signo != 0 { return killed }
      if limit.passed || Task.isCancelled {
        kill(-pid, SIGKILL)
        killed = true
      }
      // Not a plain sleep: in a cancelled task that would not wait at all.
      let milliseconds = pause
      await Task.detached { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value
      pause = min(pause * 2, 100)
    }
  }

  /// A program that is stopped hears SIGTERM only when it goes on.
  private static var gracefully: [TeardownStep] {
    [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .zero),
      .send(signal: .resume, toProcessGroup: true, allowedDurationToNextStep: grace),
    ]
  }

  func configuration() throws -> Configuration {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = Self.gracefully
    let environment = ChildEnvironment.make(
      for: request.account ?? .current, inheritsAll: request.inheritsEnvironment,
      adding: request.environment)
    var command = [try ExecutablePath.resolve(request.executable)] + request.arguments
    if let account = request.account, account.user != geteuid() {
      // Not PlatformOptions.userID: its child calls setgroups() after a bare clone3, and glibc's setgroups
      // waits for ever when another thread was just being created at that moment.
      command =
        [
          try ExecutablePath.resolve("setpriv"), "--reuid=\(account.user)",
          "--regid=\(account.group)", "--init-groups", "--",
        ] + command
    }
    return Configuration(
      executable: .path(path(command[0])), arguments: Arguments(Array(command.dropFirst())),
      environment: .custom(environment), workingDirectory: path(request.directory),
      platformOptions: options)
  }

  private var name: String { request.executable }

  private var cancelled: RecoveryError { RecoveryError(.cancelled, "\(name) was cancelled") }

  private var timedOut: RecoveryError {
    RecoveryError(
      .timedOut, "\(name) did not end within \(Format.duration(request.deadline)) and was killed",
      remedy: "check the load of this host and the storage that it reads")
  }

  private var tooMuch: RecoveryError {
    RecoveryError(.failed, "\(name) wrote more than \(Self.outputLimit >> 20) MiB and was killed")
  }

  func spawnFailure(_ error: SubprocessError) -> RecoveryError {
    switch error.code {
    case .executableNotFound: return ExecutablePath.notFound(name)
    case .failedToChangeWorkingDirectory:
      return RecoveryError(.failed, "\(name): cannot change to directory \(request.directory)")
    default:
      let account = request.account.map { " as \($0.name)" } ?? ""
      return RecoveryError(.failed, "\(name) could not be started\(account): \(error)")
    }
  }
}

/// Makes swift-system's `FilePath` through its literal conformance: that package is not a dependency of ours,
/// so its own initialisers are out of sight here.
private func path<Path: ExpressibleByStringLiteral>(_ text: String) -> Path
where Path.StringLiteralType == String { Path(stringLiteral: text) }

/// Bytes that both streams may still bring.
private final class Budget: Sendable {
  private let left: Mutex<Int>
  init(_ bytes: Int) { left = Mutex(bytes) }

  /// False when that was too much.
  func spend(_ bytes: Int) -> Bool {
    left.withLock { left in
      left -= bytes
      return left >= 0
    }
  }
}
