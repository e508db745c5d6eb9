import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// A recording, whose cluster it is about, and how its instances answered.
struct Story: Sendable, CustomTestStringConvertible {
  var name: String
  var cluster: ObjectKey
  var instances: Replay.Instances
  var testDescription: String { name }

  /// Recordings of the same clusters that came before.
  private static let order = [
    "creation-auth-db", "backup-good", "backup-failed", "backup-walArchivingFailing",
    "node-restart", "switchover",
  ]

  func replay(
    mayReadLogs: Bool = true, beside other: String? = nil,
    archives: ArchivePlaces = ArchivePlaces(), origin: RecoveryOrigin? = nil
  ) throws -> Replay {
    let earlier = Self.order.firstIndex(of: name).map { Self.order[..<$0] } ?? []
    var recording = try Recording(name)
    if let other { recording = recording.beside(try Recording(other)) }
    return Replay(
      recording, cluster: cluster, history: try earlier.map { try Recording($0) },
      mayReadLogs: mayReadLogs, archives: archives, origin: origin, instances: instances)
  }

  init(
    _ name: String, _ namespace: String, _ cluster: String, _ instances: @escaping Replay.Instances
  ) {
    self.name = name
    self.cluster = ObjectKey(namespace: namespace, name: cluster)
    self.instances = instances
  }

  private typealias Turn = PlayedInstances.Turn

  private static let authStandbys = ["auth-db-2", "auth-db-3"]

  private static func auth(_ turns: [PlayedInstances.Turn]) -> Replay.Instances {
    PlayedInstances.cluster("auth-db-1", standbys: authStandbys, turns: turns)
  }

  private static func single(
    _ pod: String, timeline: Int = 1, system: String = PlayedInstances.authSystem
  ) -> Replay.Instances {
    let name = "0000000\(timeline)00000000000000"
    return PlayedInstances.cluster(
      pod, standbys: [], timeline: timeline, system: system,
      turns: [
        Turn("00:00:00", lsn: "0/3000110", archived: name + "02", at: "03:54:00")
      ])
  }

  static let all: [Story] = [
    Story(
      "creation-auth-db", "auth", "auth-db",
      auth([
        Turn(
          "00:00:00", lsn: "0/2000110", archived: "000000010000000000000001", at: "03:38:19")
      ])),
    Story(
      "backup-good", "auth", "auth-db",
      auth([
        Turn(
          "00:00:00", lsn: "0/60514A0", archived: "000000010000000000000005.00000028.backup",
          at: "03:38:56")
      ])),
    Story(
      "backup-failed", "auth", "auth-db",
      auth([
        Turn("00:00:00", lsn: "0/9000060", archived: "000000010000000000000008", at: "03:50:07")
      ])),
    Story(
      "backup-walArchivingFailing", "auth", "auth-db",
      auth([
        Turn(
          "00:00:00", lsn: "0/A000060", archived: "000000010000000000000008", at: "03:50:07",
          failed: "000000010000000000000009", ready: 1),
        Turn("04:13:04", lsn: "0/E000060", archived: "00000001000000000000000D", at: "04:13:04"),
        Turn("04:13:20", lsn: "0/F000060", archived: "00000001000000000000000E", at: "04:13:20"),
      ])),
    Story(
      "plugin-creation-and-backup", "app", "app-db",
      PlayedInstances.cluster(
        "app-db-1", standbys: [], system: PlayedInstances.appSystem,
        turns: [
          Turn(
            "00:00:00", lsn: "0/3000110", archived: "000000010000000000000002", at: "03:59:00"),
          // Taken from the primary, it waits for its end WAL.
          Turn("04:01:52", lsn: "0/5000110", archived: "000000010000000000000004", at: "04:01:52"),
        ])),
    Story("recovery-good", "auth-test", "auth-db-drill", single("auth-db-drill-1", timeline: 2)),
    Story(
      "recovery-plugin", "app-test", "app-drill",
      single("app-drill-1", timeline: 2, system: PlayedInstances.appSystem)),
    Story("recovery-unreachable", "auth-test", "auth-db-bad", PlayedInstances.nobody),
    Story("recovery-hole", "auth-test", "auth-db-holed", single("auth-db-holed-1", timeline: 2)),
    Story("recovery-wrong-secret", "seeing-w2", "auth-wrong", PlayedInstances.nobody),
    Story("recovery-long", "seeing-l3", "auth-long", single("auth-long-1", timeline: 5)),
    Story(
      "drill-in-cluster", "pgvigil-drills", "drill-auth-db-ffq80uvjgj",
      single("drill-auth-db-ffq80uvjgj-1", timeline: 2)),
    Story("switchover", "auth", "auth-db", switchover),
    Story("node-restart", "auth", "auth-db", restart),
  ]

