import FoundationEssentials
import Glibc
import RecoveryModel

extension LocalZone {
  private static let day = 86_400.0
  /// Days back and ahead for which changes are looked for: nobody keeps WAL for longer.
  private static let reach = -800...400

  /// This machine's own, or that of TZ, around `now`.
  package static func system(environment: [String: String], now: Date) -> LocalZone {
    tzset()
    var periods: [Period] = []
    for days in reach {
      let date = now.addingTimeInterval(Double(days) * day)
      let found = Self.period(at: date)
      guard let last = periods.last else {
        periods.append(found)
        continue
      }
      guard last.offset != found.offset || last.abbreviation != found.abbreviation else { continue }
      periods.append(change(to: found, before: date))
    }
    return LocalZone(
      name: name(environment) ?? periods.first?.abbreviation ?? "UTC", periods: periods)
  }

  /// When within the last day the clock became what it is at `date`, to the second.
  private static func change(to found: Period, before date: Date) -> Period {
    var (old, new) = (date.timeIntervalSince1970 - day, date.timeIntervalSince1970)
    while new - old > 1 {
      let middle = ((old + new) / 2).rounded(.down)
      let period = period(at: Date(timeIntervalSince1970: middle))
      if period.offset == found.offset, period.abbreviation == found.abbreviation {
        new = middle
      } else {
        old = middle
      }
    }
    return Period(
      since: Date(timeIntervalSince1970: new.rounded(.up)), offset: found.offset,
      abbreviation: found.abbreviation)
  }

  private static func period(at date: Date) -> Period {
    var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else {
      return Period(since: date, offset: 0, abbreviation: "UTC")
    }
    return Period(
      since: date, offset: parts.tm_gmtoff,
      abbreviation: parts.tm_zone.map { String(cString: $0) } ?? "")
  }

  /// As `Europe/Berlin`; nil where nobody names it.
  private static func name(_ environment: [String: String]) -> String? {
    if let told = environment["TZ"], !told.isEmpty {
      return told.hasPrefix(":") ? String(told.dropFirst()) : told
    }
    var buffer = [CChar](repeating: 0, count: 1024)
    let length = readlink("/etc/localtime", &buffer, buffer.count - 1)
    guard length > 0 else { return nil }
    let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.firstRange(of: "/zoneinfo/").map { String(path[$0.upperBound...]) }
  }
}
