import RecoveryModel

/// Whether an operator's recovery follows WAL over a promotion. The restore of older ones refuses every history file while
/// the new cluster has no timeline yet; PostgreSQL then promotes where the backup's own timeline ends, and looks healthy.
enum PromotionCrossing {
  /// From which patch on it follows, by minor version; all later minors do.
  private static let mended: [Int: Int] = [28: 4, 29: 2]

  /// nil = it follows.
  static func doubt(operatorVersion: String?) -> CrossingDoubt? {
    guard let text = operatorVersion, let numbers = InTreeRule.numbers(text) else {
      return CrossingDoubt(
        "the operator's version is not known; those before 1.30 may end at the change of timeline",
        isKnown: false)
    }
    let patch = text.split(separator: ".").dropFirst(2).first.flatMap {
      Int($0.prefix { $0.isNumber })
    }
    guard numbers < (1, 30) else { return nil }
    if numbers.0 == 1, let from = mended[numbers.1], patch ?? 0 >= from { return nil }
    return CrossingDoubt(
      "CloudNativePG \(Sanitizer.clean(text, limit: 40)) may end a recovery at the change of "
        + "timeline and look healthy", isKnown: true)
  }
}