  /// Nobody answers from the node's end until its servers have recovered, whatever pods and operator still say.
  private static let restart: Replay.Instances = { pod, now in
    let down = ["2026-11-29T04:18:10Z", "2026-11-29T04:19:06Z"].compactMap(kubernetesDate)
    guard now < down[0] || now >= down[1] else { return nil }
    return auth([
      Turn("00:00:00", lsn: "0/F000060", archived: "00000001000000000000000E", at: "04:18:05")
    ])(pod, now)
  }

  /// The former primary shuts down, comes back as a standby of the new one, and both standbys tell the old timeline for
  /// minutes.
  private static let switchover: Replay.Instances = { pod, now in
    let down = ["2026-11-29T04:54:26Z", "2026-11-29T04:54:38Z"].compactMap(kubernetesDate)
    if pod == "auth-db-1", now >= down[0], now < down[1] { return nil }
    let turn = Turn(
      "00:00:00", lsn: "0/10000110", archived: "00000001000000000000000F", at: "04:53:50")
    let isOver = now >= kubernetesDate("2026-11-29T04:54:33Z") ?? .distantPast
    guard isOver else {
      return pod == "auth-db-1"
        ? PlayedInstances.primaryStatus(authStandbys, timeline: 1, turn, now)
        : PlayedInstances.standby(timeline: 1, lsn: turn.lsn)
    }
    let next = Turn("00:00:00", lsn: "0/10000250", archived: "00000002.history", at: "04:54:34")
    return pod == "auth-db-2"
      ? PlayedInstances.primaryStatus(["auth-db-1", "auth-db-3"], timeline: 2, next, now)
      : PlayedInstances.standby(timeline: 1, lsn: next.lsn)
  }
}

/// At every recorded second the verdict and the first headline are what a person who knows would have said. The tables
/// lie beside the recordings; `RECORD_REPLAYS=1` writes them anew, to be read line by line.
@Suite("Recordings replayed") struct ReplayTests {
  @Test("each second", arguments: Story.all)
  func eachSecond(story: Story) async throws {
    let replay = try story.replay()
    let moments = try await replay.moments()
    #expect(!moments.isEmpty)
    let path = "\(Recording.directory)/\(story.name)/expected.txt"
    if getenv("RECORD_REPLAYS") != nil { return try Self.record(moments, to: path) }
    let rows = try Recording.lines("\(story.name)/expected.txt").map { row in
      (clock: String(row.prefix(8)), words: String(row.dropFirst(9)))
    }
    for moment in moments {
      let clock = Self.clock(moment.at)
      let expected = rows.last { $0.clock <= clock }?.words
      #expect(moment.words == expected, "\(story.name) at \(clock)")
    }
  }

  private static func clock(_ date: Date) -> String {
    String(Format.timestamp(date).dropFirst(11).prefix(8))
  }

