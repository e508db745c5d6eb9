import FoundationEssentials
import Glibc
import RecoveryModel
import Transports

/// Mishaps in a sandbox: planted one at a time, and mended.
package struct GameDay: Sendable {
  private let sandbox: Sandbox

  package init(_ sandbox: Sandbox) { self.sandbox = sandbox }

  /// Segments that are archived first, so that there is something between the newest backup and now.
  private static let segments = 5

  /// What is planted now; nil = nothing is. Throws `refused` where there is no sandbox.
  package func planted() throws -> Mishap? {
    guard let journal = try journal(Site.existing(sandbox.directory)) else { return nil }
    return Mishap.all.first { $0.id == journal.mishap }
  }

  /// Plants it. Throws `refused` where one is planted already, or there is no base backup to go wrong.
  package func plant(_ mishap: Mishap) async throws {
    let site = try Site.existing(sandbox.directory)
    guard try journal(site) == nil else {
      throw RecoveryError(
        .refused, "something is planted in \(site.layout.directory) already",
        remedy: "pgvigil gameday mend --dir \(site.layout.directory) comes first")
    }
    let stage = GameDayStage(site: site, mishap: mishap.id)
    _ = try stage.repository.newest()
    try await stage.archive(segments: Self.segments)
    try stage.save()
    do { try await mishap.plant(stage) } catch {
      _ = try? await mend()
      throw error
    }
  }

  /// Undoes what is planted, the last change first. Returns what it was; nil = nothing was planted.
  package func mend() async throws -> Mishap? {
    let site = try Site.existing(sandbox.directory)
    guard let journal = try journal(site) else { return nil }
    for change in journal.changes.reversed() { try await undo(change, site) }
    unlink(GameDayStage.journalFile(site.layout))
    rmdir(GameDayStage.keepsake(site.layout) + "/empty")
    rmdir(GameDayStage.keepsake(site.layout))
    return Mishap.all.first { $0.id == journal.mishap }
  }

  private func journal(_ site: Site) throws -> GameDayJournal? {
    guard let bytes = try FileTree.read(GameDayStage.journalFile(site.layout)) else { return nil }
    guard let journal = try? JSONDecoder().decode(GameDayJournal.self, from: Data(bytes)) else {
      throw RecoveryError(
        .failed, "\(GameDayStage.journalFile(site.layout)) cannot be read as a journal",
        remedy: "pgvigil sandbox down, and make a new one")
    }
    return journal
  }

  /// Safe to do again after it was cut short.
  private func undo(_ change: StageChange, _ site: Site) async throws {
    switch change {
    case .moved(let from, let to):
      guard FileTree.exists(to) else { return }
      guard rename(to, from) == 0 else { throw FileTree.failure("put back", from) }
    case .added(let path): unlink(path)
    case .mode(let path, let mode):
      guard chmod(path, mode) == 0 else { throw FileTree.failure("change the mode of", path) }
    case .setting(let instance, let name):
      _ = try await site.administer(
        instance, ["ALTER SYSTEM RESET \(name)", "SELECT pg_reload_conf()"])
      site.endStuckCommands(of: instance)
    case .halted(let instance): try await revive(instance, site)
    }
  }

  private func revive(_ instance: String, _ site: Site) async throws {
    let family = site.family(of: instance)
    guard family.isEmpty else {
      for process in family { ProcessTable.signal(process, SIGCONT) }
      return
    }
    try await SandboxServer(
      layout: site.layout, bindir: site.marker.bindir, account: site.account,
      processes: sandbox.processes
    ).startOnceGone(instance)
  }
}
