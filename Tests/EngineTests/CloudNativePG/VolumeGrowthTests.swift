import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG

/// When a volume will be full is said only where that is more likely right than wrong.
@Suite struct VolumeGrowthTests {
  private static let segment: Int64 = 16 << 20
  private static let pace = 300.0

  /// Looks at every pace, each of so many segments.
  private func looks(_ segments: [Int64]) -> [VolumeGrowth.Look] {
    segments.enumerated().map { index, count in
      (count * Self.segment, Date(timeIntervalSince1970: Double(index) * Self.pace))
    }
  }

  private func left(_ segments: [Int64], capacity: Int64) -> Double? {
    VolumeUsage(
      name: "v", capacityBytes: capacity * Self.segment,
      usedBytes: (segments.last ?? 0) * Self.segment, growth: VolumeGrowth(looks(segments))
    ).secondsLeft
  }

  @Test func aSegmentOrTwoAreNoForecast() {
    #expect(VolumeGrowth(looks([5, 6])) == nil)
    #expect(VolumeGrowth(looks([5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7])) == nil)
    #expect(VolumeGrowth(looks(Array(repeating: 5, count: 50))) == nil)
    #expect(VolumeGrowth(looks(Array(1...9))) == nil)
  }

  @Test("an idle server's WAL grows a while, evenly, and then no more")
  func idle() {
    // A segment at each archive_timeout, until there are as many as it keeps.
    let filling = (1...64).map { min(Int64($0), 32) }
    for end in 1...filling.count {
      #expect(left(Array(filling.prefix(end)), capacity: 640) == nil, "after \(end)")
    }
  }

  @Test func whatFillsSteadilyIsToldOfAsFarAheadAsItWasSeen() throws {
    let steady = (0...47).map { Int64($0) * 10 }
    let seconds = try #require(left(steady, capacity: 900))
    #expect(abs(seconds - 43 * Self.pace) < 1)
    #expect(left(steady, capacity: 1000) == nil)
    // As uneven as chance makes it.
    let uneven = (0...47).map { Int64($0) * 10 + Int64($0 * 7 % 5) }
    #expect(left(uneven, capacity: 900) != nil)
  }

  @Test func aBurstIsNoPace() {
    let before = Array(repeating: Int64(10), count: 20)
    let burst: [Int64] = [100, 200, 300, 400]
    let after = Array(repeating: Int64(400), count: 20)
    for end in 1...4 { #expect(left(before + burst.prefix(end), capacity: 450) == nil) }
    for end in 1...20 {
      #expect(left(before + burst + after.prefix(end), capacity: 450) == nil)
    }
  }

  @Test("what began after long rest is told of once it has lasted")
  func begun() throws {
    let rest = Array(repeating: Int64(10), count: 200)
    let begun = (1...12).map { 10 + Int64($0) * 30 }
    let seconds = try #require(left(rest + begun, capacity: 600))
    // A look or two of the rest before it may count in.
    #expect((7 * Self.pace...11 * Self.pace).contains(seconds), "\(seconds)")
  }

  @Test("a tooth of a saw does not fill anything")
  func sawtooth() {
    let teeth = (0...60).map { Int64($0 % 6) * 10 + 100 }
    #expect(left(teeth, capacity: 400) == nil)
  }
}
