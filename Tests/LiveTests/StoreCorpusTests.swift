import Foundation
import TestSupport
import Testing

/// The same for a bucket: a real PostgreSQL, Barman's own programs and a real S3 server, which is named by the variables
/// of the AWS command line and `S3_ENDPOINT`, `S3_BUCKET`. Part of `make corpus` where all of that is there.
@Suite(
  "Corpus of lying stores", .serialized,
  .enabled(
    if: StoreCorpus.isPossible,
    "S3_ENDPOINT names no S3 server, or Barman's cloud programs are not installed"))
struct StoreCorpusTests {
  @Test func noLieIsCalledGoodAndNoHealthIsCalledBad() throws {
    let corpus = try StoreCorpus()
    let rows = try StoreCorpus.Lie.all.filter { CorpusChoice.isWanted($0.id, sample: true) }
      .map { try corpus.row(of: $0) }
    print(rows.table)
    for row in rows { #expect(!row.isFalseGreen && row.isAsExpected, "\(row)") }
    #expect(!rows.hasTooMuchFalseRed)
  }
}

extension StoreCorpusTests {
  /// What Barman's own programs restore is the truth that a drill by pgvigil's client is held against.
  @Test func aDrillFromTheBucketAgreesWithBarmansOwnRestore() throws {
    let corpus = try StoreCorpus()
    let ids = [
      "as it was", "a backup that failed", "a hole", "a segment of no bytes", "own WAL gone",
    ]
    for lie in StoreCorpus.Lie.all where ids.contains(lie.id) {
      let (outcome, truth) = try corpus.drill(of: lie)
      print("drill from the bucket:", lie.id, outcome, truth)
      #expect((outcome == "done") == (truth == .all), "\(lie.id): \(outcome), \(truth)")
      #expect(truth == .all || outcome == "failed" || outcome == "could_not_run", "\(outcome)")
    }
  }
}

/// A server whose base backups and WAL lie in a bucket, in which things go wrong one after the other.
final class StoreCorpus {
  static var isPossible: Bool {
    ProcessInfo.processInfo.environment["S3_ENDPOINT"] != nil && Binary.postgresBin != nil
      && access("/usr/bin/barman-cloud-backup", X_OK) == 0
  }

  /// Something done to the objects; what is written down is undone afterwards.
  struct Lie: Sendable {
    var id: String
    /// It only looks odd: all comes back.
    var isHealthy = false
    var plant: @Sendable (StoreCorpus) throws -> Void

    static let all = ofTheObjects + ofTheHistory + ofTheTools

    private static let ofTheObjects: [Lie] = [
      Lie(id: "as it was", isHealthy: true) { _ in },
      Lie(id: "a stray object", isHealthy: true) { try $0.put("notes.txt", Data("hello".utf8)) },
      Lie(id: "a backup that failed", isHealthy: true) { corpus in
        let text = try corpus.text(corpus.info(corpus.newest))
          .replacingOccurrences(of: "status=DONE", with: "status=FAILED")
        try corpus.put(corpus.base + "20300101T000000/backup.info", Data(text.utf8))
      },
      Lie(id: "a hole") { try $0.delete($0.later[$0.later.count / 2]) },
      Lie(id: "a hole before the last") { try $0.delete($0.later[$0.later.count - 2]) },
      Lie(id: "a segment of no bytes") { corpus in
        try corpus.put(corpus.later[corpus.later.count / 2], Data())
      },
      Lie(id: "a segment as .partial only") { corpus in
        let key = corpus.later[corpus.later.count / 2]
        let bytes = try corpus.get(key)
        try corpus.delete(key)
        try corpus.put(
          key.replacingOccurrences(of: ".gz", with: "") + ".partial", bytes)
      },
      Lie(id: "own WAL gone") { try $0.delete($0.own) },
      Lie(id: "data gone") { try $0.delete($0.base + $0.newest + "/data.tar.gz") },
      Lie(id: "data of no bytes") {
        try $0.put($0.base + $0.newest + "/data.tar.gz", Data())
      },
      Lie(id: "no backup.info") { corpus in
        for backup in corpus.backups { try corpus.delete(corpus.info(backup)) }
      },
      Lie(id: "backup.info garbled") { corpus in
        for backup in corpus.backups {
          try corpus.put(corpus.info(backup), Data("\u{0}\u{1}\u{2}garbage".utf8))
        }
      },
      Lie(id: "all backups failed") { corpus in
        for backup in corpus.backups {
          let text = try corpus.text(corpus.info(backup))
            .replacingOccurrences(of: "status=DONE", with: "status=FAILED")
          try corpus.put(corpus.info(backup), Data(text.utf8))
        }
      },
      Lie(id: "WAL of another place") { corpus in
        for key in corpus.later { try corpus.delete(key) }
        try corpus.delete(corpus.own)
      },
      Lie(id: "a stray timeline") { try $0.addTimeline(leavingAt: $0.segment("begin_wal")) },
      // Recovery reads on along timeline 1.
      Lie(id: "an empty timeline", isHealthy: true) { corpus in
        try corpus.addTimeline(leavingAt: corpus.later[1])
      },
    ]
  }

