import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import TextScreen

/// Pictures for the wall: one cluster, fleets of many sizes, in letters and in plain ASCII.
extension FrameScenarios {
  static let wallboards: [FrameScenario] =
    [
      FrameScenario("wallboard", everySize) { state in
        show(Scene.proven, in: &state)
        press("w", in: &state)
      },
      FrameScenario("wallboard-gap", everySize) { state in
        show(Fixture.gapCluster(), in: &state)
        press("w", in: &state)
      },
      FrameScenario("wallboard-fleet", [.classic, .wall]) { state in
        show(FleetScene.noticed(40), in: &state)
        press("w", in: &state)
      },
      FrameScenario("wallboard-stale", [.classic, .wall]) { state in
        show(FleetScene.fleet(12), in: &state)
        press("w", in: &state)
        _ = update(&state, .ticked(Fixture.date.addingTimeInterval(320)))
      },
      // The page that the cycle comes to after the fleet: the worst alone.
      FrameScenario("wallboard-worst", everySize) { state in
        show(FleetScene.mixed(5), in: &state)
        press("w", in: &state)
        _ = update(&state, .ticked(Fixture.date.addingTimeInterval(10)))
      },
    ]
    + [1, 2, 5, 12, 13, 40].map { count in
      FrameScenario("wallboard-mixed-\(count)", count > 2 ? everySize + [.small] : everySize) {
        show(FleetScene.mixed(count), in: &$0)
        press("w", in: &$0)
      }
    }
    + [2, 12, 13].map { count in
      FrameScenario("wallboard-ascii-\(count)", everySize) { state in
        state.glyphs = .ascii
        show(FleetScene.mixed(count), in: &state)
        press("w", in: &state)
      }
    }
    + [
      FrameScenario("wallboard-linux-12", everySize) { state in
        state.glyphs = .linuxConsole
        show(FleetScene.mixed(12), in: &state)
        press("w", in: &state)
      }
    ]

  private static let everySize: [FrameScenario.Size] = [.classic, .desk, .wall]
}
