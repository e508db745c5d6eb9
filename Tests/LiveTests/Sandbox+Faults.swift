import Glibc
import RecoveryModel
import Transports

@testable import Sandbox

/// What can go wrong with a server, on purpose.
enum ServerFault: Sendable, Equatable {
  /// Fast shutdown, as an administrator would.
  case stop
  /// SIGKILL to the postmaster and all its children: a machine that vanished.
  case kill
  /// SIGSTOP to all of it: connections open and nothing answers.
  case freeze
}

/// Faults to set a console and its rules before. Instances are named as in config.yaml.
extension Sandbox {
  /// Changes the writer's rate while it runs (transactions per second, 0 = pause); it takes effect within a
  /// second.
  func setRate(_ rate: Double) throws {
    let site = try Site.existing(directory)
    var marker = site.marker
    marker.rate = rate
    try marker.save(site.layout, account: site.account)
  }

  func inflict(_ fault: ServerFault, on instance: String) async throws {
    let site = try Site.existing(directory)
    let all = site.family(of: instance)
    guard let postmaster = all.first else {
      throw RecoveryError(.refused, "\(instance) is not running")
    }
    switch fault {
    case .stop: ProcessTable.signal(postmaster, SIGINT)
    case .kill: for process in all { ProcessTable.signal(process, SIGKILL) }
    case .freeze:
      for process in all { ProcessTable.signal(process, SIGSTOP) }
      return
    }
    try await Self.wait(for: "\(instance) to end", seconds: 20) {
      !all.contains(where: ProcessTable.isAlive)
    }
  }

  /// Starts a stopped instance, or lets a frozen one go on.
  func start(_ instance: String) async throws {
    let site = try Site.existing(directory)
    let family = site.family(of: instance)
    guard family.isEmpty else {
      for process in family { ProcessTable.signal(process, SIGCONT) }
      return
    }
    try await SandboxServer(
      layout: site.layout, bindir: site.marker.bindir, account: site.account,
      processes: processes
    ).start(instance)
  }

  /// Makes a standby the primary and waits for it. Its first checkpoint is taken at once, because pgBackRest
  /// refuses a backup while pg_control still names the old timeline. The old primary is not touched: stop
  /// it first.
  func promote(_ instance: String) async throws {
    let site = try Site.existing(directory)
    try await SandboxServer(
      layout: site.layout, bindir: site.marker.bindir, account: site.account,
      processes: processes
    ).control(["-w", "-t", "30", "promote"], instance)
    let others = site.marker.instances.filter { $0 != instance && $0 != "primary" }
    let slots = others.map(SandboxLayout.slot).map {
      """
      SELECT pg_create_physical_replication_slot('\($0)') WHERE NOT EXISTS (
        SELECT FROM pg_replication_slots WHERE slot_name = '\($0)')
      """
    }
    try await administer(instance, ["CHECKPOINT"] + slots)
  }

  /// `archive_command` fails from now on.
  func breakArchiving(on instance: String = "primary") async throws {
    try await setArchiveCommand("false", on: instance)
  }

  /// `archive_command` never ends from now on.
  func hangArchiving(on instance: String = "primary") async throws {
    try await setArchiveCommand("sleep 86400; false", on: instance)
  }

  /// Ends `breakArchiving` and `hangArchiving`. The reload wakes an archiver that waits after failures.
  func repairArchiving(on instance: String = "primary") async throws {
    try await administer(
      instance, ["ALTER SYSTEM RESET archive_command", "SELECT pg_reload_conf()"])
    try Site.existing(directory).endStuckCommands(of: instance)
  }

  /// Nobody but root can read or write the repository until it is called with `true`.
  func setRepositoryAccess(_ allowed: Bool) throws {
    let site = try Site.existing(directory)
    guard chmod(site.layout.repository, allowed ? 0o700 : 0o000) == 0 else {
      throw FileTree.failure("change the mode of", site.layout.repository)
    }
  }

  /// Removes a segment from the repository: the given one, or the middle of those archived. Returns its name.
  func removeArchivedSegment(_ name: String? = nil) throws -> String {
    let files = try archivedFiles()
    let wanted = name ?? (files.isEmpty ? "" : files[files.count / 2].name)
    guard let file = files.first(where: { $0.name == wanted }) else {
      throw RecoveryError(.refused, "the repository holds no segment \(wanted)")
    }
    guard unlink(file.path) == 0 else { throw FileTree.failure("remove", file.path) }
    return wanted
  }

  /// Segments in the repository, in order, over all timelines.
  func archivedSegments() throws -> [String] { try archivedFiles().map(\.name) }

  /// Ends the current segment and waits until it is archived. Returns its name.
  @discardableResult
  func archiveCurrentSegment(of instance: String = "primary") async throws -> String {
    let segment = try await Site.existing(directory).closeSegment(of: instance)
    try await Self.wait(for: "\(segment) to be archived", seconds: 30) {
      try archivedSegments().contains(segment)
    }
    return segment
  }

  /// Runs statements as superuser in the database keycloak; returns the last one's rows.
  @discardableResult
  func administer(_ instance: String, _ statements: [String]) async throws -> SQLRows {
    try await Site.existing(directory).administer(instance, statements)
  }

  private func setArchiveCommand(_ command: String, on instance: String) async throws {
    try await administer(
      instance,
      ["ALTER SYSTEM SET archive_command = '\(command)'", "SELECT pg_reload_conf()"])
  }

  private func archivedFiles() throws -> [SandboxRepository.Segment] {
    SandboxRepository(layout: try Site.existing(directory).layout).segments
  }

  private static func wait(
    for what: String, seconds: Double, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = Deadline(seconds: seconds)
    while try await !condition() {
      if deadline.passed {
        throw RecoveryError(.timedOut, "waited \(Int(seconds)) s for \(what)")
      }
      try await Task.sleep(for: .milliseconds(25))
    }
  }
}
