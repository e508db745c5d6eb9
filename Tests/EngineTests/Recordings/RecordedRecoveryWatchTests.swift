import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// Recoveries that a real operator made, followed by the log of their job.
@Suite("Recoveries followed") struct RecordedRecoveryWatchTests {
  /// Production, which has archived up to there, and what its drills took.
  private func archives(_ last: String) throws -> ArchivePlaces {
    let archives = ArchivePlaces()
    let at = try #require(kubernetesDate("2026-11-30T00:29:00Z"))
    archives.reach.note(
      ArchiveReach.Archiver(
        cluster: ObjectKey(namespace: "auth", name: "auth-db"), context: "recorded",
        place: ArchivePlace(
          destination: "s3://backups/auth-db-backups/", endpoint: "http://10.231.0.2:7480",
          server: "auth-db"), system: "another than is known yet"),
      archived: last, at: at, lookedAt: at)
    return archives
  }

  private var origin: RecoveryOrigin {
    var cluster = ClusterSnapshot(
      declaration: ClusterDeclaration(name: "auth/auth-db", engine: "cloudnativepg"),
      engineTitle: "CloudNativePG", takenAt: .distantPast, interval: 2)
    cluster.projection = RTOProjection(
      total: Estimate(expected: 80, low: 50, high: 120), restore: 8, replay: 45, start: 2,
      fixed: 25, basis: .measured, drills: 4, restoreBytes: 200 << 20,
      load: ReplayLoad(segments: 28, walBytes: 28 << 24, storedBytes: 28 << 24))
    return RecoveryOrigin(cluster)
  }

  private func moments(
    _ name: String, logs: Bool = true, last: String = "00000004000000000000004F"
  ) async throws -> [Replay.Moment] {
    let story = try #require(Story.all.first { $0.name == name })
    return try await story.replay(
      mayReadLogs: logs, archives: try archives(last), origin: origin
    ).moments()
  }

  private func stages(_ moments: [Replay.Moment]) -> [RecoveryUnderWay.Stage] {
    moments.flatMap { $0.snapshot.recoveries.map(\.recovery.stage) }
      .reduce(into: []) { if $0.last != $1 { $0.append($1) } }
  }

