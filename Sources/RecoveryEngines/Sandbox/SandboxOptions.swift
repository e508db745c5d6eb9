/// How a sandbox is made.
public struct SandboxOptions: Sendable {
  /// Transactions per second of the gentle writer; 0 = none.
  public var rate: Double = 4
  /// WAL segment size in MiB, a power of two from 1 to 1024. 1 keeps a sandbox small and its archive lively.
  public var segmentSizeMB: Int = 1
  /// Streaming standbys, 0 to 5.
  public var standbys: Int = 2
  /// Rows of `user_entity` to begin with.
  public var seedUsers: Int = 20_000
  /// The sandbox goes down when this process ends, even by SIGKILL.
  public var owned: Bool = false
  /// The program whose `sandbox keep` is the writer; nil = the one that is running.
  public var keeperExecutable: String?
  /// PostgreSQL's bin directory; nil = the newest that is installed.
  public var bindir: String?

  public init() {}
}

/// A step of `Sandbox.up` that has just ended. Steps overlap, so their seconds do not add up to the whole.
public struct SandboxStep: Sendable, Equatable {
  public var title: String
  /// How long the step itself took.
  public var seconds: Double

  public init(title: String, seconds: Double) {
    self.title = title
    self.seconds = seconds
  }
}

/// What runs in a sandbox's directory right now, found by looking at the processes.
public struct SandboxStatus: Sendable, Equatable {
  public struct Server: Sendable, Equatable {
    public var name: String
    public var port: Int
    /// The postmaster's process id; nil = not running.
    public var pid: Int32?
  }

  public var directory: String
  public var socketDirectory: String
  /// `config.yaml`, for `--config`.
  public var configuration: String
  /// The account that the servers run as.
  public var account: String
  public var servers: [Server]
  /// The gentle writer's process id; nil = not running.
  public var keeper: Int32?
  /// `up` found it running and changed nothing.
  public var alreadyRunning = false
  /// How long `up` took; 0 where it did nothing.
  public var seconds: Double = 0

  public var isRunning: Bool { keeper != nil && servers.allSatisfy { $0.pid != nil } }
}

/// What `Sandbox.down` did, and what it could not.
public struct SandboxTeardown: Sendable, Equatable {
  /// What was stopped or removed, each a line.
  public var removed: [String] = []
  /// Processes, sockets, shared memory or files that are still there; empty when it went well.
  public var leftBehind: [String] = []
  public var seconds: Double = 0
}
