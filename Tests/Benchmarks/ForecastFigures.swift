import Foundation
import TestSupport

/// What is said of a recovery that somebody runs by hand, at half of the time that it takes, against what came: real
/// restores of different sizes of base backup and WAL.
struct ForecastFigures {
  let subject: Subject
  let account: String

  /// Rows that are added before a new base backup (0 = the backup before is good for this one too), and how often
  /// 100,000 rows are written anew after it: some 25 segments of the sandbox's, of 1 MiB. Each takes half a minute or
  /// more: nobody asks how far a shorter one is.
  private static let loads: [(rows: Int, updates: Int)] = [
    (600_000, 5), (0, 7), (900_000, 4), (0, 6), (0, 9), (900_000, 5), (0, 4), (0, 8), (900_000, 6),
    (0, 6),
  ]

  private static let margin = 0.3

  /// What was said at a moment: seconds since the restore began, and seconds that it would still take.
  private struct Look {
    var at: Double
    var left: Double
    var stage: String
  }

  func measure() throws -> [Figure] {
    // An autovacuum on the way would move the end of the archive away: nobody can tell when it begins.
    try subject.sql("CREATE TABLE forecast (id int, note text) WITH (autovacuum_enabled = off)")
    // Each is told as it ends: ten of them take a quarter of an hour.
    var lines: [String] = [] {
      didSet { FileHandle.standardError.write(Data("  \(lines.last ?? "")\n".utf8)) }
    }
    var (within, total) = (0, 0)
    for (number, load) in Self.loads.enumerated() {
      try prepare(load)
      let (looks, took) = try recover()
      let size = try subject.sql("SELECT pg_size_pretty(pg_database_size('keycloak'))")
      total += 1
      guard let half = looks.min(by: { abs($0.at - took / 2) < abs($1.at - took / 2) }) else {
        lines.append("\(number + 1): nothing was said in \(Int(took)) s")
        continue
      }
      let truth = took - half.at
      let error = half.left / truth - 1
      if abs(error) <= Self.margin { within += 1 }
      lines.append(
        String(
          format: "%d: %@, took %.1f s; at %.1f s (%@) said %.1f s more, came %.1f s (%+.0f %%)%@",
          number + 1, size, took, half.at, half.stage, half.left, truth, error * 100,
          abs(error) <= Self.margin ? "" : " OUTSIDE"))
    }
    return [
      Figure(
        name: "time left, said at half time", goal: ">= 9 of 10 within 30 %",
        ours: "\(within) of \(total)", peer: "pgbackrest and psql say none",
        met: total > 0 && 10 * within >= 9 * total, note: "\n  " + lines.joined(separator: "\n  "))
    ]
  }

  private func prepare(_ load: (rows: Int, updates: Int)) throws {
    try subject.sql("VACUUM forecast")
    if load.rows > 0 {
      try subject.sql(
        "INSERT INTO forecast SELECT g, md5(g::text) || md5((g + 1)::text) "
          + "FROM generate_series(1, \(load.rows)) g")
      try subject.archiveAll()
      _ = try subject.run("backup", "auth-db", "--json")
    }
    for turn in 0..<load.updates {
      let first = turn % 6 * 100_000
      try subject.sql(
        "UPDATE forecast SET note = md5(note) || md5(md5(note)) "
          + "WHERE id BETWEEN \(first) AND \(first + 99_999)")
    }
    try subject.archiveAll()
    // As after each night: it replays what the day wrote after its base backup.
    if load.rows > 0 { _ = try subject.run("drill", "auth-db", "--json") }
  }

  /// Restores beside the sandbox and starts the server; what was said meanwhile, and how long it took.
  private func recover() throws -> (looks: [Look], took: Double) {
    let data = subject.directory + "/by-hand"
    let sockets = "/tmp/pgvigil-bench-hand-\(getpid())"
    let bin = try Command.run("/bin/sh", ["-c", "ls -d /usr/lib/postgresql/*/bin | tail -1"])
      .output.trimmingCharacters(in: .whitespacesAndNewlines)
    _ = try subject.asOwner(["/bin/mkdir", "-p", "-m", "0700", data, sockets], account)
    defer {
      _ = try? subject.asOwner(
        [bin + "/pg_ctl", "-D", data, "-m", "immediate", "-s", "stop"], account)
      _ = try? subject.asOwner(["/bin/rm", "-rf", data, sockets], account)
    }
    let restore = (subject.pgbackrest + ["--pg1-path=\(data)", "--archive-mode=off", "restore"])
      .joined(separator: " ")
    let start =
      "\(bin)/pg_ctl -D \(data) -l \(data)/hand.log -W -s -o '-c port=5998 -c listen_addresses= "
      + "-c unix_socket_directories=\(sockets) -c archive_mode=off' start"
    let begun = EmulatedTerminal.now
    let hand = try Command.start(
      "/usr/bin/env", subject.ownerCommand(["/bin/sh", "-c", "\(restore) && \(start)"], account))
    var looks: [Look] = []
    while EmulatedTerminal.now - begun < 900 {
      if try isOpen(sockets) { break }
      let at = EmulatedTerminal.now - begun
      if let (left, stage) = said(try subject.run("status", "--json").output, of: data) {
        looks.append(Look(at: at, left: left, stage: stage))
      }
      usleep(300_000)
    }
    let took = EmulatedTerminal.now - begun
    _ = hand.wait()
    return (looks, took)
  }

  private func isOpen(_ sockets: String) throws -> Bool {
    try Command.run(
      "/usr/bin/psql",
      [
        "-XAtq", "-h", sockets, "-p", "5998", "-U", subject.superuser, "-d", "keycloak", "-c",
        "SELECT pg_is_in_recovery()",
      ]
    ).output.hasPrefix("f")
  }

  private func said(_ json: String, of place: String) -> (left: Double, stage: String)? {
    guard
      let document = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any],
      let clusters = document["clusters"] as? [[String: Any]],
      let recovery = clusters.lazy.flatMap({ $0["recoveries"] as? [[String: Any]] ?? [] })
        .first(where: { $0["place"] as? String == place }),
      let left = recovery["remaining_seconds"] as? Double
    else { return nil }
    return (left, recovery["stage"] as? String ?? "?")
  }
}
