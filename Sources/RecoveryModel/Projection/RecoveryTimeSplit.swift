/// A drill's measured time, split into what it went on.
struct RecoveryTimeSplit {
  var total: Double
  var fixed: Double
  var restore: Double
  var replay: Double
  var start: Double
  /// The record tells where replay ended. Records of an operator's drills from before that was looked at call everything
  /// up to the healthy cluster replaying: of those only the total counts.
  var isTold: Bool

  init(_ drill: DrillRecord, _ prior: RecoveryPrior) {
    let seconds = { (state: DrillState) in
      drill.phases.filter { $0.state == state }.reduce(0) { $0 + max(0, $1.seconds) }
    }
    total = drill.measuredRTO ?? 0
    restore = seconds(.restoring)
    replay = seconds(.replaying)
    guard prior.fixed != nil else {
      // What no phase claims is starting and promoting.
      isTold = true
      fixed = 0
      start = max(0, total - restore - replay)
      return
    }
    isTold = drill.tellsHandover
    start = seconds(.starting)
    fixed = max(0, total - restore - replay - start)
  }
}

/// A weighted mean that begins with what is assumed, at half the weight of a drill.
struct RunningMean {
  private var sum: Double
  private(set) var weight = 0.5

  init(of assumed: Double) { sum = assumed / 2 }

  mutating func add(_ value: Double, weight: Double) {
    guard value.isFinite else { return }
    sum += value * weight
    self.weight += weight
  }

  var value: Double { sum / weight }
}
