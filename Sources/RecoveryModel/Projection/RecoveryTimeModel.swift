import FoundationEssentials

import func Glibc.exp
import func Glibc.log

/// How long a restore takes on this cluster, learned from its drills and, until there are some, assumed.
///
/// One rate for all WAL was wrong by -51 to +106 %: a segment costs its fetch however little it holds, and what it
/// holds replays at the pace of its real content, for which its compressed size is the best sign there is beforehand.
struct RecoveryTimeModel: Sendable {
  /// Assumptions, all on the slow side. Replay 40 MiB/s and copy 70 MB/s: public figures of slow restores. Seconds per
  /// MiB; what the engine itself costs is a `RecoveryPrior`.
  enum Assumption {
    static let perRestoredMiB = LeastSquares.Prior(mean: 1 / 66.8, spread: 1 / 66.8)
    static let perContentMiB = LeastSquares.Prior(mean: 1 / 40.0, spread: 1 / 40.0)
    static let perStoredMiB = LeastSquares.Prior(mean: 0, spread: 0.05)
    /// WAL compresses to an eighth or less only where segments are mostly padding.
    static let contentPerStoredByte: Int64 = 8
    /// Spread of one drill against a perfect model, before any has been compared (log scale).
    static let misfit = 0.35
  }

  /// Two drills of the same WAL on a quiet machine differed by so much.
  static let noiseFloor = 0.12
  /// A wider range would say nothing: 3 to 1 at most.
  static let widestRatio = 3.0
  /// Older drills are other hardware, other data.
  static let drillsUsed = 20
  private static let fading = 0.8

  private var restore: LeastSquares
  private var replay: LeastSquares
  private var restoreCoefficients: [Double]
  private var replayCoefficients: [Double]
  private(set) var start: Double
  /// What the engine costs whatever the size.
  private(set) var fixed: Double
  private var fixedVariance: Double
  /// The newest drill, and what this model makes of it.
  private var last: (measured: Double, expected: Double)?
  /// Median of what its drills took over what it makes of them; of two in the middle the greater.
  private var medianRatio = 1.0
  /// Standard deviation of measured over predicted, on a log scale.
  private(set) var misfit: Double
  private let hasReplayed: Bool
  let drills: Int
  let lastDrillAt: Date?

  /// Learns from the drills with a measured time; oldest first or not, their end decides.
  init(drills records: [DrillRecord], prior: RecoveryPrior = .direct) {
    let usable = Self.usable(records)
    self.init(fitting: usable, prior: prior, misfit: Self.misfit(of: usable, prior))
  }

  private init(fitting drills: [DrillRecord], prior: RecoveryPrior, misfit: Double) {
    restore = LeastSquares(priors: [.init(prior.restore), Assumption.perRestoredMiB])
    replay = LeastSquares(
      priors: [
        .init(prior.replay), .init(prior.perSegment), Assumption.perContentMiB,
        Assumption.perStoredMiB,
      ])
    let assumed = (restore: restore.solve(), replay: replay.solve())
    var start = RunningMean(of: prior.start)
    var fixed = RunningMean(of: prior.fixed?.mean ?? 0)
    for (rank, drill) in drills.reversed().enumerated() {
      let weight = Self.weight(rank)
      let load = drill.replay ?? ReplayLoad(segments: 0, walBytes: 0, storedBytes: 0)
      let phases = RecoveryTimeSplit(drill, prior)
      guard phases.isTold else {
        // Only the sum is known: what the assumptions leave of it is the engine's.
        let rest =
          phases.total - prior.start
          - Self.product(Self.restoreFeatures(drill.restoredBytes ?? 0), assumed.restore)
          - Self.product(Self.replayFeatures(load), assumed.replay)
        fixed.add(max(0, rest), weight: weight)
        continue
      }
      restore.add(
        Self.restoreFeatures(drill.restoredBytes ?? 0), target: phases.restore,
        deviation: 0.2 * phases.restore + 0.2, weight: weight)
      if drill.replay != nil {
        replay.add(
          Self.replayFeatures(load), target: phases.replay,
          deviation: 0.2 * phases.replay + 0.2, weight: weight)
      }
      start.add(phases.start, weight: weight)
      fixed.add(phases.fixed, weight: weight)
    }
    restoreCoefficients = restore.solve()
    replayCoefficients = replay.solve()
    self.start = start.value
    self.fixed = prior.fixed == nil ? 0 : fixed.value
    let spread = prior.fixed?.spread ?? 0
    fixedVariance = spread * spread / (1 + fixed.weight)
    self.misfit = misfit
    hasReplayed = drills.contains { $0.replay?.segments ?? 0 > 0 }
    self.drills = drills.count
    lastDrillAt = drills.last?.finishedAt
    if let newest = drills.last, let measured = newest.measuredRTO {
      last = (measured, expected(newest))
    }
    let ratios = drills.compactMap { drill -> Double? in
      let expected = expected(drill)
      return expected > 0 ? drill.measuredRTO.map { $0 / expected } : nil
    }.sorted()
    if !ratios.isEmpty { medianRatio = ratios[ratios.count / 2] }
  }

  /// Seconds a segment costs whatever it holds.
  var secondsPerSegment: Double { replayCoefficients[1] }

  func restoreSeconds(_ bytes: Int64) -> Double {
    Self.product(Self.restoreFeatures(bytes), restoreCoefficients)
  }

