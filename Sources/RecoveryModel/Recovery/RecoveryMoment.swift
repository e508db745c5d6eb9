import FoundationEssentials

/// Where a recovery is to end, as PostgreSQL's recovery targets have it.
package struct RecoveryMoment: Sendable, Hashable {
  package enum Target: Sendable, Hashable {
    /// The end of what is archived.
    case latest
    case time(Date)
    case position(LSN)
    case transaction(UInt64)
    /// A name given by `pg_create_restore_point`.
    case restorePoint(String)
    /// The end of that base backup: the first moment that it can bring back.
    case backup(String)
  }

  package var target: Target
  /// Just before it instead of with it (`recovery_target_inclusive = off`); of times, positions and transactions.
  package var isExclusive: Bool

  package init(_ target: Target, isExclusive: Bool = false) {
    self.target = target
    self.isExclusive = isExclusive
  }

  package static let latest = RecoveryMoment(.latest)

  /// Where it is a time and nothing else; the latest is now.
  package func time(now: Date) -> Date? {
    switch target {
    case .time(let date): isExclusive ? nil : date
    case .latest: now
    case .position, .transaction, .restorePoint, .backup: nil
    }
  }

  /// As it can be typed again: `2026-11-29T14:03:00Z`, `before xid 9183`, `backup 20261122-030000F`.
  package var text: String {
    let text =
      switch target {
      case .latest: "latest"
      case .time(let date): Self.exact(date)
      case .position(let lsn): lsn.description
      case .transaction(let id): "xid \(id)"
      case .restorePoint(let name): "name \(Sanitizer.clean(name, limit: 80))"
      case .backup(let label): "backup \(Sanitizer.clean(label, limit: 80))"
      }
    return isExclusive ? "before \(text)" : text
  }

  /// Why nobody can ask PostgreSQL for it; nil = it can be. `isVerbatim`: by a tool that writes names into its settings as
  /// they are, where a quote or a backslash ends them or becomes something else.
  package func objection(isVerbatim: Bool) -> RecoveryError? {
    guard case .restorePoint(let name) = target else { return nil }
    let isUnsafe =
      isVerbatim && name.contains { "'\\".contains($0) }
      || name.contains(where: \.isNewline) || Sanitizer.clean(name) != name
    guard isUnsafe || name.utf8.count > 63 else { return nil }
    return RecoveryError(
      .refused,
      "the restore point's name \(Sanitizer.clean(name, limit: 80)) "
        + (isUnsafe
          ? "holds a quote, a backslash or a control character, which no setting carries safely"
          : "is longer than PostgreSQL allows (63 bytes)"),
      remedy: "ask for its LSN, which pg_create_restore_point() told when it was made")
  }

  /// RFC 3339 in UTC, with a fraction where there is one: a second holds many commits.
  package static func exact(_ date: Date) -> String {
    let microseconds = Int64((date.timeIntervalSince1970 * 1e6).rounded())
    let fraction = microseconds - CivilDay.floor64(microseconds, 1_000_000) * 1_000_000
    let whole = Format.timestamp(
      Date(timeIntervalSince1970: Double(CivilDay.floor64(microseconds, 1_000_000))))
    guard fraction > 0 else { return whole }
    var digits = String(fraction)
    digits = String(repeating: "0", count: 6 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return whole.dropLast() + "." + digits + "Z"
  }
}

extension CivilDay {
  /// Rounds towards minus infinity.
  fileprivate static func floor64(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : (value - divisor + 1) / divisor
  }
}
