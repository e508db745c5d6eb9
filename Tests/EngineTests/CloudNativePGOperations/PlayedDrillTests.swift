import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import TestSupport
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// Whole operations of the engine itself, against an API server with an operator that plays CloudNativePG's part and,
/// behind it, a real PostgreSQL.
@Suite(.serialized, .closingServers) struct PlayedDrillTests {
  private func run(
    _ theatre: Theatre, _ request: OperationRequest
  ) async throws -> OperationEvent.Kind? {
    let plan = try await theatre.engine.plan(request, report: await theatre.report())
    #expect(plan.unmet == [])
    var last: OperationEvent.Kind?
    for try await event in theatre.engine.start(plan) { last = event.kind }
    return last
  }

  private func drill(_ theatre: Theatre, _ backup: String? = nil) async throws -> DrillRecord {
    guard case .drillFinished(let record)? = try await run(theatre, .drill(backup: backup))
    else { throw RecoveryError(.failed, "no record") }
    try await theatre.expectNothingLeft(of: record)
    return record
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a backup is taken, restored by a real server and counted`() async throws {
    try await Theatre.play(isReal: true, tests: [Theatre.users]) { theatre in
      let finished = try await run(theatre, .backup(.full, name: "initial-smoke-test"))
      #expect(finished == .backupFinished(label: "initial-smoke-test"))
      let record = try await drill(theatre, "base")
      #expect(record.outcome == .passed, "\(record.reason ?? "")")
      #expect(record.backup == "base")
      #expect(record.tests.first?.rows == Int64(theatre.source?.rows ?? 0))
      let forwards = theatre.server.standIn?.requests.filter {
        $0.resource == "pods/portforward"
      }
      #expect(forwards?.last?.status == 101)
      #expect(record.reachedLSN ?? LSN(0) >= record.targetLSN ?? LSN(.max))
      #expect(record.reachedTime != nil)
      #expect(record.replay?.segments ?? 0 > 0)
      #expect(record.restoredBytes ?? 0 > 1 << 20)
      #expect(record.measuredRTO ?? 0 > 0)
      #expect(try await theatre.engine.ledger?.append(record) == true)
      #expect(try await theatre.engine.ledger?.contents().drills.map(\.id) == [record.id])
    }
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `each kind of moment is recovered to, and has the rows of then`() async throws {
    try await Theatre.play(isReal: true, tests: [KnownCommits.test]) { theatre in
      let source = try #require(theatre.source)
      let known = try await KnownCommits.make {
        try await source.query($0, in: "app")
      } archive: {
        _ = try await source.switchSegment()
      }
      _ = try await source.switchSegment()
      for moment in known.moments {
        let record = try await drill(theatre, to: moment)
        #expect(record.outcome == .passed, "\(moment.text): \(record.reason ?? "")")
        #expect(record.isOfPast && record.moment?.stop != nil)
      }
      let record = try await drill(theatre, to: KnownCommits.nowhere)
      #expect(record.outcome == .failed && record.cause == .momentNotReached)
      #expect(record.reason?.hasPrefix("recovery ended before configured") == true)
    }
  }

  private func drill(_ theatre: Theatre, to moment: RecoveryMoment) async throws -> DrillRecord {
    let report = await theatre.report()
    let base = try #require(report.backups.value?.backups.first { $0.id == "base" })
    let plan = try await theatre.engine.plan(
      drillTo: .reachable(moment, from: base, now: Date()), report: report)
    #expect(plan.unmet == [])
    for try await event in theatre.engine.start(plan) {
      if case .drillFinished(let record) = event.kind {
        try await theatre.expectNothingLeft(of: record)
        return record
      }
    }
    throw RecoveryError(.failed, "no record")
  }

  @Test(
    .enabled(
      if: Theatre.canRestore,
      "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)),
    arguments: [
      (RecoveryFailure.silentEarlyPromotion, "promoted early"),
      (.targetNotReached, "missing from the archive"),
      (.endOfBackupMissing, "missing from the archive"),
    ])
  func `a real server's failure is told for what it is`(
    failure: RecoveryFailure, words: String
  ) async throws {
    var script = PlayerScript()
    script.recoveries = ["*": failure]
    try await Theatre.play(script, isReal: true, tests: [Theatre.users]) { theatre in
      let record = try await drill(theatre, "base")
      #expect(record.outcome == .failed, "\(record.reason ?? "")")
      #expect(record.reason?.contains(words) == true, "\(record.reason ?? "")")
    }
  }

  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      (RecoveryFailure.missingObjectStore, DrillOutcome.couldNotRun, "no recovery job"),
      (.noBackupFound, .failed, "does not hold this base backup"),
      (.firstWALMissing, .failed, "first WAL"),
      (.expectedEmptyArchive, .couldNotRun, "archive where WAL lies already"),
      (.credentialsRefused, .couldNotRun, "SignatureDoesNotMatch"),
      (.imagePullError, .couldNotRun, "ImagePullBackOff"),
      (.podPending, .couldNotRun, "Insufficient memory"), (.jobFails, .failed, ""),
      (.olderOperator, .failed, ""),
    ])
  func `each way in which a recovery fails ends in words and leaves nothing`(
    failure: RecoveryFailure, outcome: DrillOutcome, words: String
  ) async throws {
    var script = PlayerScript()
    script.recoveries = ["*": failure]
    try await Theatre.play(script, backups: 2) { theatre in
      let record = try await drill(theatre)
      #expect(record.outcome == outcome, "\(record.reason ?? "")")
      #expect((record.cause == .credentials) == (failure == .credentialsRefused))
      #expect(words.isEmpty || record.reason?.contains(words) == true, "\(record.reason ?? "")")
    }
  }
}
