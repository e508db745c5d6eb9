import Foundation
import TestSupport
import Testing

/// Real faults on real servers: each must show as what it is, at once, and cost nothing else.
@Suite(
  "Faults on a live sandbox", .serialized,
  .enabled(if: Binary.serversAreInstalled, "PostgreSQL and pgBackRest are not installed"))
struct FaultTests {
  @Test func aFrozenServerCostsItsOwnRowAlone() throws {
    let sandbox = try LiveSandbox()
    let frozen = try sandbox.processes(of: "standby-1")
    for pid in frozen { kill(pid, SIGSTOP) }
    defer { for pid in frozen { kill(pid, SIGCONT) } }
    let status = try sandbox.status()
    let states = instances(status.cluster).mapValues { $0["state"] as? String }
    #expect(states["standby-1"] == "unreachable")
    #expect(states["primary"] == "running")
    #expect(states["standby-2"] == "running")
    #expect(status.cluster["archive"] != nil)
  }

  @Test func aStoppedPrimaryIsSeenAndItsReturnToo() throws {
    let sandbox = try LiveSandbox()
    let bin = try #require(Binary.postgresBin)
    let data = sandbox.directory + "/primary"
    try sandbox.asOwner([bin + "/pg_ctl", "-D", data, "-m", "fast", "-w", "-s", "stop"])
    let stopped = try sandbox.status()
    #expect(stopped.exit != 0)
    #expect(instances(stopped.cluster)["primary"]?["state"] as? String == "unreachable")
    let log = sandbox.directory + "/log/primary-again.log"
    try sandbox.asOwner([bin + "/pg_ctl", "-D", data, "-l", log, "-w", "-s", "start"])
    #expect(instances(try sandbox.status().cluster)["primary"]?["state"] as? String == "running")
  }

  @Test func aFailoverShowsTheNewPrimaryAndItsTimeline() throws {
    let sandbox = try LiveSandbox()
    let bin = try #require(Binary.postgresBin)
    try sandbox.asOwner(
      [bin + "/pg_ctl", "-D", sandbox.directory + "/primary", "-m", "immediate", "-s", "stop"])
    try sandbox.asOwner(
      [bin + "/pg_ctl", "-D", sandbox.directory + "/standby-1", "-w", "-s", "promote"])
    let promoted = instances(try sandbox.status().cluster)["standby-1"]
    #expect(promoted?["role"] as? String == "primary")
    #expect(promoted?["timeline"] as? Int == 2)
  }

  @Test func aFailingArchiveCommandIsSaidWithTheSegment() throws {
    let sandbox = try LiveSandbox()
    try sandbox.sql("ALTER SYSTEM SET archive_command = '/bin/false'")
    try sandbox.sql("SELECT pg_reload_conf()")
    try sandbox.sql("CREATE TABLE scratch (n int); SELECT pg_switch_wal()")
    try sandbox.eventually("the archiver fails") {
      let archive = try sandbox.status().cluster["archive"] as? [String: Any]
      return archive?["failing"] as? Bool == true
    }
    #expect(try sandbox.status().exit != 0)
  }

  @Test func aHungArchiverShowsWhatWaits() throws {
    let sandbox = try LiveSandbox()
    // Before there is a base backup all would be lost, and nothing beside that is told.
    _ = try sandbox.run("backup", "auth-db")
    try sandbox.sql("ALTER SYSTEM SET archive_command = 'sleep 300; cp %p /nonexistent/%f'")
    try sandbox.sql("SELECT pg_reload_conf()")
    try sandbox.eventually("two segments wait") {
      try sandbox.sql("CREATE TABLE IF NOT EXISTS scratch (n int)")
      try sandbox.sql("INSERT INTO scratch VALUES (1); SELECT pg_switch_wal()")
      let archive = try sandbox.status().cluster["archive"] as? [String: Any]
      return archive?["waiting_segments"] as? Int ?? 0 >= 2
    }
    let rpo = try sandbox.status().cluster["rpo"] as? [String: Any]
    #expect(rpo?["bytes"] as? Int ?? 0 > 0)
  }

