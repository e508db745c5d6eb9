import Foundation
import RecoveryModel
import TestSupport
import Testing

@testable import Sandbox

/// Lying states on real servers and a real repository: each is planted, the truth is found out by restoring, and the
/// verdict is held against it, before and after. `make corpus` runs all of them and prints the table.
@Suite(
  "Corpus of liars", .serialized,
  .enabled(if: Binary.serversAreInstalled, "PostgreSQL and pgBackRest are not installed"))
struct CorpusTests {
  /// `all`, or the rows wanted, with commas between them.
  private static let wanted = ProcessInfo.processInfo.environment["PGVIGIL_CORPUS"]
  private static let isWhole = wanted == "all"
  /// One of each kind.
  private static let sample = [
    "hole", "own-stop", "duplicate", "other-contents", "no-catalog", "archiver-elsewhere",
    "wrong-key", "differential",
  ]

  private static func isWanted(_ id: String) -> Bool {
    isWhole || (wanted?.split(separator: ",").map(String.init) ?? sample).contains(id)
  }

  @Test func noLieIsCalledGoodAndNoHealthIsCalledBad() async throws {
    let corpus = try Corpus()
    var rows: [Corpus.Row] = []
    for mishap in Mishap.all where Self.isWanted(mishap.id) {
      rows.append(try await corpus.row(of: mishap))
    }
    for health in Corpus.Health.all where Self.isWanted(health.id) {
      rows.append(try await corpus.row(of: health))
    }
    print(Corpus.table(rows))
    for row in rows {
      #expect(!row.isFalseGreen && !row.isFalseRed, "\(row)")
      #expect(row.isAsExpected, "\(row)")
    }
  }
}

/// A sandbox with a base backup, in which things go wrong one after the other.
final class Corpus {
  struct Row: Sendable {
    var id: String
    var before: String
    var after: String
    /// What a restore brought back of what it should have; nil = nobody asked.
    var truth: Truth?
    var isLie: Bool
    var isAsExpected: Bool
    var seconds: Double

    var isGood: Bool { ["PROVEN", "LIKELY"].contains(after) }
    var isFalseGreen: Bool { isLie && isGood }
    var isFalseRed: Bool { !isLie && !isGood || !["PROVEN", "LIKELY"].contains(before) }
  }

  enum Truth: Sendable, Equatable {
    case all
    case upTo(mark: Int, of: Int)
    case nothing(String)

    var words: String {
      switch self {
      case .all: "all"
      case .upTo(let mark, let all): "marks to \(mark) of \(all)"
      case .nothing(let why): "nothing: \(why)"
      }
    }
  }

  /// A state in which everything comes back, however odd it looks.
  struct Health: Sendable {
    var id: String
    var make: @Sendable (LiveSandbox) throws -> Void

    static let all: [Health] = [
      Health(id: "differential") { sandbox in
        _ = try sandbox.run("backup", "auth-db", "--kind", "differential")
      },
      Health(id: "incremental") { sandbox in
        _ = try sandbox.run("backup", "auth-db", "--kind", "incremental")
      },
      Health(id: "restarted") { sandbox in
        let bin = try #require(Binary.postgresBin)
        let data = sandbox.directory + "/primary"
        try sandbox.asOwner(
          [bin + "/pg_ctl", "-D", data, "-m", "fast", "-w", "-s", "restart"]
            + ["-l", sandbox.directory + "/log/primary.log"])
      },
      Health(id: "stray file") { sandbox in
        let archive = sandbox.directory + "/repository/archive/auth-db"
        try sandbox.asOwner(["touch", archive + "/README"])
      },
      Health(id: "second full") { sandbox in
        _ = try sandbox.run("backup", "auth-db", "--kind", "full")
      },
      Health(id: "empty timeline") { sandbox in
        // A switch that is sure to come after the backup: recovery reads on along timeline 1.
        let repository = SandboxRepository(
          layout: try SandboxLayout(directory: sandbox.directory))
        let segment = try #require(try repository.later().last)
        let place = SandboxLayout.parent(of: SandboxLayout.parent(of: segment.path))
        let text = SandboxRepository.history(segment).replacingOccurrences(of: "\n", with: "\\n")
          .replacingOccurrences(of: "\t", with: "\\t")
        try sandbox.asOwner(["sh", "-c", "printf '\(text)' > \(place)/00000002.history"])
      },
      Health(id: "idle") { sandbox in try sandbox.sql("CHECKPOINT") },
    ]
  }

  let sandbox: LiveSandbox
  private var marks = 0

  init() throws {
    sandbox = try LiveSandbox()
    try sandbox.sql("CREATE TABLE marks (n int PRIMARY KEY)")
    guard try sandbox.run("backup", "auth-db").status == 0 else {
      throw LiveSandbox.Failure(description: "no base backup")
    }
  }

