import RecoveryModel
import RecoveryService

/// What the command line needs from the rest of the house; made once, by the composition root.
public struct Composition: Sendable {
  public var version: String
  /// The registry of engines, as the configuration is checked against it.
  public var engines: [EngineDescriptor]
  /// Finds clusters by itself; nil = no engine does.
  public var discoverer: Discoverer?
  /// Opens the screen and returns when it is closed, with the process's exit status.
  public var openConsole: @Sendable (ConsoleRequest) async throws -> Int32
  public var sandbox: SandboxControl
  /// Text of the console's key table in Markdown, for the manual and the README.
  public var keyTable: @Sendable () -> String

  public init(
    version: String, engines: [EngineDescriptor], discoverer: Discoverer? = nil,
    openConsole: @escaping @Sendable (ConsoleRequest) async throws -> Int32,
    sandbox: SandboxControl, keyTable: @escaping @Sendable () -> String = { "" }
  ) {
    self.version = version
    self.engines = engines
    self.discoverer = discoverer
    self.openConsole = openConsole
    self.sandbox = sandbox
    self.keyTable = keyTable
  }
}

/// The sandbox of real servers, as closures so that the command line knows no engine.
public struct SandboxControl: Sendable {
  public struct Options: Sendable, Equatable {
    /// Transactions per second of the writer; nil = the sandbox's default.
    public var rate: Double?
    /// It goes down when this process ends, however that ends.
    public var owned: Bool

    public init(rate: Double? = nil, owned: Bool = false) {
      self.rate = rate
      self.owned = owned
    }
  }

  /// One thing that starting it did, with the seconds that it took.
  public struct Step: Sendable, Equatable {
    public var seconds: Double
    public var text: String

    public init(seconds: Double, text: String) {
      self.seconds = seconds
      self.text = text
    }
  }

  public struct State: Sendable, Equatable, Encodable {
    public struct Server: Sendable, Equatable, Encodable {
      public var name: String
      public var running: Bool
      /// nil = not running.
      public var pid: Int32?

      public init(name: String, running: Bool, pid: Int32?) {
        self.name = name
        self.running = running
        self.pid = pid
      }
    }
    public var directory: String
    public var running: Bool
    /// `up` found it running and changed nothing.
    public var alreadyRunning: Bool
    /// The configuration file that every command can be given; nil where there is no sandbox.
    public var configuration: String?
    public var servers: [Server]

    public init(
      directory: String, running: Bool, alreadyRunning: Bool = false, configuration: String?,
      servers: [Server]
    ) {
      self.directory = directory
      self.running = running
      self.alreadyRunning = alreadyRunning
      self.configuration = configuration
      self.servers = servers
    }
  }

  public var up:
    @Sendable (String, Options, @escaping @Sendable (Step) -> Void) async throws -> State
  /// Stops and removes it; what is left behind, each a line (empty = nothing).
  public var down: @Sendable (String) async throws -> [String]
  public var status: @Sendable (String) async throws -> State
  /// The keeper process of a running sandbox (true: it goes with its owner); returns when the sandbox is gone.
  public var keep: @Sendable (String, Bool) async -> Void
  /// A directory that does not exist yet, for a demo.
  public var newDirectory: @Sendable () -> String

  public init(
    up:
      @escaping @Sendable (String, Options, @escaping @Sendable (Step) -> Void) async throws ->
      State,
    down: @escaping @Sendable (String) async throws -> [String],
    status: @escaping @Sendable (String) async throws -> State,
    keep: @escaping @Sendable (String, Bool) async -> Void,
    newDirectory: @escaping @Sendable () -> String
  ) {
    self.up = up
    self.down = down
    self.status = status
    self.keep = keep
    self.newDirectory = newDirectory
  }
}