  func replaySeconds(_ load: ReplayLoad) -> Double {
    Self.product(Self.replayFeatures(load), replayCoefficients)
  }

  /// Of measured over predicted, as a share; nil until a drill has replayed something.
  func replaySpread(_ load: ReplayLoad) -> Double? {
    let expected = replaySeconds(load)
    guard hasReplayed, expected > 0 else { return nil }
    let relative = replay.variance(of: Self.replayFeatures(load)) / (expected * expected)
    return (misfit * misfit + relative).squareRoot()
  }

  /// The whole recovery with its range: about nine in ten are meant to fall into it, and what the newest drill took
  /// always does.
  func estimate(restoreBytes: Int64, load: ReplayLoad) -> Estimate {
    let expected = expected(restoreBytes, load)
    let half = drills == 0 ? Self.widestRatio.squareRoot() : halfRange(restoreBytes, load, expected)
    let range = Estimate(expected: expected, low: expected / half, high: expected * half)
    guard let last else { return range }
    var told = Self.widened(range, toHold: last)
    // Where the fit cannot follow its drills, the best guess does.
    if told != range { told.expected = min(told.high, max(told.low, expected * medianRatio)) }
    return told
  }

  private func expected(_ restoreBytes: Int64, _ load: ReplayLoad) -> Double {
    fixed + restoreSeconds(restoreBytes) + replaySeconds(load) + start
  }

  private func expected(_ drill: DrillRecord) -> Double {
    expected(
      drill.restoredBytes ?? 0,
      drill.replay ?? ReplayLoad(segments: 0, walBytes: 0, storedBytes: 0))
  }

  /// Loads that differ by less are as good as the same.
  private static let alike = 1.5

  /// Whatever the newest drill took, for its load or scaled to this one, may come again. The other end gives way, so that
  /// the range still says something.
  private static func widened(
    _ range: Estimate, toHold last: (measured: Double, expected: Double)
  ) -> Estimate {
    guard last.expected > 0, range.expected > 0 else { return range }
    let scale = range.expected / last.expected
    var wanted = [last.measured * scale]
    if (1 / alike...alike).contains(scale) { wanted.append(last.measured) }
    var range = range
    if let most = wanted.max(), most > range.high {
      range.high = most
      range.low = min(range.expected, wanted.min() ?? most, max(range.low, most / widestRatio))
    }
    if let least = wanted.min(), least < range.low {
      range.low = least
      range.high = max(
        range.expected, wanted.max() ?? least, min(range.high, least * widestRatio))
    }
    return range
  }

  private func halfRange(_ bytes: Int64, _ load: ReplayLoad, _ expected: Double) -> Double {
    let uncertainty =
      restore.variance(of: Self.restoreFeatures(bytes))
      + replay.variance(of: Self.replayFeatures(load)) + fixedVariance
    let relative = expected > 0 ? uncertainty / (expected * expected) : 1
    let spread = (misfit * misfit + relative).squareRoot()
    return min(Self.widestRatio.squareRoot(), max(1 + Self.noiseFloor, power(spread)))
  }

  /// e to the 1.5 deviations.
  private func power(_ spread: Double) -> Double { exp(min(1.5 * spread, 2)) }
}

extension RecoveryTimeModel {
  static func usable(_ records: [DrillRecord]) -> [DrillRecord] {
    let measured = records.filter { drill in
      // What it measured stands, whatever became of the tests.
      guard drill.isRestored, let seconds = drill.measuredRTO else { return false }
      return seconds > 0 && seconds.isFinite && drill.phases.allSatisfy { $0.seconds.isFinite }
    }
    return Array(measured.sorted { $0.finishedAt < $1.finishedAt }.suffix(drillsUsed))
  }

  /// Each drill against what the ones before it would have said; two drills' worth of the assumption on top.
  private static func misfit(of drills: [DrillRecord], _ prior: RecoveryPrior) -> Double {
    var sum = 2 * Assumption.misfit * Assumption.misfit
    var weights = 2.0
    for index in drills.indices.dropFirst() {
      let earlier = RecoveryTimeModel(fitting: Array(drills[..<index]), prior: prior, misfit: 0)
      guard let measured = drills[index].measuredRTO, drills[index].replay != nil else { continue }
      let predicted = earlier.expected(drills[index])
      let weight = weight(drills.count - 1 - index)
      let ratio = measured / max(0.001, predicted)
      let error = ratio > 0 && ratio.isFinite ? log(ratio) : 2
      sum += weight * error * error
      weights += weight
    }
    return (sum / weights).squareRoot()
  }

  private static func weight(_ rank: Int) -> Double { (0..<rank).reduce(1) { w, _ in w * fading } }

  private static func restoreFeatures(_ bytes: Int64) -> [Double] { [1, mebibytes(bytes)] }

  private static func replayFeatures(_ load: ReplayLoad) -> [Double] {
    let content =
      load.storedBytes > 0
      ? min(load.walBytes, load.storedBytes.multipliedSaturating(Assumption.contentPerStoredByte))
      : load.walBytes
    return [1, Double(load.segments), mebibytes(content), mebibytes(load.storedBytes)]
  }

  private static func mebibytes(_ bytes: Int64) -> Double { Double(max(0, bytes)) / 1_048_576 }

  private static func product(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension Int64 {
  fileprivate func multipliedSaturating(_ factor: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}

extension LeastSquares.Prior {
  init(_ cost: RecoveryPrior.Cost) { self.init(mean: cost.mean, spread: cost.spread) }
}
