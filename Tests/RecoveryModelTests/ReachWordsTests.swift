import Foundation
import RecoveryModel
import TestSupport
import Testing

/// To when a cluster comes back, and what that costs, is said once and the same everywhere.
@Suite struct ReachWordsTests {
  private let now = Fixture.date

  private func words(_ lost: Double, isCut: Bool) -> String {
    RecoveryReach(until: now.addingTimeInterval(-lost), lostSeconds: lost, isCut: isCut)
      .words(now: now)
  }

  @Test func aLossOfNothingIsNotSaid() {
    #expect(words(960, isCut: true).hasPrefix("only to "))
    #expect(words(960, isCut: true).hasSuffix(", losing 16m"))
    #expect(!words(0, isCut: true).contains("losing"))
    #expect(!words(0, isCut: false).contains("only"))
  }

  @Test func behindACutEverythingIsLost() {
    var cluster = Fixture.cluster(exposure: RPOExposure(bytes: 0, seconds: 0, segments: 0))
    #expect(cluster.loss.changes == cluster.exposure)
    cluster.reach = RecoveryReach(
      until: now.addingTimeInterval(-960), lostSeconds: 960, isCut: true)
    #expect(cluster.loss.seconds == 960)
    #expect(cluster.loss.changes?.bytes == nil)
    cluster.exposure = nil
    #expect(cluster.loss.seconds == 960)
  }

  @Test func aRefusalSaysThatTheCheckFailed() {
    let requirement = Requirement(what: "the place has room", satisfied: false, detail: "1 B free")
    #expect(requirement.refusal == "not met: the place has room (1 B free)")
  }
}
