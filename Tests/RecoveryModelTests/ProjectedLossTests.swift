import Foundation
import TestSupport
import Testing

@testable import RecoveryModel

/// What would be gone is judged once; what waits for the archive is the least of it where nothing can be restored.
@Suite struct ProjectedLossTests {
  @Test func nothingToRestoreIsALossOfEverything() {
    let empty = Assessed.cluster(drills: []) { $0.setBackups([]) }
    #expect(empty.exposure?.seconds != nil)
    #expect(empty.loss == .everything && empty.loss.seconds == .infinity)
    #expect(empty.recoveryTime == nil && empty.reach == nil)
    let told = ClusterStatus(snapshot: empty)
    #expect(told.rpo?.everything == true && told.rpo?.seconds == nil && told.rpo?.bytes == nil)
    #expect(told.rto == nil)

    let fault = Assessed.cluster {
      $0.repositoryFault = RepositoryFault(
        what: "backup.info cannot be read", remedy: "", source: "pgbackrest info", at: Fixture.date)
    }
    #expect(fault.projection != nil)
    #expect(fault.loss == .everything && fault.recoveryTime == nil)

    let failed = Fixture.drill(
      outcome: .failed, failedIn: .restoring, reason: "checksum error", tests: [])
    #expect(Assessed.cluster(drills: [failed]).loss == .everything)
  }

  @Test func whatIsNotKnownIsNoSmallLoss() {
    let unread = Assessed.cluster {
      $0.backups = Fixture.unavailable("backup catalog")
      $0.walArchive = Fixture.unavailable("archived WAL")
    }
    #expect(unread.exposure?.seconds != nil && unread.loss == .unknown)
    let pending = Assessed.cluster { $0.backups = .pending }
    #expect(pending.loss == .unknown)
    let old = Assessed.cluster(paces: [.backups: 60]) {
      $0.backups = Fixture.observed(Fixture.catalog(), at: Fixture.ago(200))
    }
    #expect(old.loss == .unknown)
    // Nothing of a cluster that is only being made is lost, nor safe.
    let made = Assessed.cluster(drills: []) {
      $0.setBackups([])
      $0.changeInstances { $0 = [] }
      $0.activities = [ClusterActivity(kind: .setup, sentence: "it is set up")]
    }
    #expect(made.loss == .unknown)
  }

  @Test func elseItIsWhatWaits() {
    let healthy = Assessed.cluster()
    #expect(healthy.loss.changes == healthy.exposure && healthy.loss.seconds == 60)
    #expect(healthy.recoveryTime == healthy.projection)
  }

  // MARK: What was known a look ago

  /// As of the fixture's time, and then looked at so many seconds later, when the primary gave no answer.
  private func silent(
    after seconds: Double, pace: Double = 20, change: (inout EngineReport) -> Void = { _ in }
  ) -> ClusterSnapshot {
    let before = Assessed.cluster(paces: [.archive: pace], change: change)
    return Assessed.cluster(
      now: Fixture.date.addingTimeInterval(seconds), paces: [.archive: pace], previous: before
    ) {
      change(&$0)
      $0.archive = Fixture.unavailable("archive")
    }
  }

  @Test func oneAnswerThatStaysAwayGrowsTheBound() throws {
    // Within two looks it is what it was.
    let soon = silent(after: 5)
    #expect(soon.loss.seconds == 65 && soon.loss.changes?.isUpperBound == false)
    let later = silent(after: 40)
    #expect(later.loss.seconds == 100 && later.loss.changes?.isUpperBound == true)
    #expect(later.loss.changes?.leastSeconds == 100 && later.loss.changes?.bytes == nil)
    // What had all been archived may be little by now, and is no nothing.
    let idle = silent(after: 40) { $0.changeArchive { $0.unarchivedBytes = 0 } }
    #expect(idle.loss.seconds == 40 && idle.loss.changes?.leastSeconds == nil)
    // Past the time that an answer counts the archive's listing bounds it.
    let past = silent(after: 61)
    let listed = try #require(past.report.listedWAL?.at)
    #expect(past.loss.seconds == past.takenAt.timeIntervalSince(listed))
  }

  @Test func aLaterLookNeverTellsLess() {
    var last = 0.0
    for second in stride(from: 0.0, through: 60, by: 5) {
      let seconds = silent(after: second).loss.seconds ?? -1
      #expect(seconds >= last, "after \(second)")
      last = seconds
    }
  }
}
