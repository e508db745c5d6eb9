import FoundationEssentials
import RecoveryModel

/// Times of day as the console spells them, in UTC and to the minute: less to read, less to redraw.
enum Moment {
  /// `10:04`.
  static func clock(_ date: Date) -> String {
    String(Format.timestamp(date).dropFirst(11).prefix(5))
  }

  /// `11-22 10:04`.
  static func short(_ date: Date) -> String {
    let text = Format.timestamp(date)
    return text.dropFirst(5).prefix(5) + " " + text.dropFirst(11).prefix(5)
  }

  /// `2026-11-22 10:04:43`.
  static func full(_ date: Date) -> String {
    let text = Format.timestamp(date)
    return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
  }

  /// `2h 10m ago`, or `in 5m` for what lies ahead.
  static func ago(_ date: Date, now: Date) -> String {
    Format.ago(now.timeIntervalSince(date))
  }
}
