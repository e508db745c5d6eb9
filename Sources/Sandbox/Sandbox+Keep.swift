import Glibc
import RecoveryModel
import Synchronization
import Transports

extension Sandbox {
  /// The life of `pgvigil sandbox keep DIRECTORY`: writes gently, follows failovers, ends when the marker is
  /// gone. An owned one takes the sandbox down when its standard input ends, which is when its owner does.
  package static func keep(directory: String, owned: Bool = false) async {
    signal(SIGPIPE, SIG_IGN)
    umask(0o077)
    guard chdir("/") == 0 else { return }
    guard let site = try? Site.existing(directory) else { return }
    let owner = Owner()
    if owned { startDetachedThread { owner.waitForEnd() } }
    let writer = GentleWriter(layout: site.layout, instances: site.marker.instances)
    while !owner.isGone {
      guard let marker = try? SandboxMarker.load(site.layout) else { return }
      await writer.write(rate: marker.rate) { owner.isGone }
    }
    _ = try? await Sandbox(directory: directory).down()
  }
}

/// Whether the process at the other end of our standard input still lives.
private final class Owner: Sendable {
  private let gone = Mutex(false)

  var isGone: Bool { gone.withLock { $0 } }

  /// Blocks until end of file.
  func waitForEnd() {
    var byte: UInt8 = 0
    while true {
      let count = read(0, &byte, 1)
      if count > 0 || (count < 0 && errno == EINTR) { continue }
      break
    }
    gone.withLock { $0 = true }
  }
}

/// Small transactions at a steady pace, to whichever instance is primary.
actor GentleWriter {
  /// A server that does not answer for so long is left for the next one; seconds.
  private static let patience = 2.0

  private let layout: SandboxLayout
  private let instances: [String]
  private var session: SandboxSession?
  private var index = 0
  private var number = 0

  init(layout: SandboxLayout, instances: [String]) {
    self.layout = layout
    self.instances = instances
  }

  /// Writes for about half a second, or until `ended`.
  func write(rate: Double, until ended: @Sendable () -> Bool) async {
    let slice = Deadline(seconds: 0.5)
    guard rate > 0 else {
      try? await Task.sleep(for: .milliseconds(200))
      return
    }
    while !slice.passed, !ended() {
      let next = Deadline(seconds: 1 / rate)
      await tick()
      // In pieces, so that a slow writer still notices the end.
      while !next.passed, !ended() {
        try? await Task.sleep(for: .seconds(min(next.remaining, 0.2)))
      }
    }
  }

  private func tick() async {
    let open = session ?? connect()
    do {
      try await open.run([SandboxSchema.tick(number)], deadline: Self.patience)
      number += 1
    } catch {
      // Stopped, frozen or no longer primary: try the next instance at the next tick.
      await open.close()
      session = nil
      index = (index + 1) % instances.count
    }
  }

  private func connect() -> SandboxSession {
    let opened = SandboxSession(
      layout: layout, port: SandboxLayout.port(index), user: SandboxLayout.owner,
      database: SandboxLayout.database, writable: true)
    session = opened
    return opened
  }
}
