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
  /// One of each kind.
  private static let sample = [
    "hole", "own-stop", "duplicate", "archiver-elsewhere", "wrong-key", "differential",
  ]

  private static func isWanted(_ id: String) -> Bool {
    CorpusChoice.isWanted(id, sample: sample.contains(id))
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
    print(rows.table)
    for row in rows { #expect(!row.isFalseGreen && row.isAsExpected, "\(row)") }
    #expect(!rows.hasTooMuchFalseRed)
  }
}

/// A sandbox with a base backup, in which things go wrong one after the other.
final class Corpus {
  typealias Row = CorpusRow
  typealias Truth = CorpusRow.Truth

  /// A state in which everything comes back, however odd it looks.
  struct Health: Sendable {
    var id: String
    var make: @Sendable (LiveSandbox) throws -> Void
    /// What would not be healthy any more for the rows after it.
    var undo: @Sendable (LiveSandbox) throws -> Void = { _ in }

    static let all = ofTheChain + ofTheTool + ofTheServer

    private static let ofTheChain: [Health] = [
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
      Health(
        id: "empty timeline",
        make: { sandbox in
          // A switch that is sure to come after the backup: recovery reads on along timeline 1.
          let repository = SandboxRepository(
            layout: try SandboxLayout(directory: sandbox.directory))
          let segment = try #require(try repository.later().last)
          let place = SandboxLayout.parent(of: SandboxLayout.parent(of: segment.path))
          let text = SandboxRepository.history(segment)
            .replacingOccurrences(of: "\n", with: "\\n").replacingOccurrences(
              of: "\t", with: "\\t")
          try sandbox.asOwner(["sh", "-c", "printf '\(text)' > \(place)/00000002.history"])
        },
        // For a base backup behind the switch it is a branch that leads elsewhere.
        undo: { sandbox in
          try sandbox.asOwner([
            "find", sandbox.directory + "/repository/archive", "-name", "*.history", "-delete",
          ])
        }),
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
    // Why, is gone by the time that anybody reads of it.
    if !["PROVEN", "LIKELY"].contains(after) { print(health.id, try sandbox.headlines()) }
    let truth = try restored()
    try health.undo(sandbox)
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
}
