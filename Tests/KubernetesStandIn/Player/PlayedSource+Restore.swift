import FoundationEssentials
import Glibc
import TestSupport

extension PlayedSource {
  /// How a restore ended: the server's own log, and the server where it came up.
  struct Restored: Sendable {
    var log: [ServerLogLine]
    var server: PlayedServer?
  }

  /// Restores the base backup and replays to `target` (a Cluster's recoveryTarget), as the recovery job does. The script's
  /// failures are real here: a target behind all WAL, an archive with a hole, an archive that gives nothing.
  func restore(
    target: JSONValue, failure: RecoveryFailure?, demandsTLS: Bool = false
  ) async throws -> Restored {
    let place = "/tmp/standin-restore-" + String(UInt64.random(in: .min ... .max), radix: 36)
    let port = try PostgresTools.freePort()
    try PostgresTools.makeDirectory(place)
    do {
      return try await restore(
        target: target, failure: failure, demandsTLS: demandsTLS, to: place, port: port)
    } catch {
      await PlayedServer(directory: place, port: port, timeline: 0).stop()
      throw error
    }
  }

  private func restore(
    target: JSONValue, failure: RecoveryFailure?, demandsTLS: Bool, to place: String,
    port: UInt16
  ) async throws -> Restored {
    try await PostgresTools.run("/bin/cp", ["-a", directory + "/base", place + "/data"])
    // What the source appended names its own port and archive: said again, the last word counts.
    try append(
      Self.settings(port: port, directory: place) + "archive_command = 'false'\n"
        + "restore_command = '\(restoreCommand(failure))'\nrecovery_target_action = promote\n"
        + "ssl = on\nssl_cert_file = '\(directory)/tls.crt'\nssl_key_file = '\(directory)/tls.key'\n"
        + "hba_file = '\(place)/hba'\n"
        + settings(of: target, failure: failure),
      to: place + "/data/postgresql.conf")
    try append(
      "local all all trust\n\(demandsTLS ? "hostssl" : "host") all all 127.0.0.1/32 trust\n",
      to: place + "/hba")
    try await PostgresTools.run("/usr/bin/touch", [place + "/data/recovery.signal"])
    let start = try await PostgresTools.onThread {
      try PostgresTools.blockingRun(
        "pg_ctl", ["-D", place + "/data", "-l", place + "/log", "-w", "-s", "-t", "60", "start"])
    }
    let isUp = start.status == 0 ? try await isPromoted(port: port) : false
    let log = ServerLogLine.lines(of: String(decoding: try readFile(place + "/log"), as: UTF8.self))
    guard isUp else {
      await PlayedServer(directory: place, port: port, timeline: 0).stop()
      return Restored(log: log)
    }
    let timeline = try await PlayedServer.query(
      port: port, "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int")
    return Restored(
      log: log,
      server: PlayedServer(directory: place, port: port, timeline: Int(timeline) ?? 2))
  }

  /// Every error counts as the end of WAL, as CNPG's own command does it.
  private func restoreCommand(_ failure: RecoveryFailure?) -> String {
    let copy = "cp \(directory)/archive/%f %p 2>/dev/null || exit 1"
    switch failure {
    case .endOfBackupMissing:
      // Only what the backup needs to begin with.
      return "test %f = \(firstSegment) && \(copy)"
    case .silentEarlyPromotion:
      return "test %f != \(segmentOfLastRows) && \(copy)"
    default: return copy
    }
  }

  private var firstSegment: String { segments.first ?? "" }
  /// Without it a server that is given no target promotes early, 30 rows short.
  private var segmentOfLastRows: String { segments.dropLast().last ?? "" }

  /// Segments from the one that the base backup begins in.
  private var segments: [String] {
    let label = (try? readFile(directory + "/base/backup_label")).map {
      String(decoding: $0, as: UTF8.self)
    }
    let begin = label?.split(separator: "file ").dropFirst().first?.prefix { $0 != ")" } ?? ""
    return ((try? archived) ?? []).filter { $0.count == 24 && $0 >= begin }
  }

  private func settings(of target: JSONValue, failure: RecoveryFailure?) -> String {
    if failure == .targetNotReached { return "recovery_target_lsn = 'FFFF/0'\n" }
    if failure == .silentEarlyPromotion { return "" }
    var lines: [String] = []
    for (field, setting) in [
      ("targetLSN", "lsn"), ("targetTime", "time"), ("targetXID", "xid"), ("targetName", "name"),
      ("targetTLI", "timeline"),
    ] {
      guard var value = target[field]?.string, !value.isEmpty else { continue }
      // The operator writes RFC 3339 in PostgreSQL's form.
      if setting == "time" {
        value = value.replacing("T", with: " ").replacing("Z", with: "+00")
      }
      lines.append("recovery_target_\(setting) = '\(value)'")
    }
    if target["targetImmediate"] == true { lines.append("recovery_target = 'immediate'") }
    if target["exclusive"] == true { lines.append("recovery_target_inclusive = off") }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Waits for the end of recovery; false when the server went away first.
  private func isPromoted(port: UInt16) async throws -> Bool {
    for _ in 0..<20_000 {
      let answer = try? await PlayedServer.query(port: port, "SELECT pg_is_in_recovery()")
      if answer == "f" { return true }
      if answer == nil { return false }
      try await Task.sleep(for: .milliseconds(50))
    }
    return false
  }
}
