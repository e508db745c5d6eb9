import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import TextScreen

/// Pictures of fleets and of clusters on Kubernetes.
extension FrameScenarios {
  static let fleets: [FrameScenario] = [
    FrameScenario("fleet", [.classic, .wall, .small]) { show(FleetScene.noticed(40), in: &$0) },
    FrameScenario("fleet-ascii", [.classic, .wall]) { state in
      state.glyphs = .ascii
      show(FleetScene.noticed(40), in: &state)
    },
    FrameScenario("fleet-contexts", [.classic, .wall]) { state in
      show(FleetScene.fleet(40), in: &state)
      press("c", in: &state)
    },
    FrameScenario("fleet-folded", [.classic, .wall]) { state in
      show(FleetScene.fleet(40), in: &state)
      press("ccCj", in: &state)
    },
    FrameScenario("fleet-filtered", [.classic, .wall]) { state in
      show(FleetScene.fleet(40), in: &state)
      press("/billing", in: &state)
    },
    FrameScenario("fleet-stale", [.classic, .wall]) { state in
      var fleet = FleetScene.fleet(12)
      for index in 0..<6 { fleet.clusters[index].takenAt = Fixture.ago(300) }
      show(fleet, in: &state)
    },
    FrameScenario("fleet-looking", [.classic, .wall]) { state in
      var fleet = FleetScene.fleet(3)
      fleet.isComplete = false
      show(fleet, in: &state)
    },
    FrameScenario("looking", [.classic, .wall]) { state in
      show(FleetSnapshot(takenAt: Fixture.date, isComplete: false), in: &state)
    },
    FrameScenario("none-found", [.classic, .wall]) { state in
      show(FleetSnapshot(takenAt: Fixture.date, notices: FleetScene.notices), in: &state)
    },
    FrameScenario("notices", [.classic, .wall]) { state in
      show(FleetScene.noticed(4), in: &state)
      press("n", in: &state)
    },
  ]

  static let kubernetes: [FrameScenario] =
    [
      FrameScenario("kubernetes", [.classic, .wall]) {
        show(Fixture.cloudNativePGCluster(), in: &$0)
      },
      FrameScenario("kubernetes-off", [.classic, .wall]) { state in
        var cluster = Fixture.cloudNativePGCluster()
        var archive = Fixture.archiveStatus()
        archive.enabled = false
        archive.off = Unavailable(
          part: "WAL archiver",
          reason: "neither backup.barmanObjectStore nor a plugin with isWALArchiver is configured",
          remedy: "Create an ObjectStore and name it under spec.plugins with isWALArchiver: true.")
        cluster.report.archive = Fixture.observed(archive)
        cluster.report.activities = [
          ClusterActivity(
            kind: .switchover, sentence: "pg-main-1 hands over to pg-main-2",
            instances: ["pg-main-1", "pg-main-2"], since: Fixture.ago(30))
        ]
        show(cluster, in: &state)
      },
    ]
    + [
      ("instances", "1"), ("archive", "2"), ("backups", "3"), ("window", "4"), ("projection", "6"),
    ].map { name, key in
      FrameScenario("kubernetes-\(name)", [.classic, .wall]) { state in
        show(name == "backups" ? FleetScene.blocked : Fixture.cloudNativePGCluster(), in: &state)
        if key != "1" { press(key, in: &state) }
        press(.enter, in: &state)
      }
    } + [
      FrameScenario("clear", [.classic, .wall, .small]) { state in
        show(FleetScene.blocked, in: &state)
        press("X", in: &state)
        _ = update(&state, .planArrived(FleetScene.clearing))
        press("prod/pg-m", in: &state)
      },
      FrameScenario("clear-typed") { state in
        show(FleetScene.blocked, in: &state)
        press("X", in: &state)
        _ = update(&state, .planArrived(FleetScene.clearing))
        press("prod/pg-main", in: &state)
      },
    ]

  static func show(_ fleet: FleetSnapshot, in state: inout AppState) {
    _ = update(&state, .snapshotArrived(fleet))
  }
}
