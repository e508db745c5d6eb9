/// How a sandbox is made.
package struct SandboxOptions: Sendable {
  /// Transactions per second of the gentle writer; 0 = none.
  package var rate: Double = 4
  /// WAL segment size in MiB, a power of two from 1 to 1024. 1 keeps a sandbox small and its archive lively.
  package var segmentSizeMB: Int = 1
  /// Streaming standbys, 0 to 5.
  package var standbys: Int = 2
  /// Rows of `user_entity` to begin with.
  package var seedUsers: Int = 20_000
  /// The sandbox goes down when this process ends, even by SIGKILL.
  package var owned: Bool = false
  /// The program whose `sandbox keep` is the writer; nil = the one that is running.
  package var keeperExecutable: String?
  /// PostgreSQL's bin directory; nil = the newest that is installed.
  package var bindir: String?

  package init() {}
}

/// A step of `Sandbox.up` that has just ended. Steps overlap, so their seconds do not add up to the whole.
package struct SandboxStep: Sendable, Equatable {
  package var title: String
  /// How long the step itself took.
  package var seconds: Double

  package init(title: String, seconds: Double) {
    self.title = title
    self.seconds = seconds
  }
}

/// What runs in a sandbox's directory right now, found by looking at the processes.
package struct SandboxStatus: Sendable, Equatable {
  package struct Server: Sendable, Equatable {
    package var name: String
    package var port: Int
    /// The postmaster's process id; nil = not running.
    package var pid: Int32?
    /// Whoever is the primary in its place; nil = it is to run.
    package var supersededBy: String?
    /// How it comes to be as it is: a clause; nil = there is nothing to say.
    package var circumstance: String?

    package init(name: String, port: Int, pid: Int32? = nil, supersededBy: String? = nil) {
      self.name = name
      self.port = port
      self.pid = pid
      self.supersededBy = supersededBy
    }

    /// It runs, or is not to.
    var isAsItShouldBe: Bool { pid != nil || supersededBy != nil }
  }

  package var directory: String
  package var socketDirectory: String
  /// `config.yaml`, for `--config`.
  package var configuration: String
  /// The account that the servers run as.
  package var account: String
  package var servers: [Server]
  /// The gentle writer's process id; nil = not running.
  package var keeper: Int32?
  /// Data directories of recoveries and copies that somebody made in it.
  package var copies: [String] = []
  /// `up` found it running and changed nothing.
  package var alreadyRunning = false
  /// How long `up` took; 0 where it did nothing.
  package var seconds: Double = 0

  package init(
    directory: String, socketDirectory: String, configuration: String, account: String,
    servers: [Server], keeper: Int32? = nil, alreadyRunning: Bool = false, seconds: Double = 0
  ) {
    self.directory = directory
    self.socketDirectory = socketDirectory
    self.configuration = configuration
    self.account = account
    self.servers = servers
    self.keeper = keeper
    self.alreadyRunning = alreadyRunning
    self.seconds = seconds
  }

  package var isRunning: Bool { keeper != nil && servers.allSatisfy(\.isAsItShouldBe) }
}

/// What `Sandbox.down` did, and what it could not.
package struct SandboxTeardown: Sendable, Equatable {
  /// What was stopped or removed, each a line.
  package var removed: [String] = []
  /// Processes, sockets, shared memory or files that are still there; empty when it went well.
  package var leftBehind: [String] = []
  package var seconds: Double = 0
}
