import FoundationEssentials
import RecoveryModel
import TestSupport

/// Drills measured by hand on one machine (PostgreSQL 15, pgBackRest 2.45, 980 MB restored): four series, each in the
/// order in which it was run, under different load, shared_buffers and WAL fetch.
struct MeasuredDrill: Sendable {
  var restore: Double
  var recover: Double
  var walMB: Double
  var segments: Int

  init(_ restore: Double, _ recover: Double, _ walMB: Double, _ segments: Int) {
    self.restore = restore
    self.recover = recover
    self.walMB = walMB
    self.segments = segments
  }

  var load: ReplayLoad {
    ReplayLoad(segments: segments, walBytes: Int64(walMB * 1_000_000), storedBytes: 0)
  }

  var record: DrillRecord { record(index: 0) }

  func record(index: Int) -> DrillRecord {
    Fixture.drill(
      "m\(index)", finished: Fixture.ago(Double(1000 - index) * 60), restoring: restore,
      replaying: recover, starting: 0, restoredBytes: 980_000_000, replay: load)
  }

  static let series: [(name: String, drills: [MeasuredDrill])] = [
    (
      "busy, 256 MB",
      [
        MeasuredDrill(15.32, 89.24, 1112.3, 67), MeasuredDrill(10.03, 89.18, 1882.9, 115),
        MeasuredDrill(9.18, 136.85, 3799.3, 227), MeasuredDrill(6.14, 159.73, 4885.3, 292),
        MeasuredDrill(7.21, 208.49, 6123.1, 365), MeasuredDrill(3.81, 31.75, 1006.2, 60),
      ]
    ),
    (
      "less busy, 256 MB",
      [
        MeasuredDrill(6.17, 19.32, 786.1, 47), MeasuredDrill(5.12, 33.55, 1006.2, 60),
        MeasuredDrill(4.29, 45.76, 1112.3, 67), MeasuredDrill(6.19, 64.33, 1882.9, 115),
        MeasuredDrill(7.66, 84.7, 3799.3, 227), MeasuredDrill(4.76, 97.92, 6123.1, 365),
        MeasuredDrill(3.14, 79.79, 4885.3, 292),
      ]
    ),
    (
      "quiet, 256 MB",
      [
        MeasuredDrill(2.25, 12.88, 786.1, 47), MeasuredDrill(2.25, 21.86, 1006.2, 60),
        MeasuredDrill(2.44, 32.9, 1112.3, 67), MeasuredDrill(2.1, 42.75, 1882.9, 115),
        MeasuredDrill(1.96, 11.34, 786.1, 47), MeasuredDrill(2.02, 29.81, 1112.3, 67),
        MeasuredDrill(2.04, 71.85, 3799.3, 227), MeasuredDrill(2.55, 77.29, 4885.3, 292),
        MeasuredDrill(2.05, 78.27, 6123.1, 365),
      ]
    ),
    (
      "quiet, 2 GB",
      [
        MeasuredDrill(2.2, 8.99, 786.1, 47), MeasuredDrill(2.61, 11.97, 1006.2, 60),
        MeasuredDrill(2.92, 14.09, 1112.3, 67), MeasuredDrill(3.13, 28.07, 1882.9, 115),
        MeasuredDrill(2.72, 39.61, 3799.3, 227), MeasuredDrill(2.78, 50.89, 4885.3, 292),
        MeasuredDrill(2.25, 60.61, 6123.1, 365), MeasuredDrill(2.25, 15.5, 1112.3, 67),
      ]
    ),
  ]
}
