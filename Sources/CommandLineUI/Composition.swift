import RecoveryModel
import RecoveryService

/// Finds the full name of the cluster that somebody means (nil = none is meant). Throws `RecoveryError`.
package typealias ClusterResolver = @Sendable (FleetAccess) async throws -> String?

/// What the command line needs from the rest of the house; made once, by the composition root.
package struct Composition: Sendable {
  package var version: String
  /// The registry of engines, as the configuration is checked against it.
  package var engines: [EngineDescriptor]
  /// Finds clusters by itself; nil = no engine does.
  package var discoverer: Discoverer?
  /// Opens the fleet and the screen on it, and returns when it is closed, with the process's exit status. The full name
  /// of the cluster to open on comes from that fleet: what the second argument throws is thrown before there is a screen.
  package var openConsole:
    @Sendable (ConsoleRequest, @escaping ClusterResolver) async throws -> Int32
  package var sandbox: SandboxControl
  /// Why a theme cannot be used; nil = it can.
  package var themeFault: @Sendable (String) -> String?
  /// Looks at a place in an object store. Throws `RecoveryError` where nothing can be said of it.
  package var surveyStore: @Sendable (StoreQuestion) async throws -> StoreSurvey
  /// What a recovery from a server's place in a store takes. Throws `RecoveryError`.
  package var recoverStored: @Sendable (StoreQuestion, RecoveryOrder) throws -> RecoveryPlan
  /// Text of the console's key table in Markdown, for the manual and the README.
  package var keyTable: @Sendable () -> String

  package init(
    version: String, engines: [EngineDescriptor], discoverer: Discoverer? = nil,
    openConsole:
      @escaping @Sendable (ConsoleRequest, @escaping ClusterResolver) async throws -> Int32,
    sandbox: SandboxControl,
    surveyStore: @escaping @Sendable (StoreQuestion) async throws -> StoreSurvey,
    recoverStored:
      @escaping @Sendable (StoreQuestion, RecoveryOrder) throws -> RecoveryPlan = { _, _ in
        throw RecoveryError(.refused, "nobody plans recoveries from a store here")
      },
    themeFault: @escaping @Sendable (String) -> String? = { _ in nil },
    keyTable: @escaping @Sendable () -> String = { "" }
  ) {
    self.themeFault = themeFault
    self.version = version
    self.engines = engines
    self.discoverer = discoverer
    self.openConsole = openConsole
    self.sandbox = sandbox
    self.surveyStore = surveyStore
    self.recoverStored = recoverStored
    self.keyTable = keyTable
  }
}

/// The sandbox of real servers, as closures so that the command line knows no engine.
package struct SandboxControl: Sendable {
  package struct Options: Sendable, Equatable {
    /// Transactions per second of the writer; nil = the sandbox's default.
    package var rate: Double?
    /// It goes down when this process ends, however that ends.
    package var owned: Bool

    package init(rate: Double? = nil, owned: Bool = false) {
      self.rate = rate
      self.owned = owned
    }
  }

  /// One thing that starting it did, with the seconds that it took.
  package struct Step: Sendable, Equatable {
    package var seconds: Double
    package var text: String

    package init(seconds: Double, text: String) {
      self.seconds = seconds
      self.text = text
    }
  }

  package struct State: Sendable, Equatable, Encodable {
    package struct Server: Sendable, Equatable, Encodable {
      package var name: String
      package var running: Bool
      /// nil = not running.
      package var pid: Int32?
      /// Whoever is the primary in its place: it is off for good; nil = it is to run.
      package var supersededBy: String?
      /// How it comes to be as it is; nil = there is nothing to say.
      package var circumstance: String?

      package init(name: String, running: Bool, pid: Int32?, supersededBy: String? = nil) {
        self.name = name
        self.running = running
        self.pid = pid
        self.supersededBy = supersededBy
      }
    }
    package var directory: String
    package var running: Bool
    /// `up` found it running and changed nothing.
    package var alreadyRunning: Bool
    /// The configuration file that every command can be given; nil where there is no sandbox.
    package var configuration: String?
    package var servers: [Server]
    /// Directories that somebody recovered or copied it into.
    package var copies: [String] = []

    package init(
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

  package var up:
    @Sendable (String, Options, @escaping @Sendable (Step) -> Void) async throws -> State
  /// Stops and removes it, with true what somebody made in it too; what is left behind, each a line (empty = nothing).
  package var down: @Sendable (String, Bool) async throws -> [String]
  package var status: @Sendable (String) async throws -> State
  /// The keeper process of a running sandbox (true: it goes with its owner); returns when the sandbox is gone.
  package var keep: @Sendable (String, Bool) async -> Void
  /// A directory that does not exist yet, for a demo.
  package var newDirectory: @Sendable () -> String
  package var gameDay: GameDayControl

  package init(
    up:
      @escaping @Sendable (String, Options, @escaping @Sendable (Step) -> Void) async throws ->
      State,
    down: @escaping @Sendable (String, Bool) async throws -> [String],
    status: @escaping @Sendable (String) async throws -> State,
    keep: @escaping @Sendable (String, Bool) async -> Void,
    newDirectory: @escaping @Sendable () -> String, gameDay: GameDayControl = GameDayControl()
  ) {
    self.gameDay = gameDay
    self.up = up
    self.down = down
    self.status = status
    self.keep = keep
    self.newDirectory = newDirectory
  }
}