  private static func record(_ moments: [Replay.Moment], to path: String) throws {
    var text = ""
    var last = ""
    for moment in moments where moment.words != last {
      last = moment.words
      text += "\(clock(moment.at)) \(last)\n"
    }
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  // MARK: What must never be said, and what must

  private func moments(_ name: String, logs: Bool = true) async throws -> [Replay.Moment] {
    let story = try #require(Story.all.first { $0.name == name })
    return try await story.replay(mayReadLogs: logs).moments()
  }

  private func findings(_ moments: [Replay.Moment], at clock: String) throws -> [Finding] {
    try #require(moments.last { Self.clock($0.at) <= clock }).snapshot.findings
  }

  @Test("a recovery is never a first set-up, and never looks good before it is through")
  func recoveries() async throws {
    let names = [
      "recovery-good", "recovery-plugin", "recovery-unreachable", "recovery-hole",
      "recovery-wrong-secret", "recovery-long",
    ]
    for name in names {
      for moment in try await moments(name) {
        #expect(moment.snapshot.verdict != .likely && moment.snapshot.verdict != .proven)
        for finding in moment.snapshot.findings {
          #expect(!finding.headline.contains("First set-up"))
          #expect(!finding.remedy.contains("ends by itself"))
        }
      }
    }
  }

  @Test("an unreachable target: tries, the next try, the cause, the end")
  func unreachable() async throws {
    let all = try await moments("recovery-unreachable")
    let third = try #require(try findings(all, at: "03:52:40").first { $0.id == "cnpg.recovery" })
    #expect(third.headline.contains("auth-db"))
    #expect(third.headline.contains("try 3 of 7 failed, the next in"))
    #expect(
      third.headline.contains("recovery ended before configured recovery target was reached"))
    let end = try #require(try findings(all, at: "04:05:00").first { $0.id == "cnpg.recovery" })
    #expect(end.severity == .critical)
    #expect(end.headline.contains("failed for good after 7 tries"))
    #expect(
      end.headline.contains("recovery ended before configured recovery target was reached"))
  }

  @Test("each try's log is read once; without the right the command is told")
  func frugal() async throws {
    let story = try #require(Story.all.first { $0.name == "recovery-unreachable" })
    let replay = try story.replay()
    _ = try await replay.moments()
    #expect(replay.logReads.value == 7)
    let refused = try await moments("recovery-unreachable", logs: false)
    let finding = try #require(
      try findings(refused, at: "03:52:40").first { $0.id == "cnpg.recovery" })
    #expect(finding.remedy.contains("kubectl -n auth-test logs auth-db-bad-1-full-recovery-"))
    #expect(finding.remedy.contains("pgvigil manifest rbac --pod-logs"))
  }

  @Test("a failed backup that left nothing: its reason, and no backup")
  func failedBackup() async throws {
    let all = try await moments("backup-failed")
    let finding = try #require(try findings(all, at: "03:51:21").first { $0.id == "backup.error" })
    #expect(finding.headline.contains("SignatureDoesNotMatch (PutObject)"))
    #expect(!finding.headline.contains("damaged"))
    #expect(all.last?.snapshot.report.backups.value?.kept.map(\.id) == ["auth-db-manual-1"])
    let refused = try await moments("backup-failed", logs: false)
    let told = try #require(
      try findings(refused, at: "03:51:21").first { $0.id == "backup.error" })
    #expect(
      told.remedy.contains(
        "kubectl -n auth logs auth-db-2 -c postgres --since-time=2026-11-29T03:51:17Z | grep"))
  }

  @Test(
    "a backup that another cluster's holds up names it, and nobody is told to delete the one that waits"
  )
  func waitsForAnother() async throws {
    let story = try #require(Story.all.first { $0.name == "plugin-creation-and-backup" })
    let all = try await story.replay(beside: "backup-walArchivingFailing").moments()
    for clock in ["03:54:30", "03:57:30", "04:01:30"] {
      let found = try findings(all, at: clock)
      let queue = try #require(found.first { $0.id == "cnpg.backup.queue" })
      #expect(queue.headline.contains("app-db-manual-1 waits"))
      #expect(queue.headline.contains("auth/auth-db's in-tree backup auth-db-walfail"))
      #expect(!found.contains { $0.id == "cnpg.backup.blocked" })
      for finding in found {
        #expect(!finding.remedy.contains("delete backup"))
        #expect(!finding.headline.contains("does the operator run"))
      }
    }
    #expect(!(try findings(all, at: "04:02:05")).contains { $0.id == "cnpg.backup.queue" })
  }

  @Test("streaming standbys on the old timeline are no finding")
  func timelines() async throws {
    for moment in try await moments("switchover") {
      #expect(!moment.snapshot.findings.contains { $0.id.hasPrefix("identity.timeline") })
    }
  }
}