  @Test func anUnreadableRepositoryIsUnknownAndNeverGood() throws {
    let sandbox = try LiveSandbox()
    let repository = sandbox.directory + "/repository"
    let backup = repository + "/backup"
    rename(backup, backup + ".away")
    let archive = repository + "/archive"
    rename(archive, archive + ".away")
    let status = try sandbox.status()
    #expect([2, 3].contains(status.exit))
    #expect(!["PROVEN", "LIKELY"].contains(status.cluster["verdict"] as? String))
    rename(backup + ".away", backup)
    rename(archive + ".away", archive)
  }

  @Test func aMissingSegmentFailsTheDrillAndNeverPassesShort() throws {
    let sandbox = try LiveSandbox()
    #expect(try sandbox.run("backup", "auth-db").status == 0)
    for _ in 0..<4 { try sandbox.archiveSomething() }
    let segments = try archivedSegments(sandbox)
    let victim = segments[segments.count - 3]
    try FileManager.default.removeItem(atPath: victim)
    let status = try sandbox.status()
    #expect(status.exit != 0)
    // Planning cuts the target at the hole or the restore stops there: either way it must not pass as whole.
    _ = try sandbox.run("drill", "auth-db", "--json")
    #expect(try sandbox.status().cluster["verdict"] as? String != "PROVEN")
    #expect(try leftovers(sandbox).isEmpty)
  }

  @Test func aKilledBackupIsNotABackup() throws {
    let sandbox = try LiveSandbox()
    try sandbox.sql("CREATE TABLE big AS SELECT g, md5(g::text) FROM generate_series(1, 1500000) g")
    let backup = try Command.start(
      Binary.pgvigil, ["backup", "auth-db", "--config", sandbox.configuration])
    try sandbox.eventually("pgbackrest copies") {
      try Command.run("/usr/bin/pkill", ["-9", "-f", "\(sandbox.directory).*backup$"]).status == 0
    }
    #expect(backup.wait().status == 1)
    let backups = try sandbox.status().cluster["backups"] as? [String: Any]
    #expect(backups?["count"] as? Int == 0)
    #expect(try sandbox.run("backup", "auth-db").status == 0)
  }

  @Test func aWholeStoryEndsProvenAndLeavesNothing() throws {
    let result = try Command.run(Binary.pgvigil, ["demo", "--unattended", "--json"])
    #expect(result.status == 0, "\(result.error)")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let steps = try #require(document["steps"] as? [[String: Any]])
    #expect(steps.compactMap { $0["name"] as? String } == ["gap", "backup", "drill", "final"])
    #expect(steps.first?["verdict"] as? String == "NOT RECOVERABLE")
    #expect(steps.last?["verdict"] as? String == "PROVEN")
    #expect((document["left_behind"] as? [String])?.isEmpty == true)
  }

  private func instances(_ cluster: [String: Any]) -> [String: [String: Any]] {
    let list = cluster["instances"] as? [[String: Any]] ?? []
    return Dictionary(
      list.map { ($0["name"] as? String ?? "", $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Paths of the archived segments, in order.
  private func archivedSegments(_ sandbox: LiveSandbox) throws -> [String] {
    let root = sandbox.directory + "/repository/archive"
    let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return paths.filter { path in
      let name = path.split(separator: "/").last ?? ""
      return name.contains("-") && name.prefix(24).allSatisfy(\.isHexDigit) && name.count > 40
        && !name.contains(".backup")
    }.sorted().map { root + "/" + $0 }
  }

  /// Processes of a drill of this sandbox that are still there.
  private func leftovers(_ sandbox: LiveSandbox) throws -> [String] {
    try Command.run("/usr/bin/pgrep", ["-af", "\(sandbox.directory)/.*pgvigil-drill"]).output
      .split(separator: "\n").map(String.init).filter { !$0.contains("pgrep") }
  }
}
