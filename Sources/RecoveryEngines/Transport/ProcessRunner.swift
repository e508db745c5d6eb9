import RecoveryModel

/// An unprivileged account that a child process runs as.
public struct Account: Sendable, Equatable {
  public var name: String
  public var user: UInt32
  public var group: UInt32

  public init(name: String, user: UInt32, group: UInt32) {
    self.name = name
    self.user = user
    self.group = group
  }
}

/// One program to run: never a shell string, never a secret among the arguments.
public struct ProcessRequest: Sendable, Equatable {
  /// Absolute path, or a name to be found on PATH.
  public var executable: String
  public var arguments: [String]
  /// Added to a minimal environment (PATH, HOME, LANG, TZ, PG*, AWS_*).
  public var environment: [String: String]
  /// The rest of our own environment too, for what is configured as from a shell: kubectl and its credential plugins.
  public var inheritsEnvironment: Bool
  public var directory: String
  /// nil = as we are.
  public var account: Account?
  /// Seconds; then the whole process group is killed.
  public var deadline: Double
  /// Nothing that it does is worth finishing without us: its group is killed when this process ends, whether by itself
  /// or by a signal.
  public var endsWithUs = false

  public init(
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

public struct ProcessResult: Sendable, Equatable {
  /// Exit status; 128 + signal when a signal ended it (the shell's convention).
  public var status: Int32
  public var output: String
  public var error: String

  public init(status: Int32, output: String, error: String) {
    self.status = status
    self.output = output
    self.error = error
  }
}

public enum ProcessEvent: Sendable, Equatable {
  case started(pid: Int32)
  case outputLine(String)
  case errorLine(String)
  case exited(status: Int32)
}

/// Runs programs, each in its own process group, which dies with its task.
public struct ProcessRunner: Sendable {
  /// Waits for the end. Throws `RecoveryError`: unreachable (not found), timedOut, cancelled.
  public var run: @Sendable (ProcessRequest) async throws -> ProcessResult
  /// Lines as they come, `.exited` last. Dropping the stream kills the process group.
  public var stream: @Sendable (ProcessRequest) -> AsyncThrowingStream<ProcessEvent, any Error>

  public init(
    run: @escaping @Sendable (ProcessRequest) async throws -> ProcessResult,
    stream: @escaping @Sendable (ProcessRequest) -> AsyncThrowingStream<ProcessEvent, any Error>
  ) {
    self.run = run
    self.stream = stream
  }
}
