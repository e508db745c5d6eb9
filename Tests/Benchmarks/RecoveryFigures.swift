import Foundation
import TestSupport

/// What acting costs, and how well the projection foretells it.
struct RecoveryFigures {
  let subject: Subject
  let account: String

  func measure() throws -> [Figure] {
    let status = try statusTime()
    _ = try subject.run("backup", "auth-db", "--json")
    return [status, try projection(), try overhead()]
  }

  private func statusTime() throws -> Figure {
    var ours: [Double] = []
    var raw: [Double] = []
    for _ in 0..<20 {
      ours.append(try subject.run("status", "--json").seconds * 1000)
      raw.append(try info().seconds * 1000)
    }
    let series = Series(ours)
    return Figure(
      name: "status --json", goal: "<= 60 ms", ours: series.text("ms"),
      peer: "pgbackrest info alone " + Series(raw).text("ms"), met: series.median <= 60)
  }

  private func info() throws -> Command {
    try subject.asOwner(subject.pgbackrest + ["--output=json", "info"], account)
  }

  // MARK: Projection

  /// Different amounts and kinds of WAL, one drill after each.
  private static let loads: [(name: String, statements: [String])] = [
    ("a little", ["INSERT INTO bench SELECT g, repeat('x', 80) FROM generate_series(1, 20000) g"]),
    ("bulk insert", ["INSERT INTO bench SELECT g, md5(g::text) FROM generate_series(1, 900000) g"]),
    ("updates", ["UPDATE bench SET note = note || '!' WHERE id % 3 = 0"]),
    ("index build", ["CREATE INDEX ON bench (note)", "CREATE INDEX ON bench (id, note)"]),
    (
      "small transactions",
      [
        """
        DO $$ BEGIN FOR i IN 1..60000 LOOP
          INSERT INTO bench VALUES (-i, 'small'); COMMIT; END LOOP; END $$
        """
      ]
    ),
    (
      "page images after checkpoints",
      Array(
        repeating: ["CHECKPOINT", "UPDATE bench SET note = 'again' WHERE id % 97 = 0"], count: 3
      ).flatMap { $0 }
    ),
  ]

  private func projection() throws -> Figure {
    try subject.sql("CREATE TABLE bench (id int, note text)")
    var inside = 0
    var widest = 0.0
    var lines: [String] = []
    for load in Self.loads {
      for statement in load.statements { try subject.sql(statement) }
      try subject.archiveAll()
      let finished = try subject.run("drill", "auth-db", "--json")
      guard let drill = Drill(json: finished.output), let low = drill.low, let high = drill.high,
        let measured = drill.measured
      else {
        lines.append("\(load.name): no record (\(finished.error.suffix(200)))")
        continue
      }
      if low...max(low, high) ~= measured { inside += 1 }
      widest = max(widest, high / max(low, 0.001))
      lines.append(
        String(
          format: "%@: %.1f s in %.1f-%.1f s (%+.0f %%)", load.name, measured, low, high,
          (measured / (drill.expected ?? measured) - 1) * 100))
    }
    return Figure(
      name: "projected RTO contains the measured one", goal: ">= 5 of 6, <= 3:1",
      ours: String(format: "%d of %d, widest %.1f:1", inside, Self.loads.count, widest),
      peer: "one rate from one drill: -51 to +106 %", met: inside >= 5 && widest <= 3.001,
      note: lines.joined(separator: "; "))
  }

  // MARK: A drill against the raw tools

  private func overhead() throws -> Figure {
    var ours: [Double] = []
    var raw: [Double] = []
    for _ in 0..<3 {
      guard let drill = Drill(json: try subject.run("drill", "auth-db", "--json").output),
        let target = drill.target, let backup = drill.backup
      else { continue }
      ours.append(drill.seconds)
      raw.append(try rawRestore(backup: backup, target: target))
    }
    let ratio = Series(ours).median / Series(raw).median
    return Figure(
      name: "a drill against the raw tools", goal: "<= 1.05 x",
      ours: String(format: "%.2f x; ", ratio) + Series(ours).text("s"),
      peer: "restore + start + replay + stop " + Series(raw).text("s"), met: ratio <= 1.05)
  }

  /// The same restore by hand: pgbackrest, postgres, wait for the end of recovery, stop, delete. Seconds.
  private func rawRestore(backup: String, target: String) throws -> Double {
    let data = subject.directory + "/raw"
    let sockets = "/tmp/pgvigil-bench-raw-\(getpid())"
    _ = try subject.asOwner(["/bin/mkdir", "-p", "-m", "0700", data, sockets], account)
    let start = EmulatedTerminal.now
    let restore = try subject.asOwner(
      subject.pgbackrest + [
        "--pg1-path=\(data)", "--set=\(backup)", "--archive-mode=off", "--type=lsn",
        "--target=\(target)", "--target-action=promote", "restore",
      ], account)
    guard restore.status == 0 else { throw Subject.Failure(description: restore.error) }
    let bin = try Command.run("/bin/sh", ["-c", "ls -d /usr/lib/postgresql/*/bin | tail -1"])
      .output.trimmingCharacters(in: .whitespacesAndNewlines)
    let started = try subject.asOwner(
      [
        bin + "/pg_ctl", "-D", data, "-l", data + "/raw.log", "-W", "-s", "-o",
        "-c port=5999 -c listen_addresses= -c unix_socket_directories=\(sockets) -c archive_mode=off",
        "start",
      ], account)
    guard started.status == 0 else { throw Subject.Failure(description: started.error) }
    let end = EmulatedTerminal.now + 600
    while EmulatedTerminal.now < end {
      let answer = try Command.run(
        "/usr/bin/psql",
        [
          "-XAtq", "-h", sockets, "-p", "5999", "-U", subject.superuser, "-d", "keycloak", "-c",
          "SELECT pg_is_in_recovery()",
        ])
      if answer.output.hasPrefix("f") { break }
      usleep(20_000)
    }
    _ = try subject.asOwner(
      [bin + "/pg_ctl", "-D", data, "-m", "immediate", "-s", "stop"], account)
    _ = try subject.asOwner(["/bin/rm", "-rf", data, sockets], account)
    return EmulatedTerminal.now - start
  }
}

/// The figures of a drill that this benchmark reads from `drill --json`.
struct Drill {
  var measured: Double?
  var expected: Double?
  var low: Double?
  var high: Double?
  var target: String?
  var backup: String?
  var seconds: Double

  /// nil when there is no passed drill in the document.
  init?(json: String) {
    guard
      let document = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any],
      let operation = (document["operations"] as? [[String: Any]])?.first,
      let drill = operation["drill"] as? [String: Any], drill["outcome"] as? String == "passed",
      let seconds = operation["seconds"] as? Double
    else { return nil }
    self.seconds = seconds
    measured = drill["measured_rto_seconds"] as? Double
    expected = drill["predicted_rto_seconds"] as? Double
    low = drill["predicted_low_seconds"] as? Double
    high = drill["predicted_high_seconds"] as? Double
    target = drill["target_lsn"] as? String
    backup = drill["backup"] as? String
  }
}
