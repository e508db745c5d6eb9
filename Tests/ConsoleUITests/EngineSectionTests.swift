import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

@Suite("An engine's own findings among the details")
struct EngineSectionTests {
  private static let headline = "something that only the engine knows"

  /// The text of a panel's details while the engine has one finding on this topic.
  private func details(_ panel: PanelID, of topic: FindingTopic, in report: EngineReport) -> String
  {
    var report = report
    report.engineFindings = Fixture.observed([
      EngineFinding(Fixture.finding("engine.rule:one", headline: Self.headline), topic)
    ])
    var cluster = Scene.proven
    cluster.report = report
    var state = AppState(columns: 80, rows: 500, now: Fixture.date)
    FrameScenarios.show(cluster, in: &state)
    state.screen = .detail(panel)
    return FrameGolden.text(of: FrameGolden.frame(state))
  }

  @Test("every topic is shown, whatever else is known", arguments: FindingTopic.allCases)
  func everyTopicIsShown(_ topic: FindingTopic) {
    #expect(!topic.panels.isEmpty)
    for report in [Fixture.report(), EngineReport()] {
      for panel in PanelID.allCases {
        let isShown = details(panel, of: topic, in: report).contains(Self.headline)
        #expect(isShown == topic.panels.contains(panel), "\(panel)")
      }
    }
  }
}
