import Glibc
import RecoveryModel
import Subprocess
import Synchronization

/// Runs a program that bytes go through: its input comes piece by piece, and so does what it makes of it.
package struct ByteFilter: Sendable {
  /// The next piece of input; nil = that was all.
  package typealias Source = @Sendable () async throws -> [UInt8]?
  /// Takes output; false = no more is wanted, and the program ends.
  package typealias Sink = @Sendable ([UInt8]) -> Bool

  /// Exit status and the end of what was said on standard error; 128 + signal as a shell has it. Throws
  /// `RecoveryError` (unreachable, cancelled, failed) and whatever the source throws.
  package var run:
    @Sendable (ProcessRequest, @escaping Source, @escaping Sink) async throws -> ProcessResult

  package init(
    run:
      @escaping @Sendable (ProcessRequest, @escaping Source, @escaping Sink) async throws ->
      ProcessResult
  ) {
    self.run = run
  }

  package static let live = ByteFilter { request, next, take in
    // A program that ends before its input does must not end us.
    signal(SIGPIPE, SIG_IGN)
    return try await FilterProcess(request: request, next: next, take: take).run()
  }
}

/// One run of such a program.
private struct FilterProcess {
  let request: ProcessRequest
  let next: ByteFilter.Source
  let take: ByteFilter.Sink

  /// What the tasks of a run leave for its end.
  private final class Notes: Sendable {
    private let error = Mutex<(any Error)?>(nil)
    private let bytes = Mutex<[UInt8]>([])
    private static let limit = 4096

    var failure: (any Error)? { error.withLock { $0 } }
    var said: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    func fail(_ new: any Error) { error.withLock { $0 = $0 ?? new } }
    func say(_ more: [UInt8]) { bytes.withLock { if $0.count < Self.limit { $0 += more } } }
  }

  func run() async throws -> ProcessResult {
    let notes = Notes()
    let result: ExecutionResult<Void, SequenceOutput, SequenceOutput>
    do {
      result = try await Subprocess.run(
        ChildProcess(request).configuration(), input: .inputWriter, output: .sequence,
        error: .sequence
      ) { execution in
        let group = execution.processIdentifier.value
        await withTaskCancellationHandler {
          await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
              do { try await feed(execution.standardInputWriter) } catch {
                notes.fail(error)
                kill(-group, SIGKILL)
              }
              return true
            }
            tasks.addTask {
              if await !read(execution.standardOutput, take) { kill(-group, SIGKILL) }
              return true
            }
            tasks.addTask {
              await read(execution.standardError) { bytes in
                notes.say(bytes)
                return true
              }
              return true
            }
            tasks.addTask {
              do { try await Task.sleep(for: .seconds(request.deadline)) } catch { return false }
              notes.fail(timedOut)
              kill(-group, SIGKILL)
              return false
            }
            var open = 3
            for await hasEnded in tasks where hasEnded {
              open -= 1
              if open == 0 { tasks.cancelAll() }
            }
          }
        } onCancel: {
          kill(-group, SIGKILL)
        }
      }
    } catch let error as SubprocessError {
      throw notes.failure ?? ChildProcess(request).spawnFailure(error)
    }
    if Task.isCancelled {
      throw RecoveryError(.cancelled, "\(request.executable) was cancelled")
    }
    if let error = notes.failure { throw error }
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return ProcessResult(
      status: status, output: "", error: notes.said)
  }

  /// A program that wants no more says why by its status.
  private func feed(_ writer: StandardInputWriter) async throws {
    while let piece = try await next() {
      var written = 0
      while written < piece.count {
        let part = written == 0 ? piece : Array(piece[written...])
        guard let count = try? await writer.write(part), count > 0 else {
          try? await writer.finish()
          return
        }
        written += count
      }
    }
    try? await writer.finish()
  }

  private var timedOut: RecoveryError {
    RecoveryError(
      .timedOut,
      "\(request.executable) did not end within \(Format.duration(request.deadline)) and was killed"
    )
  }

  @discardableResult
  private func read(_ sequence: SubprocessOutputSequence, _ take: ByteFilter.Sink) async -> Bool {
    do {
      for try await buffer in sequence {
        guard take(buffer.withUnsafeBytes { Array($0) }) else { return false }
      }
    } catch {
      // A read that fails has the same meaning as its end: the status tells the rest.
    }
    return true
  }
}