  func row(of mishap: Mishap) async throws -> Row {
    let start = EmulatedTerminal.now
    let before = try verdict()
    try mark()
    let stage = GameDay(Sandbox(directory: sandbox.directory))
    try await stage.plant(mishap)
    let isOfServers = Mishap.ofServers.contains { $0.id == mishap.id }
    let isOfArchiver = Mishap.ofTheArchiver.contains { $0.id == mishap.id }
    // One that comes after it, archived or not.
    if !isOfServers { try mark(within: isOfArchiver ? 0 : 5) }
    var after = ""
    if mishap.sign == .contents { _ = try sandbox.run("drill", "auth-db", "--json") }
    // Some signs need a second look: that the archiver fails, its server says when it has tried.
    // Less than the target for what may be lost is no alarm, so what holds WAL back needs its time.
    let end = EmulatedTerminal.now + (isOfArchiver ? 150 : 20)
    repeat {
      after = try verdict()
      guard !mishap.verdicts.map(\.rawValue).contains(after) else { break }
      usleep(500_000)
    } while EmulatedTerminal.now < end
    let truth = isOfServers ? nil : try restored()
    _ = try await stage.mend()
    if mishap.sign == .contents || mishap.aftermath != nil { try heal() }
    // What waited is archived, what was killed has recovered.
    try? sandbox.eventually("healthy again", within: 60) {
      ["PROVEN", "LIKELY"].contains(try verdict())
    }
    return Row(
      id: mishap.id, before: before, after: after, truth: truth, isLie: true,
      isAsExpected: mishap.verdicts.map(\.rawValue).contains(after) && truth != .all,
      seconds: EmulatedTerminal.now - start)
  }

  func row(of health: Health) async throws -> Row {
    let start = EmulatedTerminal.now
    let before = try verdict()
    try health.make(sandbox)
    try mark()
    let after = try verdict()
    let truth = try restored()
    return Row(
      id: health.id, before: before, after: after, truth: truth, isLie: false,
      isAsExpected: truth == .all, seconds: EmulatedTerminal.now - start)
  }

  private func verdict() throws -> String {
    try sandbox.status().cluster["verdict"] as? String ?? "none"
  }

  /// A row that a restore must bring back; returns when it is archived, or has had so many seconds for it.
  private func mark(within seconds: Double? = nil) throws {
    marks += 1
    try sandbox.sql("INSERT INTO marks VALUES (\(marks))")
    let segment = try sandbox.sql("SELECT pg_walfile_name(pg_switch_wal())")
    let isArchived = {
      try self.sandbox.sql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
        >= segment
    }
    guard let seconds else {
      return try sandbox.eventually("\(segment) is archived", isArchived)
    }
    try? sandbox.eventually("\(segment) is archived", within: seconds, isArchived)
  }

  /// What was written meanwhile is lost, or a drill has failed: a new chain, and a proof of it.
  private func heal() throws {
    for command in ["backup", "drill"] {
      let result = try sandbox.run(command, "auth-db")
      guard result.status == 0 else {
        throw LiveSandbox.Failure(description: "\(command) after mending: \(result.error)")
      }
    }
  }

  /// Restores the newest backup and all WAL that there is, as somebody would on the worst day.
  private func restored() throws -> Truth {
    let place = sandbox.directory + "/drills/truth"
    let bin = try #require(Binary.postgresBin)
    defer {
      _ = try? sandbox.asOwner([bin + "/pg_ctl", "-D", place, "-m", "immediate", "-s", "stop"])
      _ = try? sandbox.asOwner(["rm", "-rf", place])
    }
    try sandbox.asOwner(["mkdir", "-p", "-m", "700", place])
    let restore = try sandbox.asOwner([
      "pgbackrest", "--config=\(sandbox.directory)/pgbackrest.conf", "--stanza=auth-db",
      "--pg1-path=\(place)", "--archive-mode=off", "restore",
    ])
    guard restore.status == 0 else { return .nothing("pgbackrest ended with \(restore.status)") }
    let started = try sandbox.asOwner([
      bin + "/pg_ctl", "-D", place, "-l", place + "/log", "-w", "-t", "120", "-s", "-o",
      "-c listen_addresses='' -c unix_socket_directories='\(place)' -c port=6199"
        + " -c primary_conninfo='' -c archive_mode=off", "start",
    ])
    guard started.status == 0 else { return .nothing("the server did not come up") }
    try sandbox.eventually("the copy is promoted", within: 120) {
      try asked(place, "SELECT pg_is_in_recovery()") == "f"
    }
    let last = Int(try asked(place, "SELECT coalesce(max(n), 0) FROM marks")) ?? 0
    return last == marks ? .all : .upTo(mark: last, of: marks)
  }

  private func asked(_ place: String, _ statement: String) throws -> String {
    try sandbox.asOwner([
      "psql", "-XAtq", "-h", place, "-p", "6199", "-U", "postgres", "-d", "keycloak", "-c",
      statement,
    ]).output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  static func table(_ rows: [Row]) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    let lines = rows.map { row in
      padded(row.id, 20) + padded(row.before, 9) + padded(row.after, 17)
        + padded(row.truth?.words ?? "not asked", 34)
        + (row.isFalseGreen ? "FALSE GREEN" : row.isFalseRed ? "FALSE RED" : "right")
    }
    let green = rows.count { $0.isFalseGreen }
    let red = rows.count { $0.isFalseRed }
    return ([""] + lines + ["\(rows.count) states: \(green) false green, \(red) false red"])
      .joined(separator: "\n")
  }
}
