import CommandLineUI
import Sandbox
import Synchronization

extension SandboxControl {
  /// Over the engines' sandbox. An owned sandbox lives as long as its value, so each is kept until it is down.
  static func live() -> SandboxControl {
    let kept = KeptSandboxes()
    return SandboxControl(
      up: { directory, options, progress in
        var wanted = SandboxOptions()
        if let rate = options.rate { wanted.rate = rate }
        wanted.owned = options.owned
        let status = try await kept.sandbox(directory).up(options: wanted) {
          progress(Step(seconds: $0.seconds, text: $0.title))
        }
        return State(status)
      },
      down: { directory, force in
        let teardown = try await kept.sandbox(directory).down(force: force)
        kept.forget(directory)
        return teardown.leftBehind
      },
      status: { State(try await kept.sandbox($0).status()) },
      keep: { await Sandbox.keep(directory: $0, owned: $1) },
      newDirectory: { Sandbox.defaultDirectory() }, gameDay: .live())
  }
}

extension SandboxControl.State {
  init(_ status: SandboxStatus) {
    var servers = status.servers.map { known in
      var server = Server(
        name: known.name, running: known.pid != nil, pid: known.pid,
        supersededBy: known.supersededBy)
      server.circumstance = known.circumstance
      return server
    }
    servers.append(
      Server(name: "writer", running: status.keeper != nil, pid: status.keeper))
    self.init(
      directory: status.directory, running: status.isRunning,
      alreadyRunning: status.alreadyRunning, configuration: status.configuration,
      servers: servers)
    copies = status.copies
  }
}

/// The sandboxes of this process, by directory.
private final class KeptSandboxes: Sendable {
  private let sandboxes = Mutex<[String: Sandbox]>([:])

  func sandbox(_ directory: String) -> Sandbox {
    sandboxes.withLock { sandboxes in
      let sandbox = sandboxes[directory] ?? Sandbox(directory: directory)
      sandboxes[directory] = sandbox
      return sandbox
    }
  }

  func forget(_ directory: String) {
    sandboxes.withLock { $0[directory] = nil }
  }
}
