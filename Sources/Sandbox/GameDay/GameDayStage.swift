import FoundationEssentials
import Glibc
import RecoveryModel
import Synchronization
import Transports

/// A sandbox under the hands of a game day: each change is written down before it is made.
final class GameDayStage: Sendable {
  let site: Site
  private let journal: Mutex<GameDayJournal>

  init(site: Site, mishap: String) {
    self.site = site
    journal = Mutex(GameDayJournal(mishap: mishap))
  }

  /// Kept aside under names that cannot meet.
  static func keepsake(_ layout: SandboxLayout) -> String { "\(layout.directory)/gameday" }
  static func journalFile(_ layout: SandboxLayout) -> String {
    keepsake(layout) + "/journal.json"
  }

  private func note(_ change: StageChange) throws {
    let now = journal.withLock { journal in
      journal.changes.append(change)
      return journal
    }
    try save(now)
  }

  func save() throws { try save(journal.withLock { $0 }) }

  private func save(_ journal: GameDayJournal) throws {
    let place = Self.keepsake(site.layout)
    if !FileTree.exists(place) { try FileTree.makeDirectory(place, account: site.account) }
    guard let data = try? JSONEncoder().encode(journal) else {
      throw RecoveryError(.failed, "the game day's journal cannot be written as JSON")
    }
    try FileTree.write(Self.journalFile(site.layout), Array(data), account: site.account)
  }

  // MARK: Files

  /// Out of the way, to be put back.
  func takeAway(_ path: String) throws {
    let count = journal.withLock { $0.changes.count }
    let aside = "\(Self.keepsake(site.layout))/\(count)"
    try note(.moved(from: path, to: aside))
    guard Glibc.rename(path, aside) == 0 else { throw FileTree.failure("take away", path) }
  }

  func add(_ path: String, _ bytes: [UInt8]) throws {
    try note(.added(path))
    try FileTree.write(path, bytes, account: site.account)
  }

  /// A history file of timeline 2 that leaves the first at the begin of a segment.
  func addTimeline(leavingAt segment: SandboxRepository.Segment) throws {
    let place = SandboxLayout.parent(of: SandboxLayout.parent(of: segment.path))
    try add("\(place)/00000002.history", Array(SandboxRepository.history(segment).utf8))
  }

  func replace(_ path: String, _ change: ([UInt8]) -> [UInt8]) throws {
    guard let bytes = try FileTree.read(path, limit: 64 << 20) else {
      throw RecoveryError(.failed, "there is no \(path)")
    }
    try takeAway(path)
    try add(path, change(bytes))
  }

  func rename(_ path: String, to other: String) throws {
    try note(.moved(from: path, to: other))
    guard Glibc.rename(path, other) == 0 else { throw FileTree.failure("rename", path) }
  }

  func shut(_ path: String) throws {
    guard let entry = FileTree.entry(path) else { throw FileTree.failure("look at", path) }
    try note(.mode(path, entry.mode))
    guard chmod(path, 0) == 0 else { throw FileTree.failure("change the mode of", path) }
  }

  // MARK: Servers

  func set(_ name: String, to value: String, on instance: String = "primary") async throws {
    try note(.setting(instance: instance, name: name))
    let quoted = value.replacing("'", with: "''")
    try await run(
      instance, ["ALTER SYSTEM SET \(name) = '\(quoted)'", "SELECT pg_reload_conf()"])
  }

  /// As a machine that vanishes: SIGKILL to the postmaster and its children.
  func kill(_ instance: String) throws {
    try note(.halted(instance: instance))
    for process in site.family(of: instance) { ProcessTable.signal(process, SIGKILL) }
  }

  /// Connections open and nothing answers.
  func freeze(_ instance: String) throws {
    try note(.halted(instance: instance))
    for process in site.family(of: instance) { ProcessTable.signal(process, SIGSTOP) }
  }

  @discardableResult
  func run(_ instance: String, _ statements: [String]) async throws -> SQLRows {
    try await site.administer(instance, statements)
  }

  /// Writes a little and closes its segment; returns the segment's name.
  @discardableResult
  func closeSegment() async throws -> String { try await site.closeSegment(of: "primary") }

  /// Whole segments after the newest base backup, so that something can go wrong with them.
  func archive(segments count: Int) async throws {
    for _ in 0..<count {
      let segment = try await closeSegment()
      let deadline = Deadline(seconds: 60)
      while !repository.segments.contains(where: { $0.name == segment }) {
        guard !deadline.passed else {
          throw RecoveryError(
            .timedOut, "\(segment) did not come to the archive within 60 s",
            remedy: "mend what is planted first")
        }
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  var repository: SandboxRepository { SandboxRepository(layout: site.layout) }
}

extension Site {
  /// The postmaster and its children; empty where it does not run.
  func family(of instance: String) -> [ProcessEntry] {
    guard let postmaster = processes.postmaster(instance) else { return [] }
    let place = layout.dataDirectory(instance)
    return [postmaster]
      + processes.workers().filter { $0.workingDirectory == place && $0.pid != postmaster.pid }
  }

  /// Runs statements as superuser in the sandbox's database; returns the last one's rows.
  func administer(_ instance: String, _ statements: [String]) async throws -> SQLRows {
    guard let index = marker.instances.firstIndex(of: instance) else {
      throw RecoveryError(.invalid, "the sandbox has no instance \(instance)")
    }
    let session = SandboxSession(
      layout: layout, port: SandboxLayout.port(index), user: SandboxLayout.superuser,
      database: SandboxLayout.database)
    return try await session.run(statements, deadline: 60)
  }

  /// Writes a little and closes its segment; returns the segment's name.
  func closeSegment(of instance: String) async throws -> String {
    let rows = try await administer(
      instance,
      [
        "SELECT pg_logical_emit_message(true, 'pgvigil', 'x')",
        "SELECT pg_walfile_name(pg_switch_wal())",
      ])
    return rows.rows.first?.first.flatMap { $0 } ?? ""
  }

  /// A command that never ends holds the archiver, whatever the setting says by now.
  func endStuckCommands(of instance: String) {
    let place = layout.dataDirectory(instance)
    for process in processes.workers()
    where process.workingDirectory == place && process.arguments.first == "sleep" {
      ProcessTable.signal(process, SIGTERM)
    }
  }
}
