import Foundation
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

@Suite("What a store costs and what keeps it, among the details of the recovery window")
struct StoreSectionTests {
  private func details(_ change: (inout EngineReport) -> Void) -> String {
    var report = Fixture.report()
    change(&report)
    var cluster = Scene.proven
    cluster.report = report
    var state = AppState(columns: 100, rows: 200, now: Fixture.date)
    FrameScenarios.show(cluster, in: &state)
    state.screen = .detail(.window)
    return FrameGolden.text(of: FrameGolden.frame(state))
  }

  @Test func figuresAreShownWhereAStoreIsRead() {
    let text = details { report in
      report.traffic = StoreTraffic(
        place: "s3://b/p", requests: 1_150, bytes: 33 << 20, seconds: 86_400,
        limit: StoreLimit(requests: 2_000))
      report.storeFacts = [
        StoreFact(label: "versions", words: "old ones are kept", at: Fixture.ago(60)),
        StoreFact(label: "replication", words: "unknown: grant it", isKnown: false),
      ]
    }
    #expect(text.contains("1150 requests, 33 MiB a day (at most 2000 requests a day)"))
    #expect(text.contains("The store") && text.contains("old ones are kept"))
    #expect(text.contains("unknown: grant it"))
  }

  @Test func aLimitThatIsReachedIsSaid() {
    let text = details {
      $0.traffic = StoreTraffic(
        place: "s3://b/p", requests: 20, bytes: 9, seconds: 600, limit: StoreLimit(requests: 20),
        pausedUntil: Fixture.date.addingTimeInterval(3_600))
    }
    #expect(text.contains("20 requests, 9 B in 10m"))
    #expect(text.contains("limit reached, not read before"))
  }

  @Test func nothingIsSaidWhereNoneIs() {
    let text = details { _ in }
    #expect(!text.contains("The store") && !text.contains("requests"))
  }
}
