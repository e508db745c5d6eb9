import Foundation
import TestSupport
import Testing

/// A recovery that a person began by hand, beside a sandbox.
@Suite(
  "Recoveries that others run", .serialized,
  .enabled(if: Binary.serversAreInstalled, "PostgreSQL and pgBackRest are not installed"))
struct RecoveryInSightTests {
  @Test("a restore and then the server that replays are followed to their end")
  func byHand() throws {
    let sandbox = try LiveSandbox()
    #expect(try sandbox.run("backup", "auth-db").status == 0)
    for _ in 0..<6 { try sandbox.sql("SELECT pg_switch_wal() FROM pg_create_restore_point('x')") }
    #expect(try recoveries(sandbox).isEmpty)

    let place = sandbox.directory + "/by-hand"
    let bin = try #require(Binary.postgresBin)
    defer { _ = try? sandbox.asOwner([bin + "/pg_ctl", "-D", place, "-m", "immediate", "stop"]) }
    // The gate: archive-get waits for a file, so that replay stands where the test wants it.
    let gate = sandbox.directory + "/gate"
    let tool = "pgbackrest --config=\(sandbox.directory)/pgbackrest.conf --stanza=auth-db"
    try sandbox.asOwner(["mkdir", "-m", "700", place])
    try sandbox.asOwner([
      "sh", "-c",
      "\(tool) --pg1-path=\(place) --archive-mode=off --recovery-option=\"restore_command="
        + "while [ ! -e \(gate) ]; do sleep 0.1; done; \(tool) --pg1-path=\(place) archive-get %f %p\" restore",
    ])
    try sandbox.asOwner([
      bin + "/pg_ctl", "-D", place, "-l", place + "/log", "-W", "-s", "-o",
      "-c listen_addresses='' -c unix_socket_directories='\(place)' -c port=6198"
        + " -c primary_conninfo='' -c archive_mode=off", "start",
    ])
    var seen: [String: Any] = [:]
    try sandbox.eventually("the recovery is seen") {
      seen = try recoveries(sandbox).first ?? [:]
      return !seen.isEmpty
    }
    #expect(seen["place"] as? String == place && seen["stage"] as? String == "replaying")
    #expect(seen["target"] as? String == "the end of the archive")
    #expect(try sandbox.run("status").output.contains("recovering"))

    try sandbox.asOwner(["touch", gate])
    try sandbox.eventually("it has ended", within: 300) {
      try !FileManager.default.fileExists(atPath: place + "/recovery.signal")
        && recoveries(sandbox).isEmpty
    }
  }

  private func recoveries(_ sandbox: LiveSandbox) throws -> [[String: Any]] {
    try sandbox.status().cluster["recoveries"] as? [[String: Any]] ?? []
  }
}
