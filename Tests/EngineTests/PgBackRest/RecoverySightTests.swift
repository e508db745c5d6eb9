import Foundation
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

/// Processes of a host that is made of files.
@Suite("Recoveries in sight") struct RecoverySightTests {
  private let root: String
  private let now = Date(timeIntervalSince1970: 2_000_000)

  init() throws {
    root = NSTemporaryDirectory() + "sight-\(UUID().uuidString)"
    try write("proc/stat", "cpu 1 2\nbtime 1000000\n")
  }

  private func write(_ path: String, _ text: String) throws {
    let file = URL(filePath: "\(root)/\(path)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  private func process(
    _ pid: Int, _ name: String, parent: Int = 1, _ arguments: [String], state: String = "S"
  ) throws {
    let fields = [state, "\(parent)"] + Array(repeating: "0", count: 17) + ["100000", "0"]
    try write("proc/\(pid)/stat", "\(pid) (\(name)) " + fields.joined(separator: " "))
    try write("proc/\(pid)/cmdline", arguments.joined(separator: "\0") + "\0")
  }

  private func look() -> [RecoveryUnderWay] {
    defer { try? FileManager.default.removeItem(atPath: root) }
    return RecoverySight(
      stanza: "main", ownDirectory: root + "/own", drillPlace: { [root] in root + "/drills" },
      root: root + "/proc"
    ).look(segmentSize: 16 << 20, at: now)
  }

  @Test func aRestoreIsCountedByWhatLiesThere() throws {
    let place = root + "/restored"
    try write("restored/base/1/2", String(repeating: "x", count: 700))
    let manifest = "[backup]\nbackup-label=\"20261129-120000F\"\n"
    try write("restored/backup.manifest", manifest)
    try process(
      10, "pgbackrest", ["pgbackrest", "--stanza=main", "--pg1-path=\(place)", "restore"])
    try process(
      11, "pgbackrest", parent: 10,
      ["pgbackrest", "--process=1", "--stanza=main", "restore:local"])
    let found = try #require(look().first)
    #expect(found.place == place && found.stage == .restoring)
    #expect(
      found.label == "20261129-120000F" && found.restoredBytes == 700 + Int64(manifest.utf8.count))
    #expect(found.since == Date(timeIntervalSince1970: 1_001_000))
  }

  @Test("over old files a count tells nothing; another stanza's, a backup and the dead are none")
  func others() throws {
    try process(
      10, "pgbackrest", ["pgbackrest", "--stanza=main", "--delta", "--set=20261129-1F", "restore"])
    try process(11, "pgbackrest", ["pgbackrest", "--stanza=other", "restore"])
    try process(12, "pgbackrest", ["pgbackrest", "--stanza=main", "backup"])
    try process(13, "pgbackrest", ["pgbackrest", "--stanza=main", "restore"], state: "Z")
    try process(
      14, "pgbackrest",
      ["pgbackrest", "--stanza=main", "--pg1-path=\(root)/drills/a/data", "restore"])
    let found = look()
    #expect(found.map(\.place) == [root + "/own"])
    #expect(found.first?.restoredBytes == nil && found.first?.label == "20261129-1F")
  }

  private func server(
    _ pid: Int, _ directory: String, title: String, signal: String = "recovery.signal",
    settings: String = "restore_command = 'pgbackrest --stanza=main archive-get %f \"%p\"'\n"
  ) throws {
    try write("\(directory)/\(signal)", "")
    try write("\(directory)/postgresql.auto.conf", "# by hand\n" + settings)
    try write(
      "\(directory)/backup_label.old",
      "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nLABEL: x\n")
    try process(pid, "postgres", ["/bin/postgres", "-D", "\(root)/\(directory)"])
    try process(pid + 1, "postgres", parent: pid, [title])
  }

  @Test func aServerThatReplaysSaysWhereItIsAndWhereItIsToEnd() throws {
    try server(
      20, "side", title: "postgres: main: startup recovering 000000010000000000000005",
      settings: """
        restore_command = 'pgbackrest --stanza=main archive-get %f "%p"'
        recovery_target_time = '2026-11-29 12:00:00+00'
        """)
    let found = try #require(look().first)
    #expect(found.stage == .replaying && found.place == root + "/side")
    #expect(found.replayedFrom == LSN(text: "0/2000028"))
    #expect(found.replayedTo == LSN(text: "0/5000000"))
    #expect(found.aim.words == "2026-11-29T12:00:00Z")
  }

  /// Two minutes of a segment in ten seconds, then one each second.
  @Test func itsLogTellsHowFastItIsOfLate() throws {
    try server(20, "side", title: "postgres: main: startup recovering 000000010000000000000021")
    let seconds = (0..<12).map { $0 * 10 } + (0..<60).map { 120 + $0 }
    let lines = seconds.enumerated().map { number, second in
      String(format: "2026-11-29 12:%02d:%02d.250 CET [77] LOG:  ", second / 60, second % 60)
        + String(format: "restored log file \"%024X\" from archive", number)
    }
    let before = "2026-11-28 01:00:00.000 CET [7] LOG:  restored log file \"0\" from archive"
    let begin = "2026-11-29 11:59:59.000 CET [77] LOG:  database system was interrupted"
    try write("side/hand.log", ([before, begin] + lines).joined(separator: "\n") + "\n")
    try write("side/current_logfiles", "stderr hand.log\n")
    let found = try #require(look().first)
    #expect(found.latePace == Double(16 << 20))
  }

  @Test func aLogWithoutTimesTellsNoPace() throws {
    try server(20, "side", title: "postgres: main: startup recovering 000000010000000000000005")
    let line = "LOG:  restored log file \"000000010000000000000005\" from archive\n"
    try write("side/hand.log", String(repeating: line, count: 50))
    try write("side/current_logfiles", "stderr hand.log\n")
    let found = try #require(look().first)
    #expect(found.latePace == nil)
  }

  @Test("a standby never ends, and another's server is none of ours")
  func standbys() throws {
    try server(
      20, "standby", title: "postgres: startup recovering 000000010000000000000005",
      signal: "standby.signal")
    try server(
      30, "foreign", title: "postgres: startup recovering 000000010000000000000005",
      settings: "restore_command = 'cp /wal/%f %p'\n")
    try server(
      40, "drills/b", title: "postgres: startup recovering 000000010000000000000005")
    try server(50, "own", title: "postgres: startup waiting", settings: "")
    #expect(look().map(\.place) == [root + "/own"])
  }

  @Test(
    "the last setting counts, as PostgreSQL reads it",
    arguments: [
      ("recovery_target_lsn = '0/5'\n", "LSN 0/5"),
      ("recovery_target = 'immediate'\n", "the end of the backup"),
      ("recovery_target_xid = '77'\n", "transaction 77"),
      ("recovery_target_name = 'it''s'\n", "restore point it's"),
      ("recovery_target_xid = '77'\nrecovery_target_xid = ''\n", "the end of the archive"),
    ])
  func aims(settings: String, words: String) {
    #expect(RecoveringServer.aim(RecoveringServer.settings(settings)).words == words)
  }
}
