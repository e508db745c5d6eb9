import FoundationEssentials
import RecoveryModel

extension VolumeGrowth {
  /// How full it was at a moment.
  package typealias Look = (bytes: Int64, at: Date)

  /// Looks that a rate takes: three for each third of its time, and the first.
  private static let least = 10
  /// Of its even share, what each third of the time must have brought: else it comes in bursts, or has ended.
  private static let evenness = 0.5

  /// Of the longest time up to now in which it was steady. nil = it was not, or was not watched for so long. `looks` =
  /// oldest first.
  package init?(_ looks: [Look]) {
    for start in looks.indices where looks.count - start >= Self.least {
      guard let growth = Self.even(looks[start...]) else { continue }
      self = growth
      return
    }
    return nil
  }

  private static func even(_ looks: ArraySlice<Look>) -> VolumeGrowth? {
    guard let first = looks.first, let last = looks.last else { return nil }
    let seconds = last.at.timeIntervalSince(first.at)
    let grown = last.bytes - first.bytes
    guard seconds > 0, grown > 0 else { return nil }
    var marks = [first.bytes]
    for third in 1...3 {
      let end = first.at.addingTimeInterval(seconds * Double(third) / 3)
      marks.append(looks.last { $0.at <= end }?.bytes ?? first.bytes)
    }
    let isEven = zip(marks, marks.dropFirst()).allSatisfy { before, after in
      Double(after - before) >= evenness * Double(grown) / 3
    }
    return isEven ? VolumeGrowth(bytesPerSecond: Double(grown) / seconds, seconds: seconds) : nil
  }
}
