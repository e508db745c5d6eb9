import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

/// Reading the archive's contents from the console.
@Suite("Scrub")
struct ScrubTests {
  private static func fresh() -> AppState {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    return state
  }

  private static func asked(_ text: String? = nil) -> (state: AppState, effects: [Effect]) {
    var state = fresh()
    FrameScenarios.press("e", in: &state)
    if let text {
      _ = update(&state, .keyPressed(.control("u")))
      FrameScenarios.press(text, in: &state)
    }
    let effects = update(&state, .keyPressed(.enter))
    return (state, effects)
  }

  @Test func aShareIsAskedFor() throws {
    let (state, effects) = Self.asked()
    let limits = try #require(ScrubLimits(text: "1/30 at 20MiB/s"))
    #expect(limits.share == 1.0 / 30 && limits.rate == Double(20 << 20))
    #expect(effects.contains(.scrub(limits, cluster: "auth-db")))
    #expect(state.scrub != nil)
    #expect(Self.asked("all").effects.contains(.scrub(ScrubLimits(), cluster: "auth-db")))
  }

  @Test(arguments: ["0/3", "half", "1/30 at", "1/30 at fast", "1/30 in 20MiB/s", ""])
  func whatIsNoShareStartsNothing(_ text: String) {
    let (state, effects) = Self.asked(text)
    #expect(effects.isEmpty && state.scrub == nil)
    #expect(state.notices.last?.role == .warning)
  }

  @Test func itsProgressShowsUntilItEnds() {
    var (state, _) = Self.asked()
    let progress = ScrubProgress(objects: 31, bytes: 12 << 20, ofBytes: 400 << 20)
    _ = update(&state, .scrubAdvanced(cluster: "auth-db", progress))
    FrameScenarios.press("5", in: &state)
    FrameScenarios.press(.enter, in: &state)
    let shown = FrameGolden.text(of: FrameGolden.frame(state))
    #expect(shown.contains("12 MiB of 400 MiB, 31 objects"))
    FrameScenarios.press("e", in: &state)
    #expect(state.prompt == nil)
    var outcome = ScrubOutcome()
    (outcome.objects, outcome.bytes) = (62, 400 << 20)
    _ = update(&state, .scrubEnded(cluster: "auth-db", outcome))
    #expect(state.scrub == nil)
    #expect(state.notices.last?.text.contains("62 objects read, 400 MiB") == true)
  }

  @Test func xStopsItAndKeepsWhatWasRead() {
    var (state, _) = Self.asked()
    #expect(update(&state, .keyPressed(.character("x"))) == [.cancelScrub(cluster: "auth-db")])
    #expect(state.scrub?.isCancelling == true && state.dialog == nil)
    #expect(update(&state, .keyPressed(.character("x"))).isEmpty)
  }

  @Test func damageIsSaidLoudly() {
    var (state, _) = Self.asked()
    let error = RecoveryError(.refused, "the store cannot be read", remedy: "grant it")
    _ = update(&state, .scrubFailed(cluster: "auth-db", error))
    #expect(state.scrub == nil && state.notices.last?.text.hasSuffix("; grant it") == true)
  }

  @Test func readOnlyConsolesReadNothing() {
    var state = Self.fresh()
    state.readOnly = "a wallboard"
    FrameScenarios.press("e", in: &state)
    #expect(state.prompt == nil)
  }
}
