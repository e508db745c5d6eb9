import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct RecoveryTimeModelTests {
  /// Each drill predicted from the ones before it alone.
  static func hits(_ drills: [MeasuredDrill]) -> (hits: Int, widest: Double, lines: [String]) {
    var past: [DrillRecord] = []
    var hits = 0
    var widest = 0.0
    var lines: [String] = []
    for (index, drill) in drills.enumerated() {
      let estimate = RecoveryTimeModel(drills: past).estimate(
        restoreBytes: 980_000_000, load: drill.load)
      let measured = drill.restore + drill.recover
      let hit = (estimate.low...estimate.high).contains(measured)
      if hit { hits += 1 }
      widest = max(widest, estimate.high / estimate.low)
      let range = "\(Format.duration(estimate.low)) .. \(Format.duration(estimate.high))"
      lines.append("\(hit ? "in " : "OUT") \(Format.duration(measured)) of \(range)")
      past.append(drill.record(index: index))
    }
    return (hits, widest, lines)
  }

  @Test("the range shown before a drill contains what it measured in 5 of 6", arguments: 0..<4)
  func leaveFutureOut(series: Int) {
    let (name, drills) = MeasuredDrill.series[series]
    let (hits, widest, lines) = Self.hits(drills)
    let goal = (drills.count * 5 + 5) / 6
    #expect(hits >= goal, "\(name): \(hits) of \(drills.count)\n\(lines.joined(separator: "\n"))")
    #expect(widest <= 3.0001)
  }
}

extension RecoveryTimeModelTests {
  /// Simulated drills of small segments: 80 ms each and 100 MiB/s of what they really hold.
  static func simulated(_ segments: Int, storedPerSegment: Int64, noise: Double) -> DrillRecord {
    let stored = Int64(segments) * storedPerSegment
    let seconds = (0.5 + Double(segments) * 0.08 + Double(stored) / 13e6) * noise
    return Fixture.drill(
      "s\(segments)", finished: Fixture.ago(Double(10_000 - segments)), restoring: 1.5,
      replaying: seconds, starting: 0.5, restoredBytes: 60 << 20,
      replay: ReplayLoad(
        segments: segments, walBytes: Int64(segments) << 20, storedBytes: stored))
  }

  @Test("full and padded segments of 1 MiB are told apart")
  func kindsOfWAL() {
    let drills = [
      Self.simulated(20, storedPerSegment: 10_000, noise: 1),
      Self.simulated(60, storedPerSegment: 250_000, noise: 1.1),
      Self.simulated(90, storedPerSegment: 15_000, noise: 0.95),
      Self.simulated(200, storedPerSegment: 400_000, noise: 1.05),
      Self.simulated(300, storedPerSegment: 20_000, noise: 1),
      Self.simulated(400, storedPerSegment: 300_000, noise: 0.9),
    ]
    var hits = 0
    for index in drills.indices {
      let estimate = RecoveryTimeModel(drills: Array(drills[..<index])).estimate(
        restoreBytes: 60 << 20, load: drills[index].replay ?? drills[0].replay ?? noLoad)
      if (estimate.low...estimate.high).contains(drills[index].measuredRTO ?? 0) { hits += 1 }
      #expect(estimate.high / estimate.low <= 3.0001)
    }
    #expect(hits >= 5, "\(hits) of 6")
  }

  private var noLoad: ReplayLoad { ReplayLoad(segments: 0, walBytes: 0, storedBytes: 0) }

  @Test func goodPredictionsNarrowTheRangeToTheNoiseFloor() {
    let one = Self.simulated(100, storedPerSegment: 100_000, noise: 1)
    let load = one.replay ?? noLoad
    let few = RecoveryTimeModel(drills: [one]).estimate(restoreBytes: 60 << 20, load: load)
    let many = RecoveryTimeModel(drills: Array(repeating: one, count: 20)).estimate(
      restoreBytes: 60 << 20, load: load)
    #expect(many.high / many.low < few.high / few.low)
    #expect(many.high >= many.expected * 1.12)
    let measured = one.measuredRTO ?? 0
    #expect(abs(many.expected - measured) < measured * 0.1)
  }

