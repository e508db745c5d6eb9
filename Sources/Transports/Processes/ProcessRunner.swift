import RecoveryModel

/// An unprivileged account that a child process runs as.
package struct Account: Sendable, Equatable {
  package var name: String
  package var user: UInt32
  package var group: UInt32

  package init(name: String, user: UInt32, group: UInt32) {
    self.name = name
    self.user = user
    self.group = group
  }
}

/// One program to run: never a shell string, never a secret among the arguments.
package struct ProcessRequest: Sendable, Equatable {
  /// Absolute path, or a name to be found on PATH.
  package var executable: String
  package var arguments: [String]
  /// Added to a minimal environment (PATH, HOME, LANG, TZ, PG*, AWS_*).
  package var environment: [String: String]
  /// The rest of our own environment too, for what is configured as from a shell: kubectl and its credential plugins.
  package var inheritsEnvironment: Bool
  package var directory: String
  /// nil = as we are.
  package var account: Account?
  /// Seconds; then the whole process group is killed.
  package var deadline: Double
  /// Nothing that it does is worth finishing without us: its group is killed when this process ends, whether by itself
  /// or by a signal.
  package var endsWithUs = false

  package init(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:],
    inheritsEnvironment: Bool = false, directory: String = "/", account: Account? = nil,
    deadline: Double
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.inheritsEnvironment = inheritsEnvironment
    self.directory = directory
    self.account = account
    self.deadline = deadline
  }
}

package struct ProcessResult: Sendable, Equatable {
  /// Exit status; 128 + signal when a signal ended it (the shell's convention).
  package var status: Int32
  package var output: String
  package var error: String

  package init(status: Int32, output: String, error: String) {
    self.status = status
    self.output = output
    self.error = error
  }
}

package enum ProcessEvent: Sendable, Equatable {
  case started(pid: Int32)
  case outputLine(String)
  case errorLine(String)
  case exited(status: Int32)
}

/// Runs programs, each in its own process group, which dies with its task.
package struct ProcessRunner: Sendable {
  /// Waits for the end. Throws `RecoveryError`: unreachable (not found), timedOut, cancelled.
  package var run: @Sendable (ProcessRequest) async throws -> ProcessResult
  /// Lines as they come, `.exited` last. Dropping the stream kills the process group.
  package var stream: @Sendable (ProcessRequest) -> AsyncThrowingStream<ProcessEvent, any Error>

  package init(
    run: @escaping @Sendable (ProcessRequest) async throws -> ProcessResult,
    stream: @escaping @Sendable (ProcessRequest) -> AsyncThrowingStream<ProcessEvent, any Error>
  ) {
    self.run = run
    self.stream = stream
  }
}
