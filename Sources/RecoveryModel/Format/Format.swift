import FoundationEssentials

/// The same short texts on the screen and in headless output; ASCII only.
package enum Format {
  /// `0 B`, `532 B`, `1.5 KiB`, `16 MiB`: binary units, three significant digits at most.
  package static func bytes(_ count: Int64) -> String {
    guard count >= 1024 else { return "\(count) B" }
    var value = Double(count)
    var unit = 0
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while value >= 1023.5, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return number(value) + " " + units[unit]
  }

  /// `0.4s`, `42s`, `3m 05s`, `2h 10m`, `5d 3h`: seconds to the precision a person wants.
  package static func duration(_ seconds: Double) -> String {
    guard isTellable(seconds) else { return "?" }
    if seconds < 0 { return "-" + duration(-seconds) }
    if seconds < 9.95 { return number(seconds) + "s" }
    let whole = Int64(seconds.rounded())
    switch whole {
    case ..<60: return "\(whole)s"
    case ..<3600: return "\(whole / 60)m \(padded(whole % 60))s"
    case ..<86_400: return "\(whole / 3600)h \(padded(whole % 3600 / 60))m"
    default: return "\(whole / 86_400)d \(whole % 86_400 / 3600)h"
    }
  }

  /// A configured span without the parts that are zero: `5m`, `1d`, `1h 30m`.
  package static func span(_ seconds: Double) -> String {
    let parts = duration(seconds).split(separator: " ")
    let isRound = parts.count == 2 && ["00s", "00m", "0h"].contains(parts[1])
    return isRound ? String(parts[0]) : parts.joined(separator: " ")
  }

  /// An age that changes no more often than it must: seconds only below a minute, `3m`, `2h 10m`, `5d 3h`.
  package static func age(_ seconds: Double) -> String {
    guard isTellable(seconds) else { return "?" }
    let whole = Int64(max(0, seconds))
    switch whole {
    case ..<60: return "\(whole)s"
    case ..<3600: return "\(whole / 60)m"
    case ..<86_400: return "\(whole / 3600)h \(padded(whole % 3600 / 60))m"
    default: return "\(whole / 86_400)d \(whole % 86_400 / 3600)h"
    }
  }

  /// What may not be told too short: rounded up to what is shown, below ten minutes in steps of ten seconds.
  package static func atMost(_ seconds: Double) -> String {
    guard isTellable(seconds) else { return "?" }
    let unit: Double = seconds <= 60 ? 1 : seconds <= 600 ? 10 : seconds <= 86_400 ? 60 : 3600
    let whole = (max(0, seconds) / unit).rounded(.up) * unit
    let isUneven = whole < 600 && whole.truncatingRemainder(dividingBy: 60) > 0
    return isUneven && whole > 60 ? duration(whole) : age(whole)
  }

  /// Of seconds since then: `2h 10m ago`, or `in 5m` for what lies ahead. `isAtMost`: not told too short.
  package static func ago(_ seconds: Double, isAtMost: Bool = false) -> String {
    seconds < -1 ? "in \(age(-seconds))" : "\(isAtMost ? atMost(seconds) : age(seconds)) ago"
  }

  /// The same of what cannot lie ahead: a clock is wrong where it does.
  package static func past(_ seconds: Double) -> String {
    seconds < -5 ? "\(age(-seconds)) in the future" : "\(age(seconds)) ago"
  }

  /// RFC 3339 in UTC, whole seconds: `2026-11-22T10:04:43Z`.
  package static func timestamp(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle())
  }

  /// `1.5 MiB/s`.
  package static func rate(_ bytesPerSecond: Double) -> String {
    bytes(Int64(min(max(0, bytesPerSecond.isFinite ? bytesPerSecond : 0), 9e18))) + "/s"
  }

  /// `38 %`.
  package static func percent(_ fraction: Double) -> String {
    "\(Int(min(max((fraction.isFinite ? fraction : 0) * 100, -1e6), 1e6))) %"
  }

  /// A record may say anything; more than a million years is no time.
  private static func isTellable(_ seconds: Double) -> Bool { abs(seconds) < 3.2e13 }

  /// Up to one decimal below 10, none above; `1.0` becomes `1`.
  private static func number(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded())
    guard tenths < 100, tenths % 10 != 0 else { return "\(Int64(value.rounded()))" }
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