  @Test("drills that the fit cannot follow move the best guess, and not only the range's end")
  func farAbove() throws {
    let load = ReplayLoad(segments: 3, walBytes: 3 << 20, storedBytes: 30_000)
    let drills = (0..<3).map { index in
      var drill = Fixture.drill(
        "d\(index)", finished: Fixture.ago(Double(100 - index)), restoring: 1.5, replaying: 0.5,
        starting: 0.5, restoredBytes: 60 << 20, replay: load)
      drill.measuredRTO = 15
      return drill
    }
    let estimate = RecoveryTimeModel(drills: drills).estimate(
      restoreBytes: 60 << 20, load: load)
    #expect(abs(estimate.expected - 15) < 2.5, "\(estimate)")
    #expect(estimate.low <= estimate.expected && estimate.expected <= estimate.high)
    #expect(estimate.low < 14)
  }

  @Test(
    "the fit leans to the short ones; where it cannot follow, the best guess is what most of them took"
  )
  func median() throws {
    let load = ReplayLoad(segments: 100, walBytes: 100 << 20, storedBytes: 10_000_000)
    let drills = [10.0, 60, 60, 60].enumerated().map { index, seconds in
      Fixture.drill(
        "d\(index)", finished: Fixture.ago(Double(100 - index)), restoring: 1,
        replaying: seconds - 2, starting: 1, restoredBytes: 60 << 20, replay: load)
    }
    let estimate = RecoveryTimeModel(drills: drills).estimate(restoreBytes: 60 << 20, load: load)
    // The fit alone says about 17.
    #expect(abs(estimate.expected - 60) < 3, "\(estimate)")
    #expect(estimate.low <= estimate.expected && estimate.expected <= estimate.high)
  }

  @Test func recentDrillsWeighMore() {
    let slow = (0..<5).map { _ in Self.simulated(100, storedPerSegment: 100_000, noise: 3) }
    var fast = Self.simulated(100, storedPerSegment: 100_000, noise: 1)
    fast.finishedAt = Fixture.date
    let load = fast.replay ?? noLoad
    let before = RecoveryTimeModel(drills: slow).replaySeconds(load)
    let after = RecoveryTimeModel(drills: slow + [fast]).replaySeconds(load)
    #expect(after < before * 0.85)
  }

  @Test(
    "records full of nonsense do no harm",
    arguments: [
      Double.nan, .infinity, 0, -5,
    ])
  func nonsense(seconds: Double) {
    var drill = Fixture.drill()
    drill.measuredRTO = seconds
    let model = RecoveryTimeModel(drills: [drill])
    #expect(model.drills == 0)
    let estimate = model.estimate(restoreBytes: -1, load: noLoad)
    #expect(estimate.expected.isFinite && estimate.low >= 0)
    let huge = ReplayLoad(segments: .max, walBytes: .max, storedBytes: .max)
    #expect(model.estimate(restoreBytes: .max, load: huge).high.isFinite)
  }
}

struct LeastSquaresTests {
  static let vague = LeastSquares.Prior(mean: 1, spread: 100)

  @Test func recoversWhatMadeTheRows() {
    var squares = LeastSquares(priors: [Self.vague, Self.vague])
    for x in [1.0, 2, 5, 9] { squares.add([1, x], target: 3 + 2 * x, deviation: 0.01, weight: 1) }
    let solution = squares.solve()
    #expect(abs(solution[0] - 3) < 0.01 && abs(solution[1] - 2) < 0.01)
  }

  @Test func neverNegative() {
    var squares = LeastSquares(priors: [Self.vague, Self.vague])
    for x in [1.0, 2, 5, 9] { squares.add([1, x], target: 20 - 2 * x, deviation: 0.1, weight: 1) }
    let solution = squares.solve()
    #expect(solution.allSatisfy { $0 >= 0 })
    #expect(solution[1] == 0)
  }

  @Test func withoutRowsThePriorsStand() {
    let squares = LeastSquares(priors: [.init(mean: 4, spread: 1), .init(mean: 0.5, spread: 2)])
    let solution = squares.solve()
    #expect(abs(solution[0] - 4) < 1e-9 && abs(solution[1] - 0.5) < 1e-9)
    #expect(abs(squares.variance(of: [1, 1]) - 5) < 1e-9)
  }

  @Test func rowsThatAreNoNumbersAreLeftOut() {
    var squares = LeastSquares(priors: [Self.vague])
    squares.add([.nan], target: 1, deviation: 1, weight: 1)
    squares.add([1], target: .infinity, deviation: 1, weight: 1)
    squares.add([1, 2], target: 1, deviation: 1, weight: 1)
    #expect(squares.solve().map { ($0 * 1e6).rounded() / 1e6 } == [1])
  }
}