  @Test("each stage in its order, each share in its order, and the time that is left")
  func stages() async throws {
    let all = try await moments("recovery-long")
    #expect(
      stages(all) == [.scheduled, .restoring, .replaying, .promoting, .handingOver, .starting])
    let replays = all.flatMap(\.snapshot.recoveries).filter { $0.recovery.stage == .replaying }
    let shares = replays.compactMap(\.fraction)
    #expect(shares.count > 40 && shares == shares.sorted())
    #expect(shares.first == 0 && shares.last.map { $0 > 0.9 } ?? false)
    let whole: Int64 = (27 << 24) - 40
    #expect(replays.allSatisfy { $0.total == whole || $0.fraction == nil })
    let origins = Set(all.flatMap(\.snapshot.recoveries).compactMap(\.recovery.origin?.name))
    #expect(origins == ["auth-db"])
    // At half time.
    let begun = try #require(all.first?.at)
    let end = try #require(all.last { !$0.snapshot.recoveries.isEmpty }?.at)
    let took = end.timeIntervalSince(begun)
    let half = try #require(all.first { $0.at.timeIntervalSince(begun) >= took / 2 })
    let left = try #require(half.snapshot.recoveries.first?.remaining)
    #expect(abs(left.expected - took / 2) < 0.3 * took / 2)
    #expect(left.low < left.expected && left.high > left.expected)
  }

  @Test("nothing of it is ever called a stand-still")
  func end() async throws {
    let all = try await moments("recovery-long")
    for moment in all {
      #expect(!moment.snapshot.findings.contains { $0.id.hasPrefix("recovery.still") })
    }
    #expect(all.last?.snapshot.recoveries.isEmpty ?? false)
  }

  @Test("without the right to logs the stage is not guessed, and the time still told")
  func blind() async throws {
    let all = try await moments("recovery-long", logs: false)
    #expect(stages(all) == [.scheduled, .working, .starting])
    let working = all.flatMap(\.snapshot.recoveries).filter { $0.recovery.stage == .working }
    #expect(working.allSatisfy { $0.fraction == nil && $0.remaining != nil })
    #expect(all.allSatisfy { !$0.snapshot.findings.contains { $0.id.hasPrefix("recovery.still") } })
  }

  @Test("nobody in sight archives there: how far it is to go is not known")
  func strangers() async throws {
    let story = try #require(Story.all.first { $0.name == "recovery-long" })
    let all = try await story.replay().moments()
    let replays = all.flatMap(\.snapshot.recoveries).filter { $0.recovery.stage == .replaying }
    #expect(!replays.isEmpty && replays.allSatisfy { $0.total == nil && $0.remaining == nil })
  }

  @Test("a wrong secret: each try, the next one's time, and the reason")
  func wrongSecret() async throws {
    let all = try await moments("recovery-wrong-secret")
    let tries = all.flatMap(\.snapshot.recoveries).compactMap(\.recovery.tries)
    #expect(tries.map(\.failed).max() ?? 0 >= 3 && tries.allSatisfy { $0.most == 7 })
    let waiting = try #require(
      all.last { $0.snapshot.recoveries.first?.recovery.tries?.next != nil })
    let sentence = try #require(waiting.snapshot.recoveries.first?.sentence)
    #expect(sentence.contains("of 7 tries failed, the next in "), "\(sentence)")
    let finding = try #require(waiting.snapshot.findings.first { $0.id == "cnpg.recovery" })
    #expect(finding.headline.contains("SignatureDoesNotMatch"), "\(finding.headline)")
    #expect(finding.remedy.contains("Secret"))
  }

  @Test("a log that tells again and again that it still recovers has not got on")
  func stuck() throws {
    var reading = RecoveryReading(pod: "x")
    let begun = try #require(kubernetesDate("2026-11-30T00:32:20Z"))
    func line(_ second: Double, record: String? = nil) -> String {
      let at = Format.timestamp(begun + second)
      guard let record else {
        return #"{"level":"info","ts":"\#(at)","#
          + #""msg":"Checking if the server is still in recovery"}"#
      }
      return #"{"level":"info","ts":"\#(at)","msg":"record","record":{"error_severity":"LOG","#
        + #""message":"\#(record)"}}"#
    }
    reading.take(
      [line(0, record: "redo starts at 0/35000028")], of: "full-recovery", at: begun + 1)
    let restored = #"restored log file \"000000040000000000000036\" from archive"#
    reading.take([line(8, record: restored)], of: "full-recovery", at: begun + 9)
    for second in stride(from: 13.0, through: 300, by: 5) {
      reading.take([line(second)], of: "full-recovery", at: begun + second + 1)
    }
    #expect(reading.movedAt == begun + 9 && reading.readAt == begun + 299)
    #expect(reading.doing == #"restored log file "000000040000000000000036" from archive"#)
    // What the container beside it said before that sets nothing back.
    reading.take(
      [
        #"{"level":"info","ts":"\#(Format.timestamp(begun + 2))","msg":"Restore completed"}"#
      ], of: "plugin-barman-cloud", at: begun + 299)
    #expect(reading.movedAt == begun + 9 && reading.doing.hasPrefix("restored log file"))
    // The same lines once more change nothing.
    let before = reading
    reading.take([line(8, record: restored)], of: "full-recovery", at: begun + 299)
    #expect(reading == before)
  }

  @Test("the plugin's recovery is followed as well")
  func plugin() async throws {
    let stages = stages(try await moments("recovery-plugin"))
    #expect(stages.contains(.restoring) && stages.contains(.replaying), "\(stages)")
    #expect(stages.last == .starting)
  }
}