  func addTimeline(leavingAt segment: String) throws {
    let low = segment.replacingOccurrences(of: ".gz", with: "").suffix(8)
    let at = String((UInt64(low, radix: 16) ?? 0) << 20, radix: 16).uppercased()
    try put(prefix + "wals/00000002.history", Data("1\t0/\(at)\tno target\n".utf8))
  }

  private let directory: String
  private let environment = ProcessInfo.processInfo.environment
  private let bin: String
  private let server = "corpus"
  let prefix: String
  private var undo: [() throws -> Void] = []
  private var marks = 0
  private var hasTablespace = false
  private(set) var backups: [String] = []

  var base: String { prefix + "base/" }
  var newest: String { backups.last ?? "" }
  func info(_ backup: String) -> String { base + backup + "/backup.info" }
  private var endpoint: String { environment["S3_ENDPOINT"] ?? "" }
  private var bucket: String { environment["S3_BUCKET"] ?? "backups" }
  private var place: String { "corpus-\(name)" }
  private let name = UUID().uuidString.prefix(8).lowercased()

  init() throws {
    bin = try #require(Binary.postgresBin)
    directory = "/tmp/pgvigil-corpus-\(name)"
    prefix = "corpus-\(name)/\(server)/"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o777])
    try asOwner([bin + "/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--wal-segsize=1"])
    try start(data, port: 6198, options: "-c archive_mode=on")
    try archive("-z")
    try sql("CREATE TABLE marks (n int PRIMARY KEY)")
    for _ in 0..<2 {
      try backUp()
      for _ in 0..<3 { try mark() }
    }
  }

  deinit {
    _ = try? Command.run(
      "/usr/bin/env", ["sh", "-c", "kill -9 $(head -1 \(data)/postmaster.pid)"])
    _ = try? Command.run("/usr/bin/env", ["rm", "-rf", directory])
    for key in (try? keys(prefix)) ?? [] { _ = try? request("DELETE", key) }
  }

  private var data: String { directory + "/data" }

  func row(of lie: Lie) throws -> Corpus.Row {
    let start = EmulatedTerminal.now
    let before = try verdict()
    undo = []
    defer { for step in undo.reversed() { try? step() } }
    try lie.plant(self)
    let after = try verdict()
    let truth = try restored()
    return Corpus.Row(
      id: lie.id, before: before, after: after, truth: truth, isLie: !lie.isHealthy,
      isAsExpected: (truth == .all) == lie.isHealthy, seconds: EmulatedTerminal.now - start)
  }

  /// How a drill of the newest backup ends while the lie stands, beside what is restored without pgvigil.
  func drill(of lie: Lie) throws -> (outcome: String, truth: Corpus.Truth) {
    undo = []
    defer { for step in undo.reversed() { try? step() } }
    try lie.plant(self)
    let truth = try restored()
    let file = directory + "/config.yaml"
    try Data(
      """
      clusters:
        - name: left
          engine: store
          store: s3://\(bucket)/\(place)/\(server)
          endpoint_url: \(endpoint)
          drill: {place: \(directory)/drills}
          smoke_tests:
            - {name: marks, database: postgres, sql: "SELECT count(*) FROM marks", expect: ">= \(marks - 1)"}

      """.utf8
    ).write(to: URL(fileURLWithPath: file))
    let result = try Command.run(
      "/usr/bin/env",
      [
        "XDG_STATE_HOME=\(directory)/state", Binary.pgvigil, "drill", "left", "--config", file,
        "--json",
      ])
    let left = try Command.run("/usr/bin/env", ["ls", "-A", directory + "/drills"]).output
    guard left.isEmpty else { throw LiveSandbox.Failure(description: "left behind: \(left)") }
    let document =
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let operations = document?["operations"] as? [[String: Any]]
    return (operations?.first?["outcome"] as? String ?? "none: \(result.error)", truth)
  }

  private func verdict() throws -> String {
    let result = try Command.run(
      Binary.pgvigil,
      ["store", "s3://\(bucket)/\(place)", "--endpoint-url", endpoint, "--json"])
    let document =
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let servers = document?["servers"] as? [[String: Any]]
    return servers?.first?["verdict"] as? String ?? "none (\(result.status))"
  }

  // MARK: The server

  /// `option`: how WAL is compressed from now on.
  func archive(_ option: String) throws {
    let command =
      "barman-cloud-wal-archive \(option) --endpoint-url \(endpoint) s3://\(bucket)/\(place) \(server) %p"
    try sql("ALTER SYSTEM SET archive_command = '\(command)'")
    try sql("SELECT pg_reload_conf()")
  }

  func backUp(_ options: [String] = ["-z"]) throws {
    try asOwner(
      ["barman-cloud-backup"] + options + [
        "--immediate-checkpoint", "--endpoint-url", endpoint, "-h", directory, "-p", "6198",
        "-U", "postgres", "s3://\(bucket)/\(place)", server,
      ])
    backups = Set(
      try keys(base).compactMap { $0.dropFirst(base.count).split(separator: "/").first }
        .map(String.init)
    ).sorted()
  }

  /// Of a backup: `full` or `standalone`.
  func keep(_ backup: String, _ target: String) throws {
    try asOwner(
      ["barman-cloud-backup-keep", "--target", target, "--endpoint-url", endpoint]
        + ["s3://\(bucket)/\(place)", server, backup])
  }

  /// With a table in it.
  func makeTablespace() throws {
    for name in ["/space", "/space-copy"] { try asOwner(["mkdir", "-m", "700", directory + name]) }
    try sql("CREATE TABLESPACE fast LOCATION '\(directory)/space'")
    try sql("CREATE TABLE u TABLESPACE fast AS SELECT generate_series(1, 77) i")
    hasTablespace = true
  }

  func mark() throws {
    marks += 1
    try sql("INSERT INTO marks VALUES (\(marks))")
    let segment = try sql("SELECT pg_walfile_name(pg_switch_wal())")
    for _ in 0..<1200 {
      guard
        try sql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver") < segment
      else { return }
      usleep(100_000)
    }
    throw LiveSandbox.Failure(description: "\(segment) was not archived")
  }

  private func start(_ data: String, port: Int, options: String) throws {
    try asOwner([
      bin + "/pg_ctl", "-D", data, "-l", data + ".log", "-w", "-t", "300", "-s", "-o",
      "-c listen_addresses='' -c unix_socket_directories='\(directory)' -c port=\(port) \(options)",
      "start",
    ])
  }

  @discardableResult
  private func sql(_ statement: String, port: Int = 6198) throws -> String {
    try asOwner([
      "psql", "-XAtq", "-h", directory, "-p", "\(port)", "-U", "postgres", "-c", statement,
    ]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @discardableResult
  private func asOwner(_ command: [String]) throws -> String {
    let own = ["HOME=/tmp"] + command
    let result =
      getuid() == 0
      ? try Command.run(
        "/usr/bin/setpriv",
        ["--reuid=postgres", "--regid=postgres", "--clear-groups", "/usr/bin/env"] + own)
      : try Command.run("/usr/bin/env", own)
    guard result.status == 0 else {
      throw LiveSandbox.Failure(
        description: "\(command[0]) ended with \(result.status): \(result.error.suffix(300))")
    }
    return result.output
  }

  /// Restores the newest backup that Barman lists and all WAL that there is.
  private func restored() throws -> Corpus.Truth {
    let copy = directory + "/copy"
    defer {
      _ = try? asOwner([bin + "/pg_ctl", "-D", copy, "-m", "immediate", "-s", "stop"])
      _ = try? asOwner(["rm", "-rf", copy])
      _ = try? asOwner(["sh", "-c", "rm -rf \(directory)/space-copy/*"])
    }
    let store = ["--endpoint-url", endpoint, "s3://\(bucket)/\(place)", server]
    do {
      let list = try asOwner(["barman-cloud-backup-list", "--format", "json"] + store)
      let known =
        try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [String: Any]
      let done = (known?["backups_list"] as? [[String: Any]] ?? []).filter {
        $0["status"] as? String == "DONE"
      }
      guard let newest = done.compactMap({ $0["backup_id"] as? String }).max() else {
        return .nothing("Barman knows no backup")
      }
      try asOwner(["mkdir", "-m", "700", copy])
      let spaces = hasTablespace ? ["--tablespace", "fast:\(directory)/space-copy"] : []
      try asOwner(["barman-cloud-restore"] + spaces + store + [newest, copy])
      let fetch = "barman-cloud-wal-restore \(store.joined(separator: " ")) %f %p"
      try asOwner([
        "sh", "-c",
        "echo \"restore_command = '\(fetch)'\" >> \(copy)/postgresql.auto.conf; "
          + "touch \(copy)/recovery.signal",
      ])
      try start(copy, port: 6197, options: "-c archive_mode=off")
      for _ in 0..<1200 {
        guard try sql("SELECT pg_is_in_recovery()", port: 6197) != "f" else { break }
        usleep(100_000)
      }
      let last = Int(try sql("SELECT coalesce(max(n), 0) FROM marks", port: 6197)) ?? 0
      return last == marks ? .all : .upTo(mark: last, of: marks)
    } catch let failure as LiveSandbox.Failure {
      return .nothing(String(failure.description.prefix(60)))
    }
  }

  // MARK: Objects

  /// Of the WAL after the newest backup, in order.
  var later: [String] {
    let stop = (try? text(info(newest))).flatMap { Self.value("end_wal", $0) } ?? ""
    return segments.filter { Self.name($0) > stop }
  }

  /// The last segment that the newest backup needs.
  var own: String { segment("end_wal") }

  /// The one that the newest backup's information names so.
  func segment(_ key: String, of backup: String? = nil) -> String {
    let name = (try? text(info(backup ?? newest))).flatMap { Self.value(key, $0) } ?? ""
    return segments.first { Self.name($0) == name } ?? ""
  }

  private var segments: [String] {
    ((try? keys(prefix + "wals/")) ?? []).filter { Self.name($0).count == 24 }.sorted()
  }

  private static func name(_ key: String) -> String {
    let name = String(key.split(separator: "/").last ?? "")
    return [".gz", ".bz2"].first(where: name.hasSuffix).map { String(name.dropLast($0.count)) }
      ?? name
  }

  private static func value(_ key: String, _ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(key + "=") }
      .map { String($0.dropFirst(key.count + 1)) }
  }

  func text(_ key: String) throws -> String { String(decoding: try get(key), as: UTF8.self) }

  func put(_ key: String, _ bytes: Data) throws {
    let before = try? get(key)
    undo.append { [weak self] in
      if let before { try self?.write(key, before) } else { try self?.request("DELETE", key) }
    }
    try write(key, bytes)
  }

  func delete(_ key: String) throws {
    let before = try get(key)
    undo.append { [weak self] in try self?.write(key, before) }
    try request("DELETE", key)
  }

  func get(_ key: String) throws -> Data {
    let file = directory + "/object"
    try request("GET", key, ["-o", file])
    return try Data(contentsOf: URL(fileURLWithPath: file))
  }

  private func write(_ key: String, _ bytes: Data) throws {
    let file = directory + "/upload"
    try bytes.write(to: URL(fileURLWithPath: file))
    try request("PUT", key, ["--data-binary", "@" + file])
  }

  private func keys(_ prefix: String) throws -> [String] {
    // Signed as it is sent: sorted, and with its slashes encoded.
    let encoded = prefix.replacingOccurrences(of: "/", with: "%2F")
    let xml = try request("GET", "", query: "?list-type=2&max-keys=1000&prefix=\(encoded)")
    return xml.split(separator: "<Key>", omittingEmptySubsequences: false).dropFirst()
      .compactMap { $0.split(separator: "<").first.map(String.init) }
  }

  @discardableResult
  private func request(
    _ method: String, _ key: String, _ more: [String] = [], query: String = ""
  ) throws -> String {
    let who =
      (environment["AWS_ACCESS_KEY_ID"] ?? "") + ":" + (environment["AWS_SECRET_ACCESS_KEY"] ?? "")
    let result = try Command.run(
      "/usr/bin/env",
      [
        "curl", "-sS", "--fail", "-X", method, "--aws-sigv4", "aws:amz:us-east-1:s3", "-u", who,
        "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD",
      ] + more + ["\(endpoint)/\(bucket)/\(key)\(query)"])
    guard result.status == 0 else {
      throw LiveSandbox.Failure(description: "\(method) \(key): \(result.error)")
    }
    return result.output
  }
}
